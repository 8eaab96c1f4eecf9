/** A MariaDB server for the driver contract, with a superuser of the fewest rights. */
import { randomUUID } from 'node:crypto';
import type { DatabaseSecret } from '../../../lib/databases/secret.js';
import type { SuperuserFixture } from '../../../lib/testing/driver-contract.js';
import { type MariadbServer, mariadbUnderTest, startMariadb } from '../../support/mariadb.js';

export const variants = mariadbUnderTest();

const creator = { username: 'creator', password: 'creator-password' };
let server: MariadbServer;

export async function start(): Promise<void> {
  server = await startMariadb();
  await server.query(`
    CREATE DATABASE shared; CREATE TABLE shared.stock (id int); CREATE DATABASE workshop;
    CREATE USER creator@'%' IDENTIFIED BY 'creator-password'; GRANT CREATE USER ON *.* TO creator@'%'; GRANT SELECT ON mysql.* TO creator@'%';
    GRANT SELECT ON shared.stock TO creator@'%' WITH GRANT OPTION; GRANT ALL ON workshop.* TO creator@'%' WITH GRANT OPTION`);
}

export const stop = (): Promise<void> => server.stop();

const account = (name: string) => `\`${name.replaceAll('`', '``')}\`@'%'`;
const text = (value: string) => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

const secret = (username: string, password: string): DatabaseSecret => ({
  engine: 'mariadb',
  host: server.host,
  port: server.port,
  username,
  password,
});

/** ER_DBACCESS_DENIED_ERROR, ER_TABLEACCESS_DENIED_ERROR */
const DENIED = [1044, 1142];

async function permitted(as: DatabaseSecret, sql: string): Promise<boolean> {
  try {
    await server.query(sql, { username: as.username, password: as.password });
    return true;
  } catch (error) {
    if (error instanceof Error && 'errno' in error && DENIED.includes(Number(error.errno))) return false;
    throw error;
  }
}

export const fixture: SuperuserFixture = {
  secret,
  connection: () => ({
    tls: { ca: [server.ca], minVersion: 'TLSv1.2', rejectUnauthorized: true },
    timeoutMillis: 5_000,
  }),
  missingDatabase: 'no such database',
  superuser: () => secret(creator.username, creator.password),
  // The server takes spaces from the end of a name.
  takesUsername: (username) => !username.endsWith(' '),
  async createUser(username, password) {
    await server.query(
      `CREATE USER ${account(username)} IDENTIFIED BY ${text(password)}; GRANT ALL ON workshop.* TO ${account(username)}`,
    );
  },
  async grant(username) {
    await server.query(`GRANT SELECT ON shared.stock TO ${account(username)}`);
  },
  async revoke(username) {
    await server.query(`REVOKE SELECT ON shared.stock FROM ${account(username)}`);
  },
  mayUse: (as) => permitted(as, 'SELECT * FROM shared.stock'),
  async createObject(as) {
    const table = `workshop.\`${randomUUID()}\``;
    await server.query(`CREATE TABLE ${table} (id int)`, { username: as.username, password: as.password });
    return table;
  },
  mayUseObject: (as, table) => permitted(as, `ALTER TABLE ${table} ADD COLUMN \`${randomUUID()}\` int`),
};

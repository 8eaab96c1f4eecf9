/**
 * A MySQL server for the driver contract. None can be had from npm or Debian: `MYSQL_URL` names one that is there, `mysql://root:password@localhost:3306` (`?ssl=false`, or `?ca=FILE` where its
 * certificate is not signed by a known authority). Users that begin with `user-` and the databases `keyturn_shared` and `keyturn_workshop` are made there, and removed.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { type Connection, createConnection } from 'mysql2/promise';
import type { DatabaseSecret } from '../../../lib/databases/secret.js';
import type { DualPasswordFixture, SuperuserFixture } from '../../../lib/testing/driver-contract.js';

const url = process.env.MYSQL_URL === undefined ? undefined : new URL(process.env.MYSQL_URL);

export const variants: readonly { readonly name: string }[] = url === undefined ? [] : [{ name: 'MYSQL_URL' }];

const creator = { username: 'user-creator', password: 'creator-Passw0rd' };
let root: Connection;

const at = () => ({
  host: url?.hostname ?? '',
  port: Number(url?.port || 3306),
  ssl: url?.searchParams.get('ssl') !== 'false',
});
const authorities = () => {
  const file = url?.searchParams.get('ca');
  return file ? [readFileSync(file, 'utf8')] : [...rootCertificates];
};

function connect(user: string, password: string): Promise<Connection> {
  const { ssl, ...server } = at();
  return createConnection({
    ...server,
    user,
    password,
    multipleStatements: true,
    ...(ssl && { ssl: { ca: authorities() } }),
  });
}

const account = (name: string) => `\`${name.replaceAll('`', '``')}\`@'%'`;
const text = (value: string) => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
const made: string[] = [];

export async function start(): Promise<void> {
  root = await connect(decodeURIComponent(url?.username ?? ''), decodeURIComponent(url?.password ?? ''));
  await stopUsers();
  await root.query(`
    CREATE DATABASE IF NOT EXISTS keyturn_shared; CREATE TABLE IF NOT EXISTS keyturn_shared.stock (id int); CREATE DATABASE IF NOT EXISTS keyturn_workshop;
    CREATE USER ${account(creator.username)} IDENTIFIED BY '${creator.password}'; GRANT CREATE USER ON *.* TO ${account(creator.username)};
    GRANT SELECT ON mysql.* TO ${account(creator.username)}; GRANT APPLICATION_PASSWORD_ADMIN ON *.* TO ${account(creator.username)} WITH GRANT OPTION;
    GRANT SELECT ON keyturn_shared.stock TO ${account(creator.username)} WITH GRANT OPTION; GRANT ALL ON keyturn_workshop.* TO ${account(creator.username)} WITH GRANT OPTION`);
}

async function stopUsers(): Promise<void> {
  const [rows] = await root.query(
    "SELECT User AS user FROM mysql.user WHERE User LIKE '%user-%' OR User LIKE '%nobody-%'",
  );
  for (const { user } of rows as { user: string }[]) await root.query(`DROP USER ${account(user)}`);
  for (const user of made.splice(0)) await root.query(`DROP USER IF EXISTS ${account(user)}`);
}

export async function stop(): Promise<void> {
  await stopUsers();
  await root.query('DROP DATABASE keyturn_shared; DROP DATABASE keyturn_workshop');
  await root.end();
}

const secret = (username: string, password: string): DatabaseSecret => ({
  engine: 'mysql',
  ...at(),
  username,
  password,
});

async function as({ username, password }: DatabaseSecret, sql: string): Promise<void> {
  const connection = await connect(username, password);
  try {
    await connection.query(sql);
  } finally {
    await connection.end();
  }
}

async function permitted(who: DatabaseSecret, sql: string): Promise<boolean> {
  try {
    await as(who, sql);
    return true;
  } catch (error) {
    // ER_DBACCESS_DENIED_ERROR, ER_TABLEACCESS_DENIED_ERROR
    if (error instanceof Error && 'errno' in error && [1044, 1142].includes(Number(error.errno))) return false;
    throw error;
  }
}

export const fixture: SuperuserFixture & DualPasswordFixture = {
  dualPassword: true,
  secret,
  connection: () => ({
    tls: at().ssl && { ca: authorities(), minVersion: 'TLSv1.2', rejectUnauthorized: true },
    timeoutMillis: 5_000,
  }),
  missingDatabase: 'no such database',
  superuser: () => secret(creator.username, creator.password),
  // The server takes spaces from the end of a name.
  takesUsername: (username) => !username.endsWith(' '),
  // caching_sha2_password, MySQL's default.
  takesPassword: (password) => Buffer.byteLength(password) <= 255,
  async createUser(username, password) {
    made.push(username, `${username}_clone`);
    await root.query(
      `CREATE USER ${account(username)} IDENTIFIED BY ${text(password)}; GRANT ALL ON keyturn_workshop.* TO ${account(username)};
       GRANT APPLICATION_PASSWORD_ADMIN ON *.* TO ${account(username)}`,
    );
  },
  async grant(username) {
    await root.query(`GRANT SELECT ON keyturn_shared.stock TO ${account(username)}`);
  },
  async revoke(username) {
    await root.query(`REVOKE SELECT ON keyturn_shared.stock FROM ${account(username)}`);
  },
  mayUse: (who) => permitted(who, 'SELECT * FROM keyturn_shared.stock'),
  async createObject(who) {
    const table = `keyturn_workshop.\`${randomUUID()}\``;
    await as(who, `CREATE TABLE ${table} (id int)`);
    return table;
  },
  mayUseObject: (who, table) => permitted(who, `ALTER TABLE ${table} ADD COLUMN \`${randomUUID()}\` int`),
};

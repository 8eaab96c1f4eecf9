/** A PostgreSQL server for the driver contract, with a superuser that has CREATEROLE and nothing else. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { DatabaseSecret } from '../../../lib/databases/secret.js';
import type { SuperuserFixture } from '../../../lib/testing/driver-contract.js';
import { type PostgresOptions, type PostgresServer, startPostgres, versionsUnderTest } from '../../support/postgres.js';

export const variants = versionsUnderTest().map((version, n, { length }) => ({
  name: `version ${version}`,
  version,
  everyCharacter: n === 0 || n === length - 1,
}));

const creator = { username: 'creator', password: 'creator-password' };
let server: PostgresServer;

export async function start(options: PostgresOptions): Promise<void> {
  server = await startPostgres(options);
  await server.query(`CREATE ROLE creator LOGIN CREATEROLE PASSWORD 'creator-password'`);
  await server.query('CREATE TABLE shared (id int); CREATE SCHEMA workshop; GRANT ALL ON SCHEMA workshop TO PUBLIC');
}

export const stop = (): Promise<void> => server.stop();

const identifier = (name: string) => pg.escapeIdentifier(name);

const secret = (username: string, password: string): DatabaseSecret => ({
  engine: 'postgres',
  host: server.host,
  port: server.port,
  username,
  password,
});

async function permitted(as: DatabaseSecret, sql: string): Promise<boolean> {
  try {
    await server.query(sql, [], as);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === '42501') return false;
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
  async createUser(username, password) {
    const role = `CREATE ROLE ${identifier(username)} LOGIN PASSWORD ${pg.escapeLiteral(password)}`;
    // As if the creator had logged in, which takes longer.
    await server.query(`SET SESSION AUTHORIZATION creator; ${role}`);
  },
  async grant(username) {
    await server.query(`GRANT SELECT ON shared TO ${identifier(username)}`);
  },
  async revoke(username) {
    await server.query(`REVOKE SELECT ON shared FROM ${identifier(username)}`);
  },
  mayUse: (as) => permitted(as, 'SELECT * FROM shared'),
  async createObject(as) {
    const table = `workshop."${randomUUID()}"`;
    await server.query(`CREATE TABLE ${table} (id int)`, [], as);
    return table;
  },
  mayUseObject: (as, table) => permitted(as, `ALTER TABLE ${table} ADD COLUMN "${randomUUID()}" int`),
};

/** The database that the demo's secrets open: one table, and users who may read it. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { PostgresServer } from '../test/support/postgres.js';
import type { Entry } from './entry.js';

/** AWS's JSON shape of a database secret. */
export interface DatabaseSecret {
  readonly engine: 'postgres';
  readonly host: string;
  readonly port: number;
  readonly dbname: string;
  readonly username: string;
  readonly password: string;
  readonly masterarn?: string;
}

const LOGIN_TIMEOUT_MILLIS = 5_000;
/** invalid_password: what PostgreSQL says of a wrong password and of a user that does not exist. */
const LOGIN_REFUSED = '28P01';

export async function createOrders(server: PostgresServer): Promise<void> {
  await server.query('CREATE TABLE orders AS SELECT generate_series(1, 3) AS id');
}

/** Makes a user who may log in and read the orders. @returns the first value of its secret */
export async function createUser(server: PostgresServer, username: string): Promise<DatabaseSecret> {
  const password = randomBytes(24).toString('base64url');
  await server.query(`CREATE ROLE ${username} LOGIN PASSWORD '${password}'`);
  await server.query(`GRANT SELECT ON orders TO ${username}`);
  return { ...superuserSecret(server), username, password };
}

export function superuserSecret(server: PostgresServer): DatabaseSecret {
  const { host, port, superuser } = server;
  return { engine: 'postgres', host, port, dbname: 'postgres', ...superuser };
}

/** Logs in with the secret's user over verified TLS and reads the orders, as the application would. */
export function databaseEntry(ca: string): Entry<DatabaseSecret> {
  return {
    credential: ({ password }) => password,
    sameLogin: (a, b) => a.username === b.username,
    async opens({ host, port, dbname, username, password }) {
      const client = new pg.Client({
        host,
        port,
        user: username,
        password,
        database: dbname,
        ssl: { ca, rejectUnauthorized: true },
        connectionTimeoutMillis: LOGIN_TIMEOUT_MILLIS,
      });
      client.on('error', () => {});
      try {
        await client.connect();
        await client.query('SELECT id FROM orders');
        return true;
      } catch (error) {
        if (error instanceof pg.DatabaseError && error.code === LOGIN_REFUSED) return false;
        throw error;
      } finally {
        await client.end();
      }
    },
  };
}

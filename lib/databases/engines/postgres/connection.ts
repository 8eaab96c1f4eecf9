import { Socket } from 'node:net';
import { types } from 'node:util';
import type { Client } from 'pg';
import { InvalidOptionsError, TlsFailedError } from '../../../rotation/errors.js';
import type { Connection } from '../../driver.js';
import type { DatabaseSecret } from '../../secret.js';
import { type Attempt, asServerError, describeServerError, LOG_IN } from './server-error.js';

export const DEFAULT_PORT = 5432;
/** AWS's functions connect to it too when a secret has no `dbname`. */
const DEFAULT_DATABASE = 'postgres';
/** A server may ask for more iterations than `pg` accepts by default (100,000). A million take a third of a second. */
const MAX_SCRAM_ITERATIONS = 1_000_000;
/** How long a closing server is waited for. */
const CLOSE_MILLIS = 1_000;

/** One session with the server. Errors that it sends are told apart and stripped of statement text. */
export interface PostgresConnection extends AsyncDisposable {
  /**
   * Runs one statement.
   * @param doing A verb phrase for messages.
   */
  query<Row extends object>(doing: string, sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /**
   * All or nothing. Inside, names mean what PostgreSQL itself means by them: a session's search_path may lead to functions that somebody else has
   * put there to be run by a superuser.
   */
  transaction<T>(doing: string, work: () => Promise<T>): Promise<T>;
}

/** Connects and logs in, once. @throws as DatabaseDriver.login */
export async function connect(
  secret: DatabaseSecret,
  { tls, timeoutMillis, signal }: Connection,
): Promise<PostgresConnection> {
  const pg = await loadClient();
  const { host, username, password } = secret;
  const port = secret.port ?? DEFAULT_PORT;
  const database = secret.dbname ?? DEFAULT_DATABASE;
  const attempt: Omit<Attempt, 'doing'> = { username, server: `${host}:${port}`, database };
  // With a socket of our own a connection that hangs can be cut at any point, whatever state the client is in.
  const socket = new Socket();
  const client = new pg.Client({
    host,
    port,
    user: username,
    password,
    database,
    ssl: tls && { ...tls },
    stream: () => socket,
    application_name: 'keyturn',
    ...{ scramMaxIterations: MAX_SCRAM_ITERATIONS },
  });
  // A connection that breaks while idle: the next query says so.
  client.on('error', () => {});
  const cut = () => socket.destroy();
  signal.addEventListener('abort', cut, { once: true });
  try {
    await withinTime(client.connect(), timeoutMillis, signal);
  } catch (error) {
    signal.removeEventListener('abort', cut);
    socket.destroy();
    throw describe(error, { ...attempt, doing: LOG_IN });
  }

  async function query<Row extends object>(doing: string, sql: string, values?: readonly unknown[]) {
    try {
      return (await client.query<Row>(sql, values && [...values])).rows;
    } catch (error) {
      throw describe(error, { ...attempt, doing });
    }
  }
  return {
    query,
    async transaction(doing, work) {
      await query(
        doing,
        "BEGIN READ WRITE; SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL datestyle = 'ISO, YMD'",
      );
      try {
        const result = await work();
        await query(doing, 'COMMIT');
        return result;
      } catch (error) {
        // The error that counts is the first one; a connection that is gone has rolled back by itself.
        await query(doing, 'ROLLBACK').catch(() => {});
        throw error;
      }
    },
    async [Symbol.asyncDispose]() {
      const closed = client.end().catch(() => {});
      const timer = setTimeout(cut, signal.aborted ? 0 : CLOSE_MILLIS);
      await closed;
      clearTimeout(timer);
      signal.removeEventListener('abort', cut);
      socket.destroy();
    },
  };
}

async function loadClient(): Promise<{ readonly Client: typeof Client }> {
  try {
    return (await import('pg')).default;
  } catch (error) {
    if (!types.isNativeError(error) || !('code' in error) || !/MODULE_NOT_FOUND$/.test(String(error.code))) throw error;
    throw new InvalidOptionsError('postgres()', 'needs the npm package pg, which was not found: npm install pg', {
      cause: error,
    });
  }
}

async function withinTime(connecting: Promise<unknown>, timeoutMillis: number, signal: AbortSignal): Promise<void> {
  let stop = (): void => {};
  const interrupted = new Promise<never>((_resolve, reject) => {
    const timer = setTimeout(
      () => reject(Object.assign(new Error('The connection was not made in time'), { code: 'ETIMEDOUT' })),
      timeoutMillis,
    );
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    stop = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    };
  });
  try {
    await Promise.race([connecting, interrupted]);
  } finally {
    stop();
  }
}

function describe(error: unknown, attempt: Attempt): unknown {
  const answer = asServerError(error);
  if (answer) return describeServerError(answer, attempt);
  if (!types.isNativeError(error)) return error;
  if (error.message === 'The server does not support SSL connections') {
    return new TlsFailedError(
      'not offered',
      `PostgreSQL at ${attempt.server} offers no TLS, which the secret demands; no password was sent. Turn TLS on at the server ` +
        '(ssl = on), or set "ssl": false in the secret to accept that everything, the login included, can be read and changed on the way.',
    );
  }
  return error;
}

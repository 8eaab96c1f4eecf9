import { Socket } from 'node:net';
import { types } from 'node:util';
import type { AuthPlugin, Connection as Client } from 'mysql2';
import { TlsFailedError } from '../../../rotation/errors.js';
import type { Connection } from '../../driver.js';
import type { DatabaseSecret } from '../../secret.js';
import { signNonce } from './client-ed25519.js';
import { asMissingPackage } from './client-package.js';
import { demandTls, secure } from './secure-stream.js';
import { type Server, serverOf } from './server.js';
import { type Attempt, asServerError, describeLoginError, describeServerError } from './server-error.js';

export const DEFAULT_PORT = 3306;
/** How long a closing server is waited for. */
const CLOSE_MILLIS = 1_000;
/** Whoever waits for a lock holds up all who come after. */
export const LOCK_SECONDS = 5;

/** One session with the server. Errors that it sends are told apart and stripped of statement text. */
export interface MysqlConnection extends AsyncDisposable {
  /** Of whom the session is, as the secret has it. */
  readonly username: string;
  /** What it logged in with. */
  readonly password: string;
  /** Host and port, for messages. */
  readonly server: string;
  /** Asked once. The session is then prepared for statements: texts mean what `quote.ts` takes them for, and the server quotes every name that it shows. */
  prepared(): Promise<Prepared>;
  /**
   * Runs one statement.
   * @param doing A verb phrase for messages.
   * @param sql Without a value that must not be in the server's log.
   * @returns each row as the values of its columns, which are texts, or bytes, or null
   */
  query(doing: string, sql: string): Promise<readonly Row[]>;
}

export interface Prepared {
  readonly server: Server;
  /** The account that let the session in: user name and host. */
  readonly account: { readonly user: string; readonly host: string };
}

export type Row = readonly unknown[];

/** Connects and logs in, once. @throws as DatabaseDriver.login */
export async function connect(
  secret: DatabaseSecret,
  { tls, timeoutMillis, signal }: Connection,
): Promise<MysqlConnection> {
  const { createConnection } = await loadClient();
  const { host, username, password, dbname } = secret;
  const port = secret.port ?? DEFAULT_PORT;
  const attempt: Omit<Attempt, 'doing'> = { username, server: `${host}:${port}`, database: dbname };
  // With a socket of our own a connection that hangs can be cut at any point, whatever state the client is in.
  const socket = new Socket().setNoDelay(true);
  const cut = () => socket.destroy();
  const client = createConnection({
    host,
    port,
    user: username,
    password,
    ...(dbname !== undefined && { database: dbname }),
    ...(tls && { ssl: demandTls() }),
    stream: () => socket,
    connectTimeout: 0,
    charset: 'utf8mb4',
    // A server must not be able to ask for files.
    flags: ['-LOCAL_FILES'],
    authPlugins: { client_ed25519: ed25519(password) },
    connectAttributes: { program_name: 'keyturn' },
    rowsAsArray: true,
    // Dates and numbers are read as the server writes them; and code made at run time is more than a few rows need.
    typeCast: false,
    disableEval: true,
  });
  const tlsFailure = tls ? secure(client, host, tls) : () => undefined;
  // A connection that breaks while idle: the next query says so.
  client.on('error', () => {});
  signal.addEventListener('abort', cut, { once: true });
  try {
    socket.connect(port, host);
    await withinTime(loggedIn(client), timeoutMillis, signal);
  } catch (error) {
    signal.removeEventListener('abort', cut);
    socket.destroy();
    throw describe(error, { ...attempt, doing: 'log in' }, tlsFailure());
  }

  async function query(doing: string, sql: string): Promise<readonly Row[]> {
    try {
      return await run(client, sql);
    } catch (error) {
      throw describe(error, { ...attempt, doing });
    }
  }
  async function prepare(): Promise<Prepared> {
    const doing = 'prepare the session';
    await query(
      doing,
      `SET SESSION sql_mode = '', SESSION sql_quote_show_create = 1, SESSION lock_wait_timeout = ${LOCK_SECONDS}`,
    );
    const [row = []] = await query(doing, 'SELECT VERSION(), CURRENT_USER()');
    const [version, account] = row.map(String);
    return { server: serverOf(version ?? ''), account: accountOf(account ?? '') };
  }
  let prepared: Promise<Prepared> | undefined;
  return {
    username,
    password,
    server: attempt.server,
    query,
    prepared() {
      prepared ??= prepare();
      return prepared;
    },
    async [Symbol.asyncDispose]() {
      if (!socket.destroyed) {
        const closed = new Promise((resolve) => socket.once('close', resolve));
        const timer = setTimeout(cut, signal.aborted ? 0 : CLOSE_MILLIS);
        client.end(() => {});
        await closed;
        clearTimeout(timer);
      }
      signal.removeEventListener('abort', cut);
    },
  };
}

/** `'app'@'10.%'` as CURRENT_USER() writes it: no host holds an @. */
function accountOf(text: string): Prepared['account'] {
  const at = text.lastIndexOf('@');
  return { user: text.slice(0, at), host: text.slice(at + 1) };
}

async function loadClient(): Promise<typeof import('mysql2')> {
  try {
    const loaded = await import('mysql2');
    // A module of CommonJS, which bundlers show in either way.
    return loaded.default ?? loaded;
  } catch (error) {
    throw asMissingPackage(error, 'mysql2');
  }
}

/** mysql2's types know only plugins that answer at once. */
const ed25519 = (password: string): AuthPlugin => {
  return () => (nonce) => signNonce(password, nonce);
};

function loggedIn(client: Client): Promise<void> {
  return new Promise((resolve, reject) => client.connect((error) => (error ? reject(error) : resolve())));
}

function run(client: Client, sql: string): Promise<readonly Row[]> {
  return new Promise((resolve, reject) => {
    client.query<never[][]>(sql, (error, rows) => {
      if (error) reject(error);
      // Of a statement without rows it is a header.
      else resolve(Array.isArray(rows) ? rows : []);
    });
  });
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

/** mysql2's errors carry the statement, and what the server wrote about it: none of them leaves this file. */
function describe(error: unknown, attempt: Attempt, tlsFailure?: unknown): unknown {
  const answer = asServerError(error);
  if (answer) return describeServerError(answer, attempt);
  if (!types.isNativeError(error) || !('code' in error)) return error;
  switch (error.code) {
    case 'HANDSHAKE_SSL_ERROR':
      return tlsFailure ?? error;
    case 'HANDSHAKE_NO_SSL_SUPPORT':
      return new TlsFailedError(
        'not offered',
        `The database at ${attempt.server} offers no TLS, which the secret demands; no password was sent. Turn TLS on at the server ` +
          '(ssl_cert and ssl_key), or set "ssl": false in the secret to accept that everything can be read and changed on the way.',
      );
    case 'AUTH_SWITCH_PLUGIN_ERROR':
    case 'MYSQL_CLEAR_PASSWORD_NOT_ENABLED':
      return describeLoginError(error, attempt);
    case 'PROTOCOL_CONNECTION_LOST':
      // As the socket would say it.
      return Object.assign(new Error('The server closed the connection'), { code: 'ECONNRESET' });
    default:
      return error;
  }
}

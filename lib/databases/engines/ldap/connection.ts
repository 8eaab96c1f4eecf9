import { Socket } from 'node:net';
import type { Client } from 'ldapts';
import { HostUnreachableError } from '../../../rotation/errors.js';
import type { Connection } from '../../driver.js';
import { type Ldapts, loadClient } from './client.js';
import { type Attempt, asAnswer, describeAnswer } from './server-error.js';
import { openSocket } from './socket.js';

/** How long a closing server is waited for. */
const CLOSE_MILLIS = 1_000;

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** Who logs in, for messages. */
  readonly username: string;
}

/** One connection to a directory, which is never made anew: whatever is asked after its end fails. */
export interface DirectoryConnection extends AsyncDisposable {
  readonly ldapts: Ldapts;
  /** Host and port. */
  readonly server: string;
  readonly encrypted: boolean;
  /**
   * Asks something. What the server answers is told apart; of the client's own errors nothing is kept, since they may hold the request.
   * @param doing A verb phrase for messages.
   * @param describe What a refusal means. Default: `describeAnswer`.
   */
  ask<T>(
    doing: string,
    request: (client: Client) => Promise<T>,
    describe?: (...refusal: Parameters<typeof describeAnswer>) => Error,
  ): Promise<T>;
}

/**
 * Connects and logs in, once.
 * @param factory For messages: `ldap()`.
 * @param logIn Is part of what has to be done in time.
 * @throws as DatabaseDriver.login
 */
export async function connect(
  { host, port, username }: Endpoint,
  { tls, timeoutMillis, signal }: Connection,
  factory: string,
  logIn: (connection: DirectoryConnection) => Promise<void>,
): Promise<DirectoryConnection> {
  const ldapts = await loadClient(factory);
  const server = `${host}:${port}`;
  // With a socket of our own a connection that hangs can be cut at any point, and the client cannot make another one.
  const wire = new Socket();
  const cut = () => wire.destroy();
  signal.addEventListener('abort', cut, { once: true });

  async function open(): Promise<DirectoryConnection> {
    const socket = await openSocket(ldapts, wire, { host, port }, tls);
    const client = new ldapts.Client({ url: 'ldap://localhost', createConnection: onlyOnce(socket) });
    const connection: DirectoryConnection = {
      ldapts,
      server,
      encrypted: tls !== false,
      async ask(doing, request, describe = describeAnswer) {
        const attempt: Attempt = { server, username, doing };
        try {
          const asked = request(client);
          // The client takes away whoever listened before its first request, and does not listen itself once the connection has closed.
          if (socket.listenerCount('error', ignore) === 0) socket.on('error', ignore);
          return await asked;
        } catch (error) {
          if (signal.aborted) throw signal.reason;
          const answer = asAnswer(error);
          if (answer) throw describe(answer, attempt);
          throw socket.errored ?? wire.errored ?? noAnswer(attempt);
        }
      },
      async [Symbol.asyncDispose]() {
        const timer = setTimeout(cut, signal.aborted ? 0 : CLOSE_MILLIS);
        await client.unbind().catch(() => {});
        clearTimeout(timer);
        signal.removeEventListener('abort', cut);
        socket.destroy();
        wire.destroy();
      },
    };
    await logIn(connection);
    return connection;
  }

  try {
    return await withinTime(open(), timeoutMillis, signal);
  } catch (error) {
    signal.removeEventListener('abort', cut);
    cut();
    throw error;
  }
}

/** The client connects by itself whenever it finds no connection, and would go on without a login. */
function onlyOnce(socket: Socket): () => Socket {
  let taken = false;
  return () => {
    if (taken) throw new Error('The connection is closed');
    taken = true;
    return socket;
  };
}

/** Errors are read off the socket where something failed; one that nobody waits for must not end the process. */
function ignore(): void {}

function noAnswer({ server, doing }: Attempt): HostUnreachableError {
  return new HostUnreachableError(
    'closed',
    `The directory at ${server} closed the connection before it answered the request to ${doing}. A restart, or a proxy's limit. The step can be run again.`,
  );
}

async function withinTime<T>(opening: Promise<T>, timeoutMillis: number, signal: AbortSignal): Promise<T> {
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
    return await Promise.race([opening, interrupted]);
  } finally {
    stop();
  }
}

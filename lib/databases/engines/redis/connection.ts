import { isIP } from 'node:net';
import { types } from 'node:util';
import type { Redis } from 'ioredis';
import { HostUnreachableError, InvalidOptionsError, RotationError, TlsFailedError } from '../../../rotation/errors.js';
import type { Connection } from '../../driver.js';
import { describeNodeError } from './node-error.js';
import { describeServerAnswer, serverAnswer } from './server-error.js';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** One session with one node. */
export interface RedisConnection extends AsyncDisposable {
  /** Host and port, and how they were found, for messages. */
  readonly server: string;
  /**
   * Sends one command and waits for its answer.
   * @param command Its name, which messages show; the arguments they do not.
   * @param tolerated An answer that is no failure: then the result is undefined.
   */
  run(command: string, args?: readonly string[], tolerated?: RegExp): Promise<unknown>;
}

/**
 * Connects and logs in, once.
 * @param foundThrough The node that named this one; left out for the one that the secret names.
 * @throws as DatabaseDriver.login; for a node that another one named, everything that a connection may fail with is a RotationError about that node.
 */
export async function connect(
  { host, port }: Endpoint,
  { username, password }: Credentials,
  { tls, timeoutMillis, signal }: Connection,
  foundThrough?: string,
): Promise<RedisConnection> {
  const { Redis } = await loadClient();
  signal.throwIfAborted();
  const address = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  const server = foundThrough === undefined ? address : `${address} (found through ${foundThrough})`;
  const redis = new Redis({
    host,
    port,
    ...(tls && { tls: { ...tls, ...(isIP(host) === 0 && { servername: host }) } }),
    // AUTH is sent below: the client's own handshake takes some refusals for success, and goes on.
    lazyConnect: true,
    protocol: 2,
    disableClientInfo: true,
    enableReadyCheck: false,
    // One attempt, and nothing is sent twice.
    retryStrategy: null,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    // What ends a connection that hangs is below. Then the socket is cut at once.
    connectTimeout: 0,
    disconnectTimeout: 0,
  });
  // The client tells what happened to its socket here, and to whoever waits that the connection is closed.
  let failure: unknown;
  redis.on('error', (error) => {
    failure ??= error;
  });
  const cut = (reason: unknown) => {
    failure ??= reason;
    redis.disconnect();
  };
  const abort = () => cut(signal.reason);
  signal.addEventListener('abort', abort, { once: true });

  function describe(error: unknown, command: string): unknown {
    const answer = serverAnswer(error) ?? earlyAnswer(failure);
    if (answer !== undefined) return describeServerAnswer(answer, { username, server, command });
    const cause = failure ?? coded('ECONNRESET', 'The connection is closed');
    if (cause === signal.reason || cause instanceof RotationError) return cause;
    return describePeer(cause, server) ?? (foundThrough && describeNodeError(cause, server)) ?? cause;
  }

  async function close(): Promise<void> {
    signal.removeEventListener('abort', abort);
    await end(redis);
  }

  const timer = setTimeout(() => {
    // Redis reads the beginning of TLS as a command whose end has not come yet, and waits.
    const silent = tls !== false && redis.status === 'connecting' && redis.stream?.connecting === false;
    cut(silent ? noTls(server, timeoutMillis) : coded('ETIMEDOUT', 'The connection was not made in time'));
  }, timeoutMillis);
  try {
    await redis.connect();
    await redis.call('AUTH', username, password);
  } catch (error) {
    await close();
    throw describe(error, 'AUTH');
  } finally {
    clearTimeout(timer);
  }

  return {
    server,
    async run(command, args = [], tolerated) {
      const [name = '', ...words] = command.split(' ');
      try {
        return await redis.call(name, ...words, ...args);
      } catch (error) {
        if (tolerated?.test(serverAnswer(error) ?? '')) return undefined;
        throw describe(error, command);
      }
    },
    [Symbol.asyncDispose]: close,
  };
}

/** Told by what the peer says instead of TLS, or instead of the protocol of Redis. */
function describePeer(error: unknown, server: string): RotationError | undefined {
  if (!types.isNativeError(error)) return undefined;
  if ('code' in error && /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|RECORD_LAYER_FAILURE/.test(String(error.code))) {
    return noTls(server);
  }
  // What the client says of it, in its versions 6 and 5.
  if (!/Unknown RESP type|Protocol error/.test(error.message)) return undefined;
  return new HostUnreachableError(
    'refused',
    `What answers at ${server} does not speak the protocol of Redis. Correct host or port in the secret; if it is a port for TLS, take "ssl": false out.`,
  );
}

function noTls(server: string, silentMillis?: number): TlsFailedError {
  const seen =
    silentMillis === undefined
      ? 'answers TLS with something else'
      : `did not answer TLS within ${silentMillis / 1000} s`;
  return new TlsFailedError(
    'not offered',
    `${server} ${seen}, as Redis does on a port without TLS; no password was sent. Turn TLS on at the server and name its tls-port in the secret, or set "ssl": false there to accept ` +
      'that everything, the login included, can be read and changed on the way.',
  );
}

/** A server that takes no clients says so before it is asked. */
function earlyAnswer(failure: unknown): string | undefined {
  return types.isNativeError(failure) ? /Last error: (.*)/s.exec(failure.message)?.[1] : undefined;
}

const coded = (code: string, message: string) => Object.assign(new Error(message), { code });

async function end(redis: Redis): Promise<void> {
  if (redis.status === 'end') return;
  const ended = new Promise((resolve) => redis.once('end', resolve));
  redis.disconnect();
  await ended;
}

async function loadClient(): Promise<{ readonly Redis: typeof Redis }> {
  try {
    return await import('ioredis');
  } catch (error) {
    if (!types.isNativeError(error) || !('code' in error) || !/MODULE_NOT_FOUND$/.test(String(error.code))) throw error;
    throw new InvalidOptionsError(
      'redis()',
      'needs the npm package ioredis, which was not found: npm install ioredis',
      {
        cause: error,
      },
    );
  }
}

/**
 * A TCP relay that tells the exchanges on its connections apart without knowing what they speak, TLS included: an exchange
 * begins when the client says something after the server has spoken, or at the start.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';
import type { Address } from './subject.js';

/** What is done with one exchange. */
export interface ExchangeInterception {
  /** Done and waited for before the server hears of it. */
  before?(): void | Promise<void>;
  /** Done once the server has begun to answer, or has closed the connection. */
  after?(): void | Promise<void>;
  /** The connection is cut before the server hears of it or instead of its answer; or the answer never comes. @default - all goes well */
  readonly end?: 'cut before' | 'cut after' | 'hang after';
}

export interface Relay extends AsyncDisposable {
  readonly address: Address;
}

/**
 * @param target Asked for each connection.
 * @param exchange Asked for each exchange.
 */
export async function startRelay(
  target: () => Address,
  exchange: () => ExchangeInterception | undefined,
): Promise<Relay> {
  const clients = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    clients.add(client);
    client.once('close', () => clients.delete(client));
    relay(client, connect({ ...target(), allowHalfOpen: true }), exchange);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    address: { host: '127.0.0.1', port: (server.address() as AddressInfo).port },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.destroy();
      await once(server.close(), 'close');
    },
  };
}

function relay(client: Socket, upstream: Socket, exchange: () => ExchangeInterception | undefined): void {
  let spokeLast: 'client' | 'server' = 'server';
  /** What is still to be done with the exchange that is under way. */
  let current: ExchangeInterception | undefined;
  let muted = false;
  for (const socket of [client, upstream]) socket.setNoDelay(true);

  function cut(): void {
    client.resetAndDestroy();
    upstream.destroy();
  }

  /** The server has answered, or has gone: the exchange has had its effect. @returns whether the client gets to know. */
  async function effected(): Promise<boolean> {
    const { after, end } = current ?? {};
    current = undefined;
    muted ||= end === 'hang after';
    await after?.();
    if (end === 'cut after') cut();
    return !muted && end === undefined;
  }

  client.on('data', (bytes) => {
    const begins = spokeLast === 'server';
    spokeLast = 'client';
    if (begins) current = exchange();
    const { before, end } = (begins && current) || {};
    if (before === undefined && end !== 'cut before') {
      upstream.write(bytes);
      return;
    }
    client.pause();
    void Promise.resolve(before?.()).then(() => {
      if (end === 'cut before') return cut();
      upstream.write(bytes);
      client.resume();
    });
  });
  upstream.on('data', (bytes) => {
    // To which the client says farewell as well, or has already, as it happens.
    if (!isFarewell(bytes)) spokeLast = 'server';
    if (muted) return;
    if (current === undefined) {
      client.write(bytes);
      return;
    }
    upstream.pause();
    void effected().then((heard) => {
      if (heard) client.write(bytes);
      upstream.resume();
    });
  });
  client.on('end', () => upstream.end());
  upstream.on('end', () => void effected().then((heard) => heard && client.end()));
  client.on('close', () => upstream.destroy());
  upstream.on('close', () => void effected().then((heard) => heard && client.destroy()));
  // Whichever side breaks off, the other one sees its end.
  for (const socket of [client, upstream]) socket.on('error', () => undefined);
}

/**
 * Whether it is TLS's close_notify and nothing else: an alert, which TLS 1.3 shows as an encrypted record with two bytes in it
 * (and one for its type, and 16 of the cipher's).
 * Source: RFC 8446, sections 5.1, 5.2 and 6.1.
 */
function isFarewell(bytes: Buffer): boolean {
  const [type, major] = bytes;
  if (major !== 3 || bytes.length < 5 || bytes.length !== 5 + bytes.readUInt16BE(3)) return false;
  return type === 21 || (type === 23 && bytes.length === 5 + 2 + 1 + 16);
}

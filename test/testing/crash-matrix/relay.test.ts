import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ExchangeInterception, startRelay } from '../../../lib/testing/crash-matrix/relay.js';

/** Answers each thing it hears; what it hears is kept. */
let server: Server;
let heard: string[];
let sessions: Socket[];

beforeEach(async () => {
  heard = [];
  sessions = [];
  server = createServer((socket) => {
    sessions.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      heard.push(String(bytes));
      socket.write(`answer to ${bytes}`);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});

afterEach(async () => {
  for (const session of sessions) session.destroy();
  await once(server.close(), 'close');
});

/** Each exchange meets the next of these, and the later ones nothing. */
async function relayWith(...interceptions: readonly (ExchangeInterception | undefined)[]) {
  const waiting = [...interceptions];
  const exchanges = { asked: 0 };
  const relay = await startRelay(
    () => ({ host: '127.0.0.1', port: (server.address() as AddressInfo).port }),
    () => {
      exchanges.asked += 1;
      return waiting.shift();
    },
  );
  return { relay, exchanges };
}

async function ask(client: Socket, text: string): Promise<string> {
  client.write(text);
  const [bytes] = await once(client, 'data');
  return String(bytes);
}

/** How a connection ended from the client's side, and what it heard before. */
async function ended(client: Socket): Promise<{ answers: string; code: string | undefined }> {
  let answers = '';
  let code: string | undefined;
  client.on('data', (bytes) => {
    answers += bytes;
  });
  client.on('error', (error: NodeJS.ErrnoException) => {
    code = error.code;
  });
  await new Promise((resolve) => client.once('close', resolve));
  return { answers, code };
}

describe('the relay', () => {
  it('passes on what is said, and asks once for each exchange', async () => {
    const { relay, exchanges } = await relayWith();
    await using _ = relay;
    const client = connect(relay.address);
    expect(await ask(client, 'one')).toBe('answer to one');
    expect(await ask(client, 'two')).toBe('answer to two');
    client.end();
    await once(client, 'close');
    expect(heard).toEqual(['one', 'two']);
    expect(exchanges.asked).toBe(2);
  });

  it('does what comes before an exchange before the server hears of it, and what comes after before the client hears', async () => {
    const order: string[] = [];
    const { relay } = await relayWith({
      before: async () => {
        await new Promise(setImmediate);
        order.push(`before: ${heard.length} heard`);
      },
      after: async () => {
        order.push(`after: ${heard.length} heard`);
        await new Promise(setImmediate);
        order.push('after: over');
      },
    });
    await using _ = relay;
    const client = connect(relay.address);
    await ask(client, 'one');
    order.push('answered');
    expect(order).toEqual(['before: 0 heard', 'after: 1 heard', 'after: over', 'answered']);
    client.destroy();
  });

  it('cuts before the server hears', async () => {
    const { relay } = await relayWith(undefined, { end: 'cut before' });
    await using _ = relay;
    const client = connect(relay.address);
    await ask(client, 'one');
    client.write('two');
    expect(await ended(client)).toEqual({ answers: '', code: 'ECONNRESET' });
    expect(heard).toEqual(['one']);
  });

  it('cuts after the server has answered, and the client does not hear it', async () => {
    const { relay } = await relayWith({ end: 'cut after' });
    await using _ = relay;
    const client = connect(relay.address);
    client.write('one');
    expect(await ended(client)).toEqual({ answers: '', code: 'ECONNRESET' });
    expect(heard).toEqual(['one']);
  });

  it('lets the client wait for an answer that never comes, on a connection that stays', async () => {
    let effects = 0;
    const { relay } = await relayWith({
      end: 'hang after',
      after: () => {
        effects += 1;
      },
    });
    await using _ = relay;
    const client = connect(relay.address);
    const end = ended(client);
    client.write('one');
    // What is said later comes to the server, so the connection is there, and its answers are kept back too.
    while (effects === 0) await new Promise(setImmediate);
    client.write('two');
    while (heard.length < 2) await new Promise(setImmediate);
    expect(client.destroyed).toBe(false);
    client.end();
    for (const session of sessions) session.end();
    client.destroy();
    expect((await end).answers).toBe('');
  });

  it('does what comes after an exchange also when the server breaks off instead of answering', async () => {
    let effects = 0;
    const { relay } = await relayWith(undefined, {
      after: () => {
        effects += 1;
      },
    });
    await using _ = relay;
    const client = connect(relay.address);
    await ask(client, 'one');
    for (const session of sessions) session.removeAllListeners('data').on('data', () => session.destroy());
    client.write('two');
    await ended(client);
    expect(effects).toBe(1);
  });

  it('asks where the target is for each connection, and ends those it has with itself', async () => {
    const first = createServer((socket) => socket.end('elsewhere'));
    await once(first.listen(0, '127.0.0.1'), 'listening');
    const ports = [(first.address() as AddressInfo).port, (server.address() as AddressInfo).port];
    const relay = await startRelay(
      () => ({ host: '127.0.0.1', port: ports.shift() ?? 0 }),
      () => undefined,
    );
    const early = connect(relay.address);
    expect((await ended(early)).answers).toBe('elsewhere');
    const late = connect(relay.address);
    expect(await ask(late, 'one')).toBe('answer to one');
    const end = ended(late);
    await relay[Symbol.asyncDispose]();
    await end;
    await once(first.close(), 'close');
  });
});

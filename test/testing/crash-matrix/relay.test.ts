import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ExchangeInterception, startRelay } from '../../../lib/testing/crash-matrix/relay.js';
import type { Address } from '../../../lib/testing/index.js';

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

/** On a connection of its own: when it is over, what was under way on others has come as far as it can. */
async function askAnother(address: Address): Promise<void> {
  const client = connect(address);
  await ask(client, 'another');
  client.destroy();
}

/** Keeps whoever passes until it is opened. */
function gate() {
  let arrive = (): void => undefined;
  let open = (): void => undefined;
  const reached = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return {
    reached,
    open: () => open(),
    pass() {
      arrive();
      return opened;
    },
  };
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

  it('waits with the exchange for what comes before it, and with the answer for what comes after', async () => {
    const [before, after] = [gate(), gate()];
    const { relay } = await relayWith({ before: before.pass, after: after.pass });
    await using _ = relay;
    const client = connect(relay.address);
    let answers = '';
    client.on('data', (bytes) => {
      answers += bytes;
    });
    client.write('one');
    await before.reached;
    await askAnother(relay.address);
    expect(heard).toEqual(['another']);
    before.open();
    await after.reached;
    expect(heard).toEqual(['another', 'one']);
    await askAnother(relay.address);
    expect(answers).toBe('');
    after.open();
    await once(client, 'data');
    expect(answers).toBe('answer to one');
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
    const { relay } = await relayWith({ end: 'hang after' });
    await using _ = relay;
    const client = connect(relay.address);
    const end = ended(client);
    // What is said later comes to the server, so the connection is there, and its answers are kept back too.
    for (const text of ['one', 'two']) {
      client.write(text);
      while (heard.at(-1) !== text) await new Promise(setImmediate);
      await askAnother(relay.address);
    }
    for (const session of sessions) session.end();
    await askAnother(relay.address);
    expect(client.readableEnded).toBe(false);
    client.destroy();
    expect(await end).toEqual({ answers: '', code: undefined });
  });

  it.each(['end', 'resetAndDestroy'] as const)(
    'does what comes after an exchange when there is no answer but %s',
    async (breakOff) => {
      let effects = 0;
      const { relay } = await relayWith(undefined, {
        after: () => {
          effects += 1;
        },
      });
      await using _ = relay;
      const client = connect(relay.address);
      await ask(client, 'one');
      for (const session of sessions) session.removeAllListeners('data').on('data', () => session[breakOff]());
      client.write('two');
      await ended(client);
      expect(effects).toBe(1);
    },
  );

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

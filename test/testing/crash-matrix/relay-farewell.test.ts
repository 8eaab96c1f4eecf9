import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import { expect, it } from '@jest/globals';
import { startRelay } from '../../../lib/testing/crash-matrix/relay.js';

/** An encrypted record of TLS 1.3 with so many bytes in it. */
const record = (bytes: number) => Buffer.from([23, 3, 3, 0, bytes + 17, ...new Array(bytes + 17).fill(7)]);
const CLOSE_NOTIFY = record(2);

it.each([
  ['says farewell after an answer', record(2), 1],
  ['says something else', record(3), 2],
  ['says farewell and more', Buffer.concat([record(2), record(30)]), 2],
])(
  'when the server %s, what the client then says is an exchange of its own or not: %#',
  async (_, answer, exchanges) => {
    const server = createServer((socket) => {
      socket.once('data', () => {
        socket.write(answer);
        socket.once('data', () => socket.end());
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    let seen = 0;
    {
      await using relay = await startRelay(
        () => ({ host: '127.0.0.1', port }),
        () => {
          seen += 1;
          return undefined;
        },
      );
      const client = connect(relay.address);
      client.write('terminate');
      await once(client, 'data');
      client.write(CLOSE_NOTIFY);
      await once(client, 'end');
      client.end();
    }
    server.close();
    expect(seen).toBe(exchanges);
  },
);

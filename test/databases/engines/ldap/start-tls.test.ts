/** Servers that answer StartTLS as they should not. How it goes with a real one is in ldap.test.ts. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import * as ldapts from 'ldapts';
import { startTls } from '../../../../lib/databases/engines/ldap/start-tls.js';
import { listen } from '../../support/listener.js';

/** messageID 1, ExtendedResponse success. */
const SUCCESS = Buffer.from('300c02010178070a010004000400', 'hex');
/** messageID 2, BindResponse success: what an eavesdropper would like to be found within TLS. */
const BIND_SUCCESS = Buffer.from('300c02010261070a010004000400', 'hex');

async function answered(chunks: readonly Buffer[]): Promise<Buffer[]> {
  const received: Buffer[] = [];
  await using listener = await listen((socket) =>
    socket.once('data', async (data) => {
      received.push(data);
      for (const chunk of chunks) {
        socket.write(chunk);
        await new Promise(setImmediate);
      }
      if (chunks.length === 0) socket.end();
    }),
  );
  const socket = connect(listener.port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  try {
    await startTls(ldapts, socket, 'server');
    return received;
  } finally {
    socket.destroy();
  }
}

describe('StartTLS', () => {
  it('asks in 31 bytes, and takes an answer in pieces', async () => {
    const [request] = await answered([SUCCESS.subarray(0, 1), SUCCESS.subarray(1, 9), SUCCESS.subarray(9)]);
    expect(request?.toString('latin1')).toBe('0\x1d\x02\x01\x01w\x18\x80\x161.3.6.1.4.1.1466.20037');
  });

  it.each([
    ['another answer after it', [Buffer.concat([SUCCESS, BIND_SUCCESS])]],
    ['the beginning of another answer after it', [Buffer.concat([SUCCESS, BIND_SUCCESS.subarray(0, 4)])]],
    ['an answer to something else', [BIND_SUCCESS]],
    ['HTTP', [Buffer.from('HTTP/1.1 400 Bad Request\r\n')]],
    ['nonsense', [Buffer.from('3003020101', 'hex')]],
    ['an answer without end', [Buffer.from('308400ffffff', 'hex'), Buffer.alloc(70_000)]],
  ])('goes on with nobody who sends %s', async (_what, chunks) => {
    await expect(answered(chunks)).rejects.toMatchObject({ name: 'TlsFailedError', check: 'protocol' });
  });

  it('knows a refusal', async () => {
    const refusal = Buffer.from('300c02010178070a013404000400', 'hex');
    await expect(answered([refusal])).rejects.toMatchObject({ name: 'TlsFailedError', check: 'not offered' });
  });

  it('knows a closed connection', async () => {
    await expect(answered([])).rejects.toThrow(/closed/);
  });
});

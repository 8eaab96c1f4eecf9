import type { Socket } from 'node:net';
import { TlsFailedError } from '../../../rotation/errors.js';
import type { Ldapts } from './client.js';

const OID = '1.3.6.1.4.1.1466.20037';
const MESSAGE_ID = 1;
const EXTENDED_REQUEST = 0x77;
const EXTENDED_RESPONSE = 0x78;
/** An answer is some dozens of bytes. */
const MAX_ANSWER_BYTES = 65_536;

/**
 * Asks the server to begin TLS. Afterwards nothing has been read from the socket but the answer, so that TLS can take it over. Not by ldapts, which keeps what follows the answer, and
 * so lets whoever sits on the way answer requests that are made within TLS later.
 *
 * @throws TlsFailedError
 * @see https://www.rfc-editor.org/rfc/rfc4511 section 4.14
 */
export async function startTls(ldapts: Ldapts, socket: Socket, server: string): Promise<void> {
  socket.write(request(ldapts));
  let received = Buffer.alloc(0);
  let answer: ReturnType<typeof parse>;
  do {
    received = Buffer.concat([received, await nextChunk(socket)]);
    answer = parse(ldapts, received);
  } while (answer === 'incomplete');
  if (answer === 'malformed') {
    throw new TlsFailedError(
      'protocol',
      `${server} answered the request to begin TLS (StartTLS) with something else; no password was sent. It is no directory's port, or somebody on the way interferes.`,
    );
  }
  if (answer.code !== 0) {
    throw new TlsFailedError(
      'not offered',
      `The directory at ${server} does not begin TLS (StartTLS), which the secret demands; no password was sent. Turn TLS on at the server, use its port for LDAPS (636), or set ` +
        '"ssl": false in the secret to accept that everything, the password included, can be read and changed on the way.',
    );
  }
}

function request({ BerWriter }: Ldapts): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(MESSAGE_ID);
  writer.startSequence(EXTENDED_REQUEST);
  writer.writeString(OID, 0x80);
  writer.endSequence();
  writer.endSequence();
  return writer.buffer;
}

function parse(
  { Ber, BerReader }: Ldapts,
  received: Buffer,
): 'incomplete' | 'malformed' | { readonly code: number | null } {
  if (received[0] !== (Ber.Sequence | Ber.Constructor) || received.length > MAX_ANSWER_BYTES) return 'malformed';
  try {
    const reader = new BerReader(received);
    if (reader.readSequence() === null || reader.remain < reader.length) return 'incomplete';
    if (reader.remain > reader.length) return 'malformed';
    if (reader.readInt() !== MESSAGE_ID || reader.readSequence() !== EXTENDED_RESPONSE) return 'malformed';
    return { code: reader.readEnumeration() };
  } catch {
    return 'malformed';
  }
}

function nextChunk(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const closed = () => reject(socket.errored ?? new Error('The connection was closed during StartTLS'));
    if (socket.destroyed) return closed();
    socket.once('close', closed);
    socket.once('data', (chunk) => {
      // At once: what nobody listens for is lost.
      socket.pause();
      socket.off('close', closed);
      resolve(chunk);
    });
    socket.resume();
  });
}

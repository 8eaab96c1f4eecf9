/** The server's RSA key pair, for passwords over connections without TLS. @see https://dev.mysql.com/doc/refman/8.0/en/caching-sha2-pluggable-authentication.html */
import { constants, generateKeyPairSync, privateDecrypt } from 'node:crypto';
import { clearText, type Exchange, xor } from './plugin.js';

let pair: { readonly publicKey: string; readonly privateKey: string } | undefined;

/** Made when it is first asked for. */
function keys() {
  pair ??= generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return pair;
}

/** A password that comes encrypted; before it may come a request for the public key. */
export async function receiveEncrypted(
  { scramble, send, receive }: Exchange,
  request: number,
  first: Buffer,
): Promise<Buffer | undefined> {
  let data = first;
  if (data.length === 1 && data[0] === request) {
    send(Buffer.from(keys().publicKey));
    data = await receive();
  }
  try {
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    const decrypted = privateDecrypt({ key: keys().privateKey, padding, oaepHash: 'sha1' }, data);
    return clearText(xor(decrypted, scramble));
  } catch {
    // In clear text, or encrypted to another key.
    return undefined;
  }
}

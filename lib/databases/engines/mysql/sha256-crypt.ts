import { createHash } from 'node:crypto';

/**
 * The digest of SHA-crypt with SHA-256: 43 characters of [./0-9A-Za-z].
 *
 * @param salt As it is: the first 16 bytes of it in libraries of C, up to 20 in MySQL.
 * @see https://www.akkadia.org/drepper/SHA-crypt.txt
 */
export function sha256Crypt(password: string, salt: Uint8Array, rounds: number): string {
  const key = Buffer.from(password);
  const b = sha256(key, salt, key);
  const a = createHash('sha256').update(key).update(salt).update(repeated(b, key.length));
  for (let bits = key.length; bits > 0; bits >>= 1) a.update(bits & 1 ? b : key);
  let digest: Buffer = a.digest();
  const p = repeated(sha256(...Array<Buffer>(key.length).fill(key)), key.length);
  const s = repeated(sha256(...Array<Uint8Array>(16 + (digest[0] ?? 0)).fill(salt)), salt.length);
  for (let round = 0; round < rounds; round += 1) {
    const odd = round % 2 === 1;
    const parts = [odd ? p : digest, ...(round % 3 === 0 ? [] : [s]), ...(round % 7 === 0 ? [] : [p])];
    digest = sha256(...parts, odd ? digest : p);
  }
  return encode(digest);
}

function sha256(...parts: readonly Uint8Array[]): Buffer {
  return createHash('sha256').update(Buffer.concat(parts)).digest();
}

function repeated(bytes: Buffer, length: number): Buffer {
  return Buffer.alloc(length, bytes);
}

const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** In the order that the specification gives. */
function encode(digest: Buffer): string {
  const byte = (index: number) => digest[index] ?? 0;
  let text = '';
  const put = (value: number, characters: number) => {
    for (let left = value, count = characters; count > 0; count -= 1, left >>= 6) text += ALPHABET[left & 0x3f];
  };
  let [high, middle, low] = [0, 10, 20];
  for (let group = 0; group < 10; group += 1) {
    put((byte(high) << 16) | (byte(middle) << 8) | byte(low), 4);
    [high, middle, low] = [low + 1, high + 1, middle + 1];
  }
  put((byte(31) << 8) | byte(30), 3);
  return text;
}

/** SHA-256 crypt, which two of the authentication plugins store passwords with. @see https://www.akkadia.org/drepper/SHA-crypt.txt */
import crypto from 'node:crypto';

const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** Of three bytes at a time, the most significant first. The last two stand alone. */
const ORDER = [
  [0, 10, 20],
  [21, 1, 11],
  [12, 22, 2],
  [3, 13, 23],
  [24, 4, 14],
  [15, 25, 5],
  [6, 16, 26],
  [27, 7, 17],
  [18, 28, 8],
  [9, 19, 29],
] as const;

export const DEFAULT_ROUNDS = 5_000;
const SALT_LENGTH = 20;

/** In one go where Node can, which is twice as fast: 20.12. */
const digestOf: (data: Buffer) => Buffer =
  'hash' in crypto
    ? (data) => crypto.hash('sha256', data, 'buffer')
    : (data) => crypto.createHash('sha256').update(data).digest();

const sha256 = (...parts: readonly Buffer[]): Buffer => digestOf(Buffer.concat(parts));

/** A login computes what the change of password has computed before, and it takes milliseconds. */
const computed = new Map<string, string>();

/** @returns 43 characters */
export function shaCrypt(password: Buffer, salt: Buffer, rounds: number): string {
  const key = `${rounds} ${salt.toString('hex')} ${password.toString('hex')}`;
  const known = computed.get(key);
  if (known !== undefined) return known;
  const result = compute(password, salt, rounds);
  computed.set(key, result);
  return result;
}

/** Seven bits each, neither NUL nor the separator `$`: quotes, backslashes and control characters do occur. */
export function newSalt(): Buffer {
  return Buffer.from(
    crypto
      .randomBytes(SALT_LENGTH)
      .map((byte) => byte & 0x7f || 1)
      .map((byte) => (byte === 0x24 ? 0x25 : byte)),
  );
}

function compute(password: Buffer, salt: Buffer, rounds: number): string {
  const b = sha256(password, salt, password);
  const parts: Buffer[] = [password, salt, repeated(b, password.length)];
  for (let bits = password.length; bits > 0; bits >>= 1) parts.push((bits & 1) === 1 ? b : password);
  let digest = sha256(...parts);
  const p = repeated(sha256(...Array<Buffer>(password.length).fill(password)), password.length);
  const s = repeated(sha256(...Array<Buffer>(16 + (digest[0] ?? 0)).fill(salt)), salt.length);
  for (let round = 0; round < rounds; round += 1) {
    const odd = round % 2 === 1;
    const inputs = [odd ? p : digest];
    if (round % 3 !== 0) inputs.push(s);
    if (round % 7 !== 0) inputs.push(p);
    inputs.push(odd ? digest : p);
    digest = sha256(...inputs);
  }
  return encode(digest);
}

function repeated(block: Buffer, length: number): Buffer {
  return Buffer.alloc(length, block);
}

function encode(digest: Buffer): string {
  let text = '';
  const add = (value: number, characters: number) => {
    for (let index = 0; index < characters; index += 1) text += ALPHABET.charAt((value >> (6 * index)) & 0x3f);
  };
  const byte = (index: number) => digest[index] ?? 0;
  for (const [high, middle, low] of ORDER) add((byte(high) << 16) | (byte(middle) << 8) | byte(low), 4);
  add((byte(31) << 8) | byte(30), 3);
  return text;
}

import { createHash } from 'node:crypto';
import type { Point } from '@noble/ed25519';
import { asMissingPackage } from './client-package.js';

const NONCE_BYTES = 32;

/**
 * Answers a server that asks for MariaDB's plugin `client_ed25519`: a signature of the server's nonce, by a key that is the SHA-512 of the password, of whatever length. Unlike with
 * Ed25519's own keys, it is the password that is hashed, and not a seed of 32 bytes.
 * @see https://mariadb.com/kb/en/authentication-plugin-ed25519/
 */
export async function signNonce(password: string, nonce: Uint8Array): Promise<Buffer> {
  const { Point, etc } = await loadCurve();
  if (nonce.length < NONCE_BYTES) throw new RangeError('The server sent a nonce that is too short');
  const message = nonce.subarray(0, NONCE_BYTES);
  const { scalar, prefix, publicKey } = keyOf(password, Point);
  const r = reduced(Point, prefix, message);
  const commitment = Point.BASE.multiply(r).toBytes();
  const k = reduced(Point, commitment, publicKey, message);
  const s = etc.mod(r + k * scalar, Point.CURVE().n);
  return Buffer.concat([commitment, littleEndian(s)]);
}

/** What MariaDB stores for a password of the plugin ed25519: the public key, in base64 without padding. Who has it can check a password, but not log in. */
export async function ed25519Hash(password: string): Promise<string> {
  const { Point } = await loadCurve();
  return Buffer.from(keyOf(password, Point).publicKey).toString('base64').replace(/=+$/, '');
}

type Curve = typeof Point;

function keyOf(password: string, point: Curve) {
  const hash = createHash('sha512').update(password).digest();
  const bits = hash.subarray(0, 32);
  bits[0] = (bits[0] ?? 0) & 0xf8;
  bits[31] = ((bits[31] ?? 0) & 0x7f) | 0x40;
  const scalar = fromLittleEndian(bits);
  return {
    scalar,
    prefix: hash.subarray(32),
    publicKey: point.BASE.multiply(scalar % point.CURVE().n).toBytes(),
  };
}

/** SHA-512 as a number below the curve's order. */
function reduced(point: Curve, ...parts: readonly Uint8Array[]): bigint {
  return fromLittleEndian(createHash('sha512').update(Buffer.concat(parts)).digest()) % point.CURVE().n;
}

function fromLittleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}

function littleEndian(number: bigint): Buffer {
  return Buffer.from(number.toString(16).padStart(64, '0'), 'hex').reverse();
}

async function loadCurve() {
  try {
    return await import('@noble/ed25519');
  } catch (error) {
    throw asMissingPackage(error, '@noble/ed25519', 'for a user whose plugin is ed25519');
  }
}

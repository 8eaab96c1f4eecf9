import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { saslPrep } from './sasl-prep.js';

const KEY_BYTES = 32;
const SALT_BYTES = 16;

/**
 * What PostgreSQL stores for a password: `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`. Who has it can check a password and
 * pose as the server, but not log in.
 *
 * @param iterations The server's `scram_iterations`.
 * @see https://www.rfc-editor.org/rfc/rfc5802 section 3, https://www.rfc-editor.org/rfc/rfc7677
 */
export async function scramVerifier(
  password: string,
  iterations: number,
  salt: Uint8Array = randomBytes(SALT_BYTES),
): Promise<string> {
  const saltedPassword = await promisify(pbkdf2)(saslPrep(password), salt, iterations, KEY_BYTES, 'sha256');
  const storedKey = createHash('sha256').update(hmac(saltedPassword, 'Client Key')).digest('base64');
  const serverKey = hmac(saltedPassword, 'Server Key').toString('base64');
  return `SCRAM-SHA-256$${iterations}:${Buffer.from(salt).toString('base64')}$${storedKey}:${serverKey}`;
}

/**
 * The older form, for servers whose `password_encryption` is md5. Unlike a SCRAM verifier it is as good as the password to who steals it.
 *
 * @see https://www.postgresql.org/docs/current/auth-password.html
 */
export function md5Verifier(username: string, password: string): string {
  return `md5${createHash('md5').update(password).update(username).digest('hex')}`;
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

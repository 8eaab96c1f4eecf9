import { createHash } from 'node:crypto';
import { type AuthenticationPlugin, admitted, clearText, refused, withoutPassword, xor } from './plugin.js';
import { receiveEncrypted } from './public-key.js';
import { DEFAULT_ROUNDS, newSalt, shaCrypt } from './sha-crypt.js';

const MAX_PASSWORD_BYTES = 256;
const PUBLIC_KEY_REQUEST = 0x02;
const FAST_AUTHENTICATION_SUCCEEDED = Buffer.from([0x03]);
const PERFORM_FULL_AUTHENTICATION = Buffer.from([0x04]);
/** `$A$`, thousands of rounds as three hexadecimal digits, `$`, 20 bytes of salt, 43 characters. */
const FORM = /^\$A\$([0-9A-F]{3})\$([^$\0]{20})([./0-9A-Za-z]{43})$/s;

const sha256 = (...parts: readonly Buffer[]) => createHash('sha256').update(Buffer.concat(parts)).digest();

function stored(password: Buffer, salt: Buffer, rounds: number): string {
  const thousands = (rounds / 1_000).toString(16).toUpperCase().padStart(3, '0');
  return `$A$${thousands}$${salt.toString('latin1')}${shaCrypt(password, salt, rounds)}`;
}

/** A plugin with a cache of its own, which a restart empties. @see https://dev.mysql.com/doc/refman/8.0/en/caching-sha2-pluggable-authentication.html */
export function cachingSha2Password(): AuthenticationPlugin {
  /** SHA256(SHA256(password)), by the account and the verifier that the password fitted: of a changed password nothing is left. */
  const cache = new Map<string, Buffer>();
  const cacheKey = (account: string, verifier: string) => `${account}\0${verifier}`;

  const plugin: AuthenticationPlugin = {
    name: 'caching_sha2_password',
    verifierOf(password) {
      if (password.length === 0) return '';
      return password.length > MAX_PASSWORD_BYTES ? undefined : stored(password, newSalt(), DEFAULT_ROUNDS);
    },
    isVerifier: (text) => text === '' || FORM.test(text),
    matches(verifier, password) {
      const [, thousands = '', salt = ''] = FORM.exec(verifier) ?? [];
      if (salt === '') return false;
      return verifier === stored(password, Buffer.from(salt, 'latin1'), Number.parseInt(thousands, 16) * 1_000);
    },
    async authenticate(exchange, credentials) {
      const { scramble, response, secure, send, receive } = exchange;
      if (response.length === 0) return withoutPassword(credentials);
      if (response.length === 32) {
        for (const verifier of credentials.verifiers) {
          const cached = cache.get(cacheKey(credentials.key, verifier));
          if (cached === undefined || !sha256(xor(response, sha256(cached, scramble))).equals(cached)) continue;
          send(FAST_AUTHENTICATION_SUCCEEDED);
          return admitted(true);
        }
      }
      send(PERFORM_FULL_AUTHENTICATION);
      const data = await receive();
      const password = secure ? clearText(data) : await receiveEncrypted(exchange, PUBLIC_KEY_REQUEST, data);
      if (password === undefined || password.length > MAX_PASSWORD_BYTES) return refused(true);
      const verifier = credentials.verifiers.find((each) => plugin.matches(each, password));
      if (verifier === undefined) return refused(true);
      cache.set(cacheKey(credentials.key, verifier), sha256(sha256(password)));
      return admitted(true);
    },
  };
  return plugin;
}

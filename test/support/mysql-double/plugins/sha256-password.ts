import { type AuthenticationPlugin, admitted, clearText, refused, withoutPassword } from './plugin.js';
import { receiveEncrypted } from './public-key.js';
import { DEFAULT_ROUNDS, newSalt, shaCrypt } from './sha-crypt.js';

const MAX_PASSWORD_BYTES = 256;
const PUBLIC_KEY_REQUEST = 0x01;

const stored = (password: Buffer, salt: Buffer) =>
  `$5$${salt.toString('latin1')}$${shaCrypt(password, salt, DEFAULT_ROUNDS)}`;

/** @see https://dev.mysql.com/doc/refman/8.0/en/sha256-pluggable-authentication.html */
export const sha256Password: AuthenticationPlugin = {
  name: 'sha256_password',
  verifierOf(password) {
    if (password.length === 0) return '';
    return password.length > MAX_PASSWORD_BYTES ? undefined : stored(password, newSalt());
  },
  isVerifier: (text) => text === '' || /^\$5\$[^$\0]{20}\$[./0-9A-Za-z]{43}$/s.test(text),
  matches: (verifier, password) =>
    verifier !== '' && verifier === stored(password, Buffer.from(verifier.slice(3, 23), 'latin1')),
  async authenticate(exchange, credentials) {
    const { response, secure } = exchange;
    // No password is a lone NUL.
    if (response.length === 0 || (response.length === 1 && response[0] === 0)) return withoutPassword(credentials);
    const password = secure ? clearText(response) : await receiveEncrypted(exchange, PUBLIC_KEY_REQUEST, response);
    if (password === undefined || password.length > MAX_PASSWORD_BYTES) return refused(true);
    return credentials.verifiers.some((verifier) => sha256Password.matches(verifier, password))
      ? admitted(true)
      : refused(true);
  },
};

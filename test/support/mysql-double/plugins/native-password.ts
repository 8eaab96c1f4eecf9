import { createHash } from 'node:crypto';
import { type AuthenticationPlugin, admitted, refused, withoutPassword, xor } from './plugin.js';

const sha1 = (...parts: readonly Buffer[]) => createHash('sha1').update(Buffer.concat(parts)).digest();
const stored = (password: Buffer) => `*${sha1(sha1(password)).toString('hex').toUpperCase()}`;

/** @see https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_authentication_methods_native_password_authentication.html */
export const nativePassword: AuthenticationPlugin = {
  name: 'mysql_native_password',
  verifierOf: (password) => (password.length === 0 ? '' : stored(password)),
  isVerifier: (text) => text === '' || /^\*[0-9A-F]{40}$/i.test(text),
  matches: (verifier, password) => verifier !== '' && verifier.toUpperCase() === stored(password),
  async authenticate({ scramble, response }, credentials) {
    if (response.length === 0) return withoutPassword(credentials);
    if (response.length !== 20) return refused(true);
    const fits = credentials.verifiers.some((verifier) => {
      if (verifier === '') return false;
      const stage2 = Buffer.from(verifier.slice(1), 'hex');
      return sha1(xor(response, sha1(scramble, stage2))).equals(stage2);
    });
    return fits ? admitted(true) : refused(true);
  },
};

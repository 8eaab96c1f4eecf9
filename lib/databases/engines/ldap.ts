import { InvalidOptionsError, InvalidSecretError } from '../../rotation/errors.js';
import type { DatabaseDriver } from '../driver.js';
import { connect } from './ldap/connection.js';
import { escapeValue, isDn } from './ldap/distinguished-name.js';
import { PASSWORD_MODIFY, passwordModification } from './ldap/password-modify.js';
import { passwordPolicyControl } from './ldap/password-policy.js';
import { assertSendable } from './ldap/sendable-password.js';
import { describeRefusedChange, describeRefusedLogin, locked, refused } from './ldap/server-error.js';

export interface LdapOptions {
  /**
   * Where users are whom secrets call by a plain name, with `{username}` for it: `uid={username},ou=people,dc=example,dc=com`. The name is escaped. Default: the secret's `username` is a
   * DN. What begins with an attribute type and `=` is one with this option too.
   */
  readonly userDn?: string;
}

const PORT = 636;
const PLACEHOLDER = '{username}';

/**
 * OpenLDAP, 389 Directory Server and others that change passwords as RFC 3062 says, through the npm package `ldapts` (install it beside Keyturn). For Active Directory take `activeDirectory`.
 *
 * Users must be let to change their own password (OpenLDAP: `access to attrs=userPassword by self =xw by anonymous auth`); whoever changes that of others needs to write their `userPassword`,
 * and nothing else. The server hashes passwords, and its password policy is asked, but for an administrator who stands above it (OpenLDAP's rootdn).
 *
 * On port 389 TLS begins with StartTLS before anything else is said, on every other port at once (LDAPS).
 *
 * @throws InvalidOptionsError
 * @see https://www.rfc-editor.org/rfc/rfc3062
 */
export function ldap(options: LdapOptions = {}): DatabaseDriver {
  const dnOf = dnsBy(options.userDn);
  return {
    engines: ['ldap'],
    defaultPort: PORT,
    // Of a plain name: OpenLDAP's mdb keeps an RDN twice in 511 bytes. DNs are longer, and have no limit.
    maxUsernameLength: 240,
    serversDifferInUsernames: true,
    cloneSuffix: '_clone',
    async login({ host, port = PORT, username, password }, options) {
      const dn = dnOf(username);
      assertSendable(password);
      let mustChange = false;
      const connection = await connect({ host, port, username }, options, 'ldap()', async ({ ldapts, ask }) => {
        const policy = passwordPolicyControl(ldapts);
        await ask(
          'log in',
          (client) => client.bind(dn, password, policy.control),
          (answer, attempt) => {
            if (policy.reason() === 'locked') return locked(attempt, 'it is locked by the password policy');
            if (policy.reason() === 'expired') return refused(attempt, 'the password has expired');
            return describeRefusedLogin(answer, attempt);
          },
        );
        mustChange = policy.reason() === 'must be changed';
      });
      let current = password;
      return {
        async ping() {
          const { server, ask } = connection;
          if (mustChange) {
            throw refused(
              { server, username, doing: 'log in' },
              'its password was set by an administrator and has to be changed before anything else (pwdMustChange)',
            );
          }
          await ask('read the root', (client) => client.search('', { scope: 'base', attributes: ['1.1'] }));
        },
        async changePassword(name, next) {
          const user = dnOf(name);
          assertSendable(next);
          const own = user === dn;
          const value = passwordModification(connection.ldapts, {
            user,
            password: next,
            ...(own && { old: current }),
          });
          await connection.ask(
            `change the password of user "${name}"`,
            (client) => client.exop(PASSWORD_MODIFY, value),
            describeRefusedChange,
          );
          if (!own) return;
          current = next;
          mustChange = false;
        },
        maxUsernameLength: async () => Number.MAX_SAFE_INTEGER,
        [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
      };
    },
  };
}

function dnsBy(userDn: string | undefined): (username: string) => string {
  if (userDn !== undefined && (!isDn(userDn) || userDn.split(PLACEHOLDER).length !== 2))
    throw new InvalidOptionsError('userDn', `must be a DN that holds ${PLACEHOLDER} once`);
  return (username) => {
    if (isDn(username)) return username;
    if (userDn !== undefined && username !== '') return userDn.split(PLACEHOLDER).join(escapeValue(username));
    throw new InvalidSecretError(
      `User "${username}" is no DN, such as uid=app,ou=people,dc=example,dc=com. Correct username in the secret, or say with the option userDn of ldap() where such users are.`,
      ['username is no DN'],
    );
  };
}

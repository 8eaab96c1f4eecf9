import type { Change } from 'ldapts';
import { InvalidSecretError } from '../../../rotation/errors.js';
import type { Connection, UserSession } from '../../driver.js';
import type { Ldapts } from './client.js';
import { connect } from './connection.js';
import { domainOf } from './domain.js';
import { assertSendable } from './sendable-password.js';
import { describeRefusedChange, describeRefusedLogin } from './server-error.js';

/** Where LDAPS is. */
export const PORT = 636;

export interface DomainLogin {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** In UTF-16 code units. */
  readonly longestPassword: number;
  /** For messages: `activeDirectory()`. */
  readonly factory: string;
}

/**
 * A session with a domain controller. Users change their own password, which takes the old one; who has the right to reset passwords changes those of others.
 * @throws as DatabaseDriver.login
 * @see https://learn.microsoft.com/openspecs/windows_protocols/ms-adts/6e803168-f140-4d23-b2d3-c3a8ab5917d2 unicodePwd
 */
export async function domainSession(login: DomainLogin, options: Connection): Promise<UserSession> {
  const { username, password, longestPassword, factory } = login;
  assertSendable(password);
  const connection = await connect(login, options, factory, async (connection) => {
    const name = await domainOf(connection).loginName(username);
    await connection.ask('log in', (client) => client.bind(name, password), describeRefusedLogin);
  });
  const { ldapts, server, encrypted, ask } = connection;
  const domain = domainOf(connection);
  let current = password;
  return {
    async ping() {
      await ask('read the root', (client) => client.search('', { scope: 'base', attributes: ['1.1'] }));
    },
    async changePassword(name, next) {
      assertSendable(next, longestPassword);
      if (!encrypted) {
        throw new InvalidSecretError(
          `Domain controllers change passwords over TLS only, and the connection to ${server} is plain: take "ssl": false out of the secret. Nothing was changed.`,
          ['ssl is false'],
        );
      }
      const own = name === username;
      const dn = await domain.dnOf(name);
      const changes = own ? ownChange(ldapts, current, next) : reset(ldapts, next);
      await ask(`change the password of user "${name}"`, (client) => client.modify(dn, changes), describeRefusedChange);
      if (own) current = next;
    },
    maxUsernameLength: async () => Number.MAX_SAFE_INTEGER,
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

/** Both in one request, so that the domain takes it for a change by somebody who knows the old password. */
function ownChange(ldapts: Ldapts, old: string, next: string): Change[] {
  return [unicodePwd(ldapts, 'delete', old), unicodePwd(ldapts, 'add', next)];
}

function reset(ldapts: Ldapts, next: string): Change[] {
  return [unicodePwd(ldapts, 'replace', next)];
}

function unicodePwd({ Attribute, Change }: Ldapts, operation: 'add' | 'delete' | 'replace', password: string): Change {
  const value = Buffer.from(`"${password}"`, 'utf16le');
  return new Change({ operation, modification: new Attribute({ type: 'unicodePwd', values: [value] }) });
}

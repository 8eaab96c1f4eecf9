import { InvalidSecretError } from '../../../rotation/errors.js';
import { type Account, type AccountName, quoteAccount } from './account.js';
import { needAccountsOf, readAccount } from './accounts.js';
import type { MysqlConnection } from './connection.js';
import { type PasswordPlugin, passwordPlugin } from './password-hash.js';

/** An account that has a password. */
export interface PasswordAccount extends Account {
  readonly name: AccountName;
  /** Its one plugin that has a password. */
  readonly plugin: string;
  readonly hashing: PasswordPlugin;
}

/**
 * Reads an account and finds the plugin whose password it is that can be changed. Plugins without one, such as unix_socket, may stand beside it in MariaDB.
 * @param name Default: the account of the session.
 * @throws InvalidSecretError if there is none, or more than one
 */
export async function readPasswordAccount(
  connection: MysqlConnection,
  password: string | undefined,
  name?: AccountName,
): Promise<PasswordAccount> {
  const account = await readAccount(connection, name);
  const { server, account: own } = await connection.prepared();
  const shown = quoteAccount(name ?? own);
  const plugins = account.authentications.map(({ plugin }) => plugin);
  const [plugin, second] = plugins.filter((each) => passwordPlugin(each) !== undefined);
  if (plugin === undefined) {
    const others = plugins.join(', ') || 'no plugin';
    throw notRotatable(shown, `it logs in by ${others}, and the database keeps no password for that`);
  }
  if (second !== undefined)
    throw notRotatable(shown, `it has two passwords, for the plugins ${plugin} and ${second}, of which one would stay`);
  if (server.name === 'MySQL' && plugins.length > 1)
    throw notRotatable(shown, 'a password is only one of several factors that it logs in with');
  const hashing = passwordPlugin(plugin);
  if (hashing === undefined) throw new TypeError(`${plugin} has a password and has none`);
  if (password !== undefined) assertLength(shown, plugin, hashing, password);
  return { ...account, name: name ?? own, plugin, hashing };
}

export async function readPasswordAccounts(
  connection: MysqlConnection,
  doing: string,
  username: string,
  password: string | undefined,
): Promise<readonly PasswordAccount[]> {
  const accounts: PasswordAccount[] = [];
  for (const name of await needAccountsOf(connection, doing, username)) {
    accounts.push(await readPasswordAccount(connection, password, name));
  }
  return accounts;
}

function notRotatable(account: string, why: string): InvalidSecretError {
  return new InvalidSecretError(
    `The password of user ${account} cannot be changed: ${why}. Nothing was changed. Give it one plugin with a password (ALTER USER … IDENTIFIED).`,
    ['username has no password that could be changed'],
  );
}

function assertLength(account: string, plugin: string, { maxPasswordLength }: PasswordPlugin, password: string): void {
  if (maxPasswordLength === undefined || Buffer.byteLength(password) <= maxPasswordLength) return;
  throw new InvalidSecretError(
    `The new password is too long for user ${account}: its plugin ${plugin} takes ${maxPasswordLength} bytes. Nothing was changed. Make passwords shorter (passwordPolicy in the function).`,
    ['password is too long'],
  );
}

/** Somebody may be let in as another: as proxy, or by an account without a name. That one's password is not to be changed. */
export async function assertOwnAccount(connection: MysqlConnection, username: string): Promise<void> {
  const { account } = await connection.prepared();
  if (account.user === username) return;
  throw new InvalidSecretError(
    `User "${username}" is let in as ${quoteAccount(account)} at ${connection.server}, whose password is not its own. Nothing was changed. Create the user itself.`,
    ['username has no account of its own'],
  );
}

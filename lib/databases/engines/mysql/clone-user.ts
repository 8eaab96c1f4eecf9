import { randomBytes } from 'node:crypto';
import { StepFailedError } from '../../../rotation/errors.js';
import type { AccountName } from './account.js';
import { accountsOf } from './accounts.js';
import type { MysqlConnection } from './connection.js';
import { assertNotInBinaryLog, identifiedSealed, readPasswordRules } from './mariadb-password.js';
import { identified } from './mysql-password.js';
import { type PasswordAccount, readPasswordAccounts } from './password-account.js';
import { runSealed } from './sealed-statements.js';
import { setPassword } from './set-password.js';
import { syncPrivileges } from './sync-privileges.js';
import { assertUsername } from './username.js';

/**
 * Makes an account of `clone` for each host of `source`, in one statement, with the plugins of `source` and a password that nobody knows; then what it may do; then its password. Neither dialect has
 * transactions for this, and cut off in between, the clone must not be somebody who is let in and may do half.
 * @throws as SuperuserSession.cloneUser
 */
export async function cloneUser(
  connection: MysqlConnection,
  source: string,
  clone: string,
  password: string,
): Promise<void> {
  assertUsername(source);
  assertUsername(clone);
  const doing = `make user "${clone}"`;
  const accounts = await readPasswordAccounts(connection, doing, source, password);
  if ((await accountsOf(connection, clone)).length > 0)
    throw new StepFailedError(`The database at ${connection.server} could not ${doing}: it is there already.`);
  await createAccounts(
    connection,
    doing,
    accounts.map((account) => ofClone(account, clone)),
    password,
  );
  await syncPrivileges(connection, source, clone);
  await setPassword(connection, clone, password);
}

type NewAccount = Pick<PasswordAccount, 'name' | 'plugin' | 'hashing' | 'authentications'>;

/** With the plugin that has a password, and no other: who may come in by unix_socket is told by the name of the user. */
function ofClone({ name, plugin, hashing }: PasswordAccount, user: string): NewAccount {
  const ofHost: AccountName = { user, host: name.host };
  return { name: ofHost, plugin, hashing, authentications: [{ plugin, hash: undefined }] };
}

async function createAccounts(
  connection: MysqlConnection,
  doing: string,
  accounts: readonly NewAccount[],
  password: string,
): Promise<void> {
  const { server } = await connection.prepared();
  // With one of each kind, for servers that judge it.
  const ofNobody = `${randomBytes(32).toString('base64url')}-aA0`;
  if (server.name === 'MySQL') {
    await connection.query(doing, `CREATE USER ${identified(accounts, ofNobody).join(', ')}`);
    return;
  }
  const rules = await readPasswordRules(connection, doing);
  assertNotInBinaryLog(connection, doing, rules, 'make the user yourself, with any password');
  // A password that has to be judged is one that may be refused.
  const first = rules.clearText ? password : ofNobody;
  await runSealed(connection, doing, [['CREATE USER ', ...(await identifiedSealed(accounts, first, rules))]]);
}

import { StepFailedError } from '../../../rotation/errors.js';
import type { AccountName } from './account.js';
import { accountsOf } from './accounts.js';
import type { MysqlConnection } from './connection.js';
import { assertNotInBinaryLog, identifiedSealed, readPasswordRules } from './mariadb-password.js';
import { identified } from './mysql-password.js';
import { type PasswordAccount, readPasswordAccounts } from './password-account.js';
import { runSealed } from './sealed-statements.js';
import { syncPrivileges } from './sync-privileges.js';
import { assertUsername } from './username.js';

/**
 * Makes an account of `clone` for each host of `source`, in one statement, with the plugins of `source`; then what they may do.
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
  if (server.name === 'MySQL') {
    await connection.query(doing, `CREATE USER ${(await identified(accounts, password)).join(', ')}`);
    return;
  }
  const rules = await readPasswordRules(connection, doing);
  assertNotInBinaryLog(connection, doing, rules, 'make the user yourself, with any password');
  await runSealed(connection, doing, [['CREATE USER ', ...(await identifiedSealed(accounts, password, rules))]]);
}

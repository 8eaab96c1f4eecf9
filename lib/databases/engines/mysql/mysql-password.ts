import { PermissionMissingError } from '../../../rotation/errors.js';
import { quoteAccount } from './account.js';
import type { MysqlConnection } from './connection.js';
import {
  assertOwnAccount,
  type PasswordAccount,
  readPasswordAccount,
  readPasswordAccounts,
} from './password-account.js';
import { quoteText } from './quote.js';
import { secondPasswords } from './second-passwords.js';
import { StatementError } from './server-error.js';

/** ER_MISSING_CURRENT_PASSWORD: `PASSWORD REQUIRE CURRENT` is on for the account. */
const CURRENT_REQUIRED = 3892;

/**
 * A user without CREATE USER may change its password in this form only: in the clear, over the wire as well as in the statement, which the server rewrites before it logs it.
 * @see https://dev.mysql.com/doc/refman/8.0/en/password-logging.html
 */
export async function setOwnPassword(connection: MysqlConnection, username: string, password: string): Promise<void> {
  const doing = `change the password of user "${username}"`;
  await assertOwnAccount(connection, username);
  await readPasswordAccount(connection, password);
  await alterOwn(connection, doing, password);
  const { server } = await connection.prepared();
  if (!server.atLeast(8, 0, 14)) return;
  // Whether there is a second password is not shown to users, and who may not take one away was given none by this driver.
  await connection.query(doing, 'ALTER USER USER() DISCARD OLD PASSWORD').catch((error: unknown) => {
    if (!(error instanceof PermissionMissingError)) throw error;
  });
}

/**
 * @param clauses What follows the password.
 * @param known The password that the server may ask for: it does where `PASSWORD REQUIRE CURRENT` is on.
 */
export async function alterOwn(
  connection: MysqlConnection,
  doing: string,
  password: string,
  known = connection.password,
): Promise<void> {
  const sql = `ALTER USER USER() IDENTIFIED BY ${quoteText(password)}`;
  try {
    await connection.query(doing, sql);
  } catch (error) {
    if (!(error instanceof StatementError) || error.number !== CURRENT_REQUIRED) throw error;
    await connection.query(doing, `${sql} REPLACE ${quoteText(known)}`);
  }
}

export async function setOthersPassword(
  connection: MysqlConnection,
  username: string,
  password: string,
): Promise<void> {
  const doing = `change the password of user "${username}"`;
  const accounts = await readPasswordAccounts(connection, doing, username, password);
  await connection.query(doing, `ALTER USER ${identified(accounts, password).join(', ')}`);
  const second = await secondPasswords(connection, username);
  const withSecond = accounts.filter(({ name }) => second.has(name.host));
  if (withSecond.length === 0) return;
  const discarded = withSecond.map(({ name }) => `${quoteAccount(name)} DISCARD OLD PASSWORD`);
  await connection.query(doing, `ALTER USER ${discarded.join(', ')}`);
}

/**
 * For CREATE USER and ALTER USER. With the password and not its hash: MySQL rewrites passwords before a statement comes into a log, the list of processes or the performance schema, and leaves hashes as they are.
 * @see https://dev.mysql.com/doc/refman/8.0/en/password-logging.html
 */
export function identified(
  accounts: readonly Pick<PasswordAccount, 'name' | 'plugin'>[],
  password: string,
): readonly string[] {
  return accounts.map(
    ({ name, plugin }) => `${quoteAccount(name)} IDENTIFIED WITH ${quoteText(plugin)} BY ${quoteText(password)}`,
  );
}

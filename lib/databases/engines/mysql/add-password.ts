import { InvalidOptionsError, PermissionMissingError, StepFailedError } from '../../../rotation/errors.js';
import { firstText } from './accounts.js';
import { LOCK_SECONDS, type MysqlConnection } from './connection.js';
import { alterOwn, identified } from './mysql-password.js';
import {
  assertOwnAccount,
  type PasswordAccount,
  readPasswordAccount,
  readPasswordAccounts,
} from './password-account.js';
import { quoteText } from './quote.js';
import { secondPasswords } from './second-passwords.js';
import { StatementError } from './server-error.js';
import { assertUsername } from './username.js';

/** ER_INCORRECT_CURRENT_PASSWORD: what REPLACE names is not the first password. */
const NOT_THE_FIRST = 3891;
/** Of names of locks, in characters. */
const MAX_LOCK_NAME = 64;

/**
 * Gives a user of MySQL a second password: the new one becomes the first, and the current one is retained as the second.
 *
 * RETAIN CURRENT PASSWORD retains whatever is the first. After a rotation that was cut off that is the lost password, and the current one, being the second, would be thrown away. Then the first is
 * changed without it, which leaves the second as it is: the current one. It logs in at every moment.
 *
 * @throws as DualPasswordSession.addPassword
 * @see https://dev.mysql.com/doc/refman/8.0/en/password-management.html#dual-passwords
 */
export async function addPassword(
  connection: MysqlConnection,
  username: string,
  password: string,
  current: string,
): Promise<void> {
  assertUsername(username);
  await assertDualPassword(connection);
  const add = username === connection.username ? addOwn : addOthers;
  await add(connection, username, password, current);
}

async function assertDualPassword(connection: MysqlConnection): Promise<void> {
  const { server } = await connection.prepared();
  if (server.name === 'MySQL' && server.atLeast(8, 0, 14)) return;
  throw new InvalidOptionsError(
    'dualPassword',
    `needs MySQL 8.0.14 or later, and ${connection.server} is ${server.name} ${server.version}, whose users have one password. Nothing was changed. Use alternatingUsers, or singleUser`,
  );
}

/**
 * REPLACE guards it: the server retains the first password only if it is the current one. If it is not, the current one is the second, which stays when the first is changed without RETAIN. Nothing is
 * set that was set before, so that a history of passwords (PASSWORD HISTORY) has nothing against it.
 */
async function addOwn(connection: MysqlConnection, username: string, password: string, current: string): Promise<void> {
  const doing = `add a password to user "${username}"`;
  await assertOwnAccount(connection, username);
  await readPasswordAccount(connection, password);
  try {
    await connection.query(
      doing,
      `ALTER USER USER() IDENTIFIED BY ${quoteText(password)} REPLACE ${quoteText(current)} RETAIN CURRENT PASSWORD`,
    );
  } catch (error) {
    if (error instanceof PermissionMissingError) throw notAllowed(connection, doing);
    if (!(error instanceof StatementError) || error.number !== NOT_THE_FIRST) throw error;
    // The first is the new one already, or one that was lost.
    await alterOwn(connection, doing, password, password);
  }
}

/**
 * For others there is no REPLACE, and a step may be delivered twice at once: whoever came second would retain the new password that the first has just set, and throw the current one away. So what is
 * read and what is changed by it goes on under a lock of the server's.
 * @see https://dev.mysql.com/doc/refman/8.0/en/locking-functions.html
 */
async function addOthers(
  connection: MysqlConnection,
  username: string,
  password: string,
  current: string,
): Promise<void> {
  const doing = `add a password to user "${username}"`;
  const lock = quoteText(`keyturn ${username}`.slice(0, MAX_LOCK_NAME));
  const [taken = []] = await connection.query(doing, `SELECT GET_LOCK(${lock}, ${LOCK_SECONDS})`);
  if (firstText(taken) !== '1')
    throw new StepFailedError(
      `The database at ${connection.server} could not ${doing}: another session has been at it for ${LOCK_SECONDS} seconds. Nothing was changed. The step can be run again.`,
    );
  try {
    await addUnderLock(connection, doing, username, password, current);
  } finally {
    // It ends with the session, if that is gone.
    await connection.query(doing, `SELECT RELEASE_LOCK(${lock})`).catch(() => {});
  }
}

async function addUnderLock(
  connection: MysqlConnection,
  doing: string,
  username: string,
  password: string,
  current: string,
): Promise<void> {
  const accounts = await readPasswordAccounts(connection, doing, username, password);
  const second = await secondPasswords(connection, username);
  const reset: PasswordAccount[] = [];
  const changes: string[] = [];
  for (const account of accounts) {
    const { first, matches } = hashesOf(account);
    const [clause = ''] = identified([account], password);
    if (await matches(first, current)) changes.push(`${clause} RETAIN CURRENT PASSWORD`);
    else if (!(await matches(second.get(account.name.host), current))) {
      // At this host the current one was none of the two.
      reset.push(account);
      changes.push(`${clause} RETAIN CURRENT PASSWORD`);
    } else if (!(await matches(first, password))) changes.push(clause);
  }
  if (reset.length > 0) {
    await connection.query(doing, `ALTER USER ${identified(reset, current).join(', ')}`);
  }
  if (changes.length > 0) await connection.query(doing, `ALTER USER ${changes.join(', ')}`);
}

function hashesOf({ authentications, plugin, hashing }: PasswordAccount) {
  return {
    first: authentications.find((each) => each.plugin === plugin)?.hash,
    matches: async (hash: string | undefined, password: string) =>
      hash !== undefined && (await hashing.matches(hash, password)),
  };
}

function notAllowed({ server, username }: MysqlConnection, doing: string): PermissionMissingError {
  return new PermissionMissingError(
    `The database at ${server} does not let user "${username}" ${doing}: it lacks APPLICATION_PASSWORD_ADMIN. GRANT APPLICATION_PASSWORD_ADMIN ON *.* TO it, or let the superuser ` +
      'add passwords: masterarn in the secret.',
  );
}

import { StepFailedError } from '../../../rotation/errors.js';
import { type Account, type AccountName, parseAccount, quoteAccount } from './account.js';
import type { MysqlConnection, Row } from './connection.js';
import { type Grants, parseGrants } from './grants.js';
import { quoteText } from './quote.js';
import { UnreadableError } from './tokens.js';
import { isUsername } from './username.js';

/** The accounts of a user name, one for each host. No roles. @throws PermissionMissingError without SELECT on the database mysql */
export async function accountsOf(connection: MysqlConnection, user: string): Promise<readonly AccountName[]> {
  if (!isUsername(user)) return [];
  const { server } = await connection.prepared();
  const noRole = server.name === 'MariaDB' ? " AND is_role = 'N'" : '';
  const rows = await connection.query(
    `look for user "${user}"`,
    `SELECT Host FROM mysql.user WHERE User = ${quoteText(user)}${noRole} ORDER BY Host`,
  );
  return rows.map((row) => ({ user, host: firstText(row) }));
}

/** @throws StepFailedError if there is none */
export async function needAccountsOf(
  connection: MysqlConnection,
  doing: string,
  user: string,
): Promise<readonly AccountName[]> {
  const accounts = await accountsOf(connection, user);
  if (accounts.length > 0) return accounts;
  throw new StepFailedError(`The database at ${connection.server} could not ${doing}: there is no user "${user}".`);
}

/** @param name Default: the account of the session, which may be read without any privilege. */
export async function readAccount(connection: MysqlConnection, name?: AccountName): Promise<Account> {
  await connection.prepared();
  const account = name === undefined ? 'CURRENT_USER()' : quoteAccount(name);
  const doing = name === undefined ? 'read its own account' : `read user ${account}`;
  const rows = await connection.query(doing, `SHOW CREATE USER ${account}`);
  return understood(connection, doing, () => parseAccount(rows.map(firstText)));
}

export async function readGrants(connection: MysqlConnection, name: AccountName): Promise<Grants> {
  await connection.prepared();
  const account = quoteAccount(name);
  const doing = `read the privileges of user ${account}`;
  const rows = await connection.query(doing, `SHOW GRANTS FOR ${account}`);
  return understood(connection, doing, () => parseGrants(rows.map(firstText)));
}

export function firstText([value]: Row): string {
  return Buffer.isBuffer(value) ? value.toString() : String(value ?? '');
}

function understood<T>(connection: MysqlConnection, doing: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    throw new StepFailedError(
      `Keyturn could not ${doing}: the database at ${connection.server} writes it in a way that it does not know. Please report the version of the server.`,
    );
  }
}

import { PermissionMissingError } from '../../../rotation/errors.js';
import { type Account, type AccountName, attributeClauses, quoteAccount } from './account.js';
import { needAccountsOf, readAccount, readGrants } from './accounts.js';
import type { MysqlConnection } from './connection.js';
import { ACCOUNT, additions, type GrantChange, restrictionsOnlyIn, revocations } from './grant-changes.js';
import type { Grants } from './grants.js';
import { type PasswordAccount, readPasswordAccount } from './password-account.js';
import { quoteText } from './quote.js';
import { runSealed } from './sealed-statements.js';
import { StatementError } from './server-error.js';
import { assertUsername } from './username.js';

/** ER_BAD_FIELD_ERROR, ER_NO_SUCH_TABLE, ER_SP_DOES_NOT_EXIST. */
const NOT_THERE = [1054, 1146, 1305];

/**
 * Makes the accounts of `target` equal to those of `source`, host by host, in attributes, privileges and roles. What is equal is left alone, so a superuser needs the rights for what
 * differs only. Run again after a cut, it does the rest.
 *
 * At a host that `target` has no account for, one is made, with the password that it has elsewhere. Accounts of `target` at further hosts are left alone.
 *
 * Restrictions come first and privileges last, so that at no moment `target` has what neither of the two had before, but for MySQL's partial revokes, which can only follow the global
 * privilege that they take from.
 *
 * @throws as SuperuserSession.syncPrivileges
 */
export async function syncPrivileges(connection: MysqlConnection, source: string, target: string): Promise<void> {
  assertUsername(source);
  assertUsername(target);
  const doing = `copy the privileges of user "${source}"`;
  const sources = await needAccountsOf(connection, doing, source);
  const targets = await needAccountsOf(connection, doing, target);
  for (const { host } of sources) {
    const to: AccountName = { user: target, host };
    if (!targets.some((each) => each.host === host)) await createLike(connection, to, targets);
    await syncAccount(connection, { user: source, host }, to);
  }
}

async function syncAccount(connection: MysqlConnection, from: AccountName, to: AccountName): Promise<void> {
  const [source, target] = [await readAccount(connection, from), await readAccount(connection, to)];
  const clauses = attributeClauses(source, target);
  if (clauses !== undefined) {
    const account = quoteAccount(to);
    const doing = `give user ${account} the attributes of ${quoteAccount(from)}`;
    await connection.query(doing, `ALTER USER ${account} ${clauses}`);
  }
  await syncGrants(connection, from, to, [source, target]);
}

async function syncGrants(
  connection: MysqlConnection,
  from: AccountName,
  to: AccountName,
  [source, target]: readonly [Account, Account],
): Promise<void> {
  const account = quoteAccount(to);
  const { server } = await connection.prepared();
  const setDefault = (roles: readonly string[]) =>
    connection.query(
      `give user ${account} the default role of ${quoteAccount(from)}`,
      `SET DEFAULT ROLE ${roles.join(', ') || 'NONE'} ${server.name === 'MariaDB' ? 'FOR' : 'TO'} ${account}`,
    );
  const wanted = await readGrants(connection, from);
  let actual = await readGrants(connection, to);
  const [wantedRoles, actualRoles] = [defaultRoles(source, wanted), defaultRoles(target, actual)];

  // A default role that is no longer granted would be one that cannot be taken.
  const unset = actualRoles.some((role) => !wantedRoles.includes(role));
  if (unset) await setDefault([]);
  const taken = revocations(wanted, actual);
  for (const change of taken) await apply(connection, 'REVOKE', change, account);
  if (taken.length > 0) actual = await readGrants(connection, to);

  for (const change of additions(wanted, actual)) await apply(connection, 'GRANT', change, account);
  await syncRestrictions(connection, wanted, actual, account);
  const equal = wantedRoles.length === actualRoles.length && !unset;
  if (!equal && wantedRoles.length > 0) await setDefault(wantedRoles);
}

function defaultRoles({ defaultRoles }: Account, { defaultRole }: Grants): readonly string[] {
  return defaultRole === undefined ? defaultRoles : [defaultRole];
}

async function syncRestrictions(
  connection: MysqlConnection,
  wanted: Grants,
  actual: Grants,
  account: string,
): Promise<void> {
  for (const { object, privileges } of restrictionsOnlyIn(wanted.restrictions, actual.restrictions)) {
    const what = `${privileges.join(', ')} ON ${object}`;
    await apply(connection, 'REVOKE', { what, sql: `${what} FROM ${ACCOUNT}` }, account);
  }
  for (const { object, privileges } of restrictionsOnlyIn(actual.restrictions, wanted.restrictions)) {
    const what = `${privileges.join(', ')} ON ${object}`;
    await apply(connection, 'GRANT', { what, sql: `${what} TO ${ACCOUNT}` }, account);
  }
}

async function apply(
  connection: MysqlConnection,
  verb: 'GRANT' | 'REVOKE',
  { sql, what, pieces, mode }: GrantChange,
  account: string,
): Promise<void> {
  const doing = verb === 'GRANT' ? `grant ${what} to user ${account}` : `revoke ${what} from user ${account}`;
  try {
    if (mode !== undefined) await connection.query(doing, `SET SESSION sql_mode = '${mode}'`);
    await connection.query(doing, `${verb} ${sql.replace(ACCOUNT, () => account)}`);
  } catch (error) {
    // A privilege outlives the table or column that it is on, and can then not be given to another.
    if (verb !== 'GRANT' || !(error instanceof StatementError) || !NOT_THERE.includes(error.number)) throw error;
    for (const piece of pieces ?? []) await apply(connection, verb, piece, account);
  } finally {
    if (mode !== undefined) await connection.query(doing, "SET SESSION sql_mode = ''");
  }
}

/** An account at another host, with the password of one that the user has. */
async function createLike(
  connection: MysqlConnection,
  name: AccountName,
  others: readonly AccountName[],
): Promise<void> {
  const account = quoteAccount(name);
  const doing = `make user ${account}`;
  const like = await readPasswordAccount(connection, undefined, others[0]);
  const hash = hashOf(like);
  if (hash === undefined)
    throw new PermissionMissingError(
      `The database at ${connection.server} does not let user "${connection.username}" ${doing} with the password that it has at other hosts: it does not show it. GRANT SELECT ON mysql.* TO it.`,
    );
  const { server } = await connection.prepared();
  if (server.name === 'MySQL') {
    await connection.query(
      doing,
      `CREATE USER ${account} IDENTIFIED WITH ${quoteText(like.plugin)} AS ${quoteText(hash)}`,
    );
  } else {
    await runSealed(connection, doing, [
      like.plugin === 'mysql_native_password'
        ? [`CREATE USER ${account} IDENTIFIED BY PASSWORD `, { secret: hash }]
        : [`CREATE USER ${account} IDENTIFIED VIA ${like.plugin} USING `, { secret: hash }],
    ]);
  }
}

function hashOf({ authentications, plugin }: PasswordAccount): string | undefined {
  return authentications.find((each) => each.plugin === plugin)?.hash;
}

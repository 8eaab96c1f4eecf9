/** SHOW GRANTS. @see https://dev.mysql.com/doc/refman/8.0/en/show-grants.html */
import { type Account, type AccountName, keyOf, nameOf, objectName, type TableGrant } from './account.js';
import type { Context, Result } from './context.js';
import { errors } from './errors.js';
import { allAt, type Level, type Privilege, STATIC_PRIVILEGES } from './privileges.js';
import { accountText, quotedAccount, quotedName } from './quoting.js';

export function showGrants({ server, access }: Context, name: AccountName): Result {
  // "Requires the SELECT privilege for the mysql system schema, except to see those for the current user."
  if (!access.isSelf(name) && !access.may('SELECT', { database: 'mysql' }))
    throw errors.databaseDenied(access.current, 'mysql');
  const account = server.accounts.get(keyOf(name));
  if (account === undefined) throw errors.noSuchGrant(name);
  const write = server.features.roles ? quotedAccount : accountText;
  const rows = grantsOf(account, write, !server.features.dynamicPrivileges).map((line) => [line]);
  return { kind: 'rows', columns: [`Grants for ${account.user}@${account.host}`], rows };
}

function grantsOf(account: Account, write: (name: AccountName) => string, abbreviatesGlobal: boolean): string[] {
  const to = ` TO ${write(account)}`;
  const line = (privileges: string, on: string, option: boolean) =>
    `GRANT ${privileges} ON ${on}${to}${option ? ' WITH GRANT OPTION' : ''}`;
  const of = (privileges: ReadonlySet<Privilege>, level: Level, on: string) =>
    line(listed(privileges, level, abbreviatesGlobal), on, privileges.has('GRANT OPTION'));
  const dynamic = (option: boolean) =>
    [...account.dynamic].flatMap(([privilege, granted]) => (granted === option ? [privilege] : [])).sort();
  const roles = (option: boolean) =>
    [...account.roles].flatMap(([key, admin]) => (admin === option ? [quotedAccount(nameOf(key))] : [])).sort();

  return [
    of(account.global, 'global', '*.*'),
    ...[false, true].flatMap((option) =>
      dynamic(option).length === 0 ? [] : [line(dynamic(option).join(','), '*.*', option)],
    ),
    ...sorted(account.databases).map(([pattern, privileges]) => of(privileges, 'database', `${quotedName(pattern)}.*`)),
    ...sorted(account.tables).map(([key, grant]) => {
      const on = objectName(key).map(quotedName).join('.');
      return line(tableList(grant), on, grant.privileges.has('GRANT OPTION'));
    }),
    ...sorted(account.routines).map(([key, privileges]) => {
      const [kind, ...names] = objectName(key);
      return of(privileges, 'routine', `${kind} ${names.map(quotedName).join('.')}`);
    }),
    ...[...account.proxies].map(
      ([key, option]) => `GRANT PROXY ON ${write(nameOf(key))}${to}${option ? ' WITH GRANT OPTION' : ''}`,
    ),
    ...(roles(false).length > 0 ? [`GRANT ${roles(false).join(',')}${to}`] : []),
    ...(roles(true).length > 0 ? [`GRANT ${roles(true).join(',')}${to} WITH ADMIN OPTION`] : []),
  ];
}

const sorted = <T>(map: ReadonlyMap<string, T>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));

function listed(privileges: ReadonlySet<Privilege>, level: Level, abbreviatesGlobal: boolean): string {
  const names = STATIC_PRIVILEGES.filter((each) => privileges.has(each));
  const abbreviates = level !== 'global' || abbreviatesGlobal;
  if (
    abbreviates &&
    allAt(level).every((each) => privileges.has(each) || (level === 'global' && each.endsWith(' ROLE')))
  )
    return 'ALL PRIVILEGES';
  return names.length === 0 ? 'USAGE' : names.join(', ');
}

/** Privileges for the table and for columns, in the order of the privileges. */
function tableList({ privileges, columns }: TableGrant): string {
  if (columns.size === 0) return listed(privileges, 'table', false);
  const items = STATIC_PRIVILEGES.flatMap((privilege) => {
    const named = [...columns]
      .flatMap(([column, granted]) => (granted.has(privilege) ? [quotedName(column)] : []))
      .sort();
    return [
      ...(privileges.has(privilege) ? [privilege] : []),
      ...(named.length > 0 ? [`${privilege} (${named.join(', ')})`] : []),
    ];
  });
  return items.length === 0 ? 'USAGE' : items.join(', ');
}

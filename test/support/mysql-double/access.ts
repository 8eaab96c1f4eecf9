/** What a session may do. @see https://dev.mysql.com/doc/refman/8.0/en/request-access.html */
import { type Account, type AccountName, nameOf, objectKey, objectName } from './account.js';
import { errors } from './errors.js';
import { bySpecificity, likePattern } from './patterns.js';
import { isGrantableAt, type Privilege } from './privileges.js';
import type { Server, Session } from './server.js';

export interface Place {
  readonly database?: string;
  /** What a privilege is granted on: `sh\_p` is then fitted by `sh\_p`. */
  readonly isPattern?: true;
  readonly table?: string;
  /** All of them are to be used. */
  readonly columns?: readonly string[];
  readonly routine?: { readonly kind: string; readonly name: string };
}

export interface Access {
  /** CURRENT_USER(). */
  readonly current: AccountName;
  /** As messages show it: the account's name, the client's host. */
  readonly shown: AccountName;
  isSelf(account: AccountName): boolean;
  may(privilege: Privilege, place?: Place): boolean;
  /** Whether there is any privilege in a database. */
  mayUse(database: string): boolean;
  hasDynamic(privilege: string): boolean;
  mayGrantDynamic(privilege: string): boolean;
  /** Of an account itself, without roles of its own. */
  account(): Account | undefined;
  /** @throws MysqlError 1227 unless it has one of them */
  demand(...privileges: readonly Privilege[]): void;
}

export function accessOf(server: Server, session: Session): Access {
  const current = nameOf(session.accountKey);
  const shown = { user: current.user, host: session.login.host };
  const account = () => server.accounts.get(session.accountKey);
  const grantees = () => [
    ...(account() === undefined ? [] : [session.accountKey]),
    ...rolesWithin(server, session.activeRoles),
  ];
  const all = () => grantees().flatMap((key) => server.accounts.get(key) ?? []);

  function on(grantee: Account, privilege: Privilege, place: Place): boolean {
    const { database, isPattern, table, columns, routine } = place;
    if (grantee.global.has(privilege)) return true;
    if (database === undefined) return false;
    if (databasePrivileges(grantee, database, isPattern).has(privilege)) return true;
    if (routine !== undefined)
      return grantee.routines.get(objectKey(routine.kind, database, routine.name))?.has(privilege) ?? false;
    if (table === undefined) return false;
    const granted = grantee.tables.get(objectKey(database, table));
    if (granted?.privileges.has(privilege)) return true;
    return columns?.every((column) => granted?.columns.get(column)?.has(privilege) ?? false) ?? false;
  }

  const access: Access = {
    current,
    shown,
    account,
    isSelf: ({ user, host }) => user === current.user && host.toLowerCase() === current.host.toLowerCase(),
    may(privilege, place = {}) {
      const { columns } = place;
      // Each column may be granted to another of the roles.
      if (columns !== undefined && columns.length > 1)
        return columns.every((column) => access.may(privilege, { ...place, columns: [column] }));
      return all().some((grantee) => on(grantee, privilege, place));
    },
    mayUse(database) {
      const within = (key: string, index: number) => objectName(key)[index] === database;
      // Of the global privileges only those count that could be granted in a database.
      const counts = (privilege: Privilege) => privilege !== 'GRANT OPTION' && isGrantableAt(privilege, 'database');
      return all().some(
        (grantee) =>
          [...grantee.global, ...databasePrivileges(grantee, database)].some(counts) ||
          [...grantee.tables.keys()].some((key) => within(key, 0)) ||
          [...grantee.routines.keys()].some((key) => within(key, 1)),
      );
    },
    hasDynamic: (privilege) => all().some((grantee) => grantee.dynamic.has(privilege) || grantee.global.has('SUPER')),
    mayGrantDynamic: (privilege) => all().some((grantee) => grantee.dynamic.get(privilege) === true),
    demand(...privileges) {
      if (!privileges.some((privilege) => access.may(privilege))) throw errors.needsPrivilege(privileges.join(' or '));
    },
  };
  return access;
}

/** Roles with the roles that they have in turn. */
export function rolesWithin(server: Server, roles: Iterable<string>): readonly string[] {
  const found = new Set<string>();
  const visit = (key: string) => {
    if (found.has(key) || !server.accounts.has(key)) return;
    found.add(key);
    for (const inner of server.accounts.get(key)?.roles.keys() ?? []) visit(inner);
  };
  for (const role of roles) visit(role);
  return [...found];
}

/** Of the patterns that fit, the most specific one counts alone. */
function databasePrivileges({ databases }: Account, database: string, isPattern?: true): ReadonlySet<Privilege> {
  const name = isPattern ? database.replace(/\\(.)/gs, '$1') : database;
  const fits = (pattern: string) => (isPattern && pattern === database) || likePattern(pattern).test(name);
  const [pattern] = [...databases.keys()].filter(fits).sort(bySpecificity);
  return (pattern === undefined ? undefined : databases.get(pattern)) ?? new Set();
}

/** Carries out GRANT and REVOKE. @see https://dev.mysql.com/doc/refman/8.0/en/grant.html https://dev.mysql.com/doc/refman/8.0/en/revoke.html */
import type { Place } from './access.js';
import { type Account, type AccountName, keyOf, objectKey } from './account.js';
import { type Context, ok, type Result } from './context.js';
import { errors, type MysqlError } from './errors.js';
import { assertRoleExists, mayGrantRole } from './execute-account.js';
import { allAt, DYNAMIC_PRIVILEGES, isGrantableAt, type Privilege } from './privileges.js';
import { draftOf } from './server.js';
import { showGrants } from './show-grants.js';
import type { GrantStatement, GrantTarget, PrivilegeItem } from './statement.js';

type Of<Kind extends GrantStatement['kind']> = Extract<GrantStatement, { readonly kind: Kind }>;

export function executeGrantStatement(context: Context, statement: GrantStatement): Result {
  switch (statement.kind) {
    case 'grant':
    case 'revoke':
      return grantOrRevoke(context, statement);
    case 'revoke everything':
      return revokeEverything(context, statement);
    case 'grant proxy':
    case 'revoke proxy':
      return proxy(context, statement);
    case 'grant roles':
    case 'revoke roles':
      return roles(context, statement);
    case 'show grants':
      return showGrants(context, context.resolve(statement.account));
  }
}

// ---- Privileges ----

function grantOrRevoke(context: Context, statement: Of<'grant' | 'revoke'>): Result {
  const { server, access } = context;
  const { target, accounts, all, grantOption } = statement;
  const items = all
    ? allAt(target.level).map((privilege): PrivilegeItem => ({ privilege, columns: [] }))
    : statement.privileges;
  assertFits(items, statement.dynamic, target);
  const place = placeOf(context, target);
  assertMayGrant(context, statement, items, place);
  if (statement.kind === 'grant') assertTargetExists(context, target, place, items);

  const draft = draftOf(server);
  for (const reference of accounts) {
    const name = context.resolve(reference);
    const account = draft.get(name);
    if (statement.kind === 'revoke') {
      if (account === undefined) throw errors.noSuchGrant(name);
      revokeFrom(account, target, place, items, all);
      const dynamic = all && target.level === 'global' ? [...account.dynamic.keys()] : statement.dynamic;
      for (const privilege of dynamic) account.dynamic.delete(privilege);
      if (items.some(({ privilege }) => privilege === 'GRANT OPTION') && target.level === 'global')
        for (const privilege of account.dynamic.keys()) account.dynamic.set(privilege, false);
      continue;
    }
    // GRANT makes no accounts, as of 8.0; in 5.7 NO_AUTO_CREATE_USER is part of the default SQL mode.
    if (account === undefined) throw server.features.roles ? errors.mayNotGrant() : errors.noMatchingUser();
    // Dynamic privileges have a grant option each.
    if (items.length > 0 || statement.dynamic.length === 0) grantTo(account, target, place, items, grantOption);
    const dynamic =
      all && target.level === 'global' && server.features.dynamicPrivileges
        ? DYNAMIC_PRIVILEGES.filter((each) => access.mayGrantDynamic(each))
        : statement.dynamic;
    for (const privilege of dynamic)
      account.dynamic.set(privilege, grantOption || account.dynamic.get(privilege) === true);
  }
  draft.commit();
  return ok();
}

function assertFits(items: readonly PrivilegeItem[], dynamic: readonly string[], { level }: GrantTarget): void {
  if (dynamic.length > 0 && level !== 'global') throw errors.wrongGrant();
  for (const { privilege, columns } of items) {
    const wanted = columns.length > 0 ? 'column' : level;
    if (columns.length > 0 && level !== 'table') throw errors.wrongUse('COLUMN GRANT', 'GLOBAL PRIVILEGES');
    if (isGrantableAt(privilege, wanted)) continue;
    throw level === 'database' ? errors.wrongUse('DB GRANT', 'GLOBAL PRIVILEGES') : errors.wrongGrant();
  }
}

function placeOf(context: Context, target: GrantTarget): Place & { readonly database: string } {
  if (target.level === 'global') return { database: '' };
  const database = context.database(target.database);
  if (target.level === 'table') return { database, table: target.table };
  if (target.level === 'routine') return { database, routine: { kind: target.routineKind, name: target.routine } };
  return { database, isPattern: true };
}

/** "You must have the GRANT OPTION privilege, and you must have the privileges that you are granting." */
function assertMayGrant(
  { access }: Context,
  { dynamic, target }: Of<'grant' | 'revoke'>,
  items: readonly PrivilegeItem[],
  place: Place,
): void {
  for (const privilege of dynamic) if (!access.mayGrantDynamic(privilege)) throw errors.needsPrivilege('GRANT OPTION');
  if (items.length === 0 && dynamic.length > 0) return;
  const where = target.level === 'global' ? {} : place;
  const missing = !access.may('GRANT OPTION', where)
    ? 'GRANT'
    : items.find(({ privilege, columns }) => !access.may(privilege, columns.length > 0 ? { ...where, columns } : where))
        ?.privilege;
  if (missing !== undefined) throw denied(access, target, place, missing);
}

function denied(access: Context['access'], target: GrantTarget, { database = '' }: Place, command: string): MysqlError {
  if (target.level === 'global') return errors.accessDenied(access.current, true);
  if (target.level === 'database') return errors.databaseDenied(access.current, database);
  if (target.level === 'table') return errors.tableDenied(command, access.shown, target.table);
  return errors.routineDenied(command.toLowerCase(), access.shown, `${database}.${target.routine}`);
}

function assertTargetExists(
  { server }: Context,
  target: GrantTarget,
  { database = '' }: Place,
  items: readonly PrivilegeItem[],
): void {
  if (target.level === 'routine') {
    if (target.routineKind === 'FUNCTION' || !server.databases.get(database)?.procedures.has(target.routine))
      throw errors.noSuchRoutine(target.routineKind, target.routine);
  }
  if (target.level !== 'table' || database === 'mysql') return;
  const table = server.databases.get(database)?.tables.get(target.table);
  // A privilege to create a table may come before the table.
  if (table === undefined && !items.some(({ privilege }) => privilege === 'CREATE'))
    throw errors.noSuchTable(`${database}.${target.table}`);
  for (const column of items.flatMap(({ columns }) => columns))
    if (!table?.columns.includes(column)) throw errors.unknownColumn(column, target.table);
}

function grantTo(
  account: Account,
  target: GrantTarget,
  { database, routine }: Place & { readonly database: string },
  items: readonly PrivilegeItem[],
  grantOption: boolean,
): void {
  const whole: Privilege[] = items.flatMap(({ privilege, columns }) => (columns.length > 0 ? [] : [privilege]));
  if (grantOption) whole.push('GRANT OPTION');
  const add = (to: Set<Privilege>) => {
    for (const privilege of whole) to.add(privilege);
  };
  if (target.level === 'global') add(account.global);
  else if (target.level === 'database') add(entry(account.databases, database, () => new Set()));
  else if (routine !== undefined)
    add(entry(account.routines, objectKey(routine.kind, database, routine.name), () => new Set()));
  else if (target.level === 'table') {
    const key = objectKey(database, target.table);
    const granted = entry(account.tables, key, () => ({ privileges: new Set<Privilege>(), columns: new Map() }));
    add(granted.privileges);
    for (const { privilege, columns } of items)
      for (const column of columns) entry(granted.columns, column, () => new Set<Privilege>()).add(privilege);
  }
  removeEmpty(account);
}

function revokeFrom(
  account: Account,
  target: GrantTarget,
  { database, routine }: Place & { readonly database: string },
  items: readonly PrivilegeItem[],
  all: boolean,
): void {
  const whole = items.flatMap(({ privilege, columns }) => (columns.length > 0 ? [] : [privilege]));
  const take = (from: Set<Privilege>) => {
    for (const privilege of whole) from.delete(privilege);
  };
  if (target.level === 'global') take(account.global);
  else if (target.level === 'database') {
    const granted = account.databases.get(database);
    if (granted === undefined) throw errors.noSuchGrant(account);
    take(granted);
  } else if (routine !== undefined) {
    const granted = account.routines.get(objectKey(routine.kind, database, routine.name));
    if (granted === undefined) throw errors.noSuchRoutineGrant(account, routine.name);
    take(granted);
  } else if (target.level === 'table') {
    const granted = account.tables.get(objectKey(database, target.table));
    if (granted === undefined) throw errors.noSuchTableGrant(account, target.table);
    take(granted.privileges);
    // A privilege for the whole table takes those for columns along.
    for (const [column, privileges] of granted.columns) {
      if (all) privileges.clear();
      take(privileges);
      for (const { privilege, columns } of items) if (columns.includes(column)) privileges.delete(privilege);
    }
  }
  removeEmpty(account);
}

function entry<T>(map: Map<string, T>, key: string, make: () => T): T {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}

function removeEmpty({ databases, tables, routines }: Account): void {
  for (const [key, privileges] of databases) if (privileges.size === 0) databases.delete(key);
  for (const [key, privileges] of routines) if (privileges.size === 0) routines.delete(key);
  for (const [key, { privileges, columns }] of tables) {
    for (const [column, granted] of columns) if (granted.size === 0) columns.delete(column);
    if (privileges.size === 0 && columns.size === 0) tables.delete(key);
  }
}

/** "Drops all global, database, table, column and routine privileges"; "does not revoke any roles". */
function revokeEverything(context: Context, { accounts }: Of<'revoke everything'>): Result {
  const { server, access } = context;
  if (!access.may('UPDATE', { database: 'mysql' })) access.demand('CREATE USER');
  const draft = draftOf(server);
  const names = accounts.map(context.resolve);
  for (const name of names) {
    const account = draft.get(name);
    if (account === undefined) throw errors.notRevoked();
    for (const privileges of [account.global, account.dynamic, account.databases, account.tables, account.routines])
      privileges.clear();
  }
  draft.commit();
  return ok();
}

// ---- Proxies and roles ----

const ANYBODY: AccountName = { user: '', host: '' };

function proxy(context: Context, statement: Of<'grant proxy' | 'revoke proxy'>): Result {
  const { server, access } = context;
  const proxied = context.resolve(statement.proxied);
  const own = access.account()?.proxies;
  if (own?.get(keyOf(ANYBODY)) !== true && own?.get(keyOf(proxied)) !== true)
    throw errors.accessDenied(access.current, true);
  const draft = draftOf(server);
  for (const reference of statement.accounts) {
    const name = context.resolve(reference);
    const account = draft.get(name);
    if (account === undefined) throw statement.kind === 'grant proxy' ? errors.mayNotGrant() : errors.noSuchGrant(name);
    if (statement.kind === 'grant proxy') account.proxies.set(keyOf(proxied), statement.grantOption);
    else if (!account.proxies.delete(keyOf(proxied))) throw errors.noSuchGrant(name);
  }
  draft.commit();
  return ok();
}

function roles(context: Context, statement: Of<'grant roles' | 'revoke roles'>): Result {
  const draft = draftOf(context.server);
  for (const role of statement.roles) {
    assertRoleExists(draft, role);
    if (!mayGrantRole(context, role)) throw errors.needsPrivilege('WITH ADMIN, ROLE_ADMIN, SUPER');
    for (const reference of statement.accounts) {
      const name = context.resolve(reference);
      const account = draft.get(name);
      if (account === undefined) throw errors.unknownRole(name);
      if (statement.kind === 'grant roles')
        account.roles.set(keyOf(role), statement.adminOption || account.roles.get(keyOf(role)) === true);
      else {
        account.roles.delete(keyOf(role));
        account.defaultRoles.delete(keyOf(role));
      }
    }
  }
  draft.commit();
  return ok();
}

/** Carries out account management statements. */

import { rolesWithin } from './access.js';
import { type Account, type AccountName, keyOf, newAccount } from './account.js';
import { type Context, ok, type Result } from './context.js';
import { errors } from './errors.js';
import { applyChange, loadedPlugin } from './passwords.js';
import { type Draft, draftOf } from './server.js';
import { showCreateUser } from './show-create-user.js';
import type { AccountOptions, AccountStatement, Authentication, RoleChoice } from './statement.js';

type Of<Kind extends AccountStatement['kind']> = Extract<AccountStatement, { readonly kind: Kind }>;

export function executeAccountStatement(context: Context, statement: AccountStatement): Result {
  switch (statement.kind) {
    case 'create user':
      return createUser(context, statement);
    case 'alter user':
      return alterUser(context, statement);
    case 'set password':
      return setPassword(context, statement);
    case 'create role':
      return createRole(context, statement);
    case 'drop':
      return drop(context, statement);
    case 'rename user':
      return renameUser(context, statement);
    case 'set default role':
      return setDefaultRole(context, statement);
    case 'set role':
      return setRole(context, statement);
    case 'show create user':
      return showCreateUser(context, context.resolve(statement.account));
  }
}

/** CREATE USER or UPDATE on the mysql schema. */
const isPrivileged = ({ access }: Context) => access.may('CREATE USER') || access.may('UPDATE', { database: 'mysql' });

/** Who has SYSTEM_USER is changed by those who have it too. @see https://dev.mysql.com/doc/refman/8.0/en/account-categories.html */
function assertMayOperateOn({ access, server }: Context, account: Account | undefined): void {
  if (account === undefined || access.account()?.dynamic.has('SYSTEM_USER')) return;
  const roles = rolesWithin(server, account.defaultRoles).flatMap((key) => server.accounts.get(key) ?? []);
  if ([account, ...roles].some(({ dynamic }) => dynamic.has('SYSTEM_USER'))) throw errors.needsPrivilege('SYSTEM_USER');
}

// ---- CREATE USER, ALTER USER ----

function createUser(context: Context, { ifNotExists, users, defaultRoles, options }: Of<'create user'>): Result {
  const { server, access, session } = context;
  if (!access.may('INSERT', { database: 'mysql' })) access.demand('CREATE USER');
  const draft = draftOf(server);
  const failed: AccountName[] = [];
  for (const user of users) {
    const name = context.resolve(user.account);
    if (draft.get(name) !== undefined) {
      if (!ifNotExists) failed.push(name);
      continue;
    }
    const plugin = loadedPlugin(server, user.plugin ?? server.features.defaultPlugin);
    const account = newAccount(name, plugin.name, false);
    applyOptions(account, options);
    const { encoding } = session;
    applyChange(server, account, true, { ...user, privileged: true, self: false, encoding, statement: 'CREATE USER' });
    for (const role of defaultRoles) {
      assertRoleExists(draft, role);
      if (!mayGrantRole(context, role)) throw errors.needsPrivilege('WITH ADMIN, ROLE_ADMIN, SUPER');
      account.roles.set(keyOf(role), false);
      account.defaultRoles.add(keyOf(role));
    }
    draft.set(account);
  }
  if (failed.length > 0) throw errors.failedFor('CREATE USER', failed);
  draft.commit();
  return ok();
}

/** @see https://dev.mysql.com/doc/refman/8.0/en/alter-user.html (who may: at its beginning) */
function alterUser(context: Context, { ifExists, users, options }: Of<'alter user'>): Result {
  const { server, access, session } = context;
  const onlyPassword = (user: Authentication) =>
    (user.discard === true || (user.by !== undefined && user.plugin === undefined)) &&
    Object.keys(options).length === 0;
  let changesOwnPassword = false;
  for (const user of users) {
    const name = context.resolve(user.account);
    if (access.isSelf(name) && onlyPassword(user)) {
      changesOwnPassword ||= user.by !== undefined;
      if ((user.retain || user.discard) && !mayHaveSecondPassword(context))
        throw errors.needsPrivilege('CREATE USER or APPLICATION_PASSWORD_ADMIN');
      continue;
    }
    if (!isPrivileged(context)) throw errors.needsPrivilege('CREATE USER');
    assertMayOperateOn(context, server.accounts.get(keyOf(name)));
    changesOwnPassword ||= access.isSelf(name) && (user.by ?? user.as ?? user.plugin) !== undefined;
  }
  if (session.sandboxed && !changesOwnPassword) throw errors.mustChangePassword();

  const draft = draftOf(server);
  const failed: AccountName[] = [];
  for (const user of users) {
    const name = context.resolve(user.account);
    const account = draft.get(name);
    if (account === undefined) {
      if (!ifExists) failed.push(name);
      continue;
    }
    const { encoding } = session;
    const self = access.isSelf(name);
    const change = { ...user, privileged: isPrivileged(context), self, encoding, statement: 'ALTER USER' };
    applyChange(server, account, false, change);
    applyOptions(account, options);
  }
  if (failed.length > 0) throw errors.failedFor('ALTER USER', failed);
  draft.commit();
  for (const user of users) forgetFailures(context, context.resolve(user.account), options);
  if (changesOwnPassword) session.sandboxed = false;
  return ok();
}

const mayHaveSecondPassword = (context: Context) =>
  isPrivileged(context) || context.access.hasDynamic('APPLICATION_PASSWORD_ADMIN');

/** @see https://dev.mysql.com/doc/refman/8.0/en/password-management.html#failed-login-tracking (when the count starts anew) */
function forgetFailures({ server }: Context, name: AccountName, options: AccountOptions): void {
  const { failedLoginAttempts, passwordLockTime, lock } = options;
  if (lock === false || failedLoginAttempts !== undefined || passwordLockTime !== undefined)
    server.failedLogins.delete(keyOf(name));
}

function applyOptions(account: Account, options: AccountOptions): void {
  const { tls, resources, expire, history, reuseInterval, requireCurrent, attributes } = options;
  if (tls !== undefined) account.tls = tls;
  Object.assign(account.resources, resources);
  if (expire === 'now') account.passwordExpired = true;
  else if (expire === 'default') delete account.passwordLifetime;
  else if (expire !== undefined) account.passwordLifetime = expire === 'never' ? 0 : expire;
  if (history === 'default') delete account.passwordHistory;
  else if (history !== undefined) account.passwordHistory = history;
  if (reuseInterval === 'default') delete account.passwordReuseInterval;
  else if (reuseInterval !== undefined) account.passwordReuseInterval = reuseInterval;
  if (requireCurrent === 'default') delete account.passwordRequireCurrent;
  else if (requireCurrent !== undefined) account.passwordRequireCurrent = requireCurrent === 'required';
  account.failedLoginAttempts = options.failedLoginAttempts ?? account.failedLoginAttempts;
  account.passwordLockTime = options.passwordLockTime ?? account.passwordLockTime;
  account.locked = options.lock ?? account.locked;
  // Keys are merged into what is there, and null takes one away.
  if (attributes !== undefined) {
    const merged = Object.entries({ ...account.attributes, ...attributes }).filter(([, value]) => value !== null);
    account.attributes = merged.length === 0 ? undefined : Object.fromEntries(merged);
  }
}

// ---- SET PASSWORD ----

/** @see https://dev.mysql.com/doc/refman/8.0/en/set-password.html */
function setPassword(context: Context, statement: Of<'set password'>): Result {
  const { server, access, session } = context;
  const name = context.resolve(statement.account);
  const self = access.isSelf(name);
  if (!self) {
    if (session.sandboxed) throw errors.mustChangePassword();
    // CREATE USER alone does not do.
    if (!access.may('UPDATE', { database: 'mysql' })) throw errors.databaseDenied(access.current, 'mysql');
    assertMayOperateOn(context, server.accounts.get(keyOf(name)));
  }
  if (statement.retain && !mayHaveSecondPassword(context))
    throw errors.needsPrivilege('CREATE USER or APPLICATION_PASSWORD_ADMIN');
  if (access.current.user === '') throw errors.anonymousMayNot();
  const draft = draftOf(server);
  const account = draft.get(name);
  if (account === undefined) throw errors.noMatchingUser();
  const { replace, retain, password: by } = statement;
  applyChange(server, account, false, {
    by,
    ...(replace !== undefined && { replace }),
    ...(retain && { retain }),
    privileged: isPrivileged(context),
    self,
    encoding: session.encoding,
    statement: 'SET PASSWORD',
  });
  draft.commit();
  if (self) session.sandboxed = false;
  return ok();
}

// ---- Roles, DROP and RENAME ----

function createRole({ server, access }: Context, { ifNotExists, roles }: Of<'create role'>): Result {
  access.demand('CREATE ROLE', 'CREATE USER');
  const draft = draftOf(server);
  const failed = roles.filter((role) => draft.get(role) !== undefined);
  if (failed.length > 0 && !ifNotExists) throw errors.failedFor('CREATE ROLE', failed);
  for (const role of roles)
    if (draft.get(role) === undefined) draft.set(newAccount(role, server.features.defaultPlugin, true));
  draft.commit();
  return ok();
}

function drop(context: Context, { what, ifExists, accounts }: Of<'drop'>): Result {
  const { server, access } = context;
  if (what === 'ROLE') access.demand('DROP ROLE', 'CREATE USER');
  else access.demand('CREATE USER');
  const names = accounts.map(context.resolve);
  const draft = draftOf(server);
  const failed = names.filter((name) => draft.get(name) === undefined);
  if (failed.length > 0 && !ifExists) throw errors.failedFor(`DROP ${what}`, failed);
  for (const name of names) {
    assertMayOperateOn(context, server.accounts.get(keyOf(name)));
    draft.delete(name);
    server.failedLogins.delete(keyOf(name));
    for (const holder of server.accounts.values()) {
      const account = holder.roles.has(keyOf(name)) ? draft.get(holder) : undefined;
      account?.roles.delete(keyOf(name));
      account?.defaultRoles.delete(keyOf(name));
    }
  }
  draft.commit();
  return ok();
}

function renameUser(context: Context, { pairs }: Of<'rename user'>): Result {
  const { server, access } = context;
  access.demand('CREATE USER');
  const draft = draftOf(server);
  const failed: AccountName[] = [];
  for (const [from, to] of pairs) {
    const [oldName, newName] = [context.resolve(from), context.resolve(to)];
    const account = draft.get(oldName);
    assertMayOperateOn(context, account);
    if (account === undefined || draft.get(newName) !== undefined) {
      failed.push(oldName);
      continue;
    }
    draft.delete(oldName);
    draft.set({ ...account, ...newName });
    for (const { roles, defaultRoles } of draft.all()) {
      const admin = roles.get(keyOf(oldName));
      if (admin !== undefined && roles.delete(keyOf(oldName))) roles.set(keyOf(newName), admin);
      if (defaultRoles.delete(keyOf(oldName))) defaultRoles.add(keyOf(newName));
    }
  }
  if (failed.length > 0) throw errors.failedFor('RENAME USER', failed);
  draft.commit();
  return ok();
}

export function mayGrantRole({ server, session, access }: Context, role: AccountName): boolean {
  if (access.hasDynamic('ROLE_ADMIN')) return true;
  const holders = [session.accountKey, ...rolesWithin(server, session.activeRoles)];
  return holders.some((key) => server.accounts.get(key)?.roles.get(keyOf(role)) === true);
}

export function assertRoleExists(draft: Draft, role: AccountName): void {
  if (draft.get(role) === undefined) throw errors.unknownRole(role);
}

/** @see https://dev.mysql.com/doc/refman/8.0/en/set-default-role.html */
function setDefaultRole(context: Context, { roles, users }: Of<'set default role'>): Result {
  const { server, access } = context;
  const draft = draftOf(server);
  for (const user of users) {
    const name = context.resolve(user);
    if (!access.isSelf(name) && !access.may('UPDATE', { database: 'mysql', table: 'default_roles' }))
      access.demand('CREATE USER');
    const account = draft.get(name);
    if (account === undefined) throw errors.unknownRole(name);
    account.defaultRoles.clear();
    for (const role of chosen(account, roles)) {
      assertRoleExists(draft, role);
      if (!account.roles.has(keyOf(role))) throw errors.roleNotGranted(role, name);
      account.defaultRoles.add(keyOf(role));
    }
  }
  draft.commit();
  return ok();
}

function setRole({ server, session, access }: Context, { roles }: Of<'set role'>): Result {
  const account = access.account();
  if (account === undefined) throw errors.unknownRole(access.current);
  if (roles === 'default') {
    session.activeRoles = new Set(account.defaultRoles);
    return ok();
  }
  for (const role of chosen(account, roles)) {
    if (!server.accounts.has(keyOf(role)) || !account.roles.has(keyOf(role)))
      throw errors.roleNotGranted(role, access.current);
  }
  session.activeRoles = new Set(chosen(account, roles).map(keyOf));
  return ok();
}

function chosen(account: Account, roles: RoleChoice): readonly AccountName[] {
  if (roles === 'none') return [];
  if (roles !== 'all') return roles;
  return [...account.roles.keys()].map((key) => {
    const [user = '', host = ''] = key.split('\0');
    return { user, host };
  });
}

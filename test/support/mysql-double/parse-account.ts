/** Account management statements. @see https://dev.mysql.com/doc/refman/8.0/en/account-management-statements.html */
import type { AccountName, Resources, TlsRequirement } from './account.js';
import type { Cursor } from './cursor.js';
import { errors } from './errors.js';
import type { AccountOptions, AccountReference, AccountStatement, Authentication, RoleChoice } from './statement.js';
import type { Features } from './version.js';

const MAX_USER_CHARACTERS = 32;
const MAX_HOST_CHARACTERS = 255;
const RESOURCES = [
  'MAX_QUERIES_PER_HOUR',
  'MAX_UPDATES_PER_HOUR',
  'MAX_CONNECTIONS_PER_HOUR',
  'MAX_USER_CONNECTIONS',
] as const satisfies readonly (keyof Resources)[];

type Writable<T> = { -readonly [key in keyof T]: T[key] };

// ---- Names ----

/**
 * Account names are trimmed, since they go to columns of type CHAR; host names are lower-case.
 * @see https://dev.mysql.com/doc/refman/8.0/en/account-names.html
 */
export function accountName(cursor: Cursor): AccountName {
  const user = trimmed(nameOrText(cursor));
  const host = cursor.take('@') ? trimmed(nameOrText(cursor)).toLowerCase() : '%';
  if ([...user].length > MAX_USER_CHARACTERS) throw errors.tooLong(user, 'user name', MAX_USER_CHARACTERS);
  if (host.length > MAX_HOST_CHARACTERS) throw errors.tooLong(host, 'host name', MAX_HOST_CHARACTERS);
  return { user, host };
}

export function accountReference(cursor: Cursor): AccountReference {
  if (!cursor.take('CURRENT_USER')) return accountName(cursor);
  if (cursor.take('(')) cursor.expect(')');
  return 'current user';
}

const trimmed = (text: string) => text.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, '');

function nameOrText(cursor: Cursor): string {
  return cursor.peek().kind === 'string' ? cursor.text() : cursor.name();
}

export const roleNames = (cursor: Cursor): readonly AccountName[] => cursor.list(() => accountName(cursor));

// ---- Statements ----

export function createUser(cursor: Cursor, features: Features): AccountStatement {
  const ifNotExists = cursor.take('IF', 'NOT', 'EXISTS');
  const users = cursor.list(() => {
    const account = accountReference(cursor);
    return { account, ...identification(cursor) };
  });
  const defaultRoles = features.roles && cursor.take('DEFAULT', 'ROLE') ? roleNames(cursor) : [];
  return { kind: 'create user', ifNotExists, users, defaultRoles, options: accountOptions(cursor, features) };
}

export function alterUser(cursor: Cursor, features: Features): AccountStatement {
  const ifExists = cursor.take('IF', 'EXISTS');
  if (cursor.take('USER', '(', ')')) {
    // USER() takes IDENTIFIED BY and DISCARD OLD PASSWORD, and nothing else.
    const change = discard(cursor, features) ?? { ...byPassword(cursor), ...replaceAndRetain(cursor, features) };
    return { kind: 'alter user', ifExists, users: [{ account: 'current user', ...change }], options: {} };
  }
  const first = accountReference(cursor);
  if (features.roles && cursor.take('DEFAULT', 'ROLE'))
    return { kind: 'set default role', roles: roleChoice(cursor), users: [first] };
  const change = (account: AccountReference): Authentication => ({
    account,
    ...(discard(cursor, features) ?? alteredIdentification(cursor, features)),
  });
  const users = [change(first)];
  while (cursor.take(',')) users.push(change(accountReference(cursor)));
  return { kind: 'alter user', ifExists, users, options: accountOptions(cursor, features) };
}

type Change = Omit<Authentication, 'account'>;

function discard(cursor: Cursor, { dualPassword }: Features): Change | undefined {
  return dualPassword && cursor.take('DISCARD', 'OLD', 'PASSWORD') ? { discard: true } : undefined;
}

/** IDENTIFIED BY 'password', and what goes with it. IDENTIFIED BY RANDOM PASSWORD is not understood. */
function byPassword(cursor: Cursor): Change {
  cursor.expect('IDENTIFIED', 'BY');
  return { by: cursor.text() };
}

function identification(cursor: Cursor): Change {
  if (cursor.at('IDENTIFIED', 'BY')) return byPassword(cursor);
  if (!cursor.take('IDENTIFIED', 'WITH')) return {};
  const plugin = nameOrText(cursor);
  if (cursor.take('BY')) return { plugin, by: cursor.text() };
  if (!cursor.take('AS')) return { plugin };
  const { kind, value } = cursor.next();
  if (kind !== 'string' && kind !== 'hex') throw errors.syntax(value);
  return { plugin, as: { value, hex: kind === 'hex' } };
}

function alteredIdentification(cursor: Cursor, features: Features): Change {
  const change = identification(cursor);
  if (change.by !== undefined) return { ...change, ...replaceAndRetain(cursor, features) };
  // The manual's synopsis has no RETAIN after AS; the server's grammar has.
  return change.as === undefined ? change : { ...change, ...retain(cursor, features) };
}

function replaceAndRetain(cursor: Cursor, features: Features): Change {
  const replace = features.passwordVerification && cursor.take('REPLACE') ? { replace: cursor.text() } : {};
  return { ...replace, ...retain(cursor, features) };
}

function retain(cursor: Cursor, { dualPassword }: Features): Change {
  return dualPassword && cursor.take('RETAIN', 'CURRENT', 'PASSWORD') ? { retain: true } : {};
}

export function setPassword(cursor: Cursor, features: Features): AccountStatement {
  const account = cursor.take('FOR') ? accountReference(cursor) : 'current user';
  cursor.expect('=');
  const password = cursor.text();
  const { replace, retain: retained = false } = replaceAndRetain(cursor, features);
  return { kind: 'set password', account, password, retain: retained, ...(replace !== undefined && { replace }) };
}

export function createRole(cursor: Cursor): AccountStatement {
  const ifNotExists = cursor.take('IF', 'NOT', 'EXISTS');
  return { kind: 'create role', ifNotExists, roles: roleNames(cursor) };
}

export function drop(cursor: Cursor, what: 'USER' | 'ROLE'): AccountStatement {
  const ifExists = cursor.take('IF', 'EXISTS');
  return { kind: 'drop', what, ifExists, accounts: cursor.list(() => accountReference(cursor)) };
}

export function renameUser(cursor: Cursor): AccountStatement {
  const pairs = cursor.list(() => {
    const from = accountReference(cursor);
    cursor.expect('TO');
    return [from, accountReference(cursor)] as const;
  });
  return { kind: 'rename user', pairs };
}

export function setDefaultRole(cursor: Cursor): AccountStatement {
  const roles = roleChoice(cursor);
  cursor.expect('TO');
  return { kind: 'set default role', roles, users: cursor.list(() => accountReference(cursor)) };
}

export function setRole(cursor: Cursor): AccountStatement {
  if (cursor.take('DEFAULT')) return { kind: 'set role', roles: 'default' };
  const roles = roleChoice(cursor);
  if (roles === 'all' && cursor.at('EXCEPT')) throw cursor.failure();
  return { kind: 'set role', roles };
}

function roleChoice(cursor: Cursor): RoleChoice {
  if (cursor.take('NONE')) return 'none';
  if (cursor.take('ALL')) return 'all';
  return roleNames(cursor);
}

// ---- Options ----

function accountOptions(cursor: Cursor, features: Features): AccountOptions {
  const options: Writable<AccountOptions> = {};
  if (cursor.take('REQUIRE')) options.tls = tlsRequirement(cursor);
  if (cursor.take('WITH')) options.resources = resources(cursor);
  while (passwordOption(cursor, features, options));
  if (features.userAttributes) {
    if (cursor.take('COMMENT')) options.attributes = { comment: cursor.text() };
    else if (cursor.take('ATTRIBUTE')) options.attributes = jsonObject(cursor.text());
  }
  return options;
}

/** @see https://dev.mysql.com/doc/refman/8.0/en/create-user.html#create-user-tls */
export function tlsRequirement(cursor: Cursor): TlsRequirement {
  if (cursor.take('NONE')) return { type: 'NONE' };
  if (cursor.take('SSL')) return { type: 'SSL' };
  if (cursor.take('X509')) return { type: 'X509' };
  const specified: Writable<TlsRequirement> = { type: 'SPECIFIED' };
  for (;;) {
    if (cursor.take('CIPHER')) specified.cipher = cursor.text();
    else if (cursor.take('ISSUER')) specified.issuer = cursor.text();
    else if (cursor.take('SUBJECT')) specified.subject = cursor.text();
    else break;
    cursor.take('AND');
  }
  if (Object.keys(specified).length === 1) throw cursor.failure();
  return specified;
}

function resources(cursor: Cursor): Partial<Resources> {
  const limits: Partial<Resources> = {};
  for (;;) {
    const limit = RESOURCES.find((each) => cursor.take(each));
    if (limit === undefined) break;
    limits[limit] = cursor.number();
  }
  if (Object.keys(limits).length === 0) throw cursor.failure();
  return limits;
}

function passwordOption(cursor: Cursor, features: Features, options: Writable<AccountOptions>): boolean {
  const days = () => {
    const number = cursor.number();
    cursor.expect('DAY');
    return number;
  };
  if (cursor.take('PASSWORD', 'EXPIRE')) {
    if (cursor.take('DEFAULT')) options.expire = 'default';
    else if (cursor.take('NEVER')) options.expire = 'never';
    else options.expire = cursor.take('INTERVAL') ? days() : 'now';
  } else if (features.passwordHistory && cursor.take('PASSWORD', 'HISTORY'))
    options.history = cursor.take('DEFAULT') ? 'default' : cursor.number();
  else if (features.passwordHistory && cursor.take('PASSWORD', 'REUSE', 'INTERVAL'))
    options.reuseInterval = cursor.take('DEFAULT') ? 'default' : days();
  else if (features.passwordVerification && cursor.take('PASSWORD', 'REQUIRE', 'CURRENT')) {
    if (cursor.take('DEFAULT')) options.requireCurrent = 'default';
    else options.requireCurrent = cursor.take('OPTIONAL') ? 'optional' : 'required';
  } else if (features.loginTracking && cursor.take('FAILED_LOGIN_ATTEMPTS'))
    options.failedLoginAttempts = cursor.number();
  else if (features.loginTracking && cursor.take('PASSWORD_LOCK_TIME'))
    options.passwordLockTime = cursor.take('UNBOUNDED') ? -1 : cursor.number();
  else if (cursor.take('ACCOUNT', 'LOCK')) options.lock = true;
  else if (cursor.take('ACCOUNT', 'UNLOCK')) options.lock = false;
  else return false;
  return true;
}

function jsonObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {}
  throw errors.invalidJson();
}

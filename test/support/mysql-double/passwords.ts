/** What happens when an account gets a password. @see https://dev.mysql.com/doc/refman/8.0/en/password-management.html */
import type { Account } from './account.js';
import { errors } from './errors.js';
import type { AuthenticationPlugin } from './plugins/plugin.js';
import type { Server } from './server.js';
import type { Authentication } from './statement.js';

const DAY_MILLIS = 86_400_000;

export interface Change extends Omit<Authentication, 'account'> {
  /** Whether whoever changes it must not be asked for the current password: CREATE USER, or UPDATE on mysql. */
  readonly privileged: boolean;
  readonly self: boolean;
  readonly encoding: 'utf8' | 'latin1';
  /** For errors: ALTER USER. */
  readonly statement: string;
}

/** @throws MysqlError 1524 */
export function loadedPlugin(server: Server, name: string): AuthenticationPlugin {
  const plugin = server.plugins.get(name.toLowerCase());
  if (plugin === undefined) throw errors.pluginNotLoaded(name);
  return plugin;
}

/**
 * Applies IDENTIFIED ..., REPLACE, RETAIN and DISCARD to an account. Checks come in the order of the server: policy, history, current password, form of
 * a verifier, second password.
 */
export function applyChange(server: Server, account: Account, isNew: boolean, change: Change): void {
  const { by, as, encoding, statement } = change;
  const plugin = loadedPlugin(server, change.plugin ?? account.plugin);
  const otherPlugin = !isNew && plugin.name !== account.plugin;
  if (otherPlugin) {
    // "The secondary password is discarded if the plugin is changed"; a change that would retain one fails.
    if (change.retain) throw errors.retainedOnPluginChange(account);
    delete account.secondary;
    account.history = [];
    account.plugin = plugin.name;
  }
  if (change.discard) delete account.secondary;
  if (by === undefined && as === undefined && change.plugin === undefined && !isNew) return;

  const current = account.primary;
  let verifier = '';
  if (as !== undefined) {
    verifier = as.hex ? as.value : Buffer.from(as.value, encoding).toString('latin1');
    assertCurrentPassword(server, account, plugin, change);
    if (!plugin.isVerifier(verifier)) throw errors.passwordFormat();
  } else {
    const password = Buffer.from(by ?? '', encoding);
    if (by !== undefined || isNew) assertPolicy(server, account, by ?? '');
    const made = plugin.verifierOf(password);
    if (made === undefined) throw errors.failedFor(statement, [account]);
    verifier = made;
    if (by !== undefined) assertNotUsedBefore(server, account, plugin, password);
    if (!isNew) assertCurrentPassword(server, account, plugin, change);
  }
  if (change.retain) {
    // "An account with an empty primary password cannot retain it as the secondary one."
    if (current === '') throw errors.emptySecondPassword(account);
    if (by !== undefined && verifier === '') throw errors.retainedBesideEmpty(account);
    account.secondary = current;
  }
  // "If you assign an empty password, the secondary password becomes empty also", whatever was retained.
  if (verifier === '') delete account.secondary;
  account.primary = verifier;
  account.passwordLastChanged = Date.now();
  // A plugin without a password: it has to be set before anything else.
  account.passwordExpired = !isNew && by === undefined && as === undefined;
  remember(server, account, verifier);
}

/** @see https://dev.mysql.com/doc/refman/8.0/en/password-management.html#password-reverification */
function assertCurrentPassword(server: Server, account: Account, plugin: AuthenticationPlugin, change: Change): void {
  const { replace, privileged, self, encoding } = change;
  if (replace !== undefined) {
    if (!self) throw errors.currentPasswordNotRequired();
    const given = Buffer.from(replace, encoding);
    const right = account.primary === '' ? given.length === 0 : plugin.matches(account.primary, given);
    // The primary one: a secondary password does not do.
    if (!right) throw errors.incorrectCurrentPassword();
    return;
  }
  if (privileged) return;
  const required = account.passwordRequireCurrent ?? server.variables.get('password_require_current') === 'ON';
  if (required && account.primary !== '') throw errors.missingCurrentPassword();
}

/** @see https://dev.mysql.com/doc/refman/8.0/en/validate-password-options-variables.html */
function assertPolicy({ policy }: Server, { user }: Account, password: string): void {
  if (policy === undefined) return;
  const characters = [...password];
  const mixed =
    /[a-z]/.test(password) && /[A-Z]/.test(password) && /[0-9]/.test(password) && /[^a-zA-Z0-9]/.test(password);
  const named = user !== '' && (password === user || characters.reverse().join('') === user);
  if ([...password].length < (policy.length ?? 8) || (policy.policy === 'MEDIUM' && !mixed) || named)
    throw errors.passwordPolicy();
}

/** @see https://dev.mysql.com/doc/refman/8.0/en/password-management.html#password-reuse-policy */
function assertNotUsedBefore(server: Server, account: Account, plugin: AuthenticationPlugin, password: Buffer): void {
  if (password.length === 0) return;
  const { history, interval } = reuseLimits(server, account);
  const used = [...account.history].reverse().filter(({ at }, age) => age < history || Date.now() - at < interval);
  if (used.some(({ verifier }) => plugin.matches(verifier, password))) throw errors.passwordHistory(account);
}

function remember(server: Server, account: Account, verifier: string): void {
  const { history, interval } = reuseLimits(server, account);
  if (verifier !== '' && history + interval > 0) account.history.push({ verifier, at: Date.now() });
}

function reuseLimits({ variables }: Server, account: Account): { readonly history: number; readonly interval: number } {
  return {
    history: account.passwordHistory ?? Number(variables.get('password_history') ?? 0),
    interval: (account.passwordReuseInterval ?? Number(variables.get('password_reuse_interval') ?? 0)) * DAY_MILLIS,
  };
}

/** Days count from the last change. */
export function hasExpired({ variables }: Server, account: Account): boolean {
  if (account.passwordExpired) return true;
  const days = account.passwordLifetime ?? Number(variables.get('default_password_lifetime') ?? 0);
  return days > 0 && Date.now() - account.passwordLastChanged >= days * DAY_MILLIS;
}

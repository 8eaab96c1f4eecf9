/**
 * THE CONTRACT FOR ENGINES: what a database driver is. Read this file alone and you can add an engine; `driverContract` of
 * `keyturn/testing` is the suite that says whether it is right.
 *
 * A driver is a plain object made by a factory. It loads its npm client lazily inside `login`, quotes or binds everything it sends, and knows
 * nothing of Secrets Manager, strategies or redaction.
 */
import type { StepContext } from '../rotation/rotator.js';
import type { DatabaseSecret } from './secret.js';

export interface DatabaseDriver<TSession extends UserSession = UserSession> {
  /** Values of the secret's `engine` key that this driver handles, AWS's spelling. */
  readonly engines: readonly [string, ...string[]];
  /** Used when the secret has no `port`. */
  readonly defaultPort: number;
  /** The longest user name that every server of the engine takes, in bytes of UTF-8. */
  readonly maxUsernameLength: number;
  /** Some servers take longer names: sessions have `maxUsernameLength`, which is asked before such a name is refused. Default: none does. */
  readonly serversDifferInUsernames?: true;
  /** Appended to make the alternating user's name. AWS's functions use `_clone` (Oracle: `_CLONE`). */
  readonly cloneSuffix: string;
  /** A change of password takes more than one step at the server: sessions have `settlePasswords`. It costs a login in each rotation. Default: it does not. */
  readonly settlesPasswords?: true;
  /**
   * Opens one session: one attempt, no downgrade.
   * @throws LoginRejectedError for refused credentials and for nothing else, since other credentials are tried then; AccountLockedError for a
   * user whom the server has locked, since more tries would keep it locked; DatabaseNotFoundError for a missing database. Errors of the
   * socket and of TLS are thrown as Node or the client made them: the caller tells them apart.
   */
  login(secret: DatabaseSecret, connection: Connection): Promise<TSession>;
  /**
   * For engines that an AWS API administers: a session that may change the passwords of other users, with the rights of the function in the account of the
   * secret. It takes the place of a superuser's login, and no superuser's secret is read.
   * @param secret Of a user who is administered.
   */
  administer?(secret: DatabaseSecret, connection: Connection): Promise<TSession>;
}

/** How to connect, decided once for all engines from the secret's `ssl` key and the strategy's options. */
export interface Connection {
  /** `false` only when the secret says `"ssl": false`. Otherwise TLS is demanded and verified, host name included. */
  readonly tls: TlsSettings | false;
  /** For the connection to be made, TLS and login included, in milliseconds. */
  readonly timeoutMillis: number;
  readonly signal: AbortSignal;
  /** How to reach AWS's APIs, for engines that need one. */
  readonly aws: StepContext['aws'];
}

/** Options for `tls.connect`. */
export interface TlsSettings {
  /** Trusted authorities in PEM. */
  readonly ca: string[];
  readonly minVersion: 'TLSv1.2';
  readonly rejectUnauthorized: true;
}

/** A session of one database user. Disposing closes the connection and never throws. */
export interface UserSession extends AsyncDisposable {
  /** One trivial read. */
  ping(): Promise<void>;
  /**
   * Gives `username` the password, and no other. Repeatable. The password must not reach the server's log: send a verifier where the engine takes one.
   * @throws PermissionMissingError; InvalidSecretError for a password that the engine does not take, before anything is changed; PasswordRefusedError for
   * one that the server's policy does not take, with the policy's words
   */
  changePassword(username: string, password: string): Promise<void>;
  /**
   * With `settlesPasswords`: brings a change that was cut off to its end. Afterwards `username` has these passwords and no others, everywhere and for
   * good. Repeatable; called each time setSecret runs, also when the pending password works already.
   */
  settlePasswords?(username: string, passwords: readonly string[]): Promise<void>;
  /** With `serversDifferInUsernames`: the longest user name that this server takes, in characters. */
  maxUsernameLength?(): Promise<number>;
}

/** A session of an engine whose users may have two passwords, for dual password. */
export interface DualPasswordSession extends UserSession {
  /**
   * Gives `username` another password beside `current`; any others may go. Both log in afterwards, and `current` never ceases to, whatever was there
   * before: an earlier call with another `password` that was cut off, for instance. Repeatable.
   * @throws as changePassword
   */
  addPassword(username: string, password: string, current: string): Promise<void>;
}

/** A session that may manage users, for alternating users with cloning. */
export interface SuperuserSession extends UserSession {
  userExists(username: string): Promise<boolean>;
  /** Makes `clone` with the password and the attributes of `source`. Never leaves a clone with another password. */
  cloneUser(source: string, clone: string, password: string): Promise<void>;
  /**
   * Makes `target` a copy of `source` in attributes, settings and privileges: what `source` lacks goes away. Repeatable. Works in both directions
   * between the original and its clone. `original` names which of the two is the one without the suffix.
   * @throws PermissionMissingError
   */
  syncPrivileges(source: string, target: string, original: string): Promise<void>;
}

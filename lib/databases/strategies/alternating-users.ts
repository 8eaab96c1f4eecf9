import { InvalidOptionsError, InvalidSecretError, TargetMismatchError } from '../../rotation/errors.js';
import type { CreateSecretContext, Rotator, SetSecretContext } from '../../rotation/rotator.js';
import type { Drivers } from '../database-access.js';
import type { DatabaseDriver, SuperuserSession, UserSession } from '../driver.js';
import type { DatabaseSecret } from '../secret.js';
import { type DatabaseOptions, type DatabaseRotator, databaseRotator, databaseTarget } from './database-rotator.js';
import { assertHasSuperuser, withSuperuser } from './superuser.js';
import { type Turns, turnsOfPair, turnsWithClone } from './turns.js';

/** Alternating users of which the second is made by cloning the first. */
export interface CloningOptions extends DatabaseOptions {
  /** What the clone is called, with `{username}` for the original's name: `{username}_b`. Default: `{username}_clone`, as AWS's functions have it. */
  readonly cloneName?: string;
  readonly usernames?: never;
}

/** Alternating users whom an administrator made. */
export interface PairOptions extends DatabaseOptions {
  /** Both users. They must be there; only their passwords are changed, and no privileges copied. */
  readonly usernames: readonly [string, string];
  readonly cloneName?: never;
}

/**
 * Two database users take turns, `app` and `app_clone`: while one is rotated, consumers go on with the other, so no login is ever refused. A superuser,
 * whose secret the key `masterarn` names, makes the clone and changes the passwords.
 *
 * The first rotation makes the clone. Every rotation, in both directions, makes the two equal again in attributes, settings and privileges; how, and what
 * the superuser needs for it, says the engine's driver. With `usernames`, both users are there already, and nothing but their passwords is changed. Any step may run twice.
 *
 * Nothing is changed before AWSCURRENT has logged in, or a version without a label for the same user: a secret must not be a means to get at a user that one could not log in as.
 *
 * @param drivers One, or one for each engine; the secret's `engine` chooses. Without `usernames` only engines whose users can be cloned.
 * @throws InvalidOptionsError
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotation-strategy.html#rotating-secrets-two-users
 */
export function alternatingUsers(drivers: Drivers<SuperuserSession>, options?: CloningOptions): Rotator<DatabaseSecret>;
export function alternatingUsers(drivers: Drivers<UserSession>, options: PairOptions): Rotator<DatabaseSecret>;
export function alternatingUsers(
  drivers: Drivers<UserSession>,
  options: CloningOptions | PairOptions = {},
): Rotator<DatabaseSecret> {
  if (options.usernames !== undefined) {
    if (options.cloneName !== undefined)
      throw new InvalidOptionsError('cloneName', 'has no meaning beside usernames, whose users are not cloned');
    return takingTurns(databaseRotator(drivers, options), turnsOfPair(options.usernames), {
      prepare: (superuser, { pending }) => superuser.changePassword(pending.username, pending.password),
    });
  }
  // The overloads see to it that these drivers clone.
  const cloning = databaseRotator(drivers as Drivers<SuperuserSession>, options);
  return takingTurns(cloning, turnsWithClone(options.cloneName), {
    async prepare(superuser, { current, pending }, original) {
      if (await superuser.userExists(pending.username)) {
        // What it may do before its password: without a privilege on the database, a right password is not let in, and a step that was cut off in between could not be run again.
        await superuser.syncPrivileges(current.username, pending.username, original);
        await superuser.changePassword(pending.username, pending.password);
      } else {
        await superuser.cloneUser(current.username, pending.username, pending.password);
      }
    },
    complete: (superuser, { current, pending }, original) =>
      superuser.syncPrivileges(current.username, pending.username, original),
  });
}

type Versions = Pick<SetSecretContext<DatabaseSecret>, 'current' | 'pending'>;

/** What a superuser does to the user whose turn comes. */
interface SuperuserWork<TSession extends UserSession> {
  /** Gives it the pending password. */
  prepare(superuser: TSession, versions: Versions, original: string): Promise<void>;
  /** Done also when the pending password works already, so that "the login works" never hides half-copied privileges. */
  complete?(superuser: TSession, versions: Versions, original: string): Promise<void>;
}

function takingTurns<TSession extends UserSession>(
  rotator: DatabaseRotator<TSession>,
  turns: Turns,
  { prepare, complete }: SuperuserWork<TSession>,
): Rotator<DatabaseSecret> {
  const { access } = rotator;
  const originalOf = ({ current, pending }: Versions) =>
    turns.original(current.username, access.driverFor(current)) === current.username
      ? current.username
      : pending.username;
  const currentLogsIn = (context: SetSecretContext<DatabaseSecret>) =>
    rotator.logIn(context, 'AWSCURRENT', context.current);

  return {
    ...rotator.members,

    target(secret) {
      const driver = access.driverFor(secret);
      const { username, masterarn } = secret;
      return { ...databaseTarget(secret, driver), username: turns.original(username, driver), masterarn };
    },

    async createSecret(context) {
      const { current, generatePassword } = context;
      const driver = access.driverFor(current);
      assertHasSuperuser(current, driver);
      const username = turns.other(current.username, driver);
      await assertLength(rotator, context, username);
      return rotator.renamed({ username, password: await generatePassword() });
    },

    async setSecret(context) {
      assertTakesTurn(context, turns, access.driverFor(context.pending));
      await currentLogsIn(context);
      await withSuperuser(rotator, context, (superuser) => prepare(superuser, context, originalOf(context)));
    },

    async afterSetSecret(context) {
      const { pending } = context;
      const driver = access.driverFor(pending);
      assertTakesTurn(context, turns, driver);
      if (complete === undefined && driver.settlesPasswords !== true) return;
      // Again, because setSecret does not run when the pending value works already.
      await currentLogsIn(context);
      await withSuperuser(rotator, context, async (superuser) => {
        await complete?.(superuser, context, originalOf(context));
        if (driver.settlesPasswords === true) {
          await superuser.settlePasswords?.(pending.username, [pending.password]);
        }
      });
    },
  };
}

/** Refuses a name that the server does not take, before there is a version with it. */
async function assertLength<TSession extends UserSession>(
  { access }: DatabaseRotator<TSession>,
  context: CreateSecretContext<DatabaseSecret>,
  other: string,
): Promise<void> {
  const { current } = context;
  const { maxUsernameLength, serversDifferInUsernames = false, engines } = access.driverFor(current);
  if (Buffer.byteLength(other) <= maxUsernameLength) return;
  const lengthOf = (name: string) => (serversDifferInUsernames ? [...name].length : Buffer.byteLength(name));
  const unit = serversDifferInUsernames ? 'characters' : 'bytes';
  const most =
    (serversDifferInUsernames
      ? await access.withSession(context, 'AWSCURRENT', current, async (session) => session.maxUsernameLength?.())
      : undefined) ?? maxUsernameLength;
  if (lengthOf(other) <= most) return;
  const added = lengthOf(other) - lengthOf(current.username);
  throw new InvalidSecretError(
    `User "${current.username}" cannot take turns with "${other}": that name has ${lengthOf(other)} ${unit}, and ${engines[0]} takes ${most}. Use a user name of at most ` +
      `${most - added} ${unit}, or singleUser.`,
    ['username is too long'],
  );
}

function assertTakesTurn({ current, pending }: Versions, turns: Turns, driver: DatabaseDriver): void {
  if (pending.username === turns.other(current.username, driver)) return;
  throw new TargetMismatchError(
    `AWSPENDING is for user "${pending.username}", which is not the other one of "${current.username}". Nothing was sent. If the version was made for another ` +
      'strategy, remove AWSPENDING from it and rotate again.',
    ['username'],
  );
}

import { InvalidSecretError, TargetMismatchError } from '../../rotation/errors.js';
import type { Rotator, SetSecretContext } from '../../rotation/rotator.js';
import { type DatabaseOptions, databaseAccess } from '../database-access.js';
import type { DatabaseDriver, SuperuserSession } from '../driver.js';
import { type DatabaseSecret, databaseSecret } from '../secret.js';
import { DATABASE_PASSWORDS, DATABASE_PUBLIC_FIELDS, databaseTarget } from './database-fields.js';
import { superuserArn, withSuperuser } from './superuser.js';

/**
 * Two database users take turns, `app` and `app_clone`: while one is rotated, consumers go on with the other, so no login is ever refused. A superuser,
 * whose secret the key `masterarn` names, makes the clone and changes the passwords.
 *
 * The first rotation makes the clone. Every rotation, in both directions, makes the two equal again in attributes, settings and privileges; how, and what
 * the superuser needs for it, says the engine's driver. Any step may run twice.
 *
 * Nothing is changed before AWSCURRENT has logged in, or a version without a label for the same user: a secret must not be a means to get at a user that one could not log in as.
 *
 * @param drivers One, or one for each engine; the secret's `engine` chooses.
 * @throws InvalidOptionsError
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotation-strategy.html#rotating-secrets-two-users
 */
export function alternatingUsers(
  drivers: DatabaseDriver<SuperuserSession> | readonly DatabaseDriver<SuperuserSession>[],
  options: DatabaseOptions = {},
): Rotator<DatabaseSecret> {
  const access = databaseAccess(drivers, options);

  function currentLogsIn(context: SetSecretContext<DatabaseSecret>): Promise<void> {
    return access.withSession(context, 'AWSCURRENT', context.current, (session) => session.ping());
  }

  return {
    secret: databaseSecret,
    publicFields: DATABASE_PUBLIC_FIELDS,
    passwordPolicy: DATABASE_PASSWORDS,

    target(secret) {
      const driver = access.driverFor(secret);
      const { username, masterarn } = secret;
      return { ...databaseTarget(secret, driver), username: originalName(username, driver), masterarn };
    },

    async createSecret({ current, generatePassword }) {
      superuserArn(current);
      const driver = access.driverFor(current);
      const username = otherName(current.username, driver);
      assertLength(current.username, username, driver);
      return { username, password: await generatePassword() };
    },

    async setSecret(context) {
      const { current, pending } = context;
      assertTakesTurn(current, pending, access.driverFor(pending));
      await currentLogsIn(context);
      await withSuperuser(access, context, async (superuser) => {
        if (await superuser.userExists(pending.username)) {
          await superuser.changePassword(pending.username, pending.password);
        } else {
          await superuser.cloneUser(current.username, pending.username, pending.password);
        }
      });
    },

    async afterSetSecret(context) {
      const { current, pending } = context;
      assertTakesTurn(current, pending, access.driverFor(pending));
      // Again, because setSecret does not run when the pending value works already.
      await currentLogsIn(context);
      await withSuperuser(access, context, (superuser) =>
        superuser.syncPrivileges(current.username, pending.username, shorter(current.username, pending.username)),
      );
    },

    async testSecret(context) {
      await access.withSession(context, 'AWSPENDING', context.pending, (session) => session.ping());
    },
  };
}

function originalName(username: string, { cloneSuffix }: DatabaseDriver): string {
  let name = username;
  // A name with the suffix twice takes turns with the one that has it once; all of them are one family.
  while (name.endsWith(cloneSuffix) && name !== cloneSuffix) name = name.slice(0, -cloneSuffix.length);
  return name;
}

function otherName(username: string, { cloneSuffix }: DatabaseDriver): string {
  return username.endsWith(cloneSuffix) && username !== cloneSuffix
    ? username.slice(0, -cloneSuffix.length)
    : `${username}${cloneSuffix}`;
}

/** Of a user and the other one, the one without the suffix. */
function shorter(a: string, b: string): string {
  return a.length < b.length ? a : b;
}

function assertLength(
  username: string,
  other: string,
  { maxUsernameLength, cloneSuffix, engines }: DatabaseDriver,
): void {
  const bytes = Buffer.byteLength(other);
  if (bytes <= maxUsernameLength) return;
  throw new InvalidSecretError(
    `User "${username}" cannot take turns with "${other}": that name has ${bytes} bytes, and ${engines[0]} takes ${maxUsernameLength}. Use a user name of at most ` +
      `${maxUsernameLength - Buffer.byteLength(cloneSuffix)} bytes, or singleUser.`,
    ['username is too long'],
  );
}

function assertTakesTurn(current: DatabaseSecret, pending: DatabaseSecret, driver: DatabaseDriver): void {
  if (pending.username === otherName(current.username, driver)) return;
  throw new TargetMismatchError(
    `AWSPENDING is for user "${pending.username}", which is not the other one of "${current.username}". Nothing was sent. If the version was made for another ` +
      'strategy, remove AWSPENDING from it and rotate again.',
    ['username'],
  );
}

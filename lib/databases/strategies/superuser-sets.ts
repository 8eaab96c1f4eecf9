import type { Rotator } from '../../rotation/rotator.js';
import type { Drivers } from '../database-access.js';
import type { UserSession } from '../driver.js';
import type { DatabaseSecret } from '../secret.js';
import { type DatabaseOptions, databaseRotator, databaseTarget } from './database-rotator.js';
import { type RecoveryOptions, withKnownLogin } from './known-logins.js';
import { assertHasSuperuser, withSuperuser } from './superuser.js';

export interface SuperuserSetsOptions extends DatabaseOptions, RecoveryOptions {}

/**
 * One user, whose password the superuser changes: the one that the secret's `masterarn` names. For users who may not change their own. As with `singleUser`, the old password is refused
 * between setSecret and the moment when consumers read the new one.
 *
 * Nothing is changed before AWSCURRENT has logged in, or AWSPREVIOUS, or a version without a label for the same user: a secret must not be a means to get at a user that one could
 * not log in as. `recover: 'superuser'` gives that up. Any step may run twice.
 *
 * @param drivers One, or one for each engine; the secret's `engine` chooses.
 * @throws InvalidOptionsError
 */
export function superuserSets(
  drivers: Drivers<UserSession>,
  options: SuperuserSetsOptions = {},
): Rotator<DatabaseSecret> {
  const rotator = databaseRotator(drivers, options);
  const { access } = rotator;

  return {
    ...rotator.members,

    target(secret) {
      const { username, masterarn } = secret;
      return { ...databaseTarget(secret, access.driverFor(secret)), username, masterarn };
    },

    async createSecret({ current, generatePassword }) {
      assertHasSuperuser(current, access.driverFor(current));
      return rotator.renamed({ password: await generatePassword() });
    },

    async setSecret(context) {
      const { username, password } = context.pending;
      const rejected = await withKnownLogin(context, (label, version) => rotator.logIn(context, label, version));
      if (rejected !== undefined) {
        if (options.recover === undefined) throw rejected;
        context.log.warn('No version of the secret logs in; the superuser sets the password all the same', {
          username,
        });
      }
      await withSuperuser(rotator, context, (superuser) => superuser.changePassword(username, password));
    },

    async afterSetSecret(context) {
      const { pending } = context;
      if (access.driverFor(pending).settlesPasswords !== true) return;
      await withSuperuser(rotator, context, async (superuser) =>
        superuser.settlePasswords?.(pending.username, [pending.password]),
      );
    },
  };
}

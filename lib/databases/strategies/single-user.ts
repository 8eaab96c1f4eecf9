import type { Rotator } from '../../rotation/rotator.js';
import type { Drivers } from '../database-access.js';
import type { UserSession } from '../driver.js';
import type { DatabaseSecret } from '../secret.js';
import { type DatabaseOptions, databaseRotator, databaseTarget } from './database-rotator.js';
import { type RecoveryOptions, withKnownLogin } from './known-logins.js';
import { hasSuperuser, withSuperuser } from './superuser.js';

export interface SingleUserOptions extends DatabaseOptions, RecoveryOptions {}

/**
 * A database user changes its own password. Between setSecret and the moment when consumers read the new value, the old one is refused; for no gap at
 * all take `alternatingUsers`, or `dualPassword` where the engine can.
 *
 * setSecret logs in with AWSCURRENT, else with AWSPREVIOUS (the database was restored, or a rotation was lost half way). Only a refused login leads to the
 * next try; an error of network or TLS ends the step at once. Each version must be for the same engine, host, port, database, user and TLS, which
 * is compared before any credential is sent. Any step may run twice.
 *
 * @param drivers One, or one for each engine; the secret's `engine` chooses.
 * @throws InvalidOptionsError
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotation-strategy.html#rotating-secrets-one-user-one-password
 */
export function singleUser(drivers: Drivers<UserSession>, options: SingleUserOptions = {}): Rotator<DatabaseSecret> {
  const rotator = databaseRotator(drivers, options);
  const { access } = rotator;

  return {
    ...rotator.members,

    target: (secret) => ({ ...databaseTarget(secret, access.driverFor(secret)), username: secret.username }),

    createSecret: async ({ generatePassword }) => rotator.renamed({ password: await generatePassword() }),

    async setSecret(context) {
      const { pending } = context;
      const { username, password } = pending;
      const rejected = await withKnownLogin(context, (label, version) =>
        access.withSession(context, label, version, (session) => session.changePassword(username, password)),
      );
      if (rejected === undefined) return;
      if (options.recover === undefined || !hasSuperuser(pending, access.driverFor(pending))) throw rejected;
      context.log.warn('No version of the secret logs in; the superuser sets the password', { username });
      await withSuperuser(rotator, context, (superuser) => superuser.changePassword(username, password));
    },

    async afterSetSecret(context) {
      const { pending } = context;
      if (access.driverFor(pending).settlesPasswords !== true) return;
      await access.withSession(context, 'AWSPENDING', pending, async (session) =>
        session.settlePasswords?.(pending.username, [pending.password]),
      );
    },
  };
}

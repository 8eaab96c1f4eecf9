import type { Rotator } from '../../rotation/rotator.js';
import type { Drivers } from '../database-access.js';
import type { DualPasswordSession } from '../driver.js';
import type { DatabaseSecret } from '../secret.js';
import { type DatabaseOptions, databaseRotator, databaseTarget } from './database-rotator.js';
import { withKnownLogin } from './known-logins.js';
import { withSuperuser } from './superuser.js';

/**
 * One user with two passwords: the new one is added beside the current one, which stays valid until the next rotation. No login is ever refused, and there is no second user.
 * The password before the last is retired when the next one is added, so consumers have from one rotation to the next to read the new value.
 *
 * The user adds the password itself; where the secret has the key `masterarn`, the superuser whose secret it names does. Nothing is changed before AWSCURRENT has logged in, or AWSPREVIOUS, or a
 * version without a label for the same user. Any step may run twice.
 *
 * @param drivers One, or one for each engine; the secret's `engine` chooses. Only engines whose users may have two passwords.
 * @throws InvalidOptionsError
 */
export function dualPassword(
  drivers: Drivers<DualPasswordSession>,
  options: DatabaseOptions = {},
): Rotator<DatabaseSecret> {
  const rotator = databaseRotator(drivers, options);
  const { access } = rotator;

  return {
    ...rotator.members,

    target(secret) {
      const { username, masterarn } = secret;
      return { ...databaseTarget(secret, access.driverFor(secret)), username, masterarn };
    },

    createSecret: async ({ generatePassword }) => rotator.renamed({ password: await generatePassword() }),

    async setSecret(context) {
      const { username, password, masterarn } = context.pending;
      let known = context.current.password;
      const rejected = await withKnownLogin(context, async (label, version) => {
        known = version.password;
        await access.withSession(context, label, version, (session) =>
          masterarn === undefined ? session.addPassword(username, password, known) : session.ping(),
        );
      });
      if (rejected !== undefined) throw rejected;
      if (masterarn === undefined) return;
      await withSuperuser(rotator, context, (superuser) => superuser.addPassword(username, password, known));
    },

    async afterSetSecret(context) {
      const { current, pending } = context;
      if (access.driverFor(pending).settlesPasswords !== true) return;
      const settle = async (session: DualPasswordSession) =>
        session.settlePasswords?.(pending.username, [current.password, pending.password]);
      await (pending.masterarn === undefined
        ? access.withSession(context, 'AWSPENDING', pending, settle)
        : withSuperuser(rotator, context, settle));
    },
  };
}

import { LoginRejectedError, TargetMismatchError } from '../../rotation/errors.js';
import type { Rotator, SetSecretContext } from '../../rotation/rotator.js';
import { type DatabaseOptions, databaseAccess } from '../database-access.js';
import type { DatabaseDriver } from '../driver.js';
import { type DatabaseSecret, databaseSecret } from '../secret.js';
import { DATABASE_PASSWORDS, DATABASE_PUBLIC_FIELDS, databaseTarget } from './database-fields.js';
import { withSuperuser } from './superuser.js';

export interface SingleUserOptions extends DatabaseOptions {
  /**
   * When neither AWSPENDING, AWSCURRENT nor AWSPREVIOUS logs in, let the superuser that the secret's `masterarn` names set the password. Default:
   * false: then the newest versions without a label are tried, and if none of them logs in, the rotation fails with a LoginRejectedError.
   */
  readonly superuserRecovery?: boolean;
}

/**
 * A database user changes its own password. Between setSecret and the moment when consumers read the new value, the old one is refused; for no gap at
 * all take `alternatingUsers`.
 *
 * setSecret logs in with AWSCURRENT, else with AWSPREVIOUS (the database was restored, or a rotation was lost half way). Only a refused login leads to the
 * next try; an error of network or TLS ends the step at once. Each version must be for the same engine, host, port, database, user and TLS, which
 * is compared before any credential is sent. Any step may run twice.
 *
 * @param drivers One, or one for each engine; the secret's `engine` chooses.
 * @throws InvalidOptionsError
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotation-strategy.html#rotating-secrets-one-user-one-password
 */
export function singleUser(
  drivers: DatabaseDriver | readonly DatabaseDriver[],
  options: SingleUserOptions = {},
): Rotator<DatabaseSecret> {
  const access = databaseAccess(drivers, options);

  async function changedWith(context: SetSecretContext<DatabaseSecret>, label: string, secret: DatabaseSecret) {
    const { username, password } = context.pending;
    try {
      await access.withSession(context, label, secret, (session) => session.changePassword(username, password));
      return true;
    } catch (error) {
      if (error instanceof LoginRejectedError) return false;
      throw error;
    }
  }

  return {
    secret: databaseSecret,
    publicFields: DATABASE_PUBLIC_FIELDS,
    passwordPolicy: DATABASE_PASSWORDS,

    target(secret) {
      return { ...databaseTarget(secret, access.driverFor(secret)), username: secret.username };
    },

    async createSecret({ generatePassword }) {
      return { password: await generatePassword() };
    },

    async setSecret(context) {
      const { current, pending } = context;
      if (await changedWith(context, 'AWSCURRENT', current)) return;
      const previous = await readPrevious(context);
      if (typeof previous === 'object' && (await changedWith(context, 'AWSPREVIOUS', previous))) return;
      if (options.superuserRecovery && pending.masterarn !== undefined) {
        context.log.warn('No version of the secret logs in; the superuser sets the password', {
          username: pending.username,
        });
        return withSuperuser(access, context, (superuser) =>
          superuser.changePassword(pending.username, pending.password),
        );
      }
      throw nothingLogsIn(pending, typeof previous === 'object' ? 'AWSPREVIOUS was refused too' : previous);
    },

    async testSecret(context) {
      await access.withSession(context, 'AWSPENDING', context.pending, (session) => session.ping());
    },
  };
}

/** @returns AWSPREVIOUS, or why it cannot be tried. */
async function readPrevious({ previous }: SetSecretContext<DatabaseSecret>): Promise<DatabaseSecret | string> {
  try {
    return (await previous()) ?? 'there is no AWSPREVIOUS';
  } catch (error) {
    if (!(error instanceof TargetMismatchError)) throw error;
    return `AWSPREVIOUS was not tried, since it differs in ${error.fields.join(', ')}`;
  }
}

function nothingLogsIn({ username, host }: DatabaseSecret, previous: string): LoginRejectedError {
  return new LoginRejectedError(
    `Host ${host} refuses user "${username}" with AWSPENDING and with AWSCURRENT; ${previous}. The password was changed outside of Secrets Manager, or a rotation ` +
      "was lost half way. Way out: set the password in the database to the value of AWSCURRENT and rotate again; or add masterarn, the ARN of a superuser's " +
      'secret, to the secret and superuserRecovery: true to the function.',
  );
}

import { InvalidSecretError, TargetMismatchError } from '../../rotation/errors.js';
import type { SetSecretContext } from '../../rotation/rotator.js';
import type { DatabaseDriver, UserSession } from '../driver.js';
import type { DatabaseSecret, SuperuserSecret } from '../secret.js';
import type { DatabaseRotator } from './database-rotator.js';

/**
 * Works in a session of whoever may change other users: the superuser whose secret `masterarn` names, in the database of the secret that rotates; or the administrator, where
 * an AWS API administers the engine.
 * @throws InvalidSecretError if there is no `masterarn`; TargetMismatchError, before anything is sent, if the superuser is one of another server.
 */
export async function withSuperuser<TSession extends UserSession, T>(
  { access, superuserSecret }: DatabaseRotator<TSession>,
  context: SetSecretContext<DatabaseSecret>,
  work: (session: TSession) => Promise<T>,
): Promise<T> {
  const { pending } = context;
  const driver = access.driverFor(pending);
  if (driver.administer !== undefined) return access.asAdministrator(context, pending, work);
  const stored = await context.readSecret(superuserArn(pending), superuserSecret);
  const superuser = complete(stored);
  const differing = [
    ...(access.driverFor(superuser) === driver ? [] : ['engine']),
    ...(superuser.host.toLowerCase() === pending.host.toLowerCase() ? [] : ['host']),
    ...((superuser.port ?? driver.defaultPort) === (pending.port ?? driver.defaultPort) ? [] : ['port']),
  ];
  if (differing.length > 0) {
    throw new TargetMismatchError(
      `The superuser's secret, named by masterarn, differs from this one in ${differing.join(', ')}. Nothing was sent: a superuser's password goes to its own ` +
        'server only. Correct masterarn, or host and port in either secret.',
      differing,
    );
  }
  const { dbname, ...atServer } = superuser;
  const secret = pending.dbname === undefined ? atServer : { ...atServer, dbname: pending.dbname };
  return access.withSession(context, 'the superuser (masterarn)', secret, work);
}

/** Whether the secret says who may change other users, or nobody has to. */
export function hasSuperuser({ masterarn }: DatabaseSecret, driver: DatabaseDriver): boolean {
  return driver.administer !== undefined || masterarn !== undefined;
}

/** @throws InvalidSecretError */
export function assertHasSuperuser(secret: DatabaseSecret, driver: DatabaseDriver): void {
  if (!hasSuperuser(secret, driver)) superuserArn(secret);
}

function superuserArn({ masterarn }: DatabaseSecret): string {
  if (masterarn !== undefined) return masterarn;
  throw new InvalidSecretError(
    'The secret has no key masterarn, which names the secret of the superuser: add it to the JSON of the secret (MasterSecretArn of a CloudFormation template grants ' +
      'permission only).',
    ['masterarn is missing'],
  );
}

function complete({ engine, host, ...superuser }: SuperuserSecret): DatabaseSecret {
  if (engine !== undefined && host !== undefined) return { ...superuser, engine, host };
  throw new InvalidSecretError(
    "The superuser's secret, named by masterarn, holds no engine or host, and where its password may be sent must not be guessed: store a secret with engine, host and port too.",
    [...(engine === undefined ? ['engine is missing'] : []), ...(host === undefined ? ['host is missing'] : [])],
  );
}

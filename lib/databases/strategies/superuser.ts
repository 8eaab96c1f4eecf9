import { InvalidSecretError, TargetMismatchError } from '../../rotation/errors.js';
import type { SetSecretContext } from '../../rotation/rotator.js';
import type { DatabaseAccess } from '../database-access.js';
import type { UserSession } from '../driver.js';
import { type DatabaseSecret, superuserSecret } from '../secret.js';

/**
 * Works in a session of the superuser whose secret `masterarn` names, in the database of the secret that rotates.
 * @throws InvalidSecretError if there is no `masterarn`; TargetMismatchError, before anything is sent, if the superuser is one of another server.
 */
export async function withSuperuser<TSession extends UserSession, T>(
  access: DatabaseAccess<TSession>,
  context: SetSecretContext<DatabaseSecret>,
  work: (session: TSession) => Promise<T>,
): Promise<T> {
  const { pending } = context;
  const superuser = await context.readSecret(superuserArn(pending), superuserSecret);
  const driver = access.driverFor(pending);
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

/** @throws InvalidSecretError */
export function superuserArn({ masterarn }: DatabaseSecret): string {
  if (masterarn !== undefined) return masterarn;
  throw new InvalidSecretError(
    'The secret has no key masterarn, which names the secret of the superuser: add it to the JSON of the secret (MasterSecretArn of a CloudFormation template grants ' +
      'permission only).',
    ['masterarn is missing'],
  );
}

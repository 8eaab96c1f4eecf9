import { InvalidSecretError, LoginRejectedError, TargetMismatchError } from '../../rotation/errors.js';
import { readThroughLag } from '../../rotation/lag.js';
import type { SetSecretContext } from '../../rotation/rotator.js';
import type { DatabaseDriver, UserSession } from '../driver.js';
import type { DatabaseSecret, SuperuserSecret } from '../secret.js';
import type { DatabaseRotator } from './database-rotator.js';

/**
 * Works in a session of whoever may change other users: the superuser whose secret `masterarn` names, in the database of the secret that rotates; or the administrator, where
 * an AWS API administers the engine. Where the secret that rotates is for a replica, the session is the writer's, and what it changed is waited for at the replica.
 * @throws InvalidSecretError if there is no `masterarn`, or nothing tells where the superuser logs in; TargetMismatchError, before anything is sent, if the superuser is one of
 * another database; AccessDeniedError, AwsCallFailedError where RDS or Redshift has to be asked
 */
export async function withSuperuser<TSession extends UserSession, T>(
  rotator: DatabaseRotator<TSession>,
  context: SetSecretContext<DatabaseSecret>,
  work: (session: TSession) => Promise<T>,
): Promise<T> {
  const { access } = rotator;
  const { pending } = context;
  if (access.driverFor(pending).administer !== undefined) return access.asAdministrator(context, pending, work);
  const { secret, isElsewhere } = await superuserOf(rotator, context);
  const result = await access.withSession(context, 'the superuser (masterarn)', secret, work);
  if (isElsewhere) await becomesVisible(rotator, context);
  return result;
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

interface Superuser {
  /** Of the superuser, at its own host, in the database of the secret that rotates. */
  readonly secret: DatabaseSecret;
  /** Whether the secret that rotates is for another endpoint of the same database. */
  readonly isElsewhere: boolean;
}

/** What a step has found out: its parts ask once. */
const known = new WeakMap<SetSecretContext<DatabaseSecret>, Promise<Superuser>>();

function superuserOf<TSession extends UserSession>(
  rotator: DatabaseRotator<TSession>,
  context: SetSecretContext<DatabaseSecret>,
): Promise<Superuser> {
  const superuser = known.get(context) ?? findSuperuser(rotator, context);
  known.set(context, superuser);
  return superuser;
}

async function findSuperuser<TSession extends UserSession>(
  { access, superuserSecret }: DatabaseRotator<TSession>,
  context: SetSecretContext<DatabaseSecret>,
): Promise<Superuser> {
  const { pending } = context;
  const secretId = superuserArn(pending);
  const superuser = await placed(context, secretId, await context.readSecret(secretId, superuserSecret));
  const driver = access.driverFor(pending);
  const serverOf = ({ host, port = driver.defaultPort }: DatabaseSecret) => ({ host: host.toLowerCase(), port });
  const [own, other] = [serverOf(superuser), serverOf(pending)];
  const isElsewhere = own.host !== other.host;
  const differing = [
    ...(access.driverFor(superuser) === driver ? [] : ['engine']),
    ...(isElsewhere ? ['host'] : []),
    ...(own.port === other.port ? [] : ['port']),
  ];
  const mayBeReplica = isElsewhere && !differing.includes('engine');
  if (differing.length > 0 && !(mayBeReplica && (await isSameDatabase(context, own, other)))) {
    throw new TargetMismatchError(
      `The superuser's secret, named by masterarn, differs from this one in ${differing.join(', ')}. Nothing was sent: a superuser's password goes to its own ` +
        'server only. Correct masterarn, or host and port in either secret. (Endpoints, instances and read replicas of one database in RDS may differ, as RDS tells them.)',
      differing,
    );
  }
  const { dbname, ...atServer } = superuser;
  return { secret: pending.dbname === undefined ? atServer : { ...atServer, dbname: pending.dbname }, isElsewhere };
}

/** A secret that RDS or Redshift manages holds a user name and a password; where it is for, they are asked. */
async function placed(
  context: SetSecretContext<DatabaseSecret>,
  secretId: string,
  { engine, host, ...superuser }: SuperuserSecret,
): Promise<DatabaseSecret> {
  if (engine !== undefined && host !== undefined) return { ...superuser, engine, host };
  // Few functions need it, and the others do not load it.
  const { managedServer } = await import('../managed/managed-server.js');
  return { ...superuser, ...(await managedServer(context, secretId)) };
}

interface Server {
  readonly host: string;
  readonly port: number;
}

async function isSameDatabase(
  context: SetSecretContext<DatabaseSecret>,
  superuser: Server,
  other: Server,
): Promise<boolean> {
  const rds = await import('../managed/same-database.js');
  return rds.areRdsNames(superuser.host, other.host) && rds.isSameDatabase(context, superuser, other);
}

/** Replicas follow the writer with a lag. What stays refused, testSecret reports. */
async function becomesVisible<TSession extends UserSession>(
  { logIn }: DatabaseRotator<TSession>,
  context: SetSecretContext<DatabaseSecret>,
): Promise<void> {
  const { pending, signal, waitFor } = context;
  const look = () =>
    logIn(context, 'AWSPENDING', pending).then(
      () => true,
      (error: unknown) => {
        if (error instanceof LoginRejectedError) return undefined;
        throw error;
      },
    );
  const looking = Promise.resolve().then(() => readThroughLag(look, signal));
  await waitFor(`the change to reach the replica ${pending.host}`, looking);
}

import { InvalidOptionsError, UnsupportedEngineError } from '../rotation/errors.js';
import type { StepContext } from '../rotation/rotator.js';
import { type AuthorityOptions, trustedAuthorities } from './authorities.js';
import { describeConnectionError } from './connection-errors.js';
import type { Connection, DatabaseDriver, UserSession } from './driver.js';
import type { DatabaseSecret } from './secret.js';

const DEFAULT_TIMEOUT_MILLIS = 5_000;
const MIN_TIMEOUT_MILLIS = 100;
const MAX_TIMEOUT_MILLIS = 60_000;

/** How strategies connect to databases. */
export interface ConnectionOptions extends AuthorityOptions {
  /** For each connection, TLS and login included: 100 to 60000 milliseconds, default 5000. There is one attempt for each credential. */
  readonly connectTimeoutMillis?: number;
}

/** One driver, or one for each engine: the secret's `engine` chooses. */
export type Drivers<TSession extends UserSession> = DatabaseDriver<TSession> | readonly DatabaseDriver<TSession>[];

/** The databases that a strategy can reach, one driver for each engine. */
export interface DatabaseAccess<TSession extends UserSession> {
  /** The engine of secrets that name none; undefined where there are several drivers. */
  readonly onlyEngine: string | undefined;
  /** @throws UnsupportedEngineError */
  driverFor(secret: Pick<DatabaseSecret, 'engine'>): DatabaseDriver<TSession>;
  /**
   * Logs in once, does the work and closes the session.
   * @param what Whose login it is, for the message when time runs out: `AWSCURRENT`.
   * @throws LoginRejectedError, AccountLockedError, HostUnreachableError, TlsFailedError, DatabaseNotFoundError, PermissionMissingError
   */
  withSession<T>(
    context: StepContext,
    what: string,
    secret: DatabaseSecret,
    work: (session: TSession) => Promise<T>,
  ): Promise<T>;
  /**
   * The same in a session of whoever administers the engine, for engines that an AWS API administers.
   * @param secret Of a user who is administered.
   */
  asAdministrator<T>(context: StepContext, secret: DatabaseSecret, work: (session: TSession) => Promise<T>): Promise<T>;
}

/** @throws InvalidOptionsError */
export function databaseAccess<TSession extends UserSession>(
  drivers: Drivers<TSession>,
  options: ConnectionOptions,
): DatabaseAccess<TSession> {
  const all: readonly DatabaseDriver<TSession>[] = 'login' in drivers ? [drivers] : drivers;
  const engines = all.flatMap((driver) => driver.engines);
  const [first, second] = all;
  if (first === undefined)
    throw new InvalidOptionsError('drivers', 'is empty: give at least one, postgres() for instance');
  const twice = engines.find((engine, index) => engines.indexOf(engine) !== index);
  if (twice !== undefined) throw new InvalidOptionsError('drivers', `has two drivers for engine ${twice}`);
  const timeoutMillis = validTimeout(options.connectTimeoutMillis);
  const authorities = trustedAuthorities(options);

  function driverFor({ engine }: Pick<DatabaseSecret, 'engine'>): DatabaseDriver<TSession> {
    const driver = all.find((each) => each.engines.includes(engine));
    if (driver) return driver;
    throw new UnsupportedEngineError(
      `The secret's engine is none that this function handles (${engines.join(', ')}). Correct engine in the secret, or add its driver to the function.`,
    );
  }

  async function withSession<T>(
    { signal, waitFor, aws }: StepContext,
    what: string,
    secret: DatabaseSecret,
    work: (session: TSession) => Promise<T>,
    open: (driver: DatabaseDriver<TSession>, connection: Connection) => Promise<TSession> = (driver, connection) =>
      driver.login(secret, connection),
  ): Promise<T> {
    const driver = driverFor(secret);
    const { host, port = driver.defaultPort } = secret;
    const tls =
      secret.ssl === false
        ? false
        : ({ ca: await authorities(), minVersion: 'TLSv1.2', rejectUnauthorized: true } as const);
    try {
      const opening = open(driver, { tls, timeoutMillis, signal, aws });
      await using session = await waitFor(`the login with ${what} at ${host}:${port}`, opening);
      return await waitFor(`${host}:${port} (session of ${what})`, work(session));
    } catch (error) {
      throw describeConnectionError(error, { host, port }, timeoutMillis);
    }
  }

  return {
    onlyEngine: second === undefined ? first.engines[0] : undefined,
    driverFor,
    withSession: (context, what, secret, work) => withSession(context, what, secret, work),
    asAdministrator: (context, secret, work) =>
      withSession(context, 'the administrator', secret, work, async (driver, connection) => {
        if (driver.administer === undefined)
          throw new TypeError(`Nobody administers ${driver.engines[0]} but superusers`);
        return driver.administer(secret, connection);
      }),
  };
}

function validTimeout(millis: number = DEFAULT_TIMEOUT_MILLIS): number {
  if (Number.isInteger(millis) && millis >= MIN_TIMEOUT_MILLIS && millis <= MAX_TIMEOUT_MILLIS) return millis;
  throw new InvalidOptionsError(
    'connectTimeoutMillis',
    `is not a whole number from ${MIN_TIMEOUT_MILLIS} to ${MAX_TIMEOUT_MILLIS}`,
  );
}

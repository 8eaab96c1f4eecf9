import { InvalidOptionsError } from '../../rotation/errors.js';
import type { PasswordPolicy } from '../../rotation/password.js';
import type { Rotator, SecretSchema, StepContext } from '../../rotation/rotator.js';
import { type ConnectionOptions, type DatabaseAccess, type Drivers, databaseAccess } from '../database-access.js';
import type { DatabaseDriver, UserSession } from '../driver.js';
import {
  type DatabaseSecret,
  databaseSecretOf,
  type SecretKeys,
  type SuperuserSecret,
  superuserSecretOf,
} from '../secret.js';

/** What all strategies for databases take. */
export interface DatabaseOptions extends ConnectionOptions {
  /** What the secret calls its keys, where that is not what AWS calls them for databases: `{ username: 'user' }`. */
  readonly keys?: SecretKeys;
}

/** A driver and the versions of a secret that it has to do with, as strategies share them. */
export interface DatabaseRotator<TSession extends UserSession> {
  readonly access: DatabaseAccess<TSession>;
  readonly superuserSecret: SecretSchema<SuperuserSecret>;
  /** The same in every strategy. */
  readonly members: Pick<Rotator<DatabaseSecret>, 'secret' | 'publicFields' | 'passwordPolicy' | 'testSecret'>;
  /** Changes under the names that the secret has for them. */
  renamed(changes: Partial<DatabaseSecret>): Partial<DatabaseSecret>;
  /** Logs in and looks whether the session works. @throws as DatabaseAccess.withSession */
  logIn(context: StepContext, label: string, secret: DatabaseSecret): Promise<void>;
}

/** What may be shown: everything that helps to find a fault, and opens nothing. */
const PUBLIC_FIELDS = ['engine', 'host', 'port', 'dbname', 'username', 'masterarn', 'ssl'] as const;

/** AWS's functions leave out the characters that break connection URLs and shell commands. */
const PASSWORDS: PasswordPolicy = { length: 32, excludeCharacters: '/@"\'\\:' };

/** @throws InvalidOptionsError */
export function databaseRotator<TSession extends UserSession>(
  drivers: Drivers<TSession>,
  options: DatabaseOptions,
): DatabaseRotator<TSession> {
  const { keys = {} } = options;
  checkKeys(keys);
  const access = databaseAccess(drivers, options);
  const logIn: DatabaseRotator<TSession>['logIn'] = (context, label, secret) =>
    access.withSession(context, label, secret, (session) => session.ping());
  // The stored secret has its own names for these, and the parsed one AWS's.
  const publicFields = [...PUBLIC_FIELDS, ...PUBLIC_FIELDS.flatMap((field) => keys[field] ?? [])];
  return {
    access,
    superuserSecret: superuserSecretOf(keys),
    members: {
      secret: databaseSecretOf(keys, access.onlyEngine),
      publicFields: publicFields as (keyof DatabaseSecret)[],
      passwordPolicy: PASSWORDS,
      testSecret: (context) => logIn(context, 'AWSPENDING', context.pending),
    },
    renamed: (changes) =>
      Object.fromEntries(
        Object.entries(changes).map(([field, value]) => [keys[field as keyof DatabaseSecret] ?? field, value]),
      ),
    logIn,
  };
}

/** Which database of which server a secret opens, and whether over TLS; a rotation never changes that, nor falls back to plain because an older version says so. */
export function databaseTarget({ host, port, dbname, ssl = true }: DatabaseSecret, driver: DatabaseDriver) {
  return {
    engine: driver.engines[0],
    host: host.toLowerCase(),
    port: port ?? driver.defaultPort,
    dbname,
    ssl: String(ssl),
  };
}

function checkKeys(keys: SecretKeys): void {
  const names = Object.values(keys);
  if (names.some((name) => typeof name !== 'string' || name === ''))
    throw new InvalidOptionsError('keys', 'has a name that is no text');
  const unknown = Object.keys(keys).find(
    (field) => field !== 'password' && !PUBLIC_FIELDS.some((each) => each === field),
  );
  if (unknown !== undefined) throw new InvalidOptionsError('keys', `names ${unknown}, which no database secret has`);
  const all = [...PUBLIC_FIELDS, 'password' as const].map((field) => keys[field] ?? field);
  const twice = all.find((name, index) => all.indexOf(name) !== index);
  if (twice !== undefined) throw new InvalidOptionsError('keys', `uses ${twice} for two things`);
}

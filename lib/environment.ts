import { type ChooseRole, roleInSecretAccount } from './aws/assume-role.js';
import type { CloningOptions, DatabaseOptions, PairOptions, RecoveryOptions } from './databases/index.js';
import type { RotationOptions } from './handler.js';
import { InvalidOptionsError } from './rotation/errors.js';

/** Options from variables, for each place that takes some. */
export interface EnvironmentOptions {
  /** Of every strategy for databases. */
  readonly database: DatabaseOptions;
  /** Of `singleUser` and `superuserSets`. */
  readonly recovery: RecoveryOptions;
  /** Of `alternatingUsers`. */
  readonly cloning: Pick<CloningOptions, 'cloneName'>;
  /** Of `alternatingUsers` without cloning. @throws InvalidOptionsError when it is read, and the variable does not hold two names */
  readonly pair: Pick<PairOptions, 'usernames'>;
  /** Of strategies for directories whose secrets AWS Directory Service and its users call so: seamless domain join among them. */
  readonly directory: Required<Pick<DatabaseOptions, 'keys'>>;
  /** Of `createRotationHandler`, which reads the password policy by itself. */
  readonly rotation: RotationOptions;
}

/**
 * What the prebuilt rotators read from their environment; an empty variable is none.
 *
 * | Variable | |
 * |---|---|
 * | `DATABASE_CA_FILE` | PEM file of the authorities to trust, instead of Node's and Amazon RDS's |
 * | `DATABASE_RECOVERY` | `superuser`: `recover: 'superuser'` |
 * | `CLONE_NAME` | `cloneName` |
 * | `USERNAMES` | `usernames`, as a JSON array: `["app_a", "app_b"]` |
 * | `DICT_KEY_DIRECTORY` (default `awsSeamlessDomainDirectoryId`), `DICT_KEY_USERNAME` (`awsSeamlessDomainUsername`), `DICT_KEY_PASSWORD` (`awsSeamlessDomainPassword`) | what secrets of managed directories call their keys, as in AWS's function |
 * | `ROTATION_ROLE_NAME` (default `SecretRotation`), `ROTATION_EXTERNAL_ID` | the role to assume for secrets of other accounts |
 * | `ROTATION_ACCESS` | `direct`: assume none, where the secrets' own policies admit the function |
 *
 * @throws InvalidOptionsError
 */
export function environmentOptions(environment: Readonly<Record<string, string | undefined>>): EnvironmentOptions {
  const {
    DATABASE_CA_FILE: caFile,
    CLONE_NAME: cloneName,
    USERNAMES: usernames = '',
    DICT_KEY_DIRECTORY: host,
    DICT_KEY_USERNAME: username,
    DICT_KEY_PASSWORD: password,
    ROTATION_ROLE_NAME: roleName,
    ROTATION_EXTERNAL_ID: externalId,
  } = environment;
  const recovers = oneOf(environment, 'DATABASE_RECOVERY', 'superuser');
  const direct = oneOf(environment, 'ROTATION_ACCESS', 'direct');
  const assumeRole: ChooseRole = roleInSecretAccount(roleName || 'SecretRotation', {
    ...(externalId && { externalId }),
  });
  return {
    database: { ...(caFile && { caFile }) },
    recovery: { ...(recovers && { recover: 'superuser' }) },
    cloning: { ...(cloneName && { cloneName }) },
    get pair() {
      return { usernames: twoNames(usernames) };
    },
    directory: {
      keys: {
        host: host || 'awsSeamlessDomainDirectoryId',
        username: username || 'awsSeamlessDomainUsername',
        password: password || 'awsSeamlessDomainPassword',
      },
    },
    rotation: { ...(!direct && { assumeRole }) },
  };
}

/** A mistyped value would otherwise be a function that does less than was asked for. */
function oneOf(environment: Readonly<Record<string, string | undefined>>, variable: string, value: string): boolean {
  const found = environment[variable] ?? '';
  if (found === '' || found === value) return found === value;
  throw new InvalidOptionsError(variable, `must be ${value}, or not be set`);
}

/** JSON, since a name may hold any separator: that of a directory's user has commas. */
function twoNames(json: string): readonly [string, string] {
  let names: unknown;
  try {
    names = JSON.parse(json);
  } catch {
    names = undefined;
  }
  const [first, second, ...more]: unknown[] = Array.isArray(names) ? names : [];
  if (typeof first === 'string' && typeof second === 'string' && more.length === 0) return [first, second];
  throw new InvalidOptionsError('USERNAMES', 'must be a JSON array of two names');
}

import { type ChooseRole, roleInSecretAccount } from './aws/assume-role.js';
import type { CloningOptions, DatabaseOptions, RecoveryOptions } from './databases/index.js';
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
 * | `ROTATION_ROLE_NAME` (default `SecretRotation`), `ROTATION_EXTERNAL_ID` | the role to assume for secrets of other accounts |
 * | `ROTATION_ACCESS` | `direct`: assume none, where the secrets' own policies admit the function |
 *
 * @throws InvalidOptionsError
 */
export function environmentOptions(environment: Readonly<Record<string, string | undefined>>): EnvironmentOptions {
  const {
    DATABASE_CA_FILE: caFile,
    CLONE_NAME: cloneName,
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
    rotation: { ...(!direct && { assumeRole }) },
  };
}

/** A mistyped value would otherwise be a function that does less than was asked for. */
function oneOf(environment: Readonly<Record<string, string | undefined>>, variable: string, value: string): boolean {
  const found = environment[variable] ?? '';
  if (found === '' || found === value) return found === value;
  throw new InvalidOptionsError(variable, `must be ${value}, or not be set`);
}

/** Calls a rotator's methods as the handler does, with secrets that are kept in memory. */
import type { DatabaseSecret } from '../../../lib/databases/secret.js';
import { LoginRejectedError, SecretNotFoundError } from '../../../lib/rotation/errors.js';
import { completePolicy, generatePassword } from '../../../lib/rotation/password.js';
import type { Rotator, SecretSchema, SecretValue, SetSecretContext } from '../../../lib/rotation/rotator.js';
import { readValue } from '../../../lib/rotation/secret-value.js';
import { assertSameTarget } from '../../../lib/rotation/target.js';

export interface Versions {
  readonly current: DatabaseSecret;
  readonly pending: DatabaseSecret;
  readonly previous?: DatabaseSecret;
}

export interface OtherSecrets {
  /** Stored JSON by secret id. */
  readonly [secretId: string]: object;
}

export function setSecretContext(
  rotator: Rotator<DatabaseSecret>,
  { current, pending, previous }: Versions,
  others: OtherSecrets = {},
  signal: AbortSignal = new AbortController().signal,
): SetSecretContext<DatabaseSecret> {
  return {
    secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:app-AbCdEf',
    versionId: '11111111-2222-4333-8444-555555555555',
    signal,
    log: { info() {}, warn() {}, error() {} },
    waitFor: async (_what, work) => work,
    current,
    pending,
    async previous() {
      if (previous) assertSameTarget(rotator, current, previous, 'AWSPREVIOUS');
      return previous;
    },
    async readSecret<T extends SecretValue>(secretId: string, schema: SecretSchema<T>): Promise<T> {
      const stored = others[secretId];
      if (!stored) throw new SecretNotFoundError(`There is no secret ${secretId}.`);
      return readValue(secretId, JSON.stringify(stored), schema);
    },
    readTags: async () => new Map(),
    aws: () => Promise.reject(new Error('AWS is not there')),
  };
}

export async function createPending(
  rotator: Rotator<DatabaseSecret>,
  current: DatabaseSecret,
): Promise<DatabaseSecret> {
  const context = setSecretContext(rotator, { current, pending: current });
  const changes = await rotator.createSecret({
    ...context,
    generatePassword: async (policy) => generatePassword(completePolicy(rotator.passwordPolicy, policy)),
  });
  return { ...current, ...changes };
}

/** Step setSecret: guarded by testSecret, as the handler does it. */
export async function runSetSecret(
  rotator: Rotator<DatabaseSecret>,
  versions: Versions,
  others?: OtherSecrets,
): Promise<void> {
  const context = setSecretContext(rotator, versions, others);
  if (!(await logsIn(rotator, versions.pending))) await rotator.setSecret?.(context);
  await rotator.afterSetSecret?.(context);
}

/** A whole rotation. @returns the new AWSCURRENT */
export async function rotate(
  rotator: Rotator<DatabaseSecret>,
  current: DatabaseSecret,
  others?: OtherSecrets,
): Promise<DatabaseSecret> {
  const pending = await createPending(rotator, current);
  await runSetSecret(rotator, { current, pending }, others);
  await rotator.testSecret(setSecretContext(rotator, { current, pending }));
  return pending;
}

/** Whether testSecret accepts the value; anything but a refused login is an error. */
export async function logsIn(rotator: Rotator<DatabaseSecret>, secret: DatabaseSecret): Promise<boolean> {
  try {
    await rotator.testSecret(setSecretContext(rotator, { current: secret, pending: secret }));
    return true;
  } catch (error) {
    if (error instanceof LoginRejectedError) return false;
    throw error;
  }
}

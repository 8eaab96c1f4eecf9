import type { Deadline } from './deadline.js';
import type { RotationEvent } from './event.js';
import type { RotationLog } from './log.js';
import type { PasswordPolicy } from './password.js';
import type { Redactor } from './redact.js';
import type { MaybePromise, Rotator, SecretSchema, SecretValue, StepContext } from './rotator.js';
import type { SecretStore } from './secret-store.js';
import { readValue, type StoredValue } from './secret-value.js';

/** Everything that one invocation works with. */
export interface Invocation<T extends SecretValue> {
  readonly event: RotationEvent;
  readonly rotator: Rotator<T>;
  readonly store: SecretStore;
  readonly deadline: Deadline;
  readonly redactor: Redactor;
  readonly log: RotationLog;
  readonly aws: StepContext['aws'];
  generatePassword(policy?: PasswordPolicy): Promise<string>;
}

export function stepContext<T extends SecretValue>({ event, deadline, log, aws }: Invocation<T>): StepContext {
  return {
    secretArn: event.SecretId,
    versionId: event.ClientRequestToken,
    signal: deadline.signal,
    log,
    waitFor: deadline.waitFor,
    aws,
  };
}

export function rotatorWork<T extends SecretValue, R>(
  { deadline }: Invocation<T>,
  method: string,
  work: () => MaybePromise<R>,
): Promise<R> {
  // Begun after the wait, so that waits inside of the work are the later ones and name what really hangs.
  return deadline.waitFor(`the rotator's ${method}`, Promise.resolve().then(work));
}

export async function parse<T extends SecretValue>(
  invocation: Invocation<T>,
  label: string,
  stored: StoredValue,
): Promise<T> {
  return protectAndRead(invocation, label, stored, invocation.rotator.secret);
}

/** Protects the stored value before anything else touches it, its unknown keys included, and then the parsed one. */
export async function protectAndRead<T extends SecretValue, U extends SecretValue>(
  { redactor, rotator }: Invocation<T>,
  label: string,
  stored: StoredValue,
  schema: SecretSchema<U>,
): Promise<U> {
  redactor.protect(looselyParsed(stored), rotator.publicFields);
  const value = await readValue(label, stored, schema);
  redactor.protect(value, rotator.publicFields);
  return value;
}

/** The object in the text if there is one; otherwise the text itself is the secret. */
function looselyParsed(stored: StoredValue): unknown {
  if (typeof stored !== 'string') return stored;
  try {
    const parsed: unknown = JSON.parse(stored);
    return typeof parsed === 'object' && parsed !== null ? parsed : stored;
  } catch {
    return stored;
  }
}

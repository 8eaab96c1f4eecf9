import type { Deadline } from './deadline.js';
import {
  AccessDeniedError,
  NoCurrentValueError,
  RotationError,
  SecretsManagerFailedError,
  TargetMismatchError,
} from './errors.js';
import type { RotationEvent } from './event.js';
import { readThroughLag } from './lag.js';
import type { RotationLog } from './log.js';
import type { PasswordPolicy } from './password.js';
import { noPendingValue, preflight } from './preflight.js';
import type { Redactor } from './redact.js';
import type {
  MaybePromise,
  Rotator,
  SecretChanges,
  SecretSchema,
  SecretValue,
  SetSecretContext,
  StepContext,
  TestSecretContext,
} from './rotator.js';
import type { SecretStore, StagingLabel, StoredVersion } from './secret-store.js';
import { applyChanges, readValue, type StoredValue } from './secret-value.js';
import { assertSameTarget, opensTheSame } from './target.js';

/** Everything that one invocation works with. */
export interface Invocation<T extends SecretValue> {
  readonly event: RotationEvent;
  readonly rotator: Rotator<T>;
  readonly store: SecretStore;
  readonly deadline: Deadline;
  readonly redactor: Redactor;
  readonly log: RotationLog;
  generatePassword(policy?: PasswordPolicy): Promise<string>;
}

/** How a step ended: it did its work, or there was nothing left to do. */
export type StepOutcome = 'done' | 'already AWSCURRENT' | 'value kept' | 'nothing to do';

/** Runs one step. Any step may run twice, at any point. */
export function runStep<T extends SecretValue>(invocation: Invocation<T>): Promise<StepOutcome> {
  return STEPS[invocation.event.Step](invocation);
}

const STEPS = { createSecret, setSecret, testSecret, finishSecret };

// ---- createSecret ------------------------------------------------------------------------------------------------------

async function createSecret<T extends SecretValue>(invocation: Invocation<T>): Promise<StepOutcome> {
  const { rotator, store } = invocation;
  // A rotator that makes something outside must not be called twice for one version. For the others PutSecretValue itself keeps the first value, which saves a
  // call in every rotation.
  const looksFirst = rotator.discardSecret !== undefined;
  const [description, currentRead, pendingRead] = await Promise.allSettled([
    store.describe(),
    store.readLabel('AWSCURRENT'),
    looksFirst ? store.readPending() : undefined,
  ]);
  if (preflight(unwrap(description), invocation.event.ClientRequestToken) === 'done') return 'already AWSCURRENT';
  const stored = requireCurrent(unwrap(currentRead));
  const pending = unwrap(pendingRead);
  if (typeof pending === 'object') return 'value kept';

  const current = await parse(invocation, 'AWSCURRENT', stored.value);
  const context = {
    ...stepContext(invocation),
    current,
    previous: previousReader(invocation, current),
    generatePassword: (policy?: PasswordPolicy) => invocation.generatePassword(policy),
  };
  const changes: SecretChanges<T> = await rotatorWork(invocation, 'createSecret', () => rotator.createSecret(context));
  invocation.redactor.protect(changes, rotator.publicFields);
  let sent = false;
  let result: 'stored' | 'kept';
  try {
    const value = await applyChanges<T>(stored.value, changes, rotator.secret);
    sent = true;
    result = await store.putPending(value);
  } catch (error) {
    if (looksFirst) await discardUnlessStored(invocation, current, changes, sent);
    throw error;
  }
  if (result === 'stored') return 'done';
  if (looksFirst) await discard(invocation, current, changes);
  return 'value kept';
}

/**
 * After a failure: the target already has what could not be stored, and without this it would be orphaned there. But an answer may be lost after the value was stored; to
 * discard then would leave a version that can never work, which is worse than an orphan. So where the value was sent and nobody can tell, all stays as it is.
 */
async function discardUnlessStored<T extends SecretValue>(
  invocation: Invocation<T>,
  current: T,
  changes: SecretChanges<T>,
  sent: boolean,
): Promise<void> {
  const { log } = invocation;
  try {
    // The next run keeps a value that is there.
    if (sent && (await becomesVisible(invocation)) !== undefined) return;
  } catch (error) {
    log.error('It is not known whether the value was stored, so discardSecret did not run', { error });
    return;
  }
  try {
    await discard(invocation, current, changes);
  } catch (error) {
    log.error('discardSecret failed; what createSecret made outside is still there', { error });
  }
}

async function discard<T extends SecretValue>(invocation: Invocation<T>, current: T, changes: unknown): Promise<void> {
  const whole = typeof changes === 'object' && !(changes instanceof Uint8Array) && typeof current === 'object';
  const discarded = (whole ? { ...current, ...changes } : changes) as T;
  const context = { ...stepContext(invocation), current, discarded };
  await rotatorWork(invocation, 'discardSecret', () => invocation.rotator.discardSecret?.(context));
}

// ---- setSecret ---------------------------------------------------------------------------------------------------------

async function setSecret<T extends SecretValue>(invocation: Invocation<T>): Promise<StepOutcome> {
  const { rotator } = invocation;
  if (rotator.setSecret === undefined && rotator.afterSetSecret === undefined) return 'nothing to do';
  const context = await setSecretContext(invocation);
  if (context === undefined) return 'already AWSCURRENT';
  const isSet = rotator.setSecret === undefined || (await accepted(invocation, context));
  const worked = isSet ? context : await withWhatTheTargetHas(invocation, context, 'setSecret');
  await withWhatTheTargetHas(invocation, worked, 'afterSetSecret');
  return 'done';
}

/**
 * Does one of the two with AWSCURRENT or, where that is refused, with the value of a version that lost its label.
 * @returns the context that it was done with
 */
async function withWhatTheTargetHas<T extends SecretValue>(
  invocation: Invocation<T>,
  context: SetSecretContext<T>,
  method: 'setSecret' | 'afterSetSecret',
): Promise<SetSecretContext<T>> {
  const { rotator, log } = invocation;
  const work = (given: SetSecretContext<T>) => rotatorWork(invocation, method, () => rotator[method]?.(given));
  try {
    await work(context);
    return context;
  } catch (error) {
    if (!isRefusal(invocation, error)) throw error;
    const lost = await lostValue(invocation, context);
    if (lost === undefined) throw error;
    log.warn('The target has the value of a version without a label: its rotation was cut off. Going on from that one');
    const instead = { ...context, current: lost };
    // Of alternating users, it may be the value of the one whose turn it is.
    await work(instead).catch((second: unknown) => {
      throw second instanceof TargetMismatchError ? error : second;
    });
    return instead;
  }
}

/** Whether the pending value works already, because an earlier run of this step got that far. */
async function accepted<T extends SecretValue>(
  invocation: Invocation<T>,
  context: TestSecretContext<T>,
): Promise<boolean> {
  try {
    await rotatorWork(invocation, 'testSecret', () => invocation.rotator.testSecret(context));
    return true;
  } catch (error) {
    if (!isRefusal(invocation, error)) throw error;
    return false;
  }
}

/** "Refused" and "could not ask" are different things: only the first calls for another value. */
function isRefusal<T extends SecretValue>({ deadline }: Invocation<T>, error: unknown): boolean {
  const refused = !(error instanceof RotationError) || error.code === 'LoginRejected' || error.code === 'StepFailed';
  return refused && !deadline.signal.aborted;
}

/** Each is a login that may be refused, and some servers lock out who is refused a few times. */
const MOST_LOST_VALUES = 3;

/**
 * The value that the target has, when it is neither AWSPENDING nor AWSCURRENT: an earlier rotation set it, and then its version lost AWSPENDING, because somebody took
 * the label away or wrote a new AWSCURRENT. Secrets Manager removes no version within its first 24 hours.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
 */
async function lostValue<T extends SecretValue>(
  invocation: Invocation<T>,
  context: SetSecretContext<T>,
): Promise<T | undefined> {
  const { store, log } = invocation;
  let versionIds: readonly string[];
  try {
    versionIds = await store.listUnlabelled();
  } catch (error) {
    if (!(error instanceof AccessDeniedError)) throw error;
    log.warn('Versions without a label were not tried, because they may not be listed', { error });
    return undefined;
  }
  for (const versionId of versionIds.slice(0, MOST_LOST_VALUES)) {
    const stored = await store.readVersion(versionId);
    if (stored === undefined) continue;
    const value = await fitting(invocation, context, stored);
    if (value !== undefined && (await accepted(invocation, { ...stepContext(invocation), pending: value }))) {
      return value;
    }
  }
  return undefined;
}

/** @returns undefined if the version is of another shape, or opens something else: nothing of it may be sent then. */
async function fitting<T extends SecretValue>(
  invocation: Invocation<T>,
  context: SetSecretContext<T>,
  { versionId, value }: StoredVersion,
): Promise<T | undefined> {
  try {
    const parsed = await parse(invocation, `version ${versionId}`, value);
    return opensTheSame(invocation.rotator, context, parsed) ? parsed : undefined;
  } catch (error) {
    if (error instanceof RotationError) return undefined;
    throw error;
  }
}

// ---- testSecret --------------------------------------------------------------------------------------------------------

async function testSecret<T extends SecretValue>(invocation: Invocation<T>): Promise<StepOutcome> {
  const stored = await readPending(invocation);
  if (stored === undefined) return 'already AWSCURRENT';
  const pending = await parse(invocation, 'AWSPENDING', stored.value);
  await rotatorWork(invocation, 'testSecret', () =>
    invocation.rotator.testSecret({ ...stepContext(invocation), pending }),
  );
  return 'done';
}

// ---- finishSecret ------------------------------------------------------------------------------------------------------

async function finishSecret<T extends SecretValue>(invocation: Invocation<T>): Promise<StepOutcome> {
  const { rotator, store, event } = invocation;
  const [descriptionRead, contextRead] = await Promise.allSettled([
    store.describe(),
    rotator.finishSecret === undefined ? undefined : setSecretContext(invocation),
  ]);
  const description = unwrap(descriptionRead);
  if (preflight(description, event.ClientRequestToken) === 'done') return 'already AWSCURRENT';
  const context = unwrap(contextRead);
  if (context !== undefined) await rotatorWork(invocation, 'finishSecret', () => rotator.finishSecret?.(context));

  // AWSPENDING stays where it is: both labels on one version is what Secrets Manager takes as success, and detaching AWSPENDING first would look like an
  // unfinished rotation if the run were cut off between the two calls.
  if ((await store.moveCurrent(holder(description.versions, 'AWSCURRENT'))) === 'moved') return 'done';
  // Either the answer to an earlier move was lost, or somebody else moved AWSCURRENT meanwhile. Look before judging, and look
  // again: that earlier move may not be visible yet.
  if (await becomesCurrent(invocation)) return 'done';
  throw new SecretsManagerFailedError(
    'InvalidParameterException',
    'AWSCURRENT moved to another version while finishSecret ran, so it was left there: something else writes this secret during its rotation. ' +
      'Make sure that only the rotation does, then call RotateSecret.',
  );
}

async function becomesCurrent<T extends SecretValue>({ store, event, deadline }: Invocation<T>): Promise<boolean> {
  const look = async () => preflight(await store.describe(), event.ClientRequestToken) === 'done' || undefined;
  if (await look()) return true;
  const looking = Promise.resolve().then(() => readThroughLag(look, deadline.signal));
  return (await deadline.waitFor('AWSCURRENT to become visible on the new version', looking)) ?? false;
}

function holder(versions: ReadonlyMap<string, readonly string[]>, label: StagingLabel): string | undefined {
  for (const [versionId, labels] of versions) if (labels.includes(label)) return versionId;
  return undefined;
}

// ---- What the steps share ------------------------------------------------------------------------------------------------

function stepContext<T extends SecretValue>({ event, deadline, log }: Invocation<T>): StepContext {
  return {
    secretArn: event.SecretId,
    versionId: event.ClientRequestToken,
    signal: deadline.signal,
    log,
    waitFor: deadline.waitFor,
  };
}

/** @returns undefined if the version is AWSCURRENT already. */
async function setSecretContext<T extends SecretValue>(
  invocation: Invocation<T>,
): Promise<SetSecretContext<T> | undefined> {
  const { store, rotator } = invocation;
  const [pendingRead, currentRead] = await Promise.allSettled([readPending(invocation), store.readLabel('AWSCURRENT')]);
  const storedPending = unwrap(pendingRead);
  if (storedPending === undefined) return undefined;
  const storedCurrent = requireCurrent(unwrap(currentRead));
  if (storedCurrent.versionId === storedPending.versionId) return undefined;
  const current = await parse(invocation, 'AWSCURRENT', storedCurrent.value);
  const pending = await parse(invocation, 'AWSPENDING', storedPending.value);
  assertSameTarget(rotator, current, pending, 'AWSPENDING');
  return {
    ...stepContext(invocation),
    current,
    pending,
    previous: previousReader(invocation, current),
    readSecret: secretReader(invocation),
  };
}

/**
 * The AWSPENDING value. GetSecretValue with version id and label proves the staging, so DescribeSecret is asked only when that fails, to say why.
 * @returns undefined if the version is AWSCURRENT already.
 */
async function readPending<T extends SecretValue>(invocation: Invocation<T>): Promise<StoredVersion | undefined> {
  const { store, event } = invocation;
  const first = await store.readPending();
  if (typeof first === 'object') return unlessCurrent(first);
  if (preflight(await store.describe(), event.ClientRequestToken) === 'done') return undefined;
  // It is staged, so its value is only not visible yet, or createSecret has not stored one.
  const found = await becomesVisible(invocation);
  if (found !== undefined) return unlessCurrent(found);
  throw noPendingValue(event.ClientRequestToken);
}

/** The AWSPENDING value, waited for as long as it may take a write to show. */
function becomesVisible<T extends SecretValue>({ store, deadline }: Invocation<T>): Promise<StoredVersion | undefined> {
  const read = () => store.readPending().then((version) => (typeof version === 'object' ? version : undefined));
  const reading = Promise.resolve().then(() => readThroughLag(read, deadline.signal));
  return deadline.waitFor('the AWSPENDING value to become visible', reading);
}

function unlessCurrent(version: StoredVersion): StoredVersion | undefined {
  return version.labels.includes('AWSCURRENT') ? undefined : version;
}

async function parse<T extends SecretValue>(invocation: Invocation<T>, label: string, stored: StoredValue): Promise<T> {
  return protectAndRead(invocation, label, stored, invocation.rotator.secret);
}

/** Protects the stored value before anything else touches it, its unknown keys included, and then the parsed one. */
async function protectAndRead<T extends SecretValue, U extends SecretValue>(
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

function previousReader<T extends SecretValue>(invocation: Invocation<T>, current: T): () => Promise<T | undefined> {
  let reading: Promise<T | undefined> | undefined;
  async function read(): Promise<T | undefined> {
    const stored = await invocation.store.readLabel('AWSPREVIOUS');
    if (stored === undefined) return undefined;
    const previous = await parse(invocation, 'AWSPREVIOUS', stored.value);
    assertSameTarget(invocation.rotator, current, previous, 'AWSPREVIOUS');
    return previous;
  }
  return () => {
    reading ??= read();
    return reading;
  };
}

function secretReader<T extends SecretValue>(invocation: Invocation<T>): SetSecretContext<T>['readSecret'] {
  const reads = new Map<string, Promise<StoredVersion>>();
  return async (secretId, schema) => {
    const reading = reads.get(secretId) ?? invocation.store.readOther(secretId);
    reads.set(secretId, reading);
    return protectAndRead(invocation, `AWSCURRENT of ${secretId}`, (await reading).value, schema);
  };
}

function rotatorWork<T extends SecretValue, R>(
  { deadline }: Invocation<T>,
  method: string,
  work: () => MaybePromise<R>,
): Promise<R> {
  // Begun after the wait, so that waits inside of the work are the later ones and name what really hangs.
  return deadline.waitFor(`the rotator's ${method}`, Promise.resolve().then(work));
}

function requireCurrent(stored: StoredVersion | undefined): StoredVersion {
  if (stored !== undefined) return stored;
  throw new NoCurrentValueError(
    'The secret has no AWSCURRENT value to rotate from. Store a first value (PutSecretValue), then call RotateSecret; in infrastructure code, enable rotation after the value is there.',
  );
}

function unwrap<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}

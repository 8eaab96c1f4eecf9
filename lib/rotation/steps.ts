import { accepted, isRefusal } from './acceptance.js';
import {
  NoCurrentValueError,
  RotationDisabledError,
  SecretsManagerFailedError,
  VersionNotStagedError,
} from './errors.js';
import { type Invocation, parse, protectAndRead, rotatorWork, stepContext } from './invocation.js';
import { readThroughLag } from './lag.js';
import { lostValue } from './lost-value.js';
import type { PasswordPolicy } from './password.js';
import { noPendingValue, preflight } from './preflight.js';
import type { SecretChanges, SecretValue, SetSecretContext } from './rotator.js';
import type { SecretDescription, StagingLabel, StoredVersion } from './secret-store.js';
import { applyChanges } from './secret-value.js';
import { assertSameTarget } from './target.js';

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
  if ((await firstPreflight(invocation, unwrap(description))) === 'done') return 'already AWSCURRENT';
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
 * createSecret comes milliseconds after RotateSecret wrote, which may not be visible yet. To fail then would report a failed rotation and alarm people over nothing; to
 * report three seconds later what really is disabled harms nobody.
 */
async function firstPreflight<T extends SecretValue>(
  { store, event, deadline }: Invocation<T>,
  description: SecretDescription,
): Promise<'go on' | 'done'> {
  let notYet: unknown;
  const judge = (described: SecretDescription) => {
    try {
      return preflight(described, event.ClientRequestToken);
    } catch (error) {
      if (!(error instanceof RotationDisabledError || error instanceof VersionNotStagedError)) throw error;
      notYet = error;
      return undefined;
    }
  };
  const first = judge(description);
  if (first !== undefined) return first;
  const looking = Promise.resolve().then(() =>
    readThroughLag(async () => judge(await store.describe()), deadline.signal),
  );
  const later = await deadline.waitFor('RotateSecret to become visible', looking);
  if (later === undefined) throw notYet;
  return later;
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
  const { rotator, log } = invocation;
  if (rotator.setSecret === undefined && rotator.afterSetSecret === undefined) return 'nothing to do';
  const context = await setSecretContext(invocation);
  if (context === undefined) return 'already AWSCURRENT';
  try {
    await setPending(invocation, context);
  } catch (error) {
    if (!isRefusal(invocation, error)) throw error;
    const lost = await lostValue(invocation, context);
    if (lost === undefined) throw error;
    log.warn('The target has the value of a version without a label: its rotation was cut off. Going on from that one');
    await setPending(invocation, { ...context, current: lost });
  }
  return 'done';
}

async function setPending<T extends SecretValue>(
  invocation: Invocation<T>,
  context: SetSecretContext<T>,
): Promise<void> {
  const { rotator } = invocation;
  // An earlier run of this step may have got that far.
  if (rotator.setSecret !== undefined && !(await accepted(invocation, context.pending))) {
    await rotatorWork(invocation, 'setSecret', () => rotator.setSecret?.(context));
  }
  await rotatorWork(invocation, 'afterSetSecret', () => rotator.afterSetSecret?.(context));
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
    readTags: (secretId) => store.readTags(secretId),
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

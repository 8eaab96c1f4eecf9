import { isDeepStrictEqual } from 'node:util';
import { accepted } from './acceptance.js';
import { AccessDeniedError, InvalidSecretError, SecretsManagerFailedError } from './errors.js';
import { type Invocation, parse } from './invocation.js';
import type { SecretValue, SetSecretContext } from './rotator.js';
import { mayStandIn } from './target.js';

/** Each is a login that may be refused, and some servers lock out who is refused a few times. */
const MOST_TRIED = 3;

/**
 * The value that the target has when it refuses AWSCURRENT: an earlier rotation set it, and then its version lost AWSPENDING, because somebody took the label away or
 * wrote a new AWSCURRENT. Secrets Manager removes no version within its first 24 hours.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
 */
export async function lostValue<T extends SecretValue>(
  invocation: Invocation<T>,
  context: SetSecretContext<T>,
): Promise<T | undefined> {
  const candidates = await unlabelledValues(invocation, context);
  // What was refused may have been something else, the superuser's login for instance: as long as AWSCURRENT works, nothing takes its place.
  if (candidates.length === 0 || (await accepted(invocation, context.current))) return undefined;
  for (const value of candidates) if (await accepted(invocation, value)) return value;
  invocation.log.warn('The target refuses AWSCURRENT, and the newest versions without a label as well', {
    versionsTried: candidates.length,
  });
  return undefined;
}

/** Those that may stand in for AWSCURRENT: newest first, each once, and none that was refused already. */
async function unlabelledValues<T extends SecretValue>(
  invocation: Invocation<T>,
  context: SetSecretContext<T>,
): Promise<readonly T[]> {
  const { store } = invocation;
  const values: T[] = [];
  for (const versionId of (await unlessDenied(invocation, () => store.listUnlabelled())) ?? []) {
    if (values.length === MOST_TRIED) break;
    const value = await unlessDenied(invocation, () => readVersion(invocation, versionId));
    if (value === undefined || !mayStandIn(invocation.rotator, context, value)) continue;
    const known = [context.current, context.pending, ...values];
    if (!known.some((other) => isDeepStrictEqual(other, value))) values.push(value);
  }
  return values;
}

/** @returns undefined if the version is gone, or is of another shape. */
async function readVersion<T extends SecretValue>(
  invocation: Invocation<T>,
  versionId: string,
): Promise<T | undefined> {
  const stored = await invocation.store.readVersion(versionId);
  if (stored === undefined) return undefined;
  try {
    return await parse(invocation, `version ${versionId}`, stored.value);
  } catch (error) {
    if (error instanceof InvalidSecretError) return undefined;
    throw error;
  }
}

/** What Secrets Manager (or KMS behind it) does not give is left out. The log says why, and the rotation fails with what the target said first. */
async function unlessDenied<T extends SecretValue, R>(
  { log }: Invocation<T>,
  read: () => Promise<R>,
): Promise<R | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof AccessDeniedError || error instanceof SecretsManagerFailedError)) throw error;
    log.warn('The target may have the value of a version without a label, but not all of these could be read', {
      error,
    });
    return undefined;
  }
}

import type { EventLog } from '../events.js';
import { assertLabelRoom, attachLabels, CURRENT, PENDING } from '../secrets/labels.js';
import type { Secret, SecretVersion } from '../secrets/secret.js';
import { addVersion } from '../secrets/versions.js';

/**
 * Registers the version that a rotation is to fill: empty, and under AWSPENDING [recorded-rotation A3].
 * @throws Fault LimitExceededException, before anything has changed
 */
export function registerVersion(secret: Secret, id: string, now: Date, events: EventLog): SecretVersion {
  assertLabelRoom(secret, [PENDING]);
  const version = addVersion(secret, { id, createdDate: now }, now, events);
  attachLabels(secret, id, [PENDING]);
  return version;
}

/**
 * The version of a rotation that is not complete: one with AWSPENDING. Where that sits with AWSCURRENT the rotation
 * succeeded [recorded-rotation A14].
 */
export function incompleteVersion(secret: Secret): string | undefined {
  const pending = secret.labels.get(PENDING);
  return pending === secret.labels.get(CURRENT) ? undefined : pending;
}

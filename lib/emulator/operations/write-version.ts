import { refusals } from '../refusals.js';
import { reschedule } from '../rotation/reschedule.js';
import { assertLabelRoom, attachLabels, CURRENT } from '../secrets/labels.js';
import { type Secret, type SecretValue, sameValue } from '../secrets/secret.js';
import { addVersion } from '../secrets/versions.js';
import type { Service } from '../service.js';

export interface VersionToWrite {
  readonly id: string;
  readonly value: SecretValue;
  readonly labels: readonly string[];
  readonly createdByFunction?: string | undefined;
}

/**
 * Puts a value under a version id that has none: a new one, or the placeholder of a rotation, whose date is then that of
 * the value [recorded-rotation A12, A13].
 * @throws Fault LimitExceededException, before anything has changed
 */
export function writeVersion(
  service: Service,
  secret: Secret,
  { id, value, labels, createdByFunction }: VersionToWrite,
): void {
  assertLabelRoom(secret, labels);
  const now = service.now();
  const version = secret.versions.get(id) ?? addVersion(secret, { id, createdDate: now }, now);
  version.value = value;
  version.createdDate = now;
  if (createdByFunction !== undefined) version.createdByFunction = createdByFunction;
  moveLabels(service, secret, id, labels);
}

/** Moves labels to a version whose value someone wrote: under AWSCURRENT it puts an end to what was pending. */
export function moveLabels(service: Service, secret: Secret, id: string, labels: readonly string[]): void {
  const former = secret.labels.get(CURRENT);
  attachLabels(secret, id, labels);
  if (!labels.includes(CURRENT) || former === id) return;
  service.rotations.currentWritten(secret, id, former);
  // A new current value counts as a rotation for the schedule.
  reschedule(secret, service.now());
}

/** @throws Fault ResourceExistsException when the id has another value; true when it has this one [E2, E3] */
export function isReplay(secret: Secret, id: string, value: SecretValue): boolean {
  const held = secret.versions.get(id)?.value;
  if (held === undefined) return false;
  if (!sameValue(held, value)) throw refusals.tokenInUse(id, secret.arn);
  return true;
}

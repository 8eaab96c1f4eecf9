import { type InName, openVersion, wrapNewValue } from '../kms/secret-encryption.js';
import { refusals } from '../refusals.js';
import { assertLabelRoom, attachLabels, CURRENT } from '../secrets/labels.js';
import { type Secret, type SecretValue, sameValue } from '../secrets/secret.js';
import { addVersion } from '../secrets/versions.js';
import type { Service } from '../service.js';

export interface VersionToWrite {
  readonly id: string;
  readonly value: SecretValue;
  readonly labels: readonly string[];
  readonly createdByFunction?: string | undefined;
  /** @default - the secret's own key */
  readonly kmsKeyId?: string | undefined;
}

/**
 * Puts a value under a version id that has none: a new one, or the placeholder of a rotation, whose date is then that of
 * the value [recorded-rotation A12, A13].
 * @throws Fault LimitExceededException, and what KMS refuses, before anything has changed
 */
export function writeVersion(
  request: InName,
  secret: Secret,
  { id, value, labels, createdByFunction, kmsKeyId }: VersionToWrite,
): void {
  const { service } = request;
  assertLabelRoom(secret, labels);
  const keyArn = wrapNewValue(request, secret, id, kmsKeyId);
  const now = service.now();
  const version = secret.versions.get(id) ?? addVersion(secret, { id, createdDate: now }, now, service.events);
  version.value = value;
  version.keyArns = [keyArn];
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
  service.timetable.rotated(secret);
}

/**
 * Whether the id has this very value already: to tell, the service decrypts what is there [recorded-authority D5].
 * @throws Fault ResourceExistsException when it has another one [E2, E3]; what KMS refuses
 */
export function isReplay(request: InName, secret: Secret, id: string, value: SecretValue): boolean {
  const version = secret.versions.get(id);
  if (version?.value === undefined) return false;
  openVersion(request, secret, version);
  if (!sameValue(version.value, value)) throw refusals.tokenInUse(id, secret.arn);
  return true;
}

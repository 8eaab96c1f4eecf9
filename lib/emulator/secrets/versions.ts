import type { EventLog } from '../events.js';
import { refusals } from '../refusals.js';
import { labelsOf } from './labels.js';
import type { Secret, SecretVersion } from './secret.js';

const versionQuota = 100;
const day = 86_400_000;

/**
 * Registers a version. Beyond 100 the oldest without a label go, each with an event, unless they are younger than a day.
 * @throws Fault LimitExceededException when none may go
 */
export function addVersion(secret: Secret, version: SecretVersion, now: Date, events: EventLog): SecretVersion {
  for (const old of [...secret.versions.values()]) {
    if (secret.versions.size < versionQuota) break;
    const deprecated = labelsOf(secret, old.id).length === 0;
    if (!deprecated || now.getTime() - old.createdDate.getTime() < day) continue;
    secret.versions.delete(old.id);
    events.versionGone(secret, old.id);
  }
  if (secret.versions.size >= versionQuota) throw refusals.tooManyVersions();
  secret.versions.set(version.id, version);
  return version;
}

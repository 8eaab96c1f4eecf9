import { refusals } from '../refusals.js';
import { attachLabels, CURRENT } from '../secrets/labels.js';
import { touch } from '../secrets/secret.js';
import { secretId, versionId, versionStage } from '../shapes/members.js';
import { live, operation } from './operation.js';

/**
 * Moves, adds or removes one label. AWSPREVIOUS follows AWSCURRENT; AWSPENDING stays [recorded-rotation A4, E5]. A version
 * that is still empty may become AWSCURRENT: nothing is known to prevent it.
 */
export const updateSecretVersionStage = operation({
  name: 'UpdateSecretVersionStage',
  subject: 'SecretId',
  changes: 'secret',
  conditionMembers: ['VersionStage'],
  input: {
    SecretId: secretId,
    VersionStage: { ...versionStage, required: true },
    RemoveFromVersionId: versionId,
    MoveToVersionId: versionId,
  },
  run(request) {
    const { input, service } = request;
    const { VersionStage: label, MoveToVersionId: to, RemoveFromVersionId: from } = input;
    const secret = live(request);
    if (to === undefined && from === undefined) throw refusals.labelMoveEmpty();
    const unknown = [to, from].find((id) => id !== undefined && !secret.versions.has(id));
    if (unknown !== undefined) {
      throw service.undocumented.unknownVersionToMove === 'ResourceNotFoundException'
        ? refusals.versionNotFound(unknown)
        : refusals.versionInvalid(unknown);
    }
    const holder = secret.labels.get(label);
    if (from === undefined && holder !== undefined && holder !== to) throw refusals.removeFromMissing(label, holder);
    if (from !== undefined && holder !== from) throw refusals.removeFromWrong(label);
    if (to !== undefined) {
      attachLabels(secret, to, [label]);
    } else {
      if (label === CURRENT) throw refusals.currentUnremovable();
      secret.labels.delete(label);
    }
    touch(secret, service.now());
    return { ARN: secret.arn, Name: secret.name };
  },
});

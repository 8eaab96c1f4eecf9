import { refusals } from '../refusals.js';
import { CURRENT, labelsOf } from '../secrets/labels.js';
import { touch } from '../secrets/secret.js';
import { clientRequestToken, secretBinary, secretId, secretString, versionStage } from '../shapes/members.js';
import { live, operation } from './operation.js';
import { sentValue } from './sent-value.js';
import { isReplay, moveLabels, writeVersion } from './write-version.js';

export const putSecretValue = operation({
  name: 'PutSecretValue',
  subject: 'SecretId',
  changes: 'secret',
  input: {
    SecretId: secretId,
    ClientRequestToken: clientRequestToken,
    SecretBinary: secretBinary,
    SecretString: secretString,
    VersionStages: { kind: 'list', of: versionStage, min: 1, max: 20 },
    RotationToken: { kind: 'string', min: 36, max: 256, pattern: /^[a-zA-Z0-9-]+$/, sensitive: true },
  },
  run(request) {
    const { input, caller, service } = request;
    const value = sentValue(input);
    if (value === undefined) throw refusals.oneValue();
    const id = input.ClientRequestToken;
    if (id === undefined) throw refusals.tokenMissing();
    const secret = live(request);
    if (isReplay(request, secret, id, value)) {
      // A replay adds the labels it names [E2].
      const unnamed = service.undocumented.replayWithoutLabels === 'AWSCURRENT moves' ? [CURRENT] : [];
      moveLabels(service, secret, id, input.VersionStages ?? unnamed);
    } else {
      const createdByFunction = service.rotations.provenance(secret, id, caller, input.RotationToken);
      const first = secret.versions.size === 0 && service.undocumented.firstVersion === 'AWSCURRENT too';
      const labels = [...(first ? [CURRENT] : []), ...(input.VersionStages ?? [CURRENT])];
      writeVersion(request, secret, { id, value, labels, createdByFunction });
    }
    touch(secret, service.now());
    return { ARN: secret.arn, Name: secret.name, VersionId: id, VersionStages: labelsOf(secret, id) };
  },
});

import { openVersion } from '../kms/secret-encryption.js';
import { refusals } from '../refusals.js';
import { CURRENT, labelsOf } from '../secrets/labels.js';
import { midnight, type Secret, type SecretVersion } from '../secrets/secret.js';
import { secretId, versionId, versionStage } from '../shapes/members.js';
import { live, operation } from './operation.js';

export const getSecretValue = operation({
  name: 'GetSecretValue',
  subject: 'SecretId',
  conditionMembers: ['VersionId', 'VersionStage'],
  input: { SecretId: secretId, VersionId: versionId, VersionStage: versionStage },
  run(request) {
    const { input, service } = request;
    const secret = live(request);
    const version = find(secret, input.VersionId, input.VersionStage);
    const { value } = version;
    // A version without a value is not found, under its label if the request names one, else under its id (the text for
    // a placeholder asked for by both was not recorded).
    if (value === undefined) {
      throw input.VersionId !== undefined && input.VersionStage === undefined
        ? refusals.versionNotFound(input.VersionId)
        : refusals.labelNotFound(input.VersionStage ?? CURRENT);
    }
    openVersion(request, secret, version);
    secret.lastAccessedDate = version.lastAccessedDate = midnight(service.now());
    const stages = labelsOf(secret, version.id);
    return {
      ARN: secret.arn,
      CreatedDate: version.createdDate,
      Name: secret.name,
      ...(value.kind === 'string' ? { SecretString: value.text } : { SecretBinary: value.base64 }),
      VersionId: version.id,
      VersionStages: stages.length > 0 ? stages : undefined,
    };
  },
});

function find(secret: Secret, id: string | undefined, label: string | undefined): SecretVersion {
  if (id !== undefined) {
    const version = secret.versions.get(id);
    if (version === undefined) throw refusals.versionNotFound(id);
    if (label !== undefined && secret.labels.get(label) !== id) throw refusals.labelElsewhere();
    return version;
  }
  const wanted = label ?? CURRENT;
  const version = secret.versions.get(secret.labels.get(wanted) ?? '');
  if (version === undefined) throw refusals.labelNotFound(wanted);
  return version;
}

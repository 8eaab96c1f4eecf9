import { checkKey, rewrapLabelledVersions } from '../kms/secret-encryption.js';
import { refusals } from '../refusals.js';
import { CURRENT } from '../secrets/labels.js';
import { touch } from '../secrets/secret.js';
import {
  clientRequestToken,
  description,
  kmsKeyId,
  secretBinary,
  secretId,
  secretString,
  secretType,
} from '../shapes/members.js';
import { live, operation } from './operation.js';
import { sentValue } from './sent-value.js';
import { isReplay, writeVersion } from './write-version.js';

export const updateSecret = operation({
  name: 'UpdateSecret',
  subject: 'SecretId',
  changes: 'secret',
  conditionMembers: ['Description', 'KmsKeyId', 'Type'],
  input: {
    SecretId: secretId,
    ClientRequestToken: clientRequestToken,
    Description: description,
    KmsKeyId: kmsKeyId,
    SecretBinary: secretBinary,
    SecretString: secretString,
    Type: secretType,
  },
  run(request) {
    const { input, service } = request;
    const value = sentValue(input);
    const id = input.ClientRequestToken;
    if (value !== undefined && id === undefined) throw refusals.tokenMissing();
    const secret = live(request);
    const { KmsKeyId: kmsKeyId } = input;
    if (kmsKeyId) checkKey(request, secret, kmsKeyId);
    if (value !== undefined && id !== undefined) {
      const known = secret.versions.has(id);
      if (known && service.undocumented.updateWithKnownToken === 'refused') throw refusals.tokenInUse(id, secret.arn);
      if (!isReplay(request, secret, id, value)) {
        writeVersion(request, secret, { id, value, labels: [CURRENT], kmsKeyId });
      }
    }
    if (input.Description !== undefined) secret.description = input.Description;
    if (input.Type !== undefined) secret.type = input.Type;
    // An empty key id goes back to AWS's own key.
    if (kmsKeyId === '') delete secret.kmsKeyId;
    else if (kmsKeyId !== undefined) secret.kmsKeyId = kmsKeyId;
    if (kmsKeyId !== undefined) rewrapLabelledVersions(request, secret);
    touch(secret, service.now());
    return { ARN: secret.arn, Name: secret.name, ...(value !== undefined && { VersionId: id }) };
  },
});

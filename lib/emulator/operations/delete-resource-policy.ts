import { touch } from '../secrets/secret.js';
import { secretId } from '../shapes/members.js';
import { live, operation } from './operation.js';

/** Succeeds where there is none, too. */
export const deleteResourcePolicy = operation({
  name: 'DeleteResourcePolicy',
  subject: 'SecretId',
  changes: 'secret',
  input: { SecretId: secretId },
  run(request) {
    const secret = live(request);
    delete secret.resourcePolicy;
    touch(secret, request.service.now());
    return { ARN: secret.arn, Name: secret.name };
  },
});

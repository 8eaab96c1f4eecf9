import { refusals } from '../refusals.js';
import { isPublic } from '../secrets/public-policy.js';
import { readPolicy } from '../secrets/read-policy.js';
import { touch } from '../secrets/secret.js';
import { flag, resourcePolicy, secretId } from '../shapes/members.js';
import { live, operation } from './operation.js';

/** Takes effect with the very next call [recorded-authority C16]; what it allows is decided in `access/`. */
export const putResourcePolicy = operation({
  name: 'PutResourcePolicy',
  subject: 'SecretId',
  changes: 'secret',
  conditionMembers: ['BlockPublicPolicy'],
  input: { SecretId: secretId, ResourcePolicy: resourcePolicy, BlockPublicPolicy: flag },
  run(request) {
    const { input, service, wouldForbid } = request;
    const secret = live(request);
    const policy = readPolicy(input.ResourcePolicy);
    if (input.BlockPublicPolicy && isPublic(policy)) throw refusals.policyPublic();
    if (wouldForbid('PutResourcePolicy', { ...secret, resourcePolicy: policy })) throw refusals.lockOut();
    secret.resourcePolicy = policy;
    touch(secret, service.now());
    return { ARN: secret.arn, Name: secret.name };
  },
});

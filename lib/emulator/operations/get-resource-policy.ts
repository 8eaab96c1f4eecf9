import { printPolicy } from '../secrets/print-policy.js';
import { secretId } from '../shapes/members.js';
import { live, operation } from './operation.js';

export const getResourcePolicy = operation({
  name: 'GetResourcePolicy',
  subject: 'SecretId',
  input: { SecretId: secretId },
  run(request) {
    const { arn, name, resourcePolicy } = live(request);
    return { ARN: arn, Name: name, ResourcePolicy: resourcePolicy && printPolicy(resourcePolicy) };
  },
});

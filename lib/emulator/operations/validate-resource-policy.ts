import { lockOut, publicPolicy } from '../refusals.js';
import { isPublic } from '../secrets/public-policy.js';
import { readPolicy } from '../secrets/read-policy.js';
import type { Secret } from '../secrets/secret.js';
import { resourcePolicy } from '../shapes/members.js';
import { live, operation } from './operation.js';

/** Tells what PutResourcePolicy would refuse, with or without a secret [recorded-authority H1 to H4]. */
export const validateResourcePolicy = operation({
  name: 'ValidateResourcePolicy',
  subject: 'SecretId',
  // The API reference asks for both.
  alsoNeeds: () => ['PutResourcePolicy'],
  input: { SecretId: { kind: 'string', min: 1, max: 2048 }, ResourcePolicy: resourcePolicy },
  run(request) {
    const { input, caller, region, wouldForbid } = request;
    const { SecretId } = input;
    const secret =
      SecretId === undefined ? anySecret(caller.accountId, region) : live({ ...request, input: { SecretId } });
    const policy = readPolicy(input.ResourcePolicy);
    const errors = [
      isPublic(policy) && { CheckName: 'BlockPublicPolicyCheck', ErrorMessage: publicPolicy },
      wouldForbid('PutResourcePolicy', { ...secret, resourcePolicy: policy }) && {
        CheckName: 'LockOutCheck',
        ErrorMessage: lockOut,
      },
    ].filter((error) => error !== false);
    return { PolicyValidationPassed: errors.length === 0, ValidationErrors: errors };
  },
});

/** Without a secret the policy is judged as one of a secret that has nothing else, in the caller's account. */
function anySecret(accountId: string, region: string): Secret {
  const never = new Date(0);
  return {
    arn: `arn:aws:secretsmanager:${region}:${accountId}:secret:*`,
    name: '*',
    accountId,
    region,
    createdDate: never,
    lastChangedDate: never,
    versions: new Map(),
    labels: new Map(),
  };
}

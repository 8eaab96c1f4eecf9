import { refusals } from '../refusals.js';
import { newSecretArn } from '../secrets/new-arn.js';
import { touch } from '../secrets/secret.js';
import { flag, secretId } from '../shapes/members.js';
import { assertName, existing, operation } from './operation.js';

const day = 86_400_000;
/** AWS takes 3 to 30 seconds to carry out a forced deletion; until then DescribeSecret still answers [G2]. */
const forcedMillis = 5000;

/** Schedules a secret's end. DeletedDate is the time of the request, DeletionDate the deadline [recorded-rotation G1]. */
export const deleteSecret = operation({
  name: 'DeleteSecret',
  subject: 'SecretId',
  changes: 'secret',
  conditionMembers: ['ForceDeleteWithoutRecovery', 'RecoveryWindowInDays'],
  input: { SecretId: secretId, RecoveryWindowInDays: { kind: 'integer' }, ForceDeleteWithoutRecovery: flag },
  run(request) {
    const { input, service, caller, region, secret: found } = request;
    const forced = input.ForceDeleteWithoutRecovery ?? false;
    const days = input.RecoveryWindowInDays;
    if (forced && days !== undefined) throw refusals.windowAndForce();
    if (days !== undefined && (days < 7 || days > 30)) throw refusals.windowRange();
    const requested = service.now();
    if (forced && found === undefined && !input.SecretId.startsWith('arn:')) {
      assertName(input.SecretId);
      // Success with an invented ARN, as AWS answers.
      const arn = newSecretArn(input.SecretId, caller.accountId, region, service.arnSuffixes);
      return { ARN: arn, DeletionDate: requested, Name: input.SecretId };
    }
    const secret = existing(request);
    if (!forced && secret.deletion !== undefined) throw refusals.markedForDeletion();
    if (secret.replicas !== undefined) throw refusals.replicasRemain(secret.arn, [...secret.replicas.keys()]);
    const deadline = forced ? requested : new Date(requested.getTime() + (days ?? 30) * day);
    const goneAt = forced ? new Date(requested.getTime() + forcedMillis) : deadline;
    service.secrets.scheduleDeletion(secret, { requested, goneAt, forced });
    touch(secret, service.now());
    return { ARN: secret.arn, DeletionDate: deadline, Name: secret.name };
  },
});

import { refusals } from '../refusals.js';
import { touch } from '../secrets/secret.js';
import { flag, replicaRegions, secretId } from '../shapes/members.js';
import { live, operation } from './operation.js';
import { replicationStatus } from './replication-status.js';

/** Answers at once; whether it worked shows in ReplicationStatus some seconds later [recorded-authority I1 to I4]. */
export const replicateSecretToRegions = operation({
  name: 'ReplicateSecretToRegions',
  subject: 'SecretId',
  changes: 'secret',
  conditionMembers: ['AddReplicaRegions', 'ForceOverwriteReplicaSecret'],
  input: {
    SecretId: secretId,
    AddReplicaRegions: { ...replicaRegions, required: true },
    ForceOverwriteReplicaSecret: flag,
  },
  run(request) {
    const { input, caller, service } = request;
    const secret = live(request);
    assertReplicaRegions(input.AddReplicaRegions, secret.region);
    service.replications.start(secret, input.AddReplicaRegions, {
      overwrite: input.ForceOverwriteReplicaSecret ?? false,
      caller,
    });
    touch(secret, service.now());
    return { ARN: secret.arn, ReplicationStatus: replicationStatus(service, secret) };
  },
});

/** @throws Fault InvalidParameterException for the secret's own Region [recorded-authority I3] */
export function assertReplicaRegions(regions: readonly { readonly Region?: string }[], own: string): void {
  if (regions.some(({ Region }) => Region === undefined || Region === own)) throw refusals.replicaRegion();
}

import { touch } from '../secrets/secret.js';
import { region, secretId } from '../shapes/members.js';
import { live, operation } from './operation.js';
import { replicationStatus } from './replication-status.js';

/** Deletes replicas at once. A Region that has none is passed over [recorded-rotation G4]. */
export const removeRegionsFromReplication = operation({
  name: 'RemoveRegionsFromReplication',
  subject: 'SecretId',
  changes: 'secret',
  input: {
    SecretId: secretId,
    RemoveReplicaRegions: { kind: 'list', min: 1, of: region, required: true },
  },
  run(request) {
    const { input, service } = request;
    const secret = live(request);
    for (const name of input.RemoveReplicaRegions) service.replications.remove(secret, name);
    touch(secret, service.now());
    return { ARN: secret.arn, ReplicationStatus: replicationStatus(service, secret) ?? [] };
  },
});

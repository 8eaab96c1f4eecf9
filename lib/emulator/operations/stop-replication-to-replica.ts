import { refusals } from '../refusals.js';
import { touch } from '../secrets/secret.js';
import { secretId } from '../shapes/members.js';
import { live, operation } from './operation.js';

/** Makes a replica a secret of its own. To be called in the replica's Region; the primary's LastChangedDate stays [F1]. */
export const stopReplicationToReplica = operation({
  name: 'StopReplicationToReplica',
  subject: 'SecretId',
  input: { SecretId: secretId },
  run(request) {
    const { service } = request;
    const secret = live(request);
    if (secret.replicaOf === undefined) throw refusals.primaryUnpromotable();
    service.replications.promote(secret, secret.replicaOf);
    touch(secret, service.now());
    return { ARN: secret.arn };
  },
});

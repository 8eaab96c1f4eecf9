import type { Secret } from '../secrets/secret.js';
import type { Service } from '../service.js';
import type { JsonFields } from './operation.js';

/** As DescribeSecret of a primary and the calls that replicate it print it; absent where there is no replica. */
export function replicationStatus({ replications }: Service, primary: Secret): JsonFields[] | undefined {
  if (primary.replicas === undefined) return undefined;
  return [...primary.replicas.values()].map(({ region, kmsKeyId, status, statusMessage }) => ({
    Region: region,
    KmsKeyId: kmsKeyId,
    LastAccessedDate: replications.replicaOf(primary, region)?.lastAccessedDate,
    Status: status,
    StatusMessage: statusMessage,
  }));
}

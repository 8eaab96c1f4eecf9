import { primaryRegion } from '../replication/primary-region.js';
import { stagesByVersion } from '../secrets/labels.js';
import type { Secret } from '../secrets/secret.js';
import { secretId } from '../shapes/members.js';
import { existing, type JsonFields, operation } from './operation.js';
import { replicationStatus } from './replication-status.js';

/** Works on a secret that is marked for deletion too [recorded-rotation G2]. */
export const describeSecret = operation({
  name: 'DescribeSecret',
  subject: 'SecretId',
  input: { SecretId: secretId },
  run(request) {
    const secret = existing(request);
    return {
      ...description(secret),
      ReplicationStatus: replicationStatus(request.service, secret),
      VersionIdsToStages: stagesByVersion(secret),
    };
  },
});

/** What DescribeSecret and ListSecrets both tell. */
export function description(secret: Secret): JsonFields {
  const { rotationRules } = secret;
  return {
    ARN: secret.arn,
    CreatedDate: secret.createdDate,
    DeletedDate: secret.deletion?.requested,
    Description: secret.description,
    ExternalSecretRotationMetadata: secret.externalRotationMetadata?.map((item) => ({ ...item })),
    ExternalSecretRotationRoleArn: secret.externalRotationRoleArn,
    KmsKeyId: secret.kmsKeyId,
    LastAccessedDate: secret.lastAccessedDate,
    LastChangedDate: secret.lastChangedDate,
    LastRotatedDate: secret.lastRotatedDate,
    Name: secret.name,
    NextRotationDate: secret.nextRotationDate,
    OwningService: secret.owningService,
    PrimaryRegion: primaryRegion(secret),
    RotationEnabled: secret.rotationEnabled,
    RotationLambdaARN: secret.rotationFunctionArn,
    RotationRules: rotationRules && { ...rotationRules },
    Tags: secret.tags?.map((tag) => ({ ...tag })),
    Type: secret.type,
  };
}

import { checkKey } from '../kms/secret-encryption.js';
import { refusals } from '../refusals.js';
import { CURRENT } from '../secrets/labels.js';
import { newSecretArn } from '../secrets/new-arn.js';
import { type Secret, touch } from '../secrets/secret.js';
import { withTags } from '../secrets/tags.js';
import {
  clientRequestToken,
  description,
  flag,
  kmsKeyId,
  replicaRegions,
  secretBinary,
  secretString,
  secretType,
  tags as tagList,
} from '../shapes/members.js';
import { assertName, operation } from './operation.js';
import { assertReplicaRegions } from './replicate-secret-to-regions.js';
import { replicationStatus } from './replication-status.js';
import { sentValue } from './sent-value.js';
import { isReplay, writeVersion } from './write-version.js';

export const createSecret = operation({
  name: 'CreateSecret',
  subject: 'Name',
  conditionMembers: ['Name', 'Description', 'KmsKeyId', 'Type', 'AddReplicaRegions', 'ForceOverwriteReplicaSecret'],
  // Tags at creation are tagging as well [recorded-authority C10], and replicas replicating: the API reference.
  alsoNeeds: ({ Tags, AddReplicaRegions }) => [
    ...(isFilled(Tags) ? ['TagResource'] : []),
    ...(isFilled(AddReplicaRegions) ? ['ReplicateSecretToRegions'] : []),
  ],
  input: {
    Name: { kind: 'string', min: 1, max: 512, required: true },
    ClientRequestToken: clientRequestToken,
    Description: description,
    KmsKeyId: kmsKeyId,
    SecretBinary: secretBinary,
    SecretString: secretString,
    Tags: tagList,
    AddReplicaRegions: replicaRegions,
    ForceOverwriteReplicaSecret: flag,
    Type: secretType,
  },
  run(request) {
    const { input, caller, region, service, secret: taken } = request;
    assertName(input.Name);
    assertReplicaRegions(input.AddReplicaRegions ?? [], region);
    const tags = withTags(undefined, input.Tags ?? []);
    const value = sentValue(input);
    const token = input.ClientRequestToken;
    if (value !== undefined && token === undefined) throw refusals.tokenMissing();
    if (taken?.deletion !== undefined) throw refusals.nameScheduledForDeletion();
    if (taken !== undefined) {
      // A retry of the call that made it is answered like that call; any other finds the name taken.
      const held = token === undefined ? undefined : taken.versions.get(token)?.value;
      if (value === undefined || token === undefined || held === undefined) throw refusals.nameExists(input.Name);
      isReplay(request, taken, token, value);
      return { ARN: taken.arn, Name: taken.name, VersionId: token };
    }
    const now = service.now();
    const secret: Secret = {
      arn: newSecretArn(input.Name, caller.accountId, region, service.arnSuffixes),
      name: input.Name,
      accountId: caller.accountId,
      region,
      createdDate: now,
      lastChangedDate: now,
      versions: new Map(),
      labels: new Map(),
      ...(input.Description !== undefined && { description: input.Description }),
      ...(input.KmsKeyId && { kmsKeyId: input.KmsKeyId }),
      ...(input.Type !== undefined && { type: input.Type }),
      ...(tags.length > 0 && { tags }),
    };
    if (secret.kmsKeyId !== undefined) checkKey(request, secret, secret.kmsKeyId);
    if (value !== undefined && token !== undefined) {
      writeVersion(request, secret, { id: token, value, labels: [CURRENT] });
    }
    service.secrets.add(secret);
    touch(secret, service.now());
    service.replications.start(secret, input.AddReplicaRegions ?? [], {
      overwrite: input.ForceOverwriteReplicaSecret ?? false,
      caller,
    });
    return {
      ARN: secret.arn,
      Name: secret.name,
      ReplicationStatus: replicationStatus(service, secret),
      ...(value !== undefined && { VersionId: token }),
    };
  },
});

function isFilled(list: unknown): boolean {
  return Array.isArray(list) && list.length > 0;
}

import { keyNamesOf } from '../kms/secret-encryption.js';
import { labelsOf } from '../secrets/labels.js';
import { flag, maxResults, nextToken, secretId } from '../shapes/members.js';
import { existing, operation } from './operation.js';
import { pageOf } from './page.js';

/**
 * As recorded: with deprecated versions oldest first, without them newest first; none on a replica, though their values
 * can be read [recorded-rotation E7].
 */
export const listSecretVersionIds = operation({
  name: 'ListSecretVersionIds',
  subject: 'SecretId',
  input: { SecretId: secretId, MaxResults: maxResults, NextToken: nextToken, IncludeDeprecated: flag },
  run(request) {
    const { input } = request;
    const secret = existing(request);
    const oldestFirst = secret.replicaOf === undefined ? [...secret.versions.values()] : [];
    const versions = input.IncludeDeprecated
      ? oldestFirst
      : oldestFirst.filter(({ id }) => labelsOf(secret, id).length > 0).reverse();
    const page = pageOf(versions, (version) => version.id, {
      size: input.MaxResults ?? 100,
      nextToken: input.NextToken,
    });
    return {
      ARN: secret.arn,
      Name: secret.name,
      NextToken: page.nextToken,
      Versions: page.items.map((version) => {
        const stages = labelsOf(secret, version.id);
        return {
          CreatedDate: version.createdDate,
          KmsKeyIds: keyNamesOf(request.service, secret, version),
          LastAccessedDate: version.lastAccessedDate,
          VersionId: version.id,
          VersionStages: stages.length > 0 ? stages : undefined,
        };
      }),
    };
  },
});

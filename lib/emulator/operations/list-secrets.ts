import { stagesByVersion } from '../secrets/labels.js';
import type { Secret } from '../secrets/secret.js';
import { filters, flag, maxResults, nextToken } from '../shapes/members.js';
import { description } from './describe-secret.js';
import { operation } from './operation.js';
import { pageOf } from './page.js';
import { fitting } from './secret-filter.js';

export const listSecrets = operation({
  name: 'ListSecrets',
  subject: 'none',
  input: {
    IncludePlannedDeletion: flag,
    MaxResults: maxResults,
    NextToken: nextToken,
    Filters: filters,
    SortOrder: { kind: 'string', values: ['asc', 'desc'] },
    SortBy: { kind: 'string', values: ['created-date', 'last-accessed-date', 'last-changed-date', 'name'] },
  },
  run({ input, caller, region, service }) {
    const secrets = fitting(
      service.secrets
        .list(caller.accountId, region)
        .filter((secret) => input.IncludePlannedDeletion || secret.deletion === undefined),
      input.Filters,
    );
    const order = input.SortBy === undefined ? secrets : secrets.sort((a, b) => compare(a, b, input.SortBy ?? ''));
    if (input.SortOrder === 'desc') order.reverse();
    const page = pageOf(order, (secret) => secret.arn, {
      size: input.MaxResults ?? service.undocumented.listSecretsPage,
      nextToken: input.NextToken,
    });
    return {
      NextToken: page.nextToken,
      SecretList: page.items.map((secret) => ({
        ...description(secret),
        SecretVersionsToStages: stagesByVersion(secret),
      })),
    };
  },
});

function compare(a: Secret, b: Secret, by: string): number {
  if (by === 'name') return a.name < b.name ? -1 : Number(a.name > b.name);
  const date = (secret: Secret) => {
    if (by === 'created-date') return secret.createdDate.getTime();
    return (by === 'last-accessed-date' ? secret.lastAccessedDate : secret.lastChangedDate)?.getTime() ?? 0;
  };
  return date(a) - date(b);
}

import { stagesByVersion } from '../secrets/labels.js';
import type { Secret } from '../secrets/secret.js';
import { flag, maxResults, nextToken } from '../shapes/members.js';
import { description } from './describe-secret.js';
import { operation } from './operation.js';
import { pageOf } from './page.js';
import { filterKeys, fitsFilter } from './secret-filter.js';

/** Documents say 100; the one recorded answer without MaxResults had 10 entries and a NextToken [recorded-rotation E13]. */
const defaultPage = 10;

export const listSecrets = operation({
  name: 'ListSecrets',
  subject: 'none',
  input: {
    IncludePlannedDeletion: flag,
    MaxResults: maxResults,
    NextToken: nextToken,
    Filters: {
      kind: 'list',
      max: 10,
      of: {
        kind: 'structure',
        members: {
          Key: { kind: 'string', values: filterKeys },
          Values: {
            kind: 'list',
            min: 1,
            max: 10,
            of: { kind: 'string', max: 512, pattern: /^!?[a-zA-Z0-9 :_@/+=.\-!]*$/ },
          },
        },
      },
    },
    SortOrder: { kind: 'string', values: ['asc', 'desc'] },
    SortBy: { kind: 'string', values: ['created-date', 'last-accessed-date', 'last-changed-date', 'name'] },
  },
  run({ input, caller, region, service }) {
    const secrets = service.secrets
      .list(caller.accountId, region)
      .filter((secret) => input.IncludePlannedDeletion || secret.deletion === undefined)
      .filter((secret) => (input.Filters ?? []).every(({ Key, Values }) => fitsFilter(secret, Key, Values ?? [])));
    const order = input.SortBy === undefined ? secrets : secrets.sort((a, b) => compare(a, b, input.SortBy ?? ''));
    if (input.SortOrder === 'desc') order.reverse();
    const page = pageOf(order, (secret) => secret.arn, {
      size: input.MaxResults ?? defaultPage,
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

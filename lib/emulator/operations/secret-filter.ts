import { refusals } from '../refusals.js';
import { primaryRegion } from '../replication/primary-region.js';
import type { Secret } from '../secrets/secret.js';

interface Filter {
  readonly Key?: string;
  readonly Values?: readonly string[];
}

/**
 * The secrets that fit every filter: one of its values, and none of those that begin with `!`. Values are prefixes, of
 * descriptions without regard to case; `all` looks for every word in every attribute.
 * @throws Fault InvalidParameterException for a filter without key or values
 */
export function fitting(secrets: readonly Secret[], filters: readonly Filter[] = []): Secret[] {
  for (const { Key, Values } of filters) {
    if (Key === undefined) throw refusals.filterKeyMissing();
    if (Values === undefined) throw refusals.filterValuesMissing(Key);
  }
  return secrets.filter((secret) => filters.every(({ Key, Values }) => fitsFilter(secret, Key ?? '', Values ?? [])));
}

function fitsFilter(secret: Secret, filterKey: string, values: readonly string[]): boolean {
  const wanted = values.filter((value) => !value.startsWith('!'));
  const unwanted = values.filter((value) => value.startsWith('!')).map((value) => value.slice(1));
  const fits = (value: string) => fitsValue(secret, filterKey, value);
  return (wanted.length === 0 || wanted.some(fits)) && !unwanted.some(fits);
}

function fitsValue(secret: Secret, filterKey: string, value: string): boolean {
  const keys = (secret.tags ?? []).flatMap((tag) => tag.Key ?? []);
  const tagValues = (secret.tags ?? []).flatMap((tag) => tag.Value ?? []);
  switch (filterKey) {
    case 'name':
      return secret.name.startsWith(value);
    case 'description':
      return (secret.description ?? '').toLowerCase().startsWith(value.toLowerCase());
    case 'tag-key':
      return keys.some((key) => key.startsWith(value));
    case 'tag-value':
      return tagValues.some((text) => text.startsWith(value));
    case 'all': {
      const { name, description = '', owningService = '' } = secret;
      const attributes = [name, description, ...keys, ...tagValues, primaryRegion(secret) ?? '', owningService];
      const words = attributes.flatMap(wordsOf);
      return wordsOf(value).every((word) => words.some((own) => own.startsWith(word)));
    }
    case 'primary-region':
      return primaryRegion(secret)?.startsWith(value) ?? false;
    case 'owning-service':
      return secret.owningService?.startsWith(value) ?? false;
    default:
      throw new RangeError(`not a filter key: ${filterKey}`);
  }
}

function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

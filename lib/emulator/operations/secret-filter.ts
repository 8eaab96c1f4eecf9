import type { Secret } from '../secrets/secret.js';

export const filterKeys = [
  'description',
  'name',
  'tag-key',
  'tag-value',
  'primary-region',
  'owning-service',
  'all',
] as const;

/**
 * A filter of ListSecrets: the secret fits one of the values, and none of those that begin with `!`. Values are prefixes,
 * of descriptions without regard to case; `all` looks for every word in every attribute.
 */
export function fitsFilter(secret: Secret, filterKey: string | undefined, values: readonly string[]): boolean {
  const wanted = values.filter((value) => !value.startsWith('!'));
  const unwanted = values.filter((value) => value.startsWith('!')).map((value) => value.slice(1));
  const fits = (value: string) => fitsValue(secret, filterKey, value);
  return (wanted.length === 0 || wanted.some(fits)) && !unwanted.some(fits);
}

function fitsValue(secret: Secret, filterKey: string | undefined, value: string): boolean {
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
      const words = [secret.name, secret.description ?? '', ...keys, ...tagValues].flatMap(wordsOf);
      return wordsOf(value).every((word) => words.some((own) => own.startsWith(word)));
    }
    default:
      // No secret here is a replica or owned by a service.
      return false;
  }
}

function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

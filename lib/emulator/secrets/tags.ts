import { refusals } from '../refusals.js';
import type { Secret, Tag } from './secret.js';

const tagQuota = 50;

/**
 * The tags of a secret once these have joined them: a key that is there gets the new value in its place.
 * @throws Fault InvalidParameterException
 */
export function withTags(tags: readonly Tag[] | undefined, added: readonly Tag[]): readonly Tag[] {
  const joined = new Map((tags ?? []).map((tag) => [tag.Key, tag]));
  if (new Set(added.map((tag) => tag.Key)).size < added.length) throw refusals.tagKeyTwice();
  for (const tag of added) {
    if (tag.Key?.toLowerCase().startsWith('aws:')) throw refusals.tagKeyReserved();
    joined.set(tag.Key, tag);
  }
  if (joined.size > tagQuota) throw refusals.tooManyTags();
  return [...joined.values()];
}

/** Without these keys; a secret that lost its last tag has an empty list from then on [recorded-rotation E11]. */
export function withoutTags({ tags }: Secret, keys: readonly string[]): readonly Tag[] | undefined {
  return tags?.filter((tag) => !keys.includes(tag.Key ?? ''));
}

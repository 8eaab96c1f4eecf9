import { refusals } from '../refusals.js';

interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken: string | undefined;
}

/**
 * A page of a list, and the token of the next. The token names the last item given out, so that what is added meanwhile
 * shifts nothing.
 * @throws Fault InvalidNextTokenException
 */
export function pageOf<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  { size, nextToken }: { readonly size: number; readonly nextToken: string | undefined },
): Page<T> {
  let start = 0;
  if (nextToken !== undefined) {
    const last = Buffer.from(nextToken, 'base64url').toString('utf8');
    start = items.findIndex((item) => keyOf(item) === last) + 1;
    if (start === 0) throw refusals.nextTokenInvalid();
  }
  const given = items.slice(start, start + size);
  const last = given.at(-1);
  const more = start + size < items.length && last !== undefined;
  return { items: given, nextToken: more ? Buffer.from(keyOf(last)).toString('base64url') : undefined };
}

import { refusals } from '../refusals.js';

interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken: string | undefined;
}

/**
 * A page of a list, and the token of the next. The token names the last item given out and where it stood: what is added
 * meanwhile shifts nothing, and when that item itself is gone its place is gone on from.
 * @throws Fault InvalidNextTokenException
 */
export function pageOf<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  { size, nextToken }: { readonly size: number; readonly nextToken: string | undefined },
): Page<T> {
  let start = 0;
  if (nextToken !== undefined) {
    const [, place, last] = /^(\d{1,6}) (.+)$/.exec(Buffer.from(nextToken, 'base64url').toString('utf8')) ?? [];
    if (last === undefined) throw refusals.nextTokenInvalid();
    const found = items.findIndex((item) => keyOf(item) === last);
    start = found < 0 ? Number(place) : found + 1;
  }
  const end = start + size;
  const given = items.slice(start, end);
  const last = given.at(-1);
  if (last === undefined || end >= items.length) return { items: given, nextToken: undefined };
  return { items: given, nextToken: Buffer.from(`${end - 1} ${keyOf(last)}`).toString('base64url') };
}

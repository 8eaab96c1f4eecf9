/** What was added to something that forgets its oldest parts: how much there was says nothing. */

/** @param last The last entry that is not wanted, if there was any. @returns those after it; all when it is forgotten */
export function since<T>(entries: readonly T[], last: T | undefined): readonly T[] {
  return last === undefined ? entries : entries.slice(entries.lastIndexOf(last) + 1);
}

/** Enough to be found again, and at one place. */
const TAIL_LENGTH = 4_096;

/** @param before What of it is not wanted. @returns what comes after; all when that is forgotten */
export function textSince(text: string, before: string): string {
  const tail = before.slice(-TAIL_LENGTH);
  // Nearly always nothing is forgotten yet; else it lies elsewhere.
  if (text.startsWith(tail, before.length - tail.length)) return text.slice(before.length);
  const at = text.lastIndexOf(tail);
  return at === -1 ? text : text.slice(at + tail.length);
}

import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

/** First pause, doubled each time; five pauses make about three seconds, which is longer than the lag was ever reported to last. */
const FIRST_PAUSE_MILLIS = 100;
const PAUSES = 5;

/**
 * Reads again, after pauses, until there is something: a version may be invisible for a moment after the write that made it was acknowledged.
 * @param read Undefined while there is nothing.
 * @see https://github.com/aws/aws-sdk-js-v3/issues/7701
 */
export async function readThroughLag<T>(
  read: () => Promise<T | undefined>,
  signal: AbortSignal,
): Promise<T | undefined> {
  for (let pause = 0; pause < PAUSES; pause += 1) {
    const longest = FIRST_PAUSE_MILLIS * 2 ** pause;
    // Half fixed, half random, so that functions that failed together do not come back together.
    await delay(longest / 2 + randomInt(longest / 2 + 1), undefined, { signal });
    const found = await read();
    if (found !== undefined) return found;
  }
  return undefined;
}

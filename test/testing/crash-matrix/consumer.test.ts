import { describe, expect, it, jest } from '@jest/globals';
import { refusedMillis, startConsumer } from '../../../lib/testing/crash-matrix/consumer.js';

/** A login that the test answers, one by one. */
function gate() {
  const asked: ((answer: boolean | Error) => void)[] = [];
  const waiting: ((answer: (answer: boolean | Error) => void) => void)[] = [];
  return {
    logIn: () =>
      new Promise<boolean>((resolve, reject) => {
        const answer = (value: boolean | Error) => (value instanceof Error ? reject(value) : resolve(value));
        const taker = waiting.shift();
        if (taker === undefined) asked.push(answer);
        else taker(answer);
      }),
    /** The next attempt, when it has begun. */
    async next() {
      return asked.shift() ?? new Promise<(answer: boolean | Error) => void>((resolve) => waiting.push(resolve));
    },
  };
}

const AT_ONCE = { accepted: 0, otherwise: 0 };
const LONG = { accepted: 60_000, otherwise: 60_000 };

describe('the consumer', () => {
  it('keeps what was refused, and not what could not be asked', async () => {
    const { logIn, next } = gate();
    const consumer = startConsumer(logIn, AT_ONCE);
    for (const answer of [true, new Error('the server restarts'), false, false, true, false]) (await next())(answer);
    (await next())(true);
    expect(consumer.refused.map(({ again }) => again)).toEqual([false, true, false]);
    for (const { from, to } of consumer.refused) expect(to).toBeGreaterThanOrEqual(from);
    const stopped = consumer.stop();
    void next().then((answer) => answer(true));
    await stopped;
  });

  it('tries at once when something is noticed, also while it tries', async () => {
    const { logIn, next } = gate();
    const consumer = startConsumer(logIn, LONG);
    const first = await next();
    consumer.notice();
    first(true);
    const second = await next();
    second(true);
    await new Promise(setImmediate);
    consumer.notice();
    (await next())(false);
    await consumer.stop();
    expect(consumer.refused).toHaveLength(1);
  });

  it('does not wait long to try again while it is refused or cannot ask', async () => {
    const { logIn, next } = gate();
    const consumer = startConsumer(logIn, { ...LONG, otherwise: 0 });
    for (const answer of [false, new Error('the server restarts'), false]) (await next())(answer);
    (await next())(true);
    const asked = jest.fn();
    void next().then(asked);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(asked).not.toHaveBeenCalled();
    await consumer.stop();
  });

  it('works when an attempt succeeds that began after the question', async () => {
    const { logIn, next } = gate();
    const consumer = startConsumer(logIn, LONG);
    const before = await next();
    const works = consumer.works();
    before(true);
    let answered = false;
    void works.then(() => {
      answered = true;
    });
    const after = await next();
    expect(answered).toBe(false);
    after(true);
    expect(await works).toBe(true);
    await consumer.stop();
  });

  it('does not work when it is always refused', async () => {
    const consumer = startConsumer(async () => false, AT_ONCE);
    expect(await consumer.works(50)).toBe(false);
    await consumer.stop();
  });
});

describe('refusedMillis', () => {
  it('counts refused attempts, and what lies between two of them in which nobody got in', () => {
    expect(refusedMillis([])).toBe(0);
    expect(
      refusedMillis([
        { from: 0, to: 10, again: false },
        { from: 200, to: 210, again: true },
        { from: 1_000, to: 1_005, again: false },
      ]),
    ).toBe(215);
  });
});

import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Benchmark, rounded } from './benchmark.js';
import { type Fleet, startFleet } from './fleet.js';
import { plainRotator } from './plain-rotator.js';

const many = 10_000;
const few = 1000;
const lanes = 50;
/** What is measured varies by a few per cent; what leaks does not stop at them. */
const tolerated = 1.1;

export const memory: Benchmark = {
  name: 'memory',
  what: 'heap that each of 10,000 rotated secrets takes, beside each of the first 1,000',
  async run(size) {
    // Without a history, whose limit would be most of what the few take and little of what the many do; and with a function
    // that has rotated before: compiled code and connections are no secrets.
    await using fleet = await startFleet(size.times(few), plainRotator(), { historyLimit: 0 });
    await fleet.rotate(lanes);
    const ofFew = await heapPerSecret(fleet, size.times(few));
    const ofMany = await heapPerSecret(fleet, size.times(many));
    const ratio = ofMany / ofFew;
    return {
      value: Math.round(ofMany),
      unit: 'bytes of heap for each rotated secret',
      ratio: { value: rounded(ratio), to: `what each of ${size.times(few)} takes` },
      floor: `at most ${tolerated}: memory grows no faster than the data`,
      ok: !size.judged || ratio <= tolerated,
    };
  },
};

async function heapPerSecret(fleet: Fleet, secrets: number): Promise<number> {
  const before = await usedHeap();
  await fleet.grow(secrets);
  await fleet.rotate(lanes);
  return ((await usedHeap()) - before) / secrets;
}

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

async function usedHeap(): Promise<number> {
  collectGarbage();
  // What is freed by turns of the event loop goes as well.
  await setImmediate();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

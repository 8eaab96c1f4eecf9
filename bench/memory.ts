import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Benchmark, rounded } from './benchmark.js';
import { startFleet } from './fleet.js';
import { plainRotator } from './plain-rotator.js';

const many = 10_000;
const few = 1000;
const lanes = 50;
/** What is measured varies by a few per cent; what leaks does not stop at them. */
const tolerated = 1.1;

export const memory: Benchmark = {
  name: 'memory',
  what: 'heap for each rotated secret, with 10,000 secrets and with 1,000',
  async run(size) {
    // Warms up: compiled code would otherwise be counted as secrets.
    await heapPerSecret(size.times(few));
    const ofFew = await heapPerSecret(size.times(few));
    const ofMany = await heapPerSecret(size.times(many));
    const ratio = ofMany / ofFew;
    return {
      value: Math.round(ofMany),
      unit: 'bytes of heap for each secret',
      ratio: { value: rounded(ratio), to: `the same with ${size.times(few)} secrets` },
      floor: `at most ${tolerated}: memory grows no faster than the data`,
      ok: !size.judged || ratio <= tolerated,
    };
  },
};

/** Without a history, whose limit would be most of what the few have and little of what the many have. */
async function heapPerSecret(secrets: number): Promise<number> {
  const before = usedHeap();
  await using fleet = await startFleet(secrets, plainRotator(), { historyLimit: 0 });
  await fleet.rotate(lanes);
  return (usedHeap() - before) / secrets;
}

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

function usedHeap(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

import { setTimeout } from 'node:timers/promises';
import { type Benchmark, rounded } from './benchmark.js';
import { startFleet } from './fleet.js';
import { plainRotator } from './plain-rotator.js';

const lanes = 50;
/** What a target takes to change a password. */
const targetMillis = 20;

export const fiftyAtOnce: Benchmark = {
  name: 'fifty-at-once',
  what: `rotations/s, 50 at once, of a target that takes ${targetMillis} ms`,
  async run(size) {
    const alone = await throughput(size.times(100), 1);
    const together = await throughput(Math.max(lanes, size.times(2000)), lanes);
    return {
      value: Math.round(together.perSecond),
      unit: 'rotations/s',
      ratio: { value: rounded(together.perSecond / alone.perSecond), to: 'one after the other' },
      floor: `all succeed, and ${lanes} targets are being changed at one time`,
      ok: together.peak === lanes,
    };
  },
};

/** No target is done before as many are under way as there may be: rotations that wait for each other would never end. */
async function throughput(secrets: number, atOnce: number): Promise<{ perSecond: number; peak: number }> {
  let running = 0;
  let peak = 0;
  let open: () => void = () => undefined;
  const allThere = new Promise<void>((resolve) => {
    open = resolve;
  });
  const handler = plainRotator(async () => {
    peak = Math.max(peak, ++running);
    if (running === atOnce) open();
    await allThere;
    await setTimeout(targetMillis);
    running--;
  });
  await using fleet = await startFleet(secrets, handler);
  const { seconds } = await fleet.rotate(atOnce);
  return { perSecond: secrets / seconds, peak };
}

import type { InProcessFunction } from '../lib/emulator/index.js';
import { type Benchmark, type Measurement, rounded, type Size } from './benchmark.js';
import { startFleet } from './fleet.js';
import { frameworkRotator } from './framework-rotator.js';
import { plainRotator } from './plain-rotator.js';

const many = 10_000;
const few = 100;
const lanes = 50;
const floorSeconds = 60;

export const rotations: Benchmark = {
  name: 'rotations',
  what: '10,000 secrets rotated end to end by an in-process function that speaks plain HTTP',
  async run(size) {
    const { seconds, ...rest } = await measure(plainRotator(), size);
    return { ...rest, floor: `under ${floorSeconds} s`, ok: !size.judged || seconds < floorSeconds };
  },
};

export const rotationsByFramework: Benchmark = {
  name: 'rotations-framework',
  what: "the same by Keyturn's handler with the AWS SDK, which takes most of the time itself",
  async run(size) {
    const { seconds, ...rest } = await measure(frameworkRotator(), size);
    return { ...rest, ok: true };
  },
};

type Timing = Omit<Measurement, 'floor' | 'ok'> & { readonly seconds: number };

/** The few come first and three times, the best counts: what they pay for warming up is not to flatter the many. */
async function measure(handler: InProcessFunction['handler'], size: Size): Promise<Timing> {
  let eachOfFew = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    await using fleet = await startFleet(size.times(few), handler);
    const { seconds } = await fleet.rotate(lanes);
    eachOfFew = Math.min(eachOfFew, seconds / size.times(few));
  }
  await using fleet = await startFleet(size.times(many), handler);
  const { seconds } = await fleet.rotate(lanes);
  return {
    seconds,
    value: rounded(seconds),
    unit: `s for ${size.times(many)} secrets`,
    ratio: {
      value: rounded(seconds / size.times(many) / eachOfFew),
      to: `the time for each of ${size.times(few)} secrets`,
    },
  };
}

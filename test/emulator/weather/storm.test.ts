/** Keyturn's own framework in a storm: whatever the weather did to a rotation, the secret ends up healthy. */
import { describe, expect, it } from '@jest/globals';
import type { RecordedRequest, RotationOutcome, Weather } from '../../../lib/emulator/index.js';
import { type RotationHarness, rotationHarness } from '../../../lib/testing/index.js';
import { type Door, type DoorSecret, doorRotator, initial, newDoor } from '../../support/door.js';

/** Only the function's requests; the lag is everyone's. */
const storm = (seed: number): Weather => ({
  seed,
  rules: [
    { functionArn: '*', probability: 0.3, effect: { latency: [0, 20] } },
    { functionArn: '*', probability: 0.08, effect: { throttle: true } },
    { functionArn: '*', probability: 0.06, effect: { error: {} } },
    { functionArn: '*', probability: 0.06, effect: { error: {}, after: true } },
    { functionArn: '*', probability: 0.06, effect: { drop: 'before' } },
    { functionArn: '*', probability: 0.1, effect: { drop: 'after' } },
    { functionArn: '*', probability: 0.06, effect: { drop: 'half' } },
  ],
  // Not by time: a slow machine would see the truth more often.
  readAfterWriteLag: { reads: 2 },
});

interface Voyage {
  readonly seed: number;
  readonly outcomes: readonly RotationOutcome[];
  readonly weathered: readonly RecordedRequest[];
}

/** A rotation, as often reattempted as AWS would, and after each attempt the secret and the door still fit. */
async function voyage(seed: number): Promise<Voyage> {
  const door = newDoor();
  // Half of them through an assumed role in another account, which makes STS part of it.
  const account = seed % 2 === 0 ? '111122223333' : '444455556666';
  await using harness = await rotationHarness(doorRotator(door), { initial, functionAccountId: account });
  harness.emulator.weather.set(storm(seed));
  const outcomes = [await harness.rotate()];
  await assertNobodyLockedOut(harness, door);
  while (outcomes.length < 10 && !(await healthy(harness, door))) {
    outcomes.push(await harness.reattempt());
    await assertNobodyLockedOut(harness, door);
  }
  harness.emulator.weather.clear();
  expect({ seed, healthy: await healthy(harness, door) }).toEqual({ seed, healthy: true });
  // Nothing is left over that would be in the way of the next one.
  expect({ seed, ...(await harness.rotate()) }).toMatchObject({ seed, status: 'Succeeded' });
  return { seed, outcomes, weathered: harness.calls().filter(({ weather }) => weather !== undefined) };
}

/** The key of the door is in the secret, be it as AWSCURRENT or as AWSPENDING. */
async function assertNobodyLockedOut(harness: RotationHarness<DoorSecret>, door: Door): Promise<void> {
  const labels = await inFairWeather(harness, () =>
    Promise.all([harness.value('AWSCURRENT'), harness.value('AWSPENDING')]),
  );
  expect(labels.map((value) => value?.key)).toContain(door.key);
}

/** AWSCURRENT opens the door and no other version is pending. */
async function healthy(harness: RotationHarness<DoorSecret>, door: Door): Promise<boolean> {
  return inFairWeather(harness, async () => {
    const pending = Object.entries(await harness.labels()).filter(([, labels]) => labels.includes('AWSPENDING'));
    const unfinished = pending.some(([, labels]) => !labels.includes('AWSCURRENT'));
    return !unfinished && door.changed > 0 && (await harness.value('AWSCURRENT'))?.key === door.key;
  });
}

/** Looks at the truth. The storm goes on with another seed afterwards, or it would strike the same way again. */
async function inFairWeather<T>({ emulator }: RotationHarness<DoorSecret>, look: () => Promise<T>): Promise<T> {
  const weather = emulator.weather.current;
  emulator.weather.clear();
  const seen = await look();
  if (weather !== undefined) emulator.weather.set({ ...weather, seed: (weather.seed ?? 0) + 1000 });
  return seen;
}

describe('a storm', () => {
  it('of 30 seeds leaves 30 healthy secrets', async () => {
    const seeds = Array.from({ length: 30 }, (_, i) => i + 1);
    const voyages = await Promise.all(seeds.map(voyage));
    // It was a storm: every kind of weather struck, and some rotations needed another attempt.
    expect(voyages.filter(({ outcomes }) => outcomes.length > 1)).not.toEqual([]);
    const marks = new Set(voyages.flatMap(({ weathered }) => weathered.flatMap(({ weather }) => weather ?? [])));
    expect([...marks].sort()).toEqual([
      'delayed',
      'dropped after',
      'dropped before',
      'dropped half',
      'failed',
      'failed after',
      'stale',
      'throttled',
    ]);
  });
});

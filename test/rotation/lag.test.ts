/** Rotations where what was written is not visible at once, in the emulator's weather. */
import { describe, expect, it } from '@jest/globals';
import type { Weather } from '../../lib/emulator/index.js';
import { type RotationHarness, rotationHarness } from '../../lib/testing/index.js';
import { type DoorSecret, doorRotator, initial, newDoor } from '../support/door.js';

describe('finishSecret', () => {
  it('believes that AWSCURRENT has moved when the answer was lost and the move is not visible yet', async () => {
    const weather: Weather = {
      rules: [{ operation: 'UpdateSecretVersionStage', calls: [1], effect: { drop: 'after' } }],
      readAfterWriteLag: { reads: 2, probability: 1 },
    };
    // It changes just before AWSCURRENT moves.
    const finishSecret = (): void => harness.emulator.weather.set(weather);
    await using harness: RotationHarness<DoorSecret> = await rotationHarness(doorRotator(newDoor(), { finishSecret }), {
      initial,
    });
    const { versionId, ...outcome } = await harness.rotate();
    expect(outcome).toMatchObject({ status: 'Succeeded' });
    expect(outcome.steps.at(-1)).not.toHaveProperty('error');
    const told = harness.calls().flatMap(({ operation, weather }) => (weather ? [`${operation}: ${weather}`] : []));
    expect(told).toEqual(['UpdateSecretVersionStage: dropped after', 'DescribeSecret: stale', 'DescribeSecret: stale']);
    harness.emulator.weather.clear();
    expect((await harness.labels())[versionId]).toContain('AWSCURRENT');
  });
});

describe('createSecret', () => {
  it('waits for RotateSecret to become visible', async () => {
    const door = newDoor();
    await using harness = await rotationHarness(doorRotator(door), { initial });
    let stale = 2;
    harness.emulator.intercept({
      request: ({ operation, step }) =>
        operation === 'DescribeSecret' && step === 'createSecret' && stale-- > 0 ? { stale: true } : undefined,
    });
    const outcome = await harness.rotate();
    expect(outcome).toMatchObject({ status: 'Succeeded' });
    expect(outcome.steps.filter(({ error }) => error !== undefined)).toEqual([]);
    const described = harness
      .calls()
      .filter(({ operation, step }) => operation === 'DescribeSecret' && step === 'createSecret');
    expect(described).toHaveLength(3);
  });
});

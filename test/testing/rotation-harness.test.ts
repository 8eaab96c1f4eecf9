import { describe, expect, it } from '@jest/globals';
import { binary } from '../../lib/index.js';
import type { Rotator } from '../../lib/rotation/rotator.js';
import {
  type InterruptibleCall,
  InterruptionMissedError,
  type RotationHarness,
  rotationHarness,
  StepOutOfOrderError,
} from '../../lib/testing/index.js';
import { type Door, type DoorSecret, doorRotator, FIRST_KEY, initial, newDoor } from '../support/door.js';

type DoorHarness = RotationHarness<DoorSecret>;

const open = (door: Door, more: Partial<Rotator<DoorSecret>> = {}): Promise<DoorHarness> =>
  rotationHarness(doorRotator(door, more), { initial });

async function keyUnder(harness: DoorHarness, label: string): Promise<string | undefined> {
  const versions = await harness.versions();
  return versions.find(({ labels }) => labels.includes(label))?.value?.key;
}

/** What an author asks: whatever happened before, does the next rotation end well, and is all as after any other? */
async function expectRecovery(harness: DoorHarness, door: Door): Promise<void> {
  expect(await harness.rotate()).toMatchObject({ status: 'Succeeded' });
  expect(await keyUnder(harness, 'AWSCURRENT')).toBe(door.key);
  expect(door.key).not.toBe(FIRST_KEY);
}

describe('run', () => {
  it('delivers one step after the other, all with one token, as one rotation', async () => {
    const door = newDoor();
    await using harness = await open(door);
    const steps = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;
    for (const step of steps) expect(await harness.run(step)).toEqual({ step, millis: expect.any(Number) });
    expect(new Set(harness.calls().map(({ rotation }) => rotation?.versionId)).size).toBe(1);
    expect(await keyUnder(harness, 'AWSCURRENT')).toBe(door.key);
    expect(await keyUnder(harness, 'AWSPREVIOUS')).toBe(FIRST_KEY);
    expect(harness.emulator.events.at(-1)?.eventName).toBe('RotationSucceeded');
  });

  it('delivers nothing but that step, and again what was delivered before', async () => {
    const door = newDoor();
    await using harness = await open(door);
    await harness.run('createSecret');
    const first = await keyUnder(harness, 'AWSPENDING');
    await harness.run('createSecret');
    expect(await keyUnder(harness, 'AWSPENDING')).toBe(first);
    expect(new Set(harness.calls().map(({ step }) => step))).toEqual(new Set(['createSecret']));
    expect(door).toMatchObject({ key: FIRST_KEY, tried: [] });
    await harness.run('setSecret');
    await harness.run('setSecret');
    expect(door).toMatchObject({ key: first, changed: 1 });
  });

  it('is what a rotation can go on from, with the same token', async () => {
    const door = newDoor();
    await using harness = await open(door);
    await harness.run('createSecret');
    const [pending] = (await harness.versions()).filter(({ labels }) => labels.includes('AWSPENDING'));
    expect(await harness.rotate()).toMatchObject({ status: 'Succeeded', versionId: pending?.versionId });
    expect(door.key).toBe(pending?.value?.key);
  });

  it('tells what the step threw', async () => {
    await using harness = await open({ ...newDoor(), key: 'another' });
    expect(await harness.run('createSecret')).not.toHaveProperty('error');
    expect(await harness.run('setSecret')).toMatchObject({ step: 'setSecret', errorType: 'StepFailedError' });
  });

  it('refuses a step that nothing waits for', async () => {
    await using harness = await open(newDoor());
    await expect(harness.run('setSecret')).rejects.toThrow(StepOutOfOrderError);
    await expect(harness.run('setSecret')).rejects.toThrow(/run\('createSecret'\) comes before run\('setSecret'\)/);
    expect(harness.calls()).toEqual([]);
    harness.interrupt({ before: 'PutSecretValue' });
    await harness.run('createSecret');
    await expect(harness.run('setSecret')).rejects.toThrow(/was not created by Lambda/);
  });
});

describe('interrupt', () => {
  const calls: readonly InterruptibleCall[] = [
    'DescribeSecret',
    'GetSecretValue',
    'createSecret',
    'PutSecretValue',
    'setSecret',
    'afterSetSecret',
    'testSecret',
    'finishSecret',
    'UpdateSecretVersionStage',
  ];
  const points = calls.flatMap((call) => [{ before: call }, { after: call }]);

  it.each(points)('kills the function, and the next rotation recovers: %j', async (point) => {
    const door = newDoor();
    await using harness = await open(door, { afterSetSecret: () => {}, finishSecret: () => {} });
    harness.interrupt(point);
    expect(await harness.rotate()).toMatchObject({
      status: 'Failed',
      steps: expect.arrayContaining([expect.objectContaining({ errorType: 'Runtime.ExitError' })]),
    });
    await expectRecovery(harness, door);
  });

  it.each(points)('lets the call fail, and the next rotation recovers: %j', async (point) => {
    const door = newDoor();
    await using harness = await open(door, { afterSetSecret: () => {}, finishSecret: () => {} });
    harness.interrupt({ ...point, by: 'error' });
    // The function itself gets over some of them.
    await harness.rotate();
    await expectRecovery(harness, door);
  });

  it('strikes before or after the effect of a request', async () => {
    await using harness = await open(newDoor());
    harness.interrupt({ before: 'PutSecretValue' });
    await harness.run('createSecret');
    const values = async () => (await harness.versions()).map(({ value }) => value?.key);
    expect(await values()).toEqual([FIRST_KEY, undefined]);
    harness.interrupt({ after: 'PutSecretValue' });
    expect(await harness.run('createSecret')).toHaveProperty('error');
    expect(await values()).toEqual([FIRST_KEY, expect.stringMatching(/^.{24}$/)]);
  });

  it('strikes before or after the effect of a method', async () => {
    const door = newDoor();
    await using harness = await open(door);
    await harness.run('createSecret');
    harness.interrupt({ before: 'setSecret' });
    expect(await harness.run('setSecret')).toHaveProperty('error');
    expect(door.changed).toBe(0);
    harness.interrupt({ after: 'setSecret' });
    expect(await harness.run('setSecret')).toHaveProperty('error');
    expect(door.changed).toBe(1);
  });

  it('leaves the same token for the next rotation, and a new one where the label had moved', async () => {
    await using harness = await open(newDoor());
    harness.interrupt({ before: 'UpdateSecretVersionStage' });
    const [first, second] = [await harness.rotate(), await harness.rotate()];
    expect(second).toMatchObject({ status: 'Succeeded', versionId: first.versionId });
    harness.interrupt({ after: 'UpdateSecretVersionStage' });
    const [third, fourth] = [await harness.rotate(), await harness.rotate()];
    expect((await harness.labels())[third.versionId]).toEqual(['AWSPREVIOUS']);
    expect(fourth).toMatchObject({ status: 'Succeeded' });
  });

  it('lets a killed function run nothing more: no catch, no finally, no discardSecret, no log', async () => {
    const ran: string[] = [];
    let other = '';
    const schema = doorRotator(newDoor()).secret;
    await using harness: DoorHarness = await open(newDoor(), {
      discardSecret: () => void ran.push('discardSecret'),
      async setSecret({ readSecret }) {
        harness.interrupt({ after: 'GetSecretValue' });
        try {
          await readSecret(other, schema);
        } catch {
          ran.push('catch');
        } finally {
          ran.push('finally');
        }
      },
    });
    other = harness.secretArn;
    harness.interrupt({ before: 'PutSecretValue' });
    await harness.rotate();
    expect(harness.logs).toEqual([]);
    await harness.run('createSecret');
    const logged = harness.logs.length;
    expect(await harness.run('setSecret')).toMatchObject({ errorType: 'Runtime.ExitError' });
    await harness.run('createSecret');
    expect(ran).toEqual([]);
    expect(harness.logs.slice(logged).map(({ fields }) => fields.step)).toEqual(['createSecret']);
  });

  it('strikes after a method that throws, too', async () => {
    await using harness = await open({ ...newDoor(), key: 'another' });
    await harness.run('createSecret');
    harness.interrupt({ after: 'testSecret' });
    expect(await harness.run('testSecret')).toMatchObject({ errorType: 'Runtime.ExitError' });
  });

  it('across accounts, where a role is assumed', async () => {
    const door = newDoor();
    await using harness = await rotationHarness(doorRotator(door), { initial, functionAccountId: '444455556666' });
    harness.interrupt({ after: 'AssumeRole' });
    await expect(harness.rotate()).resolves.toMatchObject({ status: 'Failed' });
    harness.interrupt({ before: 'AssumeRole', by: 'error' });
    await expect(harness.rotate()).resolves.toMatchObject({
      steps: [expect.objectContaining({ errorType: 'AssumeRoleFailedError' })],
    });
    await expectRecovery(harness, door);
  });

  it('is an error where the rotation never came there, and is forgotten then', async () => {
    await using harness = await open(newDoor());
    harness.interrupt({ after: 'finishSecret' });
    const missed = harness.rotate();
    await expect(missed).rejects.toThrow(InterruptionMissedError);
    await expect(missed).rejects.toThrow('interrupted after finishSecret, and never came there');
    await expect(harness.rotate()).resolves.toMatchObject({ status: 'Succeeded' });
  });

  it('shows a rotator that does not recover', async () => {
    const door = newDoor();
    await using harness = await open(door, {
      setSecret({ pending, current }) {
        // It asks for the current key once more, after it was changed.
        if (door.key !== current.key) throw new Error('refused');
        door.key = pending.key;
      },
      testSecret: () => {
        throw new Error('refused');
      },
    });
    await harness.run('createSecret');
    harness.interrupt({ after: 'setSecret' });
    await harness.run('setSecret');
    expect(await harness.rotate()).toMatchObject({ status: 'Failed' });
  });
});

describe('versions', () => {
  it('gives ids, labels and values, oldest first', async () => {
    await using harness = await open(newDoor());
    const { versionId } = await harness.rotate();
    const [old, latest, ...others] = await harness.versions();
    expect(others).toEqual([]);
    expect(old).toEqual({ versionId: expect.any(String), labels: ['AWSPREVIOUS'], value: initial });
    expect(latest).toEqual({
      versionId,
      labels: expect.arrayContaining(['AWSCURRENT', 'AWSPENDING']),
      value: await harness.value('AWSCURRENT'),
    });
    await harness.rotate();
    expect((await harness.versions()).map(({ labels }) => labels[0])).toEqual([undefined, 'AWSPREVIOUS', 'AWSCURRENT']);
  });

  it('gives bytes and text as the rotator calls them', async () => {
    const bytes = Uint8Array.of(1, 2, 3);
    await using harness = await rotationHarness(
      {
        secret: binary(),
        createSecret: ({ current }) => current.toReversed(),
        testSecret: () => {},
      },
      { initial: bytes },
    );
    await harness.rotate();
    expect((await harness.versions()).map(({ value }) => value)).toEqual([bytes, Uint8Array.of(3, 2, 1)]);
  });
});

/** What is left of a function that was killed in this process, where it cannot be ended. */
import { setImmediate } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { startEmulator } from '../../lib/emulator/index.js';
import { type RotationHarness, rotationHarness } from '../../lib/testing/index.js';
import { createInterrupter, InterruptionMissedError } from '../../lib/testing/interruption.js';
import { type DoorSecret, doorRotator, initial, newDoor } from '../support/door.js';

it('goes on in no method, and comes to no other one, when what it was waiting for gives up', async () => {
  const ran: string[] = [];
  let giveUp = (): void => {};
  const gaveUp = new Promise<void>((resolve) => {
    giveUp = resolve;
  });
  const { secret } = doorRotator(newDoor());
  const rotator = doorRotator(newDoor(), {
    async setSecret({ readSecret, secretArn, log }) {
      harness.interrupt({ after: 'GetSecretValue' });
      await Promise.race([readSecret(secretArn, secret), gaveUp]);
      log.info('still there');
      ran.push('the rest of setSecret');
    },
    afterSetSecret: () => void ran.push('afterSetSecret'),
  });
  await using harness: RotationHarness<DoorSecret> = await rotationHarness(rotator, { initial });
  await harness.run('createSecret');
  expect(await harness.run('setSecret')).toMatchObject({ errorType: 'Runtime.ExitError' });
  giveUp();
  // Time enough for whatever would follow.
  await harness.run('createSecret');
  expect(ran).toEqual(['the rest of setSecret']);
  expect(harness.logs.map(({ message }) => message)).not.toContain('still there');
});

it('begins no method, and lets go of what waits when it is released', async () => {
  await using emulator = await startEmulator();
  let kills = 0;
  const ran: string[] = [];
  const interrupter = createInterrupter(emulator, () => void kills++);
  const method = (name: string) => async () => void ran.push(name);
  const process = interrupter.begin();
  const watched = process.watched({
    ...doorRotator(newDoor()),
    setSecret: method('setSecret'),
    afterSetSecret: method('afterSetSecret'),
  });
  const context = {} as Parameters<NonNullable<typeof watched.setSecret>>[0];
  interrupter.arm({ before: 'setSecret' });
  const ended: unknown[] = [];
  const waiting = [watched.setSecret, watched.afterSetSecret].map(async (call) => {
    await Promise.resolve(call?.(context)).catch((error: unknown) => ended.push(error));
  });
  await setImmediate();
  expect({ ran, ended, kills, isDead: process.isDead() }).toEqual({ ran: [], ended: [], kills: 1, isDead: true });
  expect(interrupter.begin().isDead()).toBe(false);
  interrupter.release();
  await Promise.all(waiting);
  expect(ended).toHaveLength(2);
  expect(ran).toEqual([]);
});

it('is not struck by what is left of an earlier process', async () => {
  await using emulator = await startEmulator();
  let kills = 0;
  let finish = (): void => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const interrupter = createInterrupter(emulator, () => void kills++);
  const watched = interrupter.begin().watched({
    ...doorRotator(newDoor()),
    setSecret: () => finished,
    afterSetSecret: () => {},
  });
  const context = {} as Parameters<NonNullable<typeof watched.setSecret>>[0];
  const calling = [watched.setSecret?.(context)];
  interrupter.arm({ before: 'afterSetSecret' });
  calling.push(watched.afterSetSecret?.(context));
  interrupter.arm({ after: 'setSecret' });
  finish();
  await setImmediate();
  expect(kills).toBe(1);
  expect(() => interrupter.disarm()).toThrow(InterruptionMissedError);
  interrupter.release();
  expect((await Promise.allSettled(calling)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});

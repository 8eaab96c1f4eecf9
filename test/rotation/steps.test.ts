import { PutSecretValueCommand, UpdateSecretVersionStageCommand } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import type { Rotator } from '../../lib/rotation/rotator.js';
import { type RotationHarness, rotationHarness } from '../../lib/testing/index.js';
import { type Door, type DoorSecret, doorRotator, FIRST_KEY, initial, newDoor } from '../support/door.js';
import { startFaultyProxy } from '../support/faulty-proxy.js';

describe('a rotation', () => {
  it('costs eight calls: these, and no others', async () => {
    const door = newDoor();
    await using harness = await rotationHarness(doorRotator(door), { initial });

    const outcome = await harness.rotate();

    expect(outcome.status).toBe('Succeeded');
    const calls = harness.calls().map(({ step, operation }) => `${step} ${operation}`);
    // Calls of one step that go out in parallel arrive in any order.
    expect(calls.sort()).toEqual([
      'createSecret DescribeSecret',
      'createSecret GetSecretValue',
      'createSecret PutSecretValue',
      'finishSecret DescribeSecret',
      'finishSecret UpdateSecretVersionStage',
      'setSecret GetSecretValue',
      'setSecret GetSecretValue',
      'testSecret GetSecretValue',
    ]);
    expect((await harness.value('AWSCURRENT'))?.key).toBe(door.key);
    expect((await harness.value('AWSPREVIOUS'))?.key).toBe(FIRST_KEY);
    expect(door.changed).toBe(1);
  });

  it('ends with AWSCURRENT and AWSPENDING on the new version and AWSPREVIOUS on the old one', async () => {
    await using harness = await rotationHarness(doorRotator(newDoor()), { initial });
    const { versionId } = await harness.rotate();
    const { [versionId]: labels, ...others } = await harness.labels();
    expect(labels?.sort()).toEqual(['AWSCURRENT', 'AWSPENDING']);
    expect(Object.values(others)).toEqual([['AWSPREVIOUS']]);
    await expect(harness.rotate()).resolves.toMatchObject({ status: 'Succeeded' });
  });

  it('shows neither a value that the schema does not know nor what the schema makes of one', async () => {
    const reversed = (text: string) => [...text].reverse().join('');
    const secret = z.object({ door: z.string(), key: z.string().transform(reversed) });
    await using harness = await rotationHarness<DoorSecret>(
      {
        ...doorRotator(newDoor()),
        secret,
        testSecret() {
          throw new Error('refused');
        },
        setSecret({ current }) {
          throw new Error(`read ${current.key}, and the pin is CANARY-pin-0000`);
        },
      },
      { initial },
    );
    const SecretString = JSON.stringify({ ...initial, pin: 'CANARY-pin-0000' });
    await harness.client.send(new PutSecretValueCommand({ SecretId: harness.secretArn, SecretString }));
    const outcome = await harness.rotate();
    expect(outcome.steps.at(-1)).toMatchObject({ step: 'setSecret', error: 'read ***, and the pin is ***' });
    const seen = JSON.stringify([outcome, harness.logs]);
    for (const value of [reversed(FIRST_KEY), 'CANARY']) expect(seen).not.toContain(value);
  });

  it('keeps unknown keys of the secret, their order and their digits', async () => {
    const rotator = doorRotator(newDoor());
    await using harness = await rotationHarness(rotator, { initial });
    const text = `{"z":12345678901234567890,"key":"${FIRST_KEY}","10":1,"2":[1.0],"door":"front"}`;
    await harness.client.send(new PutSecretValueCommand({ SecretId: harness.secretArn, SecretString: text }));
    await harness.rotate();
    const put = await harness.value('AWSCURRENT');
    expect(Object.keys(put ?? {})).toEqual(['2', '10', 'z', 'key', 'door']);
    expect(put).toMatchObject({ '2': [1], '10': 1, door: 'front' });
  });
});

describe('createSecret', () => {
  it('run again for the same version keeps the first value', async () => {
    const door = newDoor();
    let lockJammed = true;
    const rotator = doorRotator(door);
    await using harness = await rotationHarness<DoorSecret>(
      {
        ...rotator,
        setSecret: (context) => {
          if (lockJammed) throw new Error('jammed');
          return rotator.setSecret?.(context);
        },
      },
      { initial },
    );
    await expect(harness.rotate()).resolves.toMatchObject({ status: 'Failed' });
    const first = await harness.value('AWSPENDING');
    lockJammed = false;

    const outcome = await harness.reattempt();

    expect(outcome.status).toBe('Succeeded');
    expect(await harness.value('AWSCURRENT')).toEqual(first);
    expect(harness.logs).toContainEqual(
      expect.objectContaining({ fields: expect.objectContaining({ step: 'createSecret', outcome: 'value kept' }) }),
    );
  });

  it('is not called again once a value is stored, when it makes something outside', async () => {
    let made = 0;
    let discarded = 0;
    let jammed = true;
    await using harness = await rotationHarness(
      doorRotator(newDoor(), {
        createSecret: () => ({ key: `made-outside-${made++}-xxxxxxxxxxxx` }),
        discardSecret: () => void discarded++,
        setSecret: () => {
          if (jammed) throw new Error('jammed');
        },
        testSecret: () => {
          if (jammed) throw new Error('refused');
        },
      }),
      { initial },
    );
    await harness.rotate();
    jammed = false;
    await expect(harness.reattempt()).resolves.toMatchObject({ status: 'Succeeded' });
    expect({ made, discarded }).toEqual({ made: 1, discarded: 0 });
  });

  it('undoes what it made outside when the value cannot be stored, and can then run again', async () => {
    const outside = new Set<string>();
    let tooLong = true;
    await using harness = await rotationHarness(
      doorRotator(newDoor(), {
        createSecret: () => {
          const key = `made-${outside.size}-${'x'.repeat(tooLong ? 70_000 : 20)}`;
          outside.add(key);
          return { key };
        },
        discardSecret: ({ discarded, current }) => {
          expect(current.key).toBe(FIRST_KEY);
          expect(discarded.door).toBe('front');
          outside.delete(discarded.key);
        },
        setSecret: () => {},
        testSecret: () => {},
      }),
      { initial },
    );
    const failed = await harness.rotate();
    expect(failed).toMatchObject({
      status: 'Failed',
      steps: [{ step: 'createSecret', errorType: 'InvalidSecretError' }],
    });
    expect(outside.size).toBe(0);

    tooLong = false;
    await expect(harness.reattempt()).resolves.toMatchObject({ status: 'Succeeded' });
    expect(outside.size).toBe(1);
  });

  it('does not undo what it made outside when the value was stored and only the answer was lost', async () => {
    const outside = new Set<string>();
    let upstream = '';
    let lost = true;
    await using proxy = await startFaultyProxy(
      () => upstream,
      (operation) => (operation === 'PutSecretValue' && lost ? 'lose the answer' : undefined),
    );
    await using harness = await rotationHarness(
      doorRotator(newDoor(), {
        createSecret: () => {
          const key = `made-outside-${outside.size}`;
          outside.add(key);
          return { key };
        },
        discardSecret: ({ discarded }) => void outside.delete(discarded.key),
        setSecret: () => {},
        testSecret: ({ pending }) => {
          if (!outside.has(pending.key)) throw new Error('no such key');
        },
      }),
      { initial, handler: { endpoint: proxy.endpoint } },
    );
    upstream = harness.emulator.endpoint;
    await expect(harness.rotate()).resolves.toMatchObject({ status: 'Failed', steps: [{ step: 'createSecret' }] });
    expect([...outside]).toEqual(['made-outside-0']);

    lost = false;
    await expect(harness.reattempt()).resolves.toMatchObject({ status: 'Succeeded' });
    expect([...outside]).toEqual(['made-outside-0']);
    expect((await harness.value('AWSCURRENT'))?.key).toBe('made-outside-0');
  });

  it('leaves what it made outside when nobody can tell whether the value was stored, and says so', async () => {
    const outside = new Set<string>();
    let upstream = '';
    let down = false;
    await using proxy = await startFaultyProxy(
      () => upstream,
      (operation) => {
        down ||= operation === 'PutSecretValue';
        return down ? { error: 'AccessDeniedException' } : undefined;
      },
    );
    await using harness = await rotationHarness(
      doorRotator(newDoor(), {
        createSecret: () => {
          outside.add('made-outside-0');
          return { key: 'made-outside-0' };
        },
        discardSecret: () => outside.clear(),
      }),
      { initial, handler: { endpoint: proxy.endpoint } },
    );
    upstream = harness.emulator.endpoint;
    await expect(harness.rotate()).resolves.toMatchObject({ steps: [{ errorType: 'AccessDeniedError' }] });
    expect(outside.size).toBe(1);
    expect(harness.logs).toContainEqual(
      expect.objectContaining({ level: 'error', message: expect.stringContaining('not known') }),
    );
  });

  it('undoes what it made outside when Secrets Manager refuses the value', async () => {
    const outside = new Set<string>();
    let upstream = '';
    await using proxy = await startFaultyProxy(
      () => upstream,
      (operation) => (operation === 'PutSecretValue' ? { error: 'EncryptionFailure' } : undefined),
    );
    await using harness = await rotationHarness(
      doorRotator(newDoor(), {
        createSecret: () => {
          outside.add('made-outside-0');
          return { key: 'made-outside-0' };
        },
        discardSecret: () => outside.clear(),
      }),
      { initial, handler: { endpoint: proxy.endpoint } },
    );
    upstream = harness.emulator.endpoint;
    await expect(harness.rotate()).resolves.toMatchObject({ status: 'Failed' });
    expect(outside.size).toBe(0);
  });

  it('shows no generated password when it fails with one in hand', async () => {
    let made = '';
    await using harness = await rotationHarness(
      doorRotator(newDoor(), {
        createSecret: async ({ generatePassword, log }) => {
          made = await generatePassword({ excludePunctuation: true });
          log.info(`made ${made}`);
          throw new Error(`the vendor refused ${made}`);
        },
      }),
      { initial },
    );
    const outcome = await harness.rotate();
    expect(made).toHaveLength(32);
    expect(outcome.steps[0]?.error).toBe('the vendor refused ***');
    expect(JSON.stringify(harness.logs)).not.toContain(made);
  });

  it('says so when discardSecret fails too, and reports the first error', async () => {
    await using harness = await rotationHarness(
      doorRotator(newDoor(), {
        createSecret: () => ({ key: 'x'.repeat(70_000) }),
        discardSecret: () => {
          throw new Error('discard failed');
        },
      }),
      { initial },
    );
    const outcome = await harness.rotate();
    expect(outcome.steps.at(-1)?.errorType).toBe('InvalidSecretError');
    expect(harness.logs).toContainEqual(
      expect.objectContaining({ level: 'error', message: expect.stringContaining('discardSecret failed') }),
    );
  });

  it('starts from AWSPREVIOUS where the rotator asks for it', async () => {
    const seen: unknown[] = [];
    const door = newDoor();
    const rotator = doorRotator(door);
    await using harness = await rotationHarness<DoorSecret>(
      {
        ...rotator,
        createSecret: async (context) => {
          seen.push((await context.previous())?.key);
          return rotator.createSecret(context);
        },
      },
      { initial },
    );
    await harness.rotate();
    await harness.rotate();
    expect(seen).toEqual([undefined, FIRST_KEY]);
  });
});

describe('setSecret', () => {
  it('is skipped when the pending value works already, but afterSetSecret runs every time', async () => {
    const door = newDoor();
    let copied = 0;
    await using harness = await rotationHarness(
      doorRotator(door, {
        afterSetSecret: () => {
          copied += 1;
          if (copied === 1) throw new Error('cut off half way');
        },
      }),
      { initial },
    );
    await expect(harness.rotate()).resolves.toMatchObject({ status: 'Failed' });
    await expect(harness.reattempt()).resolves.toMatchObject({ status: 'Succeeded' });
    expect({ changed: door.changed, copied }).toEqual({ changed: 1, copied: 2 });
  });

  it('does not take an outage for a refusal', async () => {
    const door = newDoor();
    const { HostUnreachableError } = await import('../../lib/rotation/errors.js');
    await using harness = await rotationHarness(
      doorRotator(door, {
        testSecret: () => {
          throw new HostUnreachableError('timed out', 'door.example.com did not answer');
        },
      }),
      { initial },
    );
    const outcome = await harness.rotate();
    expect(outcome.steps.at(-1)).toMatchObject({ step: 'setSecret', errorType: 'HostUnreachableError' });
    expect(door.changed).toBe(0);
  });

  it('compares the targets before anything is sent', async () => {
    const door = newDoor();
    await using harness = await rotationHarness(
      doorRotator(door, {
        createSecret: () => ({ door: 'back', key: 'x'.repeat(20) }),
        target: ({ door: name }) => ({ door: name }),
      }),
      { initial },
    );
    const outcome = await harness.rotate();
    expect(outcome.steps.at(-1)).toMatchObject({ step: 'setSecret', errorType: 'TargetMismatchError' });
    expect(door.tried).toEqual([]);
  });

  it('reads another secret, and only once', async () => {
    const door = newDoor();
    const rotator = doorRotator(door);
    await using harness = await rotationHarness<DoorSecret>(
      {
        ...rotator,
        afterSetSecret: async ({ readSecret, secretArn }) => {
          const both = await Promise.all([
            readSecret(secretArn, rotator.secret),
            readSecret(secretArn, rotator.secret),
          ]);
          expect(both[0]).toEqual(both[1]);
        },
      },
      { initial },
    );
    await expect(harness.rotate()).resolves.toMatchObject({ status: 'Succeeded' });
    expect(harness.calls().filter(({ step }) => step === 'setSecret')).toHaveLength(3);
  });

  describe('when the rotation before it was cut off after setSecret, and its version lost AWSPENDING', () => {
    /** @returns the harness, with a door that opens to a key that no label leads to */
    async function cutOff(
      door: Door,
      more: Partial<Rotator<DoorSecret>> = {},
      endpoint?: string,
      started?: (endpoint: string) => void,
    ) {
      let cut = true;
      const rotator = doorRotator(door, {
        afterSetSecret: () => {
          if (cut) throw new Error('cut off');
        },
        ...more,
      });
      const harness = await rotationHarness(rotator, { initial, ...(endpoint && { handler: { endpoint } }) });
      started?.(harness.emulator.endpoint);
      const { versionId } = await harness.rotate();
      await stripPending(harness, versionId);
      cut = false;
      expect(door.key).not.toBe(FIRST_KEY);
      door.tried.length = 0;
      return harness;
    }

    it('goes on from the value of that version', async () => {
      const door = newDoor();
      await using harness = await cutOff(door);
      await expect(harness.rotate()).resolves.toMatchObject({ status: 'Succeeded' });
      expect((await harness.value('AWSCURRENT'))?.key).toBe(door.key);
      expect(harness.logs).toContainEqual(
        expect.objectContaining({ level: 'warn', message: expect.stringContaining('version without a label') }),
      );
    });

    it('goes on from it when somebody wrote AWSCURRENT meanwhile', async () => {
      const door = newDoor();
      await using harness = await cutOff(door);
      const written = new PutSecretValueCommand({ SecretId: harness.secretArn, SecretString: JSON.stringify(initial) });
      await harness.client.send(written);
      await expect(harness.rotate()).resolves.toMatchObject({ status: 'Succeeded' });
    });

    it('takes the latest, and tries no more than three', async () => {
      const door = newDoor();
      await using harness = await cutOff(door);
      // The rotations after it fail before they set anything: each leaves another version without a label.
      const locked = door.key;
      for (let lost = 0; lost < 3; lost += 1) {
        door.key = 'somebody changed the lock';
        const { versionId } = await harness.rotate();
        await stripPending(harness, versionId);
      }
      door.key = locked;
      door.tried.length = 0;
      const outcome = await harness.rotate();
      expect(outcome.steps.at(-1)).toMatchObject({ step: 'setSecret', error: expect.stringContaining('refused') });
      // AWSPENDING, AWSCURRENT (asked again, before anything takes its place), and those three.
      expect(door.tried).toHaveLength(6);
      expect(door.tried.filter((key) => key === FIRST_KEY)).toHaveLength(2);
      expect(new Set(door.tried).size).toBe(5);
      expect(door.tried).not.toContain(locked);
      const fields = expect.objectContaining({ versionsTried: 3 });
      expect(harness.logs).toContainEqual(expect.objectContaining({ level: 'warn', fields }));
    });

    it('goes on from it when somebody moved AWSCURRENT back, to the one of two logins that was half way changed', async () => {
      const { HostUnreachableError } = await import('../../lib/rotation/errors.js');
      const keys: Record<string, string> = { front: FIRST_KEY };
      const open = ({ door, key }: DoorSecret) => {
        if (keys[door] !== key) throw new Error(`the ${door} door refused`);
      };
      let cut = 0;
      const rotator = doorRotator(newDoor(), {
        target: () => ({}),
        createSecret: async ({ current, generatePassword }) => ({
          door: current.door === 'front' ? 'back' : 'front',
          key: await generatePassword({ length: 24 }),
        }),
        setSecret({ current, pending }) {
          open(current);
          keys[pending.door] = pending.key;
        },
        afterSetSecret({ current }) {
          open(current);
          if (cut-- > 0) throw new HostUnreachableError('timed out', 'cut off');
        },
        testSecret: ({ pending }) => open(pending),
      });
      await using harness = await rotationHarness(rotator, { initial });
      const { versionId: second } = await harness.rotate();
      cut = 2;
      await stripPending(harness, (await harness.rotate()).versionId);
      const back = { SecretId: harness.secretArn, VersionStage: 'AWSCURRENT', RemoveFromVersionId: second };
      const [MoveToVersionId = ''] = Object.entries(await harness.labels()).flatMap(([id, labels]) =>
        labels.includes('AWSPREVIOUS') ? [id] : [],
      );
      await harness.client.send(new UpdateSecretVersionStageCommand({ ...back, MoveToVersionId }));

      expect((await harness.rotate()).steps.at(-1)).toMatchObject({ error: expect.stringContaining('cut off') });
      // What was set is not set again, and the login that does the rest is found again.
      await expect(harness.reattempt()).resolves.toMatchObject({ status: 'Succeeded' });
      expect(await harness.value('AWSCURRENT')).toEqual({ door: 'back', key: keys.back });
    });

    it.each([
      ['the rotator says so', { target: ({ door }: DoorSecret) => ({ door }) }],
      ['it differs in what the rotation does not change', {}],
    ])('does not try a version that opens something else: %s', async (_, more) => {
      const door = newDoor();
      await using harness = await cutOff(door, more);
      const elsewhere = new PutSecretValueCommand({
        SecretId: harness.secretArn,
        SecretString: JSON.stringify({ door: 'back', key: FIRST_KEY }),
      });
      await harness.client.send(elsewhere);
      const outcome = await harness.rotate();
      expect(outcome.steps.at(-1)).toMatchObject({ step: 'setSecret', errorType: 'StepFailedError' });
      expect(door.tried).not.toContain(door.key);
    });

    it('finds it behind any number of copies of AWSCURRENT, which are not tried again', async () => {
      const door = newDoor();
      await using harness = await cutOff(door);
      for (let copies = 0; copies < 6; copies += 1) {
        const copy = new PutSecretValueCommand({ SecretId: harness.secretArn, SecretString: JSON.stringify(initial) });
        await harness.client.send(copy);
      }
      await expect(harness.rotate()).resolves.toMatchObject({ status: 'Succeeded' });
      // By setSecret, and to see that it is refused.
      expect(door.tried.filter((key) => key === FIRST_KEY)).toHaveLength(2);
    });

    it('leaves it alone as long as AWSCURRENT works: something else was refused', async () => {
      const door = newDoor();
      await using harness = await cutOff(door, {
        setSecret({ pending }) {
          if (door.changed > 0) throw new Error('the locksmith is ill');
          door.key = pending.key;
          door.changed += 1;
        },
      });
      const lost = door.key;
      door.key = FIRST_KEY;
      const outcome = await harness.rotate();
      expect(outcome.steps.at(-1)).toMatchObject({ step: 'setSecret', error: 'the locksmith is ill' });
      expect(door.tried).toContain(FIRST_KEY);
      expect(door.tried).not.toContain(lost);
    });

    it('does not try the value of the other one of two logins, and fails with the first refusal', async () => {
      const tried: DoorSecret[] = [];
      const keys: Record<string, string> = { front: FIRST_KEY };
      const open = (secret: DoorSecret) => {
        tried.push(secret);
        if (keys[secret.door] !== secret.key) throw new Error(`the ${secret.door} door refused`);
      };
      await using harness = await rotationHarness(
        doorRotator(newDoor(), {
          publicFields: ['door'],
          target: () => ({}),
          createSecret: async ({ current, generatePassword }) => ({
            door: current.door === 'front' ? 'back' : 'front',
            key: await generatePassword({ length: 24 }),
          }),
          setSecret({ current, pending }) {
            open(current);
            keys[pending.door] = pending.key;
          },
          testSecret: ({ pending }) => open(pending),
        }),
        { initial },
      );
      keys.front = 'somebody changed the lock';
      const { versionId } = await harness.rotate();
      const { key } = (await harness.value('AWSPENDING')) ?? initial;
      await stripPending(harness, versionId);
      // The lost value works, but leads to the door whose turn it is.
      keys.back = key;
      tried.length = 0;
      const outcome = await harness.rotate();
      expect(outcome.steps.at(-1)).toMatchObject({ step: 'setSecret', error: 'the front door refused' });
      expect(tried).not.toContainEqual({ door: 'back', key });
      expect(keys.back).toBe(key);
    });

    it('shows nothing of any version that it read, in no error and no line of the log', async () => {
      const door = newDoor();
      await using harness = await cutOff(door, {
        testSecret({ pending, log }) {
          log.warn(`trying ${pending.key}`, { key: pending.key });
          if (door.key !== pending.key) throw new Error(`the door refused ${pending.key}`);
        },
        setSecret({ current, pending }) {
          if (door.key === FIRST_KEY) door.key = pending.key;
          else
            throw new Error(
              `the door, set with ${current.key}, jams at ${Buffer.from(current.key).toString('base64')}`,
            );
        },
      });
      const lost = door.key;
      const others = [
        JSON.stringify({ door: 'back', key: 'CANARY-of-another-door' }),
        JSON.stringify({ key: 'CANARY-of-another-shape' }),
        'CANARY-of-no-json-at-all',
      ];
      for (const SecretString of [...others, ...others, JSON.stringify(initial)])
        await harness.client.send(new PutSecretValueCommand({ SecretId: harness.secretArn, SecretString }));
      const outcome = await harness.rotate();
      expect(outcome.steps.at(-1)).toMatchObject({ step: 'setSecret', error: 'the door, set with ***, jams at ***' });
      const seen = JSON.stringify([outcome, harness.logs]);
      expect(seen).toContain('trying ***');
      for (const value of [lost, Buffer.from(lost).toString('base64'), FIRST_KEY, 'CANARY'])
        expect(seen).not.toContain(value);
    });

    it('leaves out a version that cannot be read any more, and says so', async () => {
      const door = newDoor();
      let upstream = '';
      let locked: string | undefined;
      const message = 'Access to KMS is not allowed';
      await using proxy = await startFaultyProxy(
        () => upstream,
        (operation, { VersionId, VersionStage }) =>
          operation === 'GetSecretValue' && VersionStage === undefined && VersionId === locked
            ? { error: 'AccessDeniedException', message }
            : undefined,
      );
      await using harness = await cutOff(door, {}, proxy.endpoint, (endpoint) => {
        upstream = endpoint;
      });
      const kept = door.key;
      door.key = 'somebody changed the lock';
      ({ versionId: locked } = await harness.rotate());
      await stripPending(harness, locked);
      door.key = kept;
      await expect(harness.rotate()).resolves.toMatchObject({ status: 'Succeeded' });
      const warning = harness.logs.find(({ level, fields }) => level === 'warn' && 'error' in fields);
      expect(JSON.stringify(warning)).toContain(message);
    });

    it('fails with the refusal where versions may not be listed, and says what lacks', async () => {
      const door = newDoor();
      await using harness = await cutOff(door);
      const roleArn = 'arn:aws:iam::111122223333:role/rotation-function';
      harness.emulator.createRole({
        roleArn,
        trustPolicy: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
        },
        policies: [
          {
            Version: '2012-10-17',
            Statement: [
              { Effect: 'Allow', Action: 'secretsmanager:*', Resource: '*' },
              { Effect: 'Deny', Action: 'secretsmanager:ListSecretVersionIds', Resource: '*' },
            ],
          },
        ],
      });
      const outcome = await harness.rotate();
      expect(outcome.steps.at(-1)).toMatchObject({ step: 'setSecret', error: expect.stringContaining('refused') });
      const warning = harness.logs.find(({ message }) => message.includes('version without a label'));
      expect(JSON.stringify(warning)).toContain('Allow secretsmanager:ListSecretVersionIds');
    });

    it('does not look for it when the target could not be asked', async () => {
      const { HostUnreachableError } = await import('../../lib/rotation/errors.js');
      const setSecret = () => {
        throw new HostUnreachableError('timed out', 'door.example.com did not answer');
      };
      await using harness = await rotationHarness(doorRotator(newDoor(), { setSecret }), { initial });
      const outcome = await harness.rotate();
      expect(outcome.steps.at(-1)).toMatchObject({ step: 'setSecret', errorType: 'HostUnreachableError' });
      expect(harness.calls().map(({ operation }) => operation)).not.toContain('ListSecretVersionIds');
    });
  });
});

describe('finishSecret', () => {
  it("runs the rotator's own hook before the label moves; throwing keeps the rotation retryable", async () => {
    const door = newDoor();
    let attempts = 0;
    await using harness = await rotationHarness(
      doorRotator(door, {
        finishSecret: ({ current, pending }) => {
          expect(current.key).toBe(FIRST_KEY);
          expect(pending.key).toBe(door.key);
          attempts += 1;
          if (attempts === 1) throw new Error('not yet');
        },
      }),
      { initial },
    );
    const failed = await harness.rotate();
    expect(failed).toMatchObject({ status: 'Failed' });
    expect((await harness.value('AWSCURRENT'))?.key).toBe(FIRST_KEY);

    await expect(harness.reattempt()).resolves.toMatchObject({ status: 'Succeeded' });
    expect((await harness.value('AWSCURRENT'))?.key).toBe(door.key);
    expect(attempts).toBe(2);
  });
});

describe('secrets that are no JSON', () => {
  it('rotates plain text', async () => {
    const { plainText } = await import('../../lib/rotation/secret-value.js');
    await using harness = await rotationHarness<string>(
      {
        secret: plainText(),
        createSecret: ({ generatePassword }) => generatePassword({ length: 20 }),
        testSecret: ({ pending }) => expect(pending).toHaveLength(20),
      },
      { initial: 'not { JSON' },
    );
    await expect(harness.rotate()).resolves.toMatchObject({ status: 'Succeeded' });
    expect(await harness.value('AWSPREVIOUS')).toBe('not { JSON');
    expect(await harness.value('AWSCURRENT')).toHaveLength(20);
  });

  it('rotates bytes', async () => {
    const { binary } = await import('../../lib/rotation/secret-value.js');
    await using harness = await rotationHarness<Uint8Array>(
      { secret: binary(), createSecret: ({ current }) => current.map((byte) => 255 - byte), testSecret: () => {} },
      { initial: new Uint8Array([0, 1, 2, 255]) },
    );
    await expect(harness.rotate()).resolves.toMatchObject({ status: 'Succeeded' });
    expect(await harness.value('AWSCURRENT')).toEqual(new Uint8Array([255, 254, 253, 0]));
  });

  it('section 7: a secret that is plain text where JSON is expected is refused by createSecret, and nothing is stored', async () => {
    await using harness = await rotationHarness(doorRotator(newDoor()), { initial });
    await harness.client.send(
      new PutSecretValueCommand({ SecretId: harness.secretArn, SecretString: 'plain CANARY text' }),
    );
    const outcome = await harness.rotate();
    expect(outcome.steps).toMatchObject([
      { step: 'createSecret', errorType: 'InvalidSecretError', error: expect.stringContaining('not JSON') },
    ]);
    expect(outcome.steps[0]?.error).not.toContain('CANARY');
    expect(await harness.value('AWSPENDING')).toBeUndefined();
  });
});

/** What an operator does who wants to be rid of a rotation that is stuck. */
async function stripPending({ client, secretArn }: RotationHarness<DoorSecret>, versionId: string): Promise<void> {
  await client.send(
    new UpdateSecretVersionStageCommand({
      SecretId: secretArn,
      VersionStage: 'AWSPENDING',
      RemoveFromVersionId: versionId,
    }),
  );
}

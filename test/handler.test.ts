import {
  CancelRotateSecretCommand,
  CreateSecretCommand,
  PutSecretValueCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, it, jest } from '@jest/globals';
import type { SecretsManagerRotationHandler } from 'aws-lambda';
import fc from 'fast-check';
import { createRotationHandler, type RotationHandler, type RotationOptions } from '../lib/handler.js';
import { RotationError } from '../lib/rotation/errors.js';
import { type RotationHarness, rotationHarness } from '../lib/testing/index.js';
import { type DoorSecret, doorRotator, FIRST_KEY, initial, newDoor } from './support/door.js';
import { startFaultyProxy } from './support/faulty-proxy.js';

const TOKEN = 'f81d4fae-7dec-41d0-a765-00a0c91e6bf6';
const VERSION = '0a1b2c3d-0000-4000-8000-000000000001';
const quiet = { info: () => {}, warn: () => {}, error: () => {} };

/** A handler that works on the harness's secret but is invoked by hand. */
function byHand(
  harness: RotationHarness<DoorSecret>,
  options: RotationOptions = {},
  door = newDoor(),
): RotationHandler {
  return createRotationHandler(doorRotator(door), { ...byHandOptions(harness), ...options });
}

function byHandOptions(harness: RotationHarness<DoorSecret>): RotationOptions {
  return {
    endpoint: harness.emulator.endpoint,
    credentials: harness.emulator.credentialsFor('111122223333'),
    log: quiet,
  };
}

function event(
  harness: RotationHarness<DoorSecret>,
  Step: 'createSecret' | 'setSecret' | 'testSecret' | 'finishSecret',
  ClientRequestToken = VERSION,
) {
  return { Step, SecretId: harness.secretArn, ClientRequestToken, RotationToken: TOKEN };
}

const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;

async function putPending(harness: RotationHarness<DoorSecret>, version = VERSION): Promise<void> {
  await harness.client.send(
    new PutSecretValueCommand({
      SecretId: harness.secretArn,
      ClientRequestToken: version,
      SecretString: JSON.stringify({ ...initial, key: 'pending-key-0000000' }),
      VersionStages: ['AWSPENDING'],
    }),
  );
}

describe('preflight', () => {
  it.each(STEPS)('refuses %s when rotation is not enabled', async (step) => {
    await using harness = await rotationHarness(doorRotator(newDoor()), { initial });
    const calls = byHand(harness)(event(harness, step));
    await expect(calls).rejects.toMatchObject({
      code: 'RotationDisabled',
      step,
      secretArn: harness.secretArn,
      message: expect.stringContaining('RotateSecret'),
    });
  });

  it.each(STEPS)('refuses %s of a version that nobody staged', async (step) => {
    await using harness = await rotationHarness(doorRotator(newDoor()), { initial });
    await harness.rotate();
    await expect(byHand(harness)(event(harness, step))).rejects.toMatchObject({ code: 'VersionNotStaged' });
    expect(await harness.labels()).not.toHaveProperty(VERSION);
  });

  it.each(STEPS)('refuses %s of a version that is not AWSPENDING', async (step) => {
    await using harness = await rotationHarness(doorRotator(newDoor()), { initial });
    const first = await harness.rotate();
    await harness.rotate();
    await expect(byHand(harness)(event(harness, step, first.versionId))).rejects.toMatchObject({
      code: 'VersionNotPending',
      labels: ['AWSPREVIOUS'],
    });
  });

  it.each(STEPS)('returns quietly from %s when the version is AWSCURRENT already', async (step) => {
    const door = newDoor();
    await using harness = await rotationHarness(doorRotator(door), { initial });
    const { versionId } = await harness.rotate();
    const before = { ...door, tried: [...door.tried] };
    await expect(byHand(harness, {}, door)(event(harness, step, versionId))).resolves.toBeUndefined();
    expect(door).toEqual(before);

    // AWS's older functions detach AWSPENDING at the end; that is the same state.
    await harness.client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: harness.secretArn,
        VersionStage: 'AWSPENDING',
        RemoveFromVersionId: versionId,
      }),
    );
    await expect(byHand(harness, {}, door)(event(harness, step, versionId))).resolves.toBeUndefined();
  });

  it('names the cause when the secret has no AWSCURRENT value at all', async () => {
    await using harness = await rotationHarness(doorRotator(newDoor()), { initial });
    const empty = await harness.client.send(new CreateSecretCommand({ Name: 'empty' }));
    const handler = byHand(harness);
    // Rotation of a secret without a value does start on AWS: the function is the one to notice.
    const { RotateSecretCommand } = await import('@aws-sdk/client-secrets-manager');
    await harness.rotate();
    const functionArn = 'arn:aws:lambda:us-east-1:111122223333:function:rotation';
    await harness.client.send(new RotateSecretCommand({ SecretId: empty.ARN, RotationLambdaARN: functionArn }));
    const outcome = await harness.emulator.rotationSettled(empty.ARN ?? '');
    expect(outcome).toMatchObject({
      status: 'Failed',
      steps: [
        { step: 'createSecret', errorType: 'NoCurrentValueError', error: expect.stringContaining('PutSecretValue') },
      ],
    });
    const unknown = harness.secretArn.replace('keyturn/harness', 'keyturn/nothing');
    await expect(handler({ ...event(harness, 'createSecret'), SecretId: unknown })).rejects.toMatchObject({
      code: 'SecretNotFound',
    });
  });

  it('says that AWSPENDING has no value when it has none', async () => {
    const rotator = doorRotator(newDoor(), {
      createSecret: () => {
        throw new Error('no');
      },
    });
    await using harness = await rotationHarness(rotator, { initial });
    const { versionId } = await harness.rotate();
    await expect(byHand(harness)(event(harness, 'testSecret', versionId))).rejects.toMatchObject({
      code: 'NoPendingValue',
    });
  });

  it('notices a rotation that was cancelled meanwhile, before AWSCURRENT moves', async () => {
    await using harness = await rotationHarness(
      doorRotator(newDoor(), {
        setSecret: () => {
          throw new Error('stop here');
        },
      }),
      { initial },
    );
    const { versionId } = await harness.rotate();
    await harness.client.send(new CancelRotateSecretCommand({ SecretId: harness.secretArn }));
    await expect(byHand(harness)(event(harness, 'finishSecret', versionId))).rejects.toMatchObject({
      code: 'RotationDisabled',
    });
    expect((await harness.value('AWSCURRENT'))?.key).toBe(FIRST_KEY);
  });
});

describe('events', () => {
  it('1,000 random events are handled or refused with a typed error; none crashes, none writes', async () => {
    await using harness = await rotationHarness(doorRotator(newDoor()), { initial });
    const { versionId } = await harness.rotate();
    const handler = byHand(harness);
    const before = await harness.labels();
    const requests = harness.emulator.requests.length;
    const field = <T>(...likely: T[]) =>
      fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...likely) }, fc.string({ maxLength: 80 }), fc.anything());
    const random = fc.record(
      {
        Step: field(...STEPS, 'create_secret'),
        SecretId: field(
          harness.secretArn,
          'keyturn/harness',
          'arn:aws:secretsmanager:us-east-1:111122223333:secret:none-AbCdEf',
        ),
        ClientRequestToken: field(VERSION, versionId),
        RotationToken: field(TOKEN, undefined),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof({ weight: 9, arbitrary: random }, fc.anything()), async (input) => {
        const error = await handler(input as never).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        if (error !== undefined) expect(error).toBeInstanceOf(RotationError);
      }),
      { numRuns: 1000 },
    );
    expect(await harness.labels()).toEqual(before);
    const writes = harness.emulator.requests
      .slice(requests)
      .filter(({ operation }) => /Put|Update|Create|Delete|Rotate/.test(operation));
    expect(writes).toEqual([]);
  });

  it('fits the handler type of @types/aws-lambda', () => {
    const handler: SecretsManagerRotationHandler = createRotationHandler(doorRotator(newDoor()), { log: quiet });
    expect(handler).toBeInstanceOf(Function);
  });
});

describe('options', () => {
  it.each<[string, RotationOptions]>([
    ['InvalidPasswordPolicy', { passwordPolicy: { length: 0 } }],
    ['InvalidOptions', { endpoint: 'not a url' }],
    ['InvalidOptions', { assumeRole: { roleArn: 'SecretRotation' } }],
    ['InvalidOptions', { pasword: 1 } as RotationOptions],
    ['InvalidOptions', { passwordSource: 'remote' as 'local' }],
  ])('are checked at start-up: %s', (code, options) => {
    expect(() => createRotationHandler(doorRotator(newDoor()), options)).toThrow(
      expect.objectContaining({ code }) as unknown as Error,
    );
  });

  it('the environment is checked at start-up too, and loses to options', async () => {
    process.env.PASSWORD_LENGTH = 'many';
    try {
      expect(() => createRotationHandler(doorRotator(newDoor()))).toThrow(
        expect.objectContaining({ code: 'InvalidPasswordPolicy', field: 'PASSWORD_LENGTH' }) as unknown as Error,
      );
      process.env.PASSWORD_LENGTH = '50';
      process.env.EXCLUDE_PUNCTUATION = 'true';
      const rotator = doorRotator(newDoor(), {
        passwordPolicy: { length: 12, includeSpace: true },
        createSecret: async ({ generatePassword }) => ({ key: await generatePassword() }),
      });
      await using harness = await rotationHarness(rotator, { initial, handler: { passwordPolicy: { length: 41 } } });
      await harness.rotate();
      expect((await harness.value('AWSCURRENT'))?.key).toMatch(/^[A-Za-z0-9 ]{41}$/);
    } finally {
      delete process.env.PASSWORD_LENGTH;
      delete process.env.EXCLUDE_PUNCTUATION;
    }
  });

  it('makes passwords by GetRandomPassword where asked to', async () => {
    await using harness = await rotationHarness(doorRotator(newDoor()), {
      initial,
      handler: { passwordSource: 'GetRandomPassword' },
    });
    await expect(harness.rotate()).resolves.toMatchObject({ status: 'Succeeded' });
    expect(harness.calls().map(({ operation }) => operation)).toContain('GetRandomPassword');
    expect((await harness.value('AWSCURRENT'))?.key).toHaveLength(24);
  });
});

describe('an unreliable Secrets Manager', () => {
  it('AWSPENDING that is not visible yet is read again (aws-sdk-js-v3#7701)', async () => {
    let misses = 3;
    await using proxy = await startFaultyProxy(
      () => upstream,
      (operation, body) =>
        operation === 'GetSecretValue' && body.VersionStage === 'AWSPENDING' && misses-- > 0
          ? {
              error: 'ResourceNotFoundException',
              message: "Secrets Manager can't find the specified secret value for VersionId: x",
            }
          : undefined,
    );
    let upstream = '';
    await using harness = await rotationHarness(doorRotator(newDoor()), {
      initial,
      handler: { endpoint: proxy.endpoint },
    });
    upstream = harness.emulator.endpoint;
    await expect(harness.rotate()).resolves.toMatchObject({ status: 'Succeeded' });
    expect(misses).toBeLessThan(0);
  });

  it.each(['PutSecretValue', 'UpdateSecretVersionStage'])(
    'an answer to %s that was lost after the effect does no harm',
    async (lost) => {
      let upstream = '';
      const door = newDoor();
      await using proxy = await startFaultyProxy(
        () => upstream,
        (operation, _body, before) => (operation === lost && before === 0 ? 'lose the answer' : undefined),
      );
      await using harness = await rotationHarness(doorRotator(door), {
        initial,
        handler: { endpoint: proxy.endpoint },
      });
      upstream = harness.emulator.endpoint;
      await expect(harness.rotate()).resolves.toMatchObject({ status: 'Succeeded' });
      expect(proxy.counts.get(lost)).toBe(2);
      expect((await harness.value('AWSCURRENT'))?.key).toBe(door.key);
    },
  );

  it('throttling is retried', async () => {
    let upstream = '';
    await using proxy = await startFaultyProxy(
      () => upstream,
      (operation, _body, before) =>
        operation === 'PutSecretValue' && before === 0 ? { error: 'ThrottlingException' } : undefined,
    );
    await using harness = await rotationHarness(doorRotator(newDoor()), {
      initial,
      handler: { endpoint: proxy.endpoint },
    });
    upstream = harness.emulator.endpoint;
    await expect(harness.rotate()).resolves.toMatchObject({ status: 'Succeeded' });
  });

  it('AccessDenied, throttling and the rest are themselves: only ResourceNotFound means absent', async () => {
    await using harness = await rotationHarness(doorRotator(newDoor()), { initial });
    await harness.rotate();
    await putPending(harness);
    for (const [error, message, code] of [
      ['AccessDeniedException', 'Access to KMS is not allowed', 'AccessDenied'],
      ['AccessDeniedException', 'User: x is not authorized to perform: y', 'AccessDenied'],
      ['DecryptionFailure', 'key is disabled', 'SecretsManagerFailed'],
      ['InvalidRequestException', 'marked for deletion', 'SecretsManagerFailed'],
    ] as const) {
      await using proxy = await startFaultyProxy(
        () => harness.emulator.endpoint,
        (operation) => (operation === 'GetSecretValue' ? { error, message } : undefined),
      );
      for (const step of ['setSecret', 'testSecret'] as const) {
        const failing = byHand(harness, { endpoint: proxy.endpoint })(event(harness, step));
        await expect(failing).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
      }
    }
  });

  it('an endpoint that cannot be reached is named as such', async () => {
    await using harness = await rotationHarness(doorRotator(newDoor()), { initial });
    const failing = byHand(harness, { endpoint: 'http://127.0.0.1:1' })(event(harness, 'testSecret'));
    await expect(failing).rejects.toMatchObject({
      code: 'SecretsManagerFailed',
      message: expect.stringContaining('interface endpoint'),
    });
  });
});

describe('the deadline', () => {
  const context = (millis: number) => ({ getRemainingTimeInMillis: () => millis, functionName: 'f' });

  it('says which call had not answered', async () => {
    await using harness = await rotationHarness(doorRotator(newDoor()), { initial });
    await using proxy = await startFaultyProxy(
      () => harness.emulator.endpoint,
      () => 'hang',
    );
    const failing = byHand(harness, { endpoint: proxy.endpoint })(event(harness, 'testSecret'), context(400));
    await expect(failing).rejects.toMatchObject({
      code: 'DeadlineExceeded',
      waitingFor: 'GetSecretValue (Secrets Manager)',
      step: 'testSecret',
    });
  });

  it("says that the rotator's own code had not answered, whatever that throws when it is aborted", async () => {
    const aborted: unknown[] = [];
    await using harness = await rotationHarness(doorRotator(newDoor()), { initial });
    await harness.rotate();
    await putPending(harness);
    const handler = createRotationHandler(
      doorRotator(newDoor(), {
        testSecret: ({ signal }) =>
          new Promise((_resolve, reject) =>
            signal.addEventListener('abort', () => {
              aborted.push(signal.reason);
              reject(new Error('socket closed'));
            }),
          ),
      }),
      { endpoint: harness.emulator.endpoint, credentials: harness.emulator.credentialsFor('111122223333'), log: quiet },
    );
    const failing = handler(event(harness, 'testSecret'), context(600));
    await expect(failing).rejects.toMatchObject({ code: 'DeadlineExceeded', waitingFor: "the rotator's testSecret" });
    expect(aborted).toHaveLength(1);
  });
});

describe('logs', () => {
  it('are one JSON document a line, with secret, step, version and duration', async () => {
    await using harness = await rotationHarness(doorRotator(newDoor()), { initial });
    const { versionId } = await harness.rotate();
    const identity = { secretArn: harness.secretArn, versionId };
    expect(harness.logs.map(({ level, message, fields }) => ({ level, message, step: fields.step }))).toEqual(
      STEPS.map((step) => ({ level: 'info', message: 'rotation step done', step })),
    );
    for (const { fields } of harness.logs) {
      expect(fields).toMatchObject({ ...identity, outcome: 'done', durationMillis: expect.any(Number) });
    }

    const written: string[] = [];
    const stdout = jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => written.push(String(chunk)) > 0);
    const { log: _, ...options } = { ...byHandOptions(harness) };
    await createRotationHandler(doorRotator(newDoor()), options)(event(harness, 'testSecret')).catch(() => {});
    stdout.mockRestore();
    expect(written.map((line) => JSON.parse(line))).toEqual([
      {
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        level: 'ERROR',
        message: 'rotation step failed',
        step: 'testSecret',
        secretArn: harness.secretArn,
        versionId: VERSION,
        error: 'VersionNotStagedError',
        code: 'VersionNotStaged',
        reason: expect.any(String),
        durationMillis: expect.any(Number),
      },
    ]);
  });
});

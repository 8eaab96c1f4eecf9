import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { InvocationInterception, RequestInterception } from '../../../lib/emulator/index.js';
import { account, clientIn, functionArn, functionRole, ordinary, refusal, rotator, useLocalAws } from '../local-aws.js';

const aws = useLocalAws();
beforeEach(() => aws.client.send(new CreateSecretCommand({ Name: 'db', SecretString: 'first' })));

const read = async () => (await aws.client.send(new GetSecretValueCommand({ SecretId: 'db' }))).SecretString;
const write = (SecretString: string) => aws.client.send(new PutSecretValueCommand({ SecretId: 'db', SecretString }));
const requests = (interception: RequestInterception | undefined) =>
  aws.emulator.intercept({ request: () => interception });
const last = () => aws.emulator.requests.at(-1);

describe('a request', () => {
  it('is told, and waits for what is done before and after it', async () => {
    const seen: unknown[] = [];
    aws.emulator.intercept({
      request: (request) => ({
        async before() {
          await new Promise(setImmediate);
          seen.push('before', request);
        },
        async after() {
          await new Promise(setImmediate);
          seen.push('after', request.operation);
        },
      }),
    });
    await write('second');
    seen.push('answered');
    expect(seen).toEqual([
      'before',
      expect.objectContaining({
        service: 'secretsmanager',
        operation: 'PutSecretValue',
        accountId: account,
        callerArn: `arn:aws:iam::${account}:root`,
        secret: ['db', expect.stringMatching(/:secret:db-/)],
      }),
      'after',
      'PutSecretValue',
      'answered',
    ]);
  });

  it('that is refused is one all the same: both are done', async () => {
    const seen: string[] = [];
    requests({ before: () => void seen.push('before'), after: () => void seen.push('after') });
    const unknown = aws.client.send(new GetSecretValueCommand({ SecretId: 'nobody' }));
    expect((await refusal(unknown)).name).toBe('ResourceNotFoundException');
    expect(seen).toEqual(['before', 'after']);
  });

  it('of nobody whom the emulator knows is refused without asking', async () => {
    const seen: string[] = [];
    aws.emulator.intercept({ request: ({ operation }) => void seen.push(operation) });
    const stranger = aws.clientOf({ accessKeyId: 'ASIANOBODY', secretAccessKey: 'x', sessionToken: 'x' });
    const asked = stranger.send(new GetSecretValueCommand({ SecretId: 'db' }));
    expect((await refusal(asked)).name).toBe('UnrecognizedClientException');
    expect(seen).toEqual([]);
  });

  it.each<[RequestInterception['effect'] & object, string, string[]]>([
    [{ drop: 'before' }, 'first', ['before']],
    [{ drop: 'after' }, 'second', ['before', 'after']],
    [{ error: { code: 'AccessDeniedException' } }, 'first', ['before']],
  ])(
    'meets the effect %j in place of the weather, and `after` only if it was carried out',
    async (effect, value, done) => {
      const seen: string[] = [];
      aws.emulator.weather.set({ rules: [{ effect: { throttle: true } }] });
      requests({ effect, before: () => void seen.push('before'), after: () => void seen.push('after') });
      expect((await refusal(write('second'))).name).not.toMatch(/none|Throttling/);
      expect(last()?.weather).toHaveLength(1);
      aws.emulator.intercept();
      aws.emulator.weather.clear();
      expect([await read(), seen]).toEqual([value, done]);
    },
  );

  it('without an effect of its own meets the weather', async () => {
    aws.emulator.weather.set({ rules: [{ effect: { throttle: true } }] });
    requests({ before: () => undefined });
    expect((await refusal(read())).name).toBe('ThrottlingException');
  });

  it('reads what was before the last write since then, and not there at all what was made since', async () => {
    requests({ stale: true });
    expect(await read()).toBe('first');
    await write('second');
    await write('third');
    expect(await read()).toBe('second');
    expect(last()?.weather).toEqual(['stale']);
    await aws.client.send(new CreateSecretCommand({ Name: 'new', SecretString: 'x' }));
    const made = aws.client.send(new GetSecretValueCommand({ SecretId: 'new' }));
    expect((await refusal(made)).name).toBe('ResourceNotFoundException');
    aws.emulator.intercept();
    expect(await read()).toBe('third');
  });

  it('reads it whatever lag the weather has, and however much of that is over', async () => {
    aws.emulator.weather.set({ readAfterWriteLag: { reads: 1, probability: 0 } });
    aws.emulator.intercept({ request: ({ step }) => ({ stale: step === undefined }) });
    await write('second');
    expect([await read(), await read()]).toEqual(['first', 'first']);
  });

  it('goes on as it was begun when the interceptor is taken away meanwhile', async () => {
    const seen: string[] = [];
    const reading = {
      stale: true,
      before: () => aws.emulator.intercept(),
      after: () => void seen.push('after'),
    };
    aws.emulator.intercept({
      request: ({ operation }) => (operation === 'GetSecretValue' ? reading : undefined),
    });
    await write('second');
    expect([await read(), await read()]).toEqual(['first', 'second']);
    expect(seen).toEqual(['after']);
  });

  it.each<[string, RequestInterception | undefined]>([
    ['is asked', undefined],
    ['does something before', { before: () => Promise.reject(new Error('canary')) }],
    ['does something after', { after: () => Promise.reject(new Error('canary')) }],
  ])('is answered with an error of the service when the interceptor throws as it %s', async (_, interception) => {
    aws.emulator.intercept({
      request() {
        if (interception === undefined) throw new Error('canary');
        return interception;
      },
    });
    const refused = await refusal(read());
    expect(refused.name).toBe('InternalServiceError');
    expect(JSON.stringify([refused, aws.emulator.requests])).not.toContain('canary');
    expect(last()).toMatchObject({ operation: 'GetSecretValue', errorCode: 'InternalServiceError' });
  });

  it('is left alone after a reset', async () => {
    requests({ effect: { throttle: true } });
    await aws.emulator.reset();
    await aws.client.send(new CreateSecretCommand({ Name: 'db', SecretString: 'again' }));
    expect(await read()).toBe('again');
  });
});

describe('an invocation', () => {
  let starts = 0;
  let running = 0;
  let mostAtOnce = 0;
  const tested: string[] = [];

  async function rotate() {
    starts = 0;
    running = 0;
    mostAtOnce = 0;
    tested.length = 0;
    const handler = rotator({
      async testSecret(call) {
        tested.push(`${call.event.ClientRequestToken} ${call.event.RotationToken}`);
        mostAtOnce = Math.max(mostAtOnce, ++running);
        await ordinary('testSecret', call);
        running -= 1;
      },
    });
    aws.emulator.bindFunction({
      functionArn,
      roleArn: functionRole,
      handler(environment) {
        starts += 1;
        return handler(environment);
      },
    });
    await aws.client.send(new RotateSecretCommand({ SecretId: 'db', RotationLambdaARN: functionArn }));
    return aws.emulator.rotationSettled('db');
  }
  const testing = (interception: InvocationInterception) =>
    aws.emulator.intercept({ invocation: ({ step }) => (step === 'testSecret' ? interception : undefined) });

  it.each<[string, InvocationInterception | { deliver: 'twice' | 'overlapping' | 'cold' }, number, number, number]>([
    ['once', {}, 1, 1, 1],
    ['twice', { deliveries: 'twice' }, 2, 1, 1],
    ['at once to two, both cold', { deliveries: 'overlapping' }, 2, 2, 3],
    ['cold', { cold: true }, 1, 1, 2],
    ['twice by the weather', { deliver: 'twice' }, 2, 1, 1],
    ['overlapping by the weather', { deliver: 'overlapping' }, 2, 2, 3],
    ['cold by the weather', { deliver: 'cold' }, 1, 1, 2],
  ])('is delivered %s', async (_, how, times, atOnce, environments) => {
    if ('deliver' in how) aws.emulator.weather.set({ rules: [{ step: 'testSecret', secret: 'd*', effect: how }] });
    else testing(how);
    expect(await rotate()).toMatchObject({ status: 'Succeeded' });
    expect(tested).toHaveLength(times);
    expect(new Set(tested).size).toBe(1);
    expect({ atOnce: mostAtOnce, environments: starts }).toEqual({ atOnce, environments });
  });

  it('waits for what is done before and after it, which is told how it ended', async () => {
    const seen: unknown[] = [];
    testing({
      before: () => void seen.push('before', tested.length),
      after: (error) => void seen.push('after', tested.length, error),
    });
    await rotate();
    expect(seen).toEqual(['before', 0, 'after', 1, undefined]);
    seen.length = 0;
    testing({
      before: () => aws.client.send(new DeleteSecretCommand({ SecretId: 'db' })).then(() => undefined),
      after: (error) => void seen.push(error),
    });
    expect(await rotate()).toMatchObject({ status: 'Failed' });
    expect(seen).toEqual([expect.stringContaining('deletion')]);
  });

  it('has failed when the interceptor throws, and the rotation can be attempted again', async () => {
    testing({ after: () => Promise.reject(new Error('expected something else')) });
    const { status, steps } = await rotate();
    expect([status, steps.at(-1)]).toEqual([
      'Failed',
      expect.objectContaining({
        errorType: 'InterceptorFailed',
        error: 'The interceptor threw: Error: expected something else',
      }),
    ]);
    aws.emulator.intercept();
    expect(await aws.emulator.reattemptRotation('db')).toMatchObject({ status: 'Succeeded' });
  });

  it('asks for who the function is, through its own requests too', async () => {
    const seen: unknown[] = [];
    aws.emulator.intercept({
      request: ({ functionArn: asking, step, operation }) => void seen.push([operation, step, asking === functionArn]),
    });
    aws.emulator.bindFunction({
      functionArn,
      roleArn: functionRole,
      handler: (environment) => () => clientIn(environment).send(new GetSecretValueCommand({ SecretId: 'db' })),
    });
    await aws.client.send(
      new RotateSecretCommand({ SecretId: 'db', RotationLambdaARN: functionArn, RotateImmediately: false }),
    );
    await aws.emulator.rotationSettled('db');
    expect(seen).toEqual([
      ['RotateSecret', undefined, false],
      ['GetSecretValue', 'testSecret', true],
    ]);
  });
});

import { CreateSecretCommand, RotateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { FunctionContext, InProcessFunction } from '../../../lib/emulator/index.js';
import { account, functionArn, functionRole, otherAccount, useLocalAws } from '../local-aws.js';

const aws = useLocalAws();
beforeEach(() => aws.client.send(new CreateSecretCommand({ Name: 'db', SecretString: 'one' })));

async function test(definition?: Partial<InProcessFunction> & Pick<InProcessFunction, 'handler'>) {
  if (definition) aws.emulator.bindFunction({ functionArn, roleArn: functionRole, ...definition });
  await aws.client.send(
    new RotateSecretCommand({ SecretId: 'db', RotationLambdaARN: functionArn, RotateImmediately: false }),
  );
  const { steps, status } = await aws.emulator.rotationSettled('db');
  return { status, ...steps[0] };
}

describe('a handler in this process', () => {
  it("is made once, with Lambda's variables, and called with every event", async () => {
    const environments: unknown[] = [];
    let calls = 0;
    await test({
      environment: { MINE: 'yes' },
      handler: (environment) => {
        environments.push(environment);
        return () => calls++;
      },
    });
    await test();
    expect(calls).toBe(2);
    expect(environments).toEqual([
      expect.objectContaining({
        MINE: 'yes',
        AWS_ENDPOINT_URL: aws.emulator.endpoint,
        AWS_ACCESS_KEY_ID: expect.stringMatching(/^ASIA/),
      }),
    ]);
  });

  it("gets Lambda's context", async () => {
    let context: FunctionContext | undefined;
    let left = 0;
    await test({
      handler: () => (_, given) => {
        context = given;
        left = given.getRemainingTimeInMillis();
      },
    });
    expect(context).toMatchObject({ functionName: 'rotate', invokedFunctionArn: functionArn, memoryLimitInMB: '128' });
    expect(left).toBeGreaterThan(29_000);
    expect(left).toBeLessThanOrEqual(30_000);
  });

  it('that takes too long is given up, and the next event finds a new one', async () => {
    let made = 0;
    const handler = () => {
      made++;
      return () => (made === 1 ? new Promise(() => {}) : undefined);
    };
    expect(await test({ handler, timeoutSeconds: 0.1 })).toMatchObject({ errorType: 'Sandbox.Timedout' });
    expect(await test()).toMatchObject({ status: 'Succeeded' });
    expect(made).toBe(2);
  });

  it('that throws what is no Error', async () => {
    const handler = () => () => Promise.reject('text');
    expect(await test({ handler })).toMatchObject({ error: 'text', errorType: 'string' });
  });

  it('that cannot be made', async () => {
    const handler = () => {
      throw new TypeError('no variable');
    };
    expect(await test({ handler })).toMatchObject({ error: 'no variable', errorType: 'TypeError' });
  });

  it('does not hold up the end of the emulator', async () => {
    aws.emulator.bindFunction({ functionArn, roleArn: functionRole, handler: () => () => new Promise(() => {}) });
    await aws.client.send(new RotateSecretCommand({ SecretId: 'db', RotationLambdaARN: functionArn }));
    const settled = aws.emulator.rotationSettled('db');
    await new Promise(setImmediate);
    await aws.emulator.close();
    expect(await settled).toMatchObject({ status: 'Stopped' });
  });
});

describe('bindFunction', () => {
  const handler = () => () => undefined;

  it.each([
    ['an ARN that is none', { functionArn: 'rotate', roleArn: functionRole, handler }],
    ['a role that is none', { functionArn, roleArn: 'role', handler }],
    ["a role of another account's", { functionArn, roleArn: functionRole.replace(account, otherAccount), handler }],
    ['a time limit beyond 900 s', { functionArn, roleArn: functionRole, handler, timeoutSeconds: 901 }],
  ])('refuses %s', (_, definition) => {
    expect(() => aws.emulator.bindFunction(definition)).toThrow(/ARN|timeoutSeconds/);
  });
});

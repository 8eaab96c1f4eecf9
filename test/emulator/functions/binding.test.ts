/** Which function an ARN names, and until when. */
import { CreateSecretCommand, ListSecretVersionIdsCommand, RotateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { FunctionContext, InProcessFunction } from '../../../lib/emulator/index.js';
import { clientIn, functionArn, functionRole, ordinary, refusal, rotator, useLocalAws } from '../local-aws.js';
import { runOnce } from './deferred-test.js';

const aws = useLocalAws();
beforeEach(() => aws.client.send(new CreateSecretCommand({ Name: 'db', SecretString: 'one' })));

const bind = (arn: string, handler: InProcessFunction['handler'] = () => () => undefined) =>
  aws.emulator.bindFunction({ functionArn: arn, roleArn: functionRole, handler });
const rotateWith = (arn: string) =>
  aws.client.send(new RotateSecretCommand({ SecretId: 'db', RotationLambdaARN: arn, RotateImmediately: false }));

describe('the qualifier of a function', () => {
  it.each([
    ['bound without, called with', functionArn, `${functionArn}:$LATEST`],
    ['bound with, called without', `${functionArn}:$LATEST`, functionArn],
  ])('$LATEST is the function itself: %s', async (_, bound, called) => {
    let context: FunctionContext | undefined;
    bind(bound, (environment) => async (event, given) => {
      context = given;
      await clientIn(environment).send(new ListSecretVersionIdsCommand({ SecretId: event.SecretId }));
    });
    await rotateWith(called);
    expect(await aws.emulator.rotationSettled('db')).toMatchObject({ status: 'Succeeded' });
    expect(context).toMatchObject({ invokedFunctionArn: called, functionVersion: '$LATEST' });
    expect(aws.emulator.requests.at(-1)).toMatchObject({ operation: 'ListSecretVersionIds', step: 'testSecret' });
  });

  it.each([
    ['7', '7'],
    ['live', '$LATEST'],
  ])('%s is a function of its own', async (qualifier, version) => {
    let context: FunctionContext | undefined;
    bind(functionArn);
    expect(await refusal(rotateWith(`${functionArn}:${qualifier}`))).toMatchObject({ name: 'AccessDeniedException' });
    bind(`${functionArn}:${qualifier}`, () => (_, given) => {
      context = given;
    });
    await rotateWith(`${functionArn}:${qualifier}`);
    expect(await aws.emulator.rotationSettled('db')).toMatchObject({ status: 'Succeeded' });
    expect(context).toMatchObject({
      functionName: 'rotate',
      functionVersion: version,
      invokedFunctionArn: `${functionArn}:${qualifier}`,
      logStreamName: `[${version}]emulator`,
    });
  });
});

describe('unbindFunction', () => {
  it('forgets a function: nobody can rotate with it', async () => {
    bind(functionArn);
    expect(aws.emulator.unbindFunction(functionArn)).toBe(true);
    expect(aws.emulator.unbindFunction(functionArn)).toBe(false);
    expect(await refusal(rotateWith(functionArn))).toMatchObject({ name: 'AccessDeniedException' });
  });

  it('ends warm processes, and what is written stays readable', async () => {
    await runOnce(aws, { runtime: ['python3', `${__dirname}/runtime-client.py`] });
    const pid = Number(aws.emulator.functionOutput(functionArn).split(' ')[0]);
    aws.emulator.unbindFunction(`${functionArn}:$LATEST`);
    await aws.emulator.close();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(aws.emulator.functionOutput(functionArn)).toBe(`${pid} 1 testSecret\n`);
  });

  it('while it runs an event: the rotation fails at the next step', async () => {
    const handler = rotator({
      async createSecret(call) {
        await ordinary('createSecret', call);
        aws.emulator.unbindFunction(functionArn);
      },
    });
    bind(functionArn, handler);
    await aws.client.send(new RotateSecretCommand({ SecretId: 'db', RotationLambdaARN: functionArn }));
    const { status, steps } = await aws.emulator.rotationSettled('db');
    expect([status, steps.map(({ step, errorType }) => [step, errorType])]).toEqual([
      'Failed',
      [
        ['createSecret', undefined],
        ['setSecret', 'ResourceNotFoundException'],
      ],
    ]);
  });
});

describe('a function', () => {
  it('runs with a session of the role that has the name when it is started', async () => {
    const role = {
      roleArn: functionRole,
      trustPolicy: {
        Statement: { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
      },
      policies: [{ Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }],
    } as const;
    aws.emulator.createRole(role);
    bind(functionArn, (environment) => async ({ SecretId }) => {
      await clientIn(environment).send(new ListSecretVersionIdsCommand({ SecretId }));
    });
    aws.emulator.deleteRole(functionRole);
    aws.emulator.createRole(role);
    await rotateWith(functionArn);
    expect(await aws.emulator.rotationSettled('db')).toMatchObject({ status: 'Succeeded' });
  });

  it.each([{}, { command: ['true'], bundle: 'x.mjs' }])('%j is refused: it has one of four kinds', (kind) => {
    const definition = JSON.parse(JSON.stringify({ functionArn, roleArn: functionRole, ...kind }));
    expect(() => aws.emulator.bindFunction(definition)).toThrow(
      new TypeError('a function has one of handler, bundle, command, runtime'),
    );
  });
});

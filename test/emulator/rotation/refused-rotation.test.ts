/** Section B of the recordings: RotateSecret calls that are refused. */
import {
  CancelRotateSecretCommand,
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  type RotateSecretCommandInput,
} from '@aws-sdk/client-secrets-manager';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { functionArn, functionRole, refusal, rotator, token, useLocalAws } from '../local-aws.js';

const aws = useLocalAws();
const next = token('next');

beforeEach(async () => {
  await aws.client.send(new CreateSecretCommand({ Name: 'db', SecretString: 'one' }));
  aws.emulator.bindFunction({ functionArn, roleArn: functionRole, handler: rotator() });
});

const rotate = (input: Partial<RotateSecretCommandInput> = {}) =>
  aws.client.send(
    new RotateSecretCommand({ SecretId: 'db', ClientRequestToken: next, RotationLambdaARN: functionArn, ...input }),
  );
const describeSecret = async () => {
  const { $metadata, ...answer } = await aws.client.send(new DescribeSecretCommand({ SecretId: 'db' }));
  return answer;
};

describe('B. refused RotateSecret calls', () => {
  const notInvokable = {
    name: 'AccessDeniedException',
    message:
      'Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.',
  };

  it('B1: a function without a resource policy is refused at once, and nothing changes', async () => {
    const started: string[] = [];
    aws.emulator.bindFunction({
      functionArn,
      roleArn: functionRole,
      handler: rotator({ createSecret: ({ event }) => started.push(event.Step) }),
      invokePermissions: [],
    });
    const before = await describeSecret();
    aws.clock.pass({ seconds: 1 });
    expect(await refusal(rotate())).toEqual(notInvokable);
    expect(await describeSecret()).toEqual(before);
    expect(started).toEqual([]);
    expect(aws.emulator.events).toEqual([]);
  });

  it('B1: an unknown function is refused in the same words', async () => {
    const before = await describeSecret();
    expect(await refusal(rotate({ RotationLambdaARN: `${functionArn}-gone` }))).toEqual(notInvokable);
    expect(await describeSecret()).toEqual(before);
  });

  it('B2: no function known, also when the secret has no value', async () => {
    await aws.client.send(new CreateSecretCommand({ Name: 'empty' }));
    const call = aws.client.send(new RotateSecretCommand({ SecretId: 'empty' }));
    expect(await refusal(call)).toEqual({
      name: 'InvalidRequestException',
      message: 'No Lambda rotation function ARN is associated with this secret.',
    });
  });

  it('B3: another token while a rotation is in flight', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    aws.emulator.bindFunction({ functionArn, roleArn: functionRole, handler: rotator({ createSecret: () => held }) });
    await rotate();
    const before = await describeSecret();
    const other = aws.client.send(new RotateSecretCommand({ SecretId: 'db', ClientRequestToken: token('other') }));
    expect(await refusal(other)).toEqual({
      name: 'InvalidRequestException',
      message: "A previous rotation isn't complete. That rotation will be reattempted.",
    });
    expect(await describeSecret()).toEqual(before);
    release();
    await aws.emulator.rotationSettled('db');
  });

  it('B4: cancelling what was never configured succeeds and leaves RotationEnabled false', async () => {
    const before = await describeSecret();
    const { $metadata, ...answer } = await aws.client.send(new CancelRotateSecretCommand({ SecretId: 'db' }));
    expect(answer).toEqual({ ARN: before.ARN, Name: 'db' });
    expect(await describeSecret()).toEqual({ ...before, RotationEnabled: false });
  });

  // B5 lists what nobody recorded. These are the choices made.
  it('B5: the same token again is answered alike and starts nothing', async () => {
    const first = await rotate();
    await aws.emulator.rotationSettled('db');
    const again = await rotate();
    expect({ ...again, $metadata: undefined }).toEqual({ ...first, $metadata: undefined });
    expect(aws.emulator.events.map(({ eventName }) => eventName)).toEqual(['RotationStarted', 'RotationSucceeded']);
  });

  it('B5: both kinds of schedule, and schedules that are none, are InvalidParameterException', async () => {
    const rules = (RotationRules: RotateSecretCommandInput['RotationRules']) => refusal(rotate({ RotationRules }));
    expect(await rules({ AutomaticallyAfterDays: 3, ScheduleExpression: 'rate(3 days)' })).toEqual({
      name: 'InvalidParameterException',
      message: 'You cannot specify both rotation frequency and schedule expression together.',
    });
    const bad = [
      'rate(3 hours)',
      'rate(1000 days)',
      'rate(x days)',
      'cron(5 0 1 * ? *)',
      'cron(0 0 1 * ? 2027)',
      'cron(0 0 1 * 1 *)',
      'cron(0 0 ? * ? *)',
      'cron(0 24 1 * ? *)',
      'cron(0 0 1 * *)',
      'every day',
    ];
    for (const ScheduleExpression of bad) {
      expect({ ScheduleExpression, ...(await rules({ ScheduleExpression })) }).toMatchObject({
        ScheduleExpression,
        name: 'InvalidParameterException',
      });
    }
    expect(await rules({ ScheduleExpression: 'rate(3 days)', Duration: '0h' })).toMatchObject({
      name: 'InvalidParameterException',
    });
    expect(aws.emulator.events).toEqual([]);
  });

  it('B5: a secret scheduled for deletion', async () => {
    await aws.client.send(new DeleteSecretCommand({ SecretId: 'db' }));
    expect(await refusal(rotate())).toEqual({
      name: 'InvalidRequestException',
      message: "You can't perform this operation on the secret because it was marked for deletion.",
    });
  });

  it('B5: a short token is a violation of its length', async () => {
    expect(await refusal(rotate({ ClientRequestToken: 'short' }))).toEqual({
      name: 'ValidationException',
      message:
        "1 validation error detected: Value 'short' at 'clientRequestToken' failed to satisfy constraint: Member must have length greater than or equal to 32",
    });
  });

  it('B5: a secret whose labels leave no room for AWSPENDING, without a trace', async () => {
    const VersionStages = Array.from({ length: 19 }, (_, i) => `L${i}`);
    await aws.client.send(new PutSecretValueCommand({ SecretId: 'db', SecretString: 'two', VersionStages }));
    const before = await describeSecret();
    expect((await refusal(rotate())).name).toBe('LimitExceededException');
    expect(await describeSecret()).toEqual(before);
    const { Versions } = await aws.client.send(
      new ListSecretVersionIdsCommand({ SecretId: 'db', IncludeDeprecated: true }),
    );
    expect(Versions).toHaveLength(2);
  });

  it('B5: the placeholder of a rotation that failed keeps AWSPENDING and refuses the next token', async () => {
    aws.emulator.bindFunction({
      functionArn,
      roleArn: functionRole,
      handler: rotator({
        createSecret: () => {
          throw new Error('no');
        },
      }),
    });
    await rotate();
    await aws.emulator.rotationSettled('db');
    expect((await refusal(rotate({ ClientRequestToken: token('other') }))).name).toBe('InvalidRequestException');
    const placeholder = aws.client.send(new GetSecretValueCommand({ SecretId: 'db', VersionStage: 'AWSPENDING' }));
    expect(await refusal(placeholder)).toEqual({
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret value for staging label: AWSPENDING",
    });
  });
});

/** Section A of the recordings: one normal rotation. */
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  RotateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { FunctionEvent } from '../../../lib/emulator/index.js';
import {
  account,
  functionArn,
  functionRole,
  ordinary,
  pendingValue,
  refusal,
  rotator,
  type StepCall,
  token,
  useLocalAws,
} from '../local-aws.js';

const aws = useLocalAws();
const first = token('first');
const next = token('next');
let arn = '';

beforeEach(async () => {
  const created = await aws.client.send(
    new CreateSecretCommand({ Name: 'db', SecretString: 'one', ClientRequestToken: first }),
  );
  arn = created.ARN ?? '';
});

const rotate = (secretId = arn) =>
  aws.client.send(
    new RotateSecretCommand({
      SecretId: secretId,
      ClientRequestToken: next,
      RotationLambdaARN: functionArn,
      RotationRules: { AutomaticallyAfterDays: 30 },
      RotateImmediately: true,
    }),
  );
const describeSecret = async () => {
  const { $metadata, ...answer } = await aws.client.send(new DescribeSecretCommand({ SecretId: arn }));
  return answer;
};
const bind = (steps: Parameters<typeof rotator>[0] = {}) =>
  aws.emulator.bindFunction({ functionArn, roleArn: functionRole, handler: rotator(steps) });
/** Every step of the ordinary function, after a look. */
const watched = (look: (call: StepCall) => unknown) =>
  Object.fromEntries(
    (['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const).map((step) => [
      step,
      async (call: StepCall) => {
        await look(call);
        await ordinary(step, call);
      },
    ]),
  );

describe('A. one normal rotation', () => {
  it('A1: answers at once with ARN, Name and VersionId, the token', async () => {
    bind();
    const { $metadata, ...answer } = await rotate();
    expect(answer).toEqual({ ARN: arn, Name: 'db', VersionId: next });
  });

  it('A2: DescribeSecret has no rotation keys before any rotation was configured', async () => {
    expect(Object.keys(await describeSecret()).sort()).toEqual([
      'ARN',
      'CreatedDate',
      'LastChangedDate',
      'Name',
      'VersionIdsToStages',
    ]);
  });

  it('A3: DescribeSecret while rotating', async () => {
    let during: unknown;
    const started = aws.clock.now();
    bind({
      createSecret: async () => {
        aws.clock.pass({ seconds: 1 });
        during = await describeSecret();
        throw new Error('enough');
      },
    });
    await rotate();
    await aws.emulator.rotationSettled(arn);
    expect(during).toEqual({
      ARN: arn,
      Name: 'db',
      CreatedDate: started,
      LastChangedDate: started,
      NextRotationDate: new Date('2026-10-24T23:59:59Z'),
      RotationEnabled: true,
      RotationLambdaARN: functionArn,
      RotationRules: { AutomaticallyAfterDays: 30 },
      VersionIdsToStages: { [first]: ['AWSCURRENT'], [next]: ['AWSPENDING'] },
    });
  });

  it('A4: afterwards the new version has AWSCURRENT and still AWSPENDING, the former one AWSPREVIOUS', async () => {
    bind();
    await rotate();
    await aws.emulator.rotationSettled(arn);
    const after = await describeSecret();
    expect(after.VersionIdsToStages).toEqual({ [first]: ['AWSPREVIOUS'], [next]: ['AWSCURRENT', 'AWSPENDING'] });
    expect(after.LastRotatedDate).toEqual(aws.clock.now());
    expect(after.LastAccessedDate).toEqual(new Date('2026-09-24T00:00:00Z'));
  });

  it('A5: every step starts with AWSCURRENT on the old and AWSPENDING on the new version', async () => {
    const seen: unknown[] = [];
    bind(
      watched(async ({ client }) => {
        const { VersionIdsToStages, RotationEnabled } = await client.send(new DescribeSecretCommand({ SecretId: arn }));
        seen.push({ VersionIdsToStages, RotationEnabled });
      }),
    );
    await rotate();
    await aws.emulator.rotationSettled(arn);
    expect(seen).toEqual(
      Array(4).fill({
        RotationEnabled: true,
        VersionIdsToStages: { [first]: ['AWSCURRENT'], [next]: ['AWSPENDING'] },
      }),
    );
  });

  it('A6: the event has the full ARN, also when the caller gave the name, the version id, the step and a token', async () => {
    const events: FunctionEvent[] = [];
    bind(watched(({ event }) => events.push(event)));
    await rotate('db');
    await aws.emulator.rotationSettled(arn);
    expect(events).toEqual(
      ['createSecret', 'setSecret', 'testSecret', 'finishSecret'].map((Step) => ({
        Step,
        SecretId: arn,
        ClientRequestToken: next,
        RotationToken: expect.stringMatching(/^[a-zA-Z0-9-]{36,256}$/),
      })),
    );
    expect(new Set(events.map((event) => event.RotationToken)).size).toBe(4);
  });

  it('A7: one invocation per step, in order, each after the end of the one before', async () => {
    const log: string[] = [];
    bind(
      watched(async ({ event }) => {
        log.push(`start ${event.Step}`);
        await new Promise(setImmediate);
        log.push(`end ${event.Step}`);
      }),
    );
    await rotate();
    const outcome = await aws.emulator.rotationSettled(arn);
    const steps = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'];
    expect(log).toEqual(steps.flatMap((step) => [`start ${step}`, `end ${step}`]));
    expect(outcome.steps.map(({ step }) => step)).toEqual(steps);
    expect(outcome).toMatchObject({ kind: 'Rotation', status: 'Succeeded', versionId: next });
  });

  it('A9: LastRotatedDate is when finishSecret has returned, and does not move LastChangedDate', async () => {
    let promoted: Date | undefined;
    bind({
      finishSecret: async (call) => {
        await ordinary('finishSecret', call);
        promoted = aws.clock.now();
        aws.clock.pass({ millis: 40 });
      },
    });
    await rotate();
    await aws.emulator.rotationSettled(arn);
    const { LastChangedDate, LastRotatedDate } = await describeSecret();
    expect(LastChangedDate).toEqual(promoted);
    expect(Number(LastRotatedDate)).toBe(Number(promoted) + 40);
  });

  it('A10: RotateSecret does not wait for the function', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    bind({ createSecret: () => held });
    await rotate();
    expect(aws.emulator.events.map(({ eventName }) => eventName)).toEqual(['RotationStarted']);
    release();
    expect(await aws.emulator.rotationSettled(arn)).toMatchObject({ status: 'Failed' });
  });

  it('A11: NextRotationDate is the last second of the day so many days ahead, before and after the rotation', async () => {
    const dates: unknown[] = [];
    bind({
      setSecret: async () => {
        dates.push((await describeSecret()).NextRotationDate);
      },
    });
    await rotate();
    await aws.emulator.rotationSettled(arn);
    dates.push((await describeSecret()).NextRotationDate);
    expect(dates).toEqual([new Date('2026-10-24T23:59:59Z'), new Date('2026-10-24T23:59:59Z')]);
  });

  it('A12: createSecret finds AWSCURRENT, no pending value, and may put one under the token', async () => {
    const found: unknown[] = [];
    bind({
      createSecret: async (call) => {
        const get = (input: object) => call.client.send(new GetSecretValueCommand({ SecretId: arn, ...input }));
        found.push((await get({ VersionStage: 'AWSCURRENT' })).SecretString);
        found.push((await refusal(get({ VersionId: next, VersionStage: 'AWSPENDING' }))).name);
        found.push(await ordinary('createSecret', call));
      },
    });
    await rotate();
    await aws.emulator.rotationSettled(arn);
    expect(found).toEqual([
      'one',
      'ResourceNotFoundException',
      expect.objectContaining({ VersionId: next, VersionStages: ['AWSPENDING'] }),
    ]);
  });

  it('A13: the CreatedDate of the version is when its value was put', async () => {
    let put: Date | undefined;
    bind({
      createSecret: async (call) => {
        aws.clock.pass({ millis: 1372 });
        put = aws.clock.now();
        await ordinary('createSecret', call);
        aws.clock.pass({ millis: 10 });
      },
    });
    await rotate();
    await aws.emulator.rotationSettled(arn);
    const { Versions } = await aws.client.send(new ListSecretVersionIdsCommand({ SecretId: arn }));
    expect(Versions?.find(({ VersionId }) => VersionId === next)?.CreatedDate).toEqual(put);
  });

  it('A14: the next RotateSecret is accepted while AWSPENDING sits with AWSCURRENT', async () => {
    bind();
    await rotate();
    await aws.emulator.rotationSettled(arn);
    const third = token('third');
    await aws.client.send(new RotateSecretCommand({ SecretId: arn, ClientRequestToken: third }));
    expect(await aws.emulator.rotationSettled(arn)).toMatchObject({ status: 'Succeeded', versionId: third });
    expect((await describeSecret()).VersionIdsToStages).toEqual({
      [next]: ['AWSPREVIOUS'],
      [third]: ['AWSCURRENT', 'AWSPENDING'],
    });
  });

  it('A15: a role with four actions on the secret can rotate it', async () => {
    const actions = ['DescribeSecret', 'GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage'];
    aws.emulator.createRole({
      roleArn: functionRole,
      trustPolicy: {
        Statement: { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
      },
      policies: [
        { Statement: { Effect: 'Allow', Action: actions.map((name) => `secretsmanager:${name}`), Resource: arn } },
      ],
    });
    bind();
    await rotate();
    expect(await aws.emulator.rotationSettled(arn)).toMatchObject({ status: 'Succeeded' });
  });

  it("A16: the service sends the secret's account and ARN to the function's resource policy", async () => {
    const permitted = (sourceAccount: string, sourceArn: string) => {
      aws.emulator.bindFunction({
        functionArn,
        roleArn: functionRole,
        handler: rotator(),
        invokePermissions: [{ sourceAccount, sourceArn }],
      });
      return rotate();
    };
    expect(await refusal(permitted('999999999999', arn))).toMatchObject({ name: 'AccessDeniedException' });
    expect(await refusal(permitted(account, `${arn}x`))).toMatchObject({ name: 'AccessDeniedException' });
    await permitted(account, arn);
    expect(await aws.emulator.rotationSettled(arn)).toMatchObject({ status: 'Succeeded' });
  });

  it('I6: the event log tells of the start and of the success, about the secret', async () => {
    bind();
    await rotate();
    await aws.emulator.rotationSettled(arn);
    expect(aws.emulator.events).toEqual(
      ['RotationStarted', 'RotationSucceeded'].map((eventName) =>
        expect.objectContaining({
          eventName,
          eventVersion: '1.11',
          eventType: 'AwsServiceEvent',
          eventTime: '2026-09-24T06:11:41Z',
          recipientAccountId: account,
          additionalEventData: { SecretId: arn },
          requestParameters: null,
          readOnly: false,
        }),
      ),
    );
  });

  it('rotates a secret that has no value at all', async () => {
    await aws.client.send(new CreateSecretCommand({ Name: 'empty' }));
    bind();
    await aws.client.send(
      new RotateSecretCommand({ SecretId: 'empty', ClientRequestToken: next, RotationLambdaARN: functionArn }),
    );
    expect(await aws.emulator.rotationSettled('empty')).toMatchObject({ status: 'Succeeded' });
    const { SecretString } = await aws.client.send(new GetSecretValueCommand({ SecretId: 'empty' }));
    expect(SecretString).toBe(pendingValue);
  });
});

/** Section C of the recordings: RotateImmediately=false. */
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  RotateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { FunctionEvent } from '../../../lib/emulator/index.js';
import { functionArn, functionRole, ordinary, pendingValue, rotator, token, useLocalAws } from '../local-aws.js';

const aws = useLocalAws();
const [v0, v1, v2] = [token('v0'), token('v1'), token('v2')];
let arn = '';

/** A secret that has rotated once, as it was when the recording began. */
beforeEach(async () => {
  const created = await aws.client.send(
    new CreateSecretCommand({ Name: 'db', SecretString: 'one', ClientRequestToken: v0 }),
  );
  arn = created.ARN ?? '';
  bind();
  await aws.client.send(
    new RotateSecretCommand({
      SecretId: arn,
      ClientRequestToken: v1,
      RotationLambdaARN: functionArn,
      RotationRules: { AutomaticallyAfterDays: 30 },
    }),
  );
  await aws.emulator.rotationSettled(arn);
  aws.clock.pass({ seconds: 19 });
});

const bind = (steps: Parameters<typeof rotator>[0] = {}) =>
  aws.emulator.bindFunction({ functionArn, roleArn: functionRole, handler: rotator(steps) });
const deferred = () =>
  aws.client.send(
    new RotateSecretCommand({
      SecretId: arn,
      ClientRequestToken: v2,
      RotationLambdaARN: functionArn,
      RotationRules: { ScheduleExpression: 'cron(0 0 1 * ? *)', Duration: '1h' },
      RotateImmediately: false,
    }),
  );
const describeSecret = () => aws.client.send(new DescribeSecretCommand({ SecretId: arn }));

describe('C. RotateImmediately=false', () => {
  it('C1: answers ARN, Name and VersionId, as for an immediate one', async () => {
    const { $metadata, ...answer } = await deferred();
    expect(answer).toEqual({ ARN: arn, Name: 'db', VersionId: v2 });
  });

  it('C2: one invocation, testSecret, with a RotationToken', async () => {
    const events: FunctionEvent[] = [];
    bind({ testSecret: ({ event }) => events.push(event) });
    await deferred();
    expect(await aws.emulator.rotationSettled(arn)).toMatchObject({
      kind: 'TestRotation',
      status: 'Succeeded',
      steps: [{ step: 'testSecret' }],
    });
    expect(events).toEqual([
      {
        Step: 'testSecret',
        SecretId: arn,
        ClientRequestToken: v2,
        RotationToken: expect.stringMatching(/^[a-zA-Z0-9-]{36,256}$/),
      },
    ]);
    expect(aws.emulator.events.slice(-2).map(({ eventName }) => eventName)).toEqual([
      'TestRotationStarted',
      'TestRotationSucceeded',
    ]);
  });

  it('C3: AWSPENDING left over from the last rotation is taken over', async () => {
    let seen: unknown;
    bind({
      testSecret: async () => {
        seen = (await describeSecret()).VersionIdsToStages;
      },
    });
    await deferred();
    await aws.emulator.rotationSettled(arn);
    expect(seen).toEqual({ [v0]: ['AWSPREVIOUS'], [v1]: ['AWSCURRENT'], [v2]: ['AWSPENDING'] });
  });

  it('C4: the pending version is a copy of the current value, made when RotateSecret was called', async () => {
    let seen: unknown;
    const called = aws.clock.now();
    bind({
      testSecret: async (call) => {
        aws.clock.pass({ seconds: 1 });
        seen = await ordinary('testSecret', call);
      },
    });
    await deferred();
    await aws.emulator.rotationSettled(arn);
    expect(seen).toMatchObject({ SecretString: pendingValue, VersionId: v2, CreatedDate: called });
  });

  it('C5: after the test AWSPENDING is gone and the other labels have not moved', async () => {
    await deferred();
    await aws.emulator.rotationSettled(arn);
    expect((await describeSecret()).VersionIdsToStages).toEqual({ [v0]: ['AWSPREVIOUS'], [v1]: ['AWSCURRENT'] });
  });

  it('C6: the copy stays as a version without labels, and without a VersionStages key', async () => {
    await deferred();
    await aws.emulator.rotationSettled(arn);
    const { Versions = [] } = await aws.client.send(
      new ListSecretVersionIdsCommand({ SecretId: arn, IncludeDeprecated: true }),
    );
    expect(Versions.map(({ VersionId }) => VersionId)).toEqual([v0, v1, v2]);
    expect(Versions[2]).not.toHaveProperty('VersionStages');
    const copy = await aws.client.send(new GetSecretValueCommand({ SecretId: arn, VersionId: v2 }));
    expect(copy.SecretString).toBe(pendingValue);
    expect(copy).not.toHaveProperty('VersionStages');
  });

  it('C7: the removal of the label moves neither LastChangedDate nor LastRotatedDate', async () => {
    const called = aws.clock.now();
    const { LastRotatedDate } = await describeSecret();
    bind({ testSecret: () => aws.clock.pass({ seconds: 10 }) });
    await deferred();
    await aws.emulator.rotationSettled(arn);
    expect(await describeSecret()).toMatchObject({ LastChangedDate: called, LastRotatedDate });
  });

  it('C8: an expression is shown with the days until its window, and NextRotationDate is the last second of that', async () => {
    await deferred();
    await aws.emulator.rotationSettled(arn);
    expect(await describeSecret()).toMatchObject({
      RotationRules: { AutomaticallyAfterDays: 7, Duration: '1h', ScheduleExpression: 'cron(0 0 1 * ? *)' },
      NextRotationDate: new Date('2026-10-01T00:59:59Z'),
    });
  });

  // C9: what a failed test does was not recorded. The choice: the label goes all the same, the configuration stays.
  it('C9: a failed test is reported and leaves nothing pending', async () => {
    bind({
      testSecret: () => {
        throw new Error('no');
      },
    });
    await deferred();
    const message = `Error when executing lambda ${functionArn} during testSecret step`;
    expect(await aws.emulator.rotationSettled(arn)).toMatchObject({ status: 'Failed', message });
    expect(aws.emulator.events.at(-1)).toMatchObject({ eventName: 'TestRotationFailed', errorMessage: message });
    expect(await describeSecret()).toMatchObject({
      RotationEnabled: true,
      VersionIdsToStages: { [v0]: ['AWSPREVIOUS'], [v1]: ['AWSCURRENT'] },
    });
  });
});

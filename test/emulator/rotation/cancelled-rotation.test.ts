/** Sections D and I1 of the recordings: rotations that are cancelled or abandoned. */
import {
  CancelRotateSecretCommand,
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  account,
  functionArn,
  functionRole,
  ordinary,
  pendingValue,
  refusal,
  rotator,
  token,
  useLocalAws,
} from '../local-aws.js';

const aws = useLocalAws();
const [first, next] = [token('first'), token('next')];
let arn = '';

beforeEach(async () => {
  const created = await aws.client.send(
    new CreateSecretCommand({ Name: 'db', SecretString: 'one', ClientRequestToken: first }),
  );
  arn = created.ARN ?? '';
});

const bind = (steps: Parameters<typeof rotator>[0] = {}) =>
  aws.emulator.bindFunction({ functionArn, roleArn: functionRole, handler: rotator(steps) });
const rotate = (ClientRequestToken = next) =>
  aws.client.send(
    new RotateSecretCommand({
      SecretId: arn,
      ClientRequestToken,
      RotationLambdaARN: functionArn,
      RotationRules: { ScheduleExpression: 'rate(10 days)', Duration: '3h' },
    }),
  );
const cancel = () => aws.client.send(new CancelRotateSecretCommand({ SecretId: arn }));
const describeSecret = async () => {
  const { $metadata, ...answer } = await aws.client.send(new DescribeSecretCommand({ SecretId: arn }));
  return answer;
};

/** A rotation held in setSecret until released. */
async function inSetSecret(): Promise<{ release: () => void }> {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let reached = () => {};
  const inStep = new Promise<void>((resolve) => {
    reached = resolve;
  });
  bind({
    setSecret: () => {
      reached();
      return held;
    },
  });
  await rotate();
  await inStep;
  return { release };
}

describe('D. CancelRotateSecret', () => {
  it('D1: after a rotation: disabled, configuration and LastRotatedDate kept, NextRotationDate gone', async () => {
    bind();
    await rotate();
    await aws.emulator.rotationSettled(arn);
    const { NextRotationDate, ...before } = await describeSecret();
    expect(NextRotationDate).toEqual(new Date('2026-10-04T02:59:59Z'));
    aws.clock.pass({ seconds: 5 });
    const { $metadata, ...answer } = await cancel();
    expect(answer).toEqual({ ARN: arn, Name: 'db' });
    expect(await describeSecret()).toEqual({
      ...before,
      RotationEnabled: false,
      LastChangedDate: aws.clock.now(),
    });
    expect(before.RotationRules).toEqual({
      AutomaticallyAfterDays: 10,
      Duration: '3h',
      ScheduleExpression: 'rate(10 days)',
    });
  });

  it('D2, D3: in flight: disabled at once, labels untouched, the pending value readable', async () => {
    const { release } = await inSetSecret();
    const before = await describeSecret();
    expect(before).toMatchObject({
      RotationEnabled: true,
      VersionIdsToStages: { [first]: ['AWSCURRENT'], [next]: ['AWSPENDING'] },
    });
    expect(before).toHaveProperty('NextRotationDate');
    expect(before).not.toHaveProperty('LastRotatedDate');
    await cancel();
    const after = await describeSecret();
    expect(after).toMatchObject({
      RotationEnabled: false,
      RotationLambdaARN: functionArn,
      RotationRules: before.RotationRules,
      VersionIdsToStages: before.VersionIdsToStages,
    });
    expect(after).not.toHaveProperty('NextRotationDate');
    const pending = await aws.client.send(new GetSecretValueCommand({ SecretId: arn, VersionStage: 'AWSPENDING' }));
    expect(pending.SecretString).toBe(pendingValue);
    release();
    await aws.emulator.rotationSettled(arn);
  });

  it('D4: the running function is not killed, and no further step follows', async () => {
    const { release } = await inSetSecret();
    await cancel();
    release();
    const outcome = await aws.emulator.rotationSettled(arn);
    expect(outcome).toMatchObject({ status: 'Cancelled' });
    expect(outcome.steps.map(({ step, error }) => ({ step, error }))).toEqual([
      { step: 'createSecret', error: undefined },
      { step: 'setSecret', error: undefined },
    ]);
    const current = await aws.client.send(new GetSecretValueCommand({ SecretId: arn }));
    expect(current.SecretString).toBe('one');
  });

  it('D5: the answer has no VersionId, though a version is pending', async () => {
    const { release } = await inSetSecret();
    const { $metadata, ...answer } = await cancel();
    expect(answer).toEqual({ ARN: arn, Name: 'db' });
    release();
    await aws.emulator.rotationSettled(arn);
  });

  it('D6: AWSPENDING stays, and the next rotation is refused until someone takes it off', async () => {
    const { release } = await inSetSecret();
    await cancel();
    release();
    await aws.emulator.rotationSettled(arn);
    expect(await refusal(rotate(token('other')))).toEqual({
      name: 'InvalidRequestException',
      message: "A previous rotation isn't complete. That rotation will be reattempted.",
    });
    await aws.client.send(
      new UpdateSecretVersionStageCommand({ SecretId: arn, VersionStage: 'AWSPENDING', RemoveFromVersionId: next }),
    );
    bind();
    await rotate(token('other'));
    expect(await aws.emulator.rotationSettled(arn)).toMatchObject({ status: 'Succeeded' });
  });

  it('D7: a cancelled rotation is not tried again', async () => {
    const { release } = await inSetSecret();
    await cancel();
    release();
    await aws.emulator.rotationSettled(arn);
    await expect(aws.emulator.reattemptRotation(arn)).rejects.toThrow('rotation is not enabled');
    expect(aws.emulator.events.map(({ eventName }) => eventName)).toEqual(['RotationStarted']);
  });
});

describe('I1. abandoned rotations', () => {
  const abandoned = {
    eventName: 'RotationAbandoned',
    eventType: 'AwsServiceEvent',
    userIdentity: { accountId: account, invokedBy: 'secretsmanager.amazonaws.com' },
    sourceIPAddress: 'secretsmanager.amazonaws.com',
    requestParameters: null,
    responseElements: null,
    requestID: next,
  };

  it('I1: a new current value abandons a version that someone put under AWSPENDING by hand', async () => {
    await aws.client.send(
      new PutSecretValueCommand({
        SecretId: arn,
        SecretString: 'two',
        ClientRequestToken: next,
        VersionStages: ['AWSPENDING'],
      }),
    );
    const third = token('third');
    await aws.client.send(
      new PutSecretValueCommand({ SecretId: arn, SecretString: 'three', ClientRequestToken: third }),
    );
    expect(aws.emulator.events).toEqual([
      expect.objectContaining({ ...abandoned, additionalEventData: { SecretId: arn } }),
    ]);
    expect((await describeSecret()).VersionIdsToStages).toEqual({ [first]: ['AWSPREVIOUS'], [third]: ['AWSCURRENT'] });
  });

  it('I1: a new current value abandons the rotation in flight', async () => {
    const { release } = await inSetSecret();
    await aws.client.send(new UpdateSecretCommand({ SecretId: arn, SecretString: 'by hand' }));
    release();
    const outcome = await aws.emulator.rotationSettled(arn);
    expect(outcome).toMatchObject({ status: 'Abandoned', versionId: next });
    expect(outcome.steps.map(({ step }) => step)).toEqual(['createSecret', 'setSecret']);
    expect(aws.emulator.events.at(-1)).toMatchObject(abandoned);
    expect(Object.values((await describeSecret()).VersionIdsToStages ?? {}).flat()).not.toContain('AWSPENDING');
    const { SecretString } = await aws.client.send(new GetSecretValueCommand({ SecretId: arn }));
    expect(SecretString).toBe('by hand');
  });

  it('what the function writes afterwards comes from it all the same, and can be rotated to', async () => {
    let meanwhile = true;
    bind({
      createSecret: async (call) => {
        if (meanwhile) await aws.client.send(new UpdateSecretCommand({ SecretId: arn, SecretString: 'by hand' }));
        meanwhile = false;
        return ordinary('createSecret', call);
      },
    });
    await rotate();
    expect(await aws.emulator.rotationSettled(arn)).toMatchObject({ status: 'Abandoned' });
    expect((await describeSecret()).VersionIdsToStages).toMatchObject({ [next]: ['AWSPENDING'] });
    expect(await aws.emulator.reattemptRotation(arn)).toMatchObject({ status: 'Succeeded', versionId: next });
  });

  it('a new current value after a rotation takes the leftover AWSPENDING away in silence', async () => {
    bind();
    await rotate();
    await aws.emulator.rotationSettled(arn);
    await aws.client.send(new PutSecretValueCommand({ SecretId: arn, SecretString: 'by hand' }));
    expect(aws.emulator.events.map(({ eventName }) => eventName)).not.toContain('RotationAbandoned');
    await rotate(token('other'));
    expect(await aws.emulator.rotationSettled(arn)).toMatchObject({ status: 'Succeeded' });
  });
});

/** Sections F and G of the recordings: dates, and the end of a secret. */
import {
  CancelRotateSecretCommand,
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from '@jest/globals';
import { startEmulator } from '../../../lib/emulator/index.js';
import {
  account,
  functionArn,
  functionRole,
  post,
  refusal,
  rotator,
  secretsManager,
  token,
  useLocalAws,
} from '../local-aws.js';

const aws = useLocalAws();
const [v1, v2] = [token('v1'), token('v2')];
const SecretId = 'db';

const create = () =>
  aws.client.send(new CreateSecretCommand({ Name: SecretId, SecretString: 'one', ClientRequestToken: v1 }));
const describeSecret = () => aws.client.send(new DescribeSecretCommand({ SecretId }));
const put = (input: object = {}) =>
  aws.client.send(new PutSecretValueCommand({ SecretId, SecretString: 'two', ClientRequestToken: v2, ...input }));

describe('F. dates', () => {
  it('F1: what moves LastChangedDate', async () => {
    aws.emulator.bindFunction({ functionArn, roleArn: functionRole, handler: rotator() });
    const calls: Record<string, () => Promise<unknown>> = {
      CreateSecret: create,
      'PutSecretValue of a pending version': () => put({ VersionStages: ['AWSPENDING'] }),
      'PutSecretValue again with another label': () => put({ VersionStages: ['BLUE'] }),
      UpdateSecretVersionStage: () =>
        aws.client.send(
          new UpdateSecretVersionStageCommand({ SecretId, VersionStage: 'AWSPENDING', RemoveFromVersionId: v2 }),
        ),
      UpdateSecret: () => aws.client.send(new UpdateSecretCommand({ SecretId, Description: 'x' })),
      RotateSecret: async () => {
        await aws.client.send(new RotateSecretCommand({ SecretId, RotationLambdaARN: functionArn }));
        await aws.emulator.rotationSettled(SecretId);
      },
      CancelRotateSecret: () => aws.client.send(new CancelRotateSecretCommand({ SecretId })),
      DeleteSecret: () => aws.client.send(new DeleteSecretCommand({ SecretId })),
    };
    for (const [name, call] of Object.entries(calls)) {
      aws.clock.pass({ seconds: 1 });
      await call();
      expect({ name, date: (await describeSecret()).LastChangedDate }).toEqual({ name, date: aws.clock.now() });
    }
  });

  it('F1: reading does not', async () => {
    await create();
    const { LastChangedDate } = await describeSecret();
    aws.clock.pass({ seconds: 1 });
    await aws.client.send(new GetSecretValueCommand({ SecretId }));
    expect((await describeSecret()).LastChangedDate).toEqual(LastChangedDate);
  });

  it('F2, A8: dates follow each other: secret, version, last change, last rotation', async () => {
    let time = Date.parse('2026-09-24T06:11:41.825Z');
    const emulator = await startEmulator({ now: () => new Date(time++) });
    const client = secretsManager(emulator.endpoint, emulator.credentialsFor(account));
    const dates = async () => {
      const secret = await client.send(new DescribeSecretCommand({ SecretId }));
      const { Versions } = await client.send(new ListSecretVersionIdsCommand({ SecretId }));
      return { ...secret, version: Number(Versions?.[0]?.CreatedDate) };
    };
    await client.send(new CreateSecretCommand({ Name: SecretId, SecretString: 'one' }));
    const created = await dates();
    expect(created.version).toBeGreaterThan(Number(created.CreatedDate));
    expect(Number(created.LastChangedDate)).toBeGreaterThan(created.version);
    emulator.bindFunction({ functionArn, roleArn: functionRole, handler: rotator() });
    const called = time;
    await client.send(new RotateSecretCommand({ SecretId, RotationLambdaARN: functionArn }));
    await emulator.rotationSettled(SecretId);
    const rotated = await dates();
    expect(rotated.version).toBeGreaterThan(called);
    expect(Number(rotated.LastChangedDate)).toBeGreaterThan(rotated.version);
    expect(Number(rotated.LastRotatedDate)).toBeGreaterThan(Number(rotated.LastChangedDate));
    await emulator.close();
  });

  it('F3: a plain PutSecretValue makes no LastRotatedDate', async () => {
    await create();
    await put();
    expect(await describeSecret()).not.toHaveProperty('LastRotatedDate');
  });

  it('F3: LastRotatedDate is kept for ever after', async () => {
    await create();
    aws.emulator.bindFunction({ functionArn, roleArn: functionRole, handler: rotator() });
    await aws.client.send(new RotateSecretCommand({ SecretId, RotationLambdaARN: functionArn }));
    await aws.emulator.rotationSettled(SecretId);
    const rotated = aws.clock.now();
    aws.clock.pass({ days: 1 });
    await aws.client.send(new CancelRotateSecretCommand({ SecretId }));
    await put();
    expect((await describeSecret()).LastRotatedDate).toEqual(rotated);
  });

  it('a value put by hand counts as a rotation for the schedule, not for LastRotatedDate', async () => {
    await create();
    aws.emulator.bindFunction({ functionArn, roleArn: functionRole, handler: rotator() });
    const RotationRules = { AutomaticallyAfterDays: 30 };
    await aws.client.send(new RotateSecretCommand({ SecretId, RotationLambdaARN: functionArn, RotationRules }));
    await aws.emulator.rotationSettled(SecretId);
    const LastRotatedDate = aws.clock.now();
    aws.clock.pass({ days: 5 });
    await put();
    const NextRotationDate = new Date('2026-10-29T23:59:59Z');
    expect(await describeSecret()).toMatchObject({ LastRotatedDate, NextRotationDate });
  });

  it('F4: only a successful GetSecretValue sets LastAccessedDate, to midnight UTC', async () => {
    await aws.client.send(new CreateSecretCommand({ Name: SecretId }));
    await refusal(aws.client.send(new GetSecretValueCommand({ SecretId })));
    await put();
    expect(await describeSecret()).not.toHaveProperty('LastAccessedDate');
    await aws.client.send(new GetSecretValueCommand({ SecretId }));
    expect((await describeSecret()).LastAccessedDate).toEqual(new Date('2026-09-24T00:00:00Z'));
  });

  it('F5: on the wire: epoch seconds as Java writes doubles, keys in alphabetical order, no nulls', async () => {
    await create();
    const { ARN } = await describeSecret();
    const answer = await post(aws.emulator.endpoint, {
      operation: 'GetSecretValue',
      body: JSON.stringify({ SecretId }),
    });
    expect(answer.text).toBe(
      `{"ARN":"${ARN}","CreatedDate":1.790230301825E9,"Name":"db","SecretString":"one","VersionId":"${v1}","VersionStages":["AWSCURRENT"]}`,
    );
    const described = await post(aws.emulator.endpoint, {
      operation: 'DescribeSecret',
      body: JSON.stringify({ SecretId }),
    });
    expect(described.text).toContain('"LastAccessedDate":1.790208E9');
    expect(described.text).not.toContain('null');
    const keys = Object.keys(JSON.parse(described.text));
    expect(keys).toEqual([...keys].sort());
  });
});

describe('G. deletion', () => {
  const marked = {
    name: 'InvalidRequestException',
    message: "You can't perform this operation on the secret because it was marked for deletion.",
  };

  it('G1: with a recovery window: DeletionDate is the deadline, DeletedDate the time of the request', async () => {
    const { ARN } = await create();
    aws.clock.pass({ hours: 1 });
    const { $metadata, ...answer } = await aws.client.send(
      new DeleteSecretCommand({ SecretId, RecoveryWindowInDays: 7 }),
    );
    const now = aws.clock.now();
    expect(answer).toEqual({ ARN, Name: SecretId, DeletionDate: new Date(now.getTime() + 7 * 86_400_000) });
    expect((await describeSecret()).DeletedDate).toEqual(now);
    expect(await refusal(aws.client.send(new GetSecretValueCommand({ SecretId })))).toEqual(marked);
    expect(await refusal(put())).toEqual(marked);
    const listed = async (IncludePlannedDeletion: boolean) =>
      (await aws.client.send(new ListSecretsCommand({ IncludePlannedDeletion }))).SecretList?.length;
    expect([await listed(false), await listed(true)]).toEqual([0, 1]);
    expect(await refusal(create())).toEqual({
      name: 'InvalidRequestException',
      message: "You can't create this secret because a secret with this name is already scheduled for deletion.",
    });
  });

  it('G1: it is gone at the deadline, and its name is free again', async () => {
    await create();
    await aws.client.send(new DeleteSecretCommand({ SecretId }));
    aws.clock.pass({ days: 29 });
    expect((await describeSecret()).Name).toBe(SecretId);
    aws.clock.pass({ days: 1 });
    expect(await refusal(describeSecret())).toMatchObject({ name: 'ResourceNotFoundException' });
    await create();
  });

  it('G2, authority G2, I2: forced: described for some seconds more, then gone, with two events', async () => {
    const { ARN } = await create();
    const { DeletionDate } = await aws.client.send(
      new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }),
    );
    expect(DeletionDate).toEqual(aws.clock.now());
    aws.clock.pass({ seconds: 1 });
    expect((await describeSecret()).DeletedDate).toEqual(DeletionDate);
    aws.clock.pass({ seconds: 4 });
    expect(await refusal(describeSecret())).toMatchObject({ name: 'ResourceNotFoundException' });
    expect(aws.emulator.events).toEqual(
      ['StartSecretVersionDelete', 'EndSecretVersionDelete'].map((eventName) =>
        expect.objectContaining({
          eventName,
          additionalEventData: { ARN, Name: SecretId },
          requestID: `SecretDeleteMessage:${ARN}:2026-09-24T06:11:00Z:Forced`,
        }),
      ),
    );
  });

  it('G2, authority G1: forcing a name that does not exist succeeds with an invented ARN', async () => {
    const answer = await aws.client.send(
      new DeleteSecretCommand({ SecretId: 'nobody', ForceDeleteWithoutRecovery: true }),
    );
    expect(answer.ARN).toMatch(/:secret:nobody-[A-Za-z0-9]{6}$/);
    const notForced = aws.client.send(new DeleteSecretCommand({ SecretId: 'nobody' }));
    expect(await refusal(notForced)).toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('the window is 7 to 30 days, and none when forced', async () => {
    await create();
    const remove = (input: object) => refusal(aws.client.send(new DeleteSecretCommand({ SecretId, ...input })));
    const name = 'InvalidParameterException';
    expect(await remove({ RecoveryWindowInDays: 6 })).toMatchObject({ name });
    expect(await remove({ RecoveryWindowInDays: 31 })).toMatchObject({ name });
    expect(await remove({ RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true })).toMatchObject({ name });
    expect(await describeSecret()).not.toHaveProperty('DeletedDate');
    expect(await remove({})).toMatchObject({ name: 'none' });
    expect(await remove({})).toEqual(marked);
  });
});

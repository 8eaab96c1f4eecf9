/** G1 and G2 of the recordings: deletion taken back, carried out, and the name used again. */
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  type DeleteSecretCommandInput,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  RotateSecretCommand,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { functionArn, functionRole, refusal, rotator, token, useLocalAws } from '../local-aws.js';

const aws = useLocalAws();
const [v1, v2] = [token('v1'), token('v2')];
const SecretId = 'app/db';
let arn = '';

const create = (SecretString: string) =>
  aws.client.send(new CreateSecretCommand({ Name: SecretId, SecretString, ClientRequestToken: v1 }));
const remove = (input: Partial<DeleteSecretCommandInput> = {}) =>
  aws.client.send(new DeleteSecretCommand({ SecretId, ...input }));
const restore = async () => {
  const { $metadata, ...answer } = await aws.client.send(new RestoreSecretCommand({ SecretId }));
  return answer;
};
const described = () => aws.client.send(new DescribeSecretCommand({ SecretId }));
const read = async (input: object = {}) =>
  (await aws.client.send(new GetSecretValueCommand({ SecretId, ...input }))).SecretString;
const events = () => aws.emulator.events.map(({ eventName }) => eventName);
const unknown = { name: 'ResourceNotFoundException' };

beforeEach(async () => {
  arn = (await create('one')).ARN ?? '';
});

describe('RestoreSecret', () => {
  it('G1: takes a deletion back: labels and values are as they were', async () => {
    const input = { SecretId, SecretString: 'two', ClientRequestToken: v2, VersionStages: ['AWSCURRENT', 'BLUE'] };
    await aws.client.send(new PutSecretValueCommand(input));
    const { VersionIdsToStages } = await described();
    await remove({ RecoveryWindowInDays: 7 });
    aws.clock.pass({ days: 6, hours: 23 });
    expect(await restore()).toEqual({ ARN: arn, Name: SecretId });
    const secret = await described();
    expect(secret).not.toHaveProperty('DeletedDate');
    expect(secret.VersionIdsToStages).toEqual(VersionIdsToStages);
    expect(secret.LastChangedDate).toEqual(aws.clock.now());
    expect([await read(), await read({ VersionStage: 'AWSPREVIOUS' })]).toEqual(['two', 'one']);
    aws.clock.pass({ days: 60 });
    expect(await read()).toBe('two');
    expect(events()).toEqual(['CancelSecretVersionDelete']);
  });

  it('a secret that is restored and deleted again has a window of its own', async () => {
    await remove({ RecoveryWindowInDays: 7 });
    aws.clock.pass({ days: 5 });
    await restore();
    await remove({ RecoveryWindowInDays: 7 });
    aws.clock.pass({ days: 6 });
    await restore();
    await remove({ RecoveryWindowInDays: 30 });
    aws.clock.pass({ days: 29 });
    expect((await described()).Name).toBe(SecretId);
    aws.clock.pass({ days: 1 });
    expect(await refusal(described())).toMatchObject(unknown);
    expect(await refusal(restore())).toMatchObject(unknown);
  });

  it('G2: nothing restores what is deleted by force, described though it is', async () => {
    await remove({ ForceDeleteWithoutRecovery: true });
    expect((await described()).DeletedDate).toEqual(aws.clock.now());
    expect(await refusal(restore())).toMatchObject(unknown);
  });

  it('what waits for its end can be brought to it by force', async () => {
    await remove({ RecoveryWindowInDays: 30 });
    await remove({ ForceDeleteWithoutRecovery: true });
    aws.clock.pass({ seconds: 5 });
    expect(await refusal(described())).toMatchObject(unknown);
    expect(events()).toEqual(['StartSecretVersionDelete', 'EndSecretVersionDelete']);
  });

  it('the name is free for a new secret with another ARN, which the old deadline does not touch', async () => {
    await remove({ ForceDeleteWithoutRecovery: true });
    aws.clock.pass({ seconds: 5 });
    const { ARN } = await create('new');
    expect(ARN).not.toBe(arn);
    aws.clock.pass({ days: 30 });
    expect(await read()).toBe('new');
    expect(await refusal(aws.client.send(new DescribeSecretCommand({ SecretId: arn })))).toMatchObject(unknown);
  });

  it('what is marked for deletion is described and listed by version, and nothing else', async () => {
    await remove();
    const { Versions } = await aws.client.send(new ListSecretVersionIdsCommand({ SecretId }));
    expect(Versions).toHaveLength(1);
    const calls = [
      read(),
      aws.client.send(new UpdateSecretCommand({ SecretId, Description: 'x' })),
      aws.client.send(new RotateSecretCommand({ SecretId, RotationLambdaARN: functionArn })),
    ];
    for (const call of calls) {
      expect(await refusal(call)).toEqual({
        name: 'InvalidRequestException',
        message: "You can't perform this operation on the secret because it was marked for deletion.",
      });
    }
  });

  it('a secret whose rotation is enabled is deleted like any other, and keeps its configuration when restored', async () => {
    aws.emulator.bindFunction({ functionArn, roleArn: functionRole, handler: rotator() });
    const RotationRules = { AutomaticallyAfterDays: 30 };
    await aws.client.send(new RotateSecretCommand({ SecretId, RotationLambdaARN: functionArn, RotationRules }));
    await aws.emulator.rotationSettled(SecretId);
    await remove();
    await restore();
    expect(await described()).toMatchObject({ RotationEnabled: true, RotationLambdaARN: functionArn, RotationRules });
  });
});

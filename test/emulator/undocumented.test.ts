/** Each answer to what AWS leaves open can be chosen, and does what its name says. */
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  RotateSecretCommand,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from '@jest/globals';
import { startEmulator, type UndocumentedBehaviour } from '../../lib/emulator/index.js';
import { account, functionArn, functionRole, refusal, rotator, secretsManager, token } from './local-aws.js';

const [v1, v2] = [token('v1'), token('v2')];
const SecretId = 'app/db';

/** Runs calls against an emulator of its own, and tells what came out. */
async function under<T>(
  undocumented: Partial<UndocumentedBehaviour>,
  calls: (aws: {
    emulator: Awaited<ReturnType<typeof startEmulator>>;
    client: ReturnType<typeof secretsManager>;
    put: (id: string, value: string, labels?: string[]) => Promise<unknown>;
    stages: () => Promise<Record<string, string[]> | undefined>;
  }) => Promise<T>,
): Promise<T> {
  await using emulator = await startEmulator({ undocumented });
  const client = secretsManager(emulator.endpoint, emulator.credentialsFor(account));
  await client.send(new CreateSecretCommand({ Name: SecretId }));
  return await calls({
    emulator,
    client,
    put: (ClientRequestToken, SecretString, labels) =>
      client.send(
        new PutSecretValueCommand({
          SecretId,
          SecretString,
          ClientRequestToken,
          ...(labels && { VersionStages: labels }),
        }),
      ),
    stages: async () => (await client.send(new DescribeSecretCommand({ SecretId }))).VersionIdsToStages,
  });
}

describe('what AWS leaves open', () => {
  it.each<[UndocumentedBehaviour['firstVersion'] | undefined, string[]]>([
    [undefined, ['AWSCURRENT', 'AWSPENDING']],
    ['AWSCURRENT too', ['AWSCURRENT', 'AWSPENDING']],
    ['as named', ['AWSPENDING']],
  ])('firstVersion: %s', async (firstVersion, expected) => {
    const stages = await under(firstVersion === undefined ? {} : { firstVersion }, async (aws) => {
      await aws.put(v1, 'one', ['AWSPENDING']);
      return aws.stages();
    });
    expect(stages).toEqual({ [v1]: expected });
  });

  it.each<[UndocumentedBehaviour['replayWithoutLabels'], string]>([
    ['nothing', v2],
    ['AWSCURRENT moves', v1],
  ])('replayWithoutLabels: %s', async (replayWithoutLabels, current) => {
    const stages = await under({ replayWithoutLabels }, async (aws) => {
      await aws.put(v1, 'one');
      await aws.put(v2, 'two');
      await aws.put(v1, 'one');
      return aws.stages();
    });
    expect(stages?.[current]).toEqual(['AWSCURRENT']);
  });

  it.each<[UndocumentedBehaviour['updateWithKnownToken'], string, string]>([
    ['refused', 'one', 'ResourceExistsException'],
    ['refused', 'other', 'ResourceExistsException'],
    ['compared', 'one', 'none'],
    ['compared', 'other', 'ResourceExistsException'],
  ])('updateWithKnownToken: %s, with the value %s', async (updateWithKnownToken, SecretString, name) => {
    const outcome = await under({ updateWithKnownToken }, async (aws) => {
      await aws.put(v1, 'one');
      return refusal(aws.client.send(new UpdateSecretCommand({ SecretId, SecretString, ClientRequestToken: v1 })));
    });
    expect(outcome.name).toBe(name);
  });

  it.each<[UndocumentedBehaviour['rotateWithKnownToken'], string]>([
    ['answered', 'none'],
    ['refused', 'InvalidRequestException'],
  ])('rotateWithKnownToken: %s', async (rotateWithKnownToken, name) => {
    const outcome = await under({ rotateWithKnownToken }, async (aws) => {
      await aws.put(v1, 'one');
      aws.emulator.bindFunction({ functionArn, roleArn: functionRole, handler: rotator() });
      const command = new RotateSecretCommand({ SecretId, RotationLambdaARN: functionArn, ClientRequestToken: v2 });
      await aws.client.send(command);
      expect((await aws.emulator.rotationSettled(SecretId)).status).toBe('Succeeded');
      const repeated = await refusal(aws.client.send(command));
      expect(aws.emulator.events.filter(({ eventName }) => eventName === 'RotationStarted')).toHaveLength(1);
      return repeated;
    });
    expect(outcome.name).toBe(name);
  });

  it.each<[UndocumentedBehaviour['failedTests'], string, string]>([
    ['AWSPENDING goes', 'AWSCURRENT', 'none'],
    ['AWSPENDING stays', 'AWSCURRENT AWSPENDING', 'InvalidRequestException'],
  ])('failedTests: %s', async (failedTests, labels, next) => {
    await under({ failedTests }, async (aws) => {
      await aws.put(v1, 'one');
      const testSecret = () => {
        throw new Error('refused');
      };
      aws.emulator.bindFunction({ functionArn, roleArn: functionRole, handler: rotator({ testSecret }) });
      const rotate = (RotateImmediately: boolean) =>
        aws.client.send(new RotateSecretCommand({ SecretId, RotationLambdaARN: functionArn, RotateImmediately }));
      await rotate(false);
      expect((await aws.emulator.rotationSettled(SecretId)).status).toBe('Failed');
      const stages = Object.values((await aws.stages()) ?? {}).flat();
      expect(stages.sort().join(' ')).toBe(labels);
      expect((await refusal(rotate(true))).name).toBe(next);
    });
  });

  it.each<[UndocumentedBehaviour['unknownVersionToMove']]>([
    ['ResourceNotFoundException'],
    ['InvalidParameterException'],
  ])('unknownVersionToMove: %s', async (unknownVersionToMove) => {
    const outcome = await under({ unknownVersionToMove }, async (aws) => {
      await aws.put(v1, 'one');
      return refusal(
        aws.client.send(new UpdateSecretVersionStageCommand({ SecretId, VersionStage: 'BLUE', MoveToVersionId: v2 })),
      );
    });
    expect(outcome.name).toBe(unknownVersionToMove);
  });

  it.each<[UndocumentedBehaviour['restoreOfLiveSecret'], string]>([
    ['refused', 'InvalidRequestException'],
    ['answered', 'none'],
  ])('restoreOfLiveSecret: %s', async (restoreOfLiveSecret, name) => {
    const outcome = await under({ restoreOfLiveSecret }, (aws) =>
      refusal(aws.client.send(new RestoreSecretCommand({ SecretId }))),
    );
    expect(outcome.name).toBe(name);
  });

  it('listSecretsPage', async () => {
    const page = await under({ listSecretsPage: 1 }, async ({ client }) => {
      await client.send(new CreateSecretCommand({ Name: 'second' }));
      return client.send(new ListSecretsCommand({}));
    });
    expect(page.SecretList).toHaveLength(1);
    expect(page.NextToken).toBeDefined();
  });
});

/** Reads that lag behind writes. */
import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ReadAfterWriteLag } from '../../../lib/emulator/index.js';
import { functionArn, functionRole, refusal, rotator, token, useLocalAws } from '../local-aws.js';

const aws = useLocalAws();
const v1 = token('v1');
const v2 = token('v2');

beforeEach(async () => {
  const first = { Name: 'db', SecretString: 'one', ClientRequestToken: v1, Description: 'first' };
  await aws.client.send(new CreateSecretCommand(first));
});

const lag = (readAfterWriteLag: ReadAfterWriteLag, seed = 1) => aws.emulator.weather.set({ seed, readAfterWriteLag });
const put = (value: string, id: string) =>
  aws.client.send(new PutSecretValueCommand({ SecretId: 'db', SecretString: value, ClientRequestToken: id }));
const read = async () => (await aws.client.send(new GetSecretValueCommand({ SecretId: 'db' }))).SecretString;
const reads = async (n: number) => {
  const seen: (string | undefined)[] = [];
  for (let i = 0; i < n; i++) seen.push(await read());
  return seen;
};

describe('readAfterWriteLag', () => {
  it('shows the state before the write in every kind of read, and the record says so', async () => {
    lag({ millis: 1000, probability: 1 });
    await put('two', v2);
    await aws.client.send(new UpdateSecretCommand({ SecretId: 'db', Description: 'second' }));
    // Before the last write was after the first one.
    expect(await read()).toBe('two');
    expect(await aws.client.send(new DescribeSecretCommand({ SecretId: 'db' }))).toMatchObject({
      Description: 'first',
      VersionIdsToStages: { [v1]: ['AWSPREVIOUS'], [v2]: ['AWSCURRENT'] },
    });
    await put('three', token('v3'));
    const { Versions } = await aws.client.send(new ListSecretVersionIdsCommand({ SecretId: 'db' }));
    expect(Versions?.map(({ VersionId }) => VersionId)).toEqual([v2, v1]);
    const { SecretList } = await aws.client.send(new ListSecretsCommand({}));
    expect(SecretList?.[0]?.SecretVersionsToStages).toEqual({ [v1]: ['AWSPREVIOUS'], [v2]: ['AWSCURRENT'] });
    const { SecretValues } = await aws.client.send(new BatchGetSecretValueCommand({ SecretIdList: ['db'] }));
    expect(SecretValues?.map(({ SecretString }) => SecretString)).toEqual(['two']);
    const unknown = new GetSecretValueCommand({ SecretId: 'db', VersionId: token('v3') });
    expect((await refusal(aws.client.send(unknown))).name).toBe('ResourceNotFoundException');
    const stale = aws.emulator.requests.filter(({ weather }) => weather?.includes('stale'));
    expect(stale.map(({ operation }) => operation)).toEqual([
      'GetSecretValue',
      'DescribeSecret',
      'ListSecretVersionIds',
      'ListSecrets',
      'BatchGetSecretValue',
      'GetSecretValue',
    ]);
  });

  it('lets a new secret be unknown, and unlisted, for a while', async () => {
    lag({ millis: 500, probability: 1 });
    await aws.client.send(new CreateSecretCommand({ Name: 'new', SecretString: 'x' }));
    const get = () => refusal(aws.client.send(new GetSecretValueCommand({ SecretId: 'new' })));
    expect((await get()).name).toBe('ResourceNotFoundException');
    const list = async () => (await aws.client.send(new ListSecretsCommand({}))).SecretList?.map(({ Name }) => Name);
    expect(await list()).toEqual(['db']);
    aws.clock.pass({ millis: 500 });
    expect((await get()).name).toBe('none');
    expect(await list()).toEqual(['db', 'new']);
  });

  it('ends when the clock has moved on, or after so many reads, whichever is first', async () => {
    lag({ millis: 200, probability: 1 });
    await put('two', v2);
    aws.clock.pass({ millis: 199 });
    expect(await read()).toBe('one');
    aws.clock.pass({ millis: 1 });
    expect(await read()).toBe('two');

    lag({ reads: 2, probability: 1 });
    await put('three', token('v3'));
    expect(await reads(4)).toEqual(['two', 'two', 'three', 'three']);

    lag({ millis: 200, reads: 2, probability: 1 });
    await put('four', token('v4'));
    expect(await reads(3)).toEqual(['three', 'three', 'four']);
    await put('five', token('v5'));
    aws.clock.pass({ millis: 200 });
    expect(await read()).toBe('five');
  });

  it('is drawn for each read, by seed', async () => {
    const seen = async (seed: number, value: string) => {
      await put('one', `${value}-one`.padEnd(40, '0'));
      lag({ reads: 30 }, seed);
      await put('two', value.padEnd(40, '0'));
      return (await reads(30)).join(' ');
    };
    const first = await seen(5, 'a');
    expect(first).toMatch(/two.* one/);
    expect(await seen(5, 'b')).toBe(first);
    expect(await seen(6, 'c')).not.toBe(first);
  });

  it('leaves writes and refused writes alone: they see the truth, and what they return is it', async () => {
    lag({ millis: 1000, probability: 1 });
    await put('two', v2);
    const move = { SecretId: 'db', VersionStage: 'AWSCURRENT', MoveToVersionId: v1 };
    expect((await refusal(aws.client.send(new UpdateSecretVersionStageCommand(move)))).message).toContain(v2);
    expect(await read()).toBe('one');
    const again = await put('two', v2);
    expect(again.VersionStages).toEqual(['AWSCURRENT']);
    await aws.client.send(new UpdateSecretVersionStageCommand({ ...move, RemoveFromVersionId: v2 }));
    aws.emulator.weather.clear();
    expect(await read()).toBe('one');
    const { VersionIdsToStages } = await aws.client.send(new DescribeSecretCommand({ SecretId: 'db' }));
    expect(VersionIdsToStages).toEqual({ [v1]: ['AWSCURRENT'], [v2]: ['AWSPREVIOUS'] });
  });

  it('what a read leaves behind does not change the past or the truth', async () => {
    lag({ millis: 1000, probability: 1 });
    await put('two', v2);
    await read();
    const stale = await aws.client.send(new DescribeSecretCommand({ SecretId: 'db' }));
    expect(stale.LastAccessedDate).toBeUndefined();
  });

  it('does not reach what the service does by itself: a rotation judges the truth', async () => {
    aws.emulator.bindFunction({
      functionArn,
      roleArn: functionRole,
      // The ordinary steps, told what they could not see: the version that has AWSCURRENT.
      handler: rotator({
        testSecret: () => undefined,
        finishSecret: ({ client, event }) =>
          client.send(
            new UpdateSecretVersionStageCommand({
              SecretId: event.SecretId,
              VersionStage: 'AWSCURRENT',
              MoveToVersionId: event.ClientRequestToken,
              RemoveFromVersionId: v1,
            }),
          ),
      }),
    });
    lag({ millis: 60_000, probability: 1 });
    const rotate = { SecretId: 'db', RotationLambdaARN: functionArn, ClientRequestToken: v2 };
    await aws.client.send(new RotateSecretCommand(rotate));
    expect(await aws.emulator.rotationSettled('db')).toMatchObject({ status: 'Succeeded' });
    expect(await read()).toBe('one');
    aws.clock.pass({ seconds: 60 });
    expect(await read()).toBe('the pending value');
  });
});

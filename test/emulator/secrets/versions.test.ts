/** The quotas of versions and labels, and the clean-up that keeps most secrets below the first. */
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
} from '@aws-sdk/client-secrets-manager';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { refusal, token, useLocalAws } from '../local-aws.js';

const aws = useLocalAws();
const SecretId = 'app/db';

beforeEach(async () => {
  await aws.client.send(new CreateSecretCommand({ Name: SecretId }));
});

const put = (name: string, VersionStages?: string[]) =>
  aws.client.send(
    new PutSecretValueCommand({
      SecretId,
      SecretString: name,
      ClientRequestToken: token(name),
      ...(VersionStages && { VersionStages }),
    }),
  );
const putMany = async (from: number, to: number) => {
  for (let i = from; i <= to; i++) await put(`v${i}`);
};
const versions = async (input: object = {}) => {
  const command = new ListSecretVersionIdsCommand({ SecretId, IncludeDeprecated: true, ...input });
  return (await aws.client.send(command)).Versions?.map(({ VersionId }) => VersionId) ?? [];
};
const read = (name: string) => aws.client.send(new GetSecretValueCommand({ SecretId, VersionId: token(name) }));
const quota = { name: 'LimitExceededException' };

describe('a hundred versions', () => {
  it('are the limit as long as none without a label is a day old', async () => {
    await putMany(1, 100);
    aws.clock.pass({ hours: 23 });
    expect(await refusal(put('v101'))).toMatchObject(quota);
    expect(await versions()).toHaveLength(100);
    expect((await aws.client.send(new GetSecretValueCommand({ SecretId }))).SecretString).toBe('v100');
  });

  it('then make room: the oldest without a label goes, with an event', async () => {
    await putMany(1, 1);
    await put('v1', ['KEEP']);
    await putMany(2, 100);
    aws.clock.pass({ days: 1 });
    await put('v101');
    expect(await versions()).toHaveLength(100);
    expect((await read('v1')).SecretString).toBe('v1');
    expect(await refusal(read('v2'))).toMatchObject({ name: 'ResourceNotFoundException' });
    const gone = aws.emulator.events.filter(({ eventName }) => eventName === 'SecretVersionDeletion');
    expect(gone.map(({ requestID }) => requestID)).toEqual([token('v2')]);
  });

  it('are listed a hundred a page, and in pages of any size without loss', async () => {
    await putMany(1, 5);
    const all = await versions();
    expect(all).toEqual([1, 2, 3, 4, 5].map((i) => token(`v${i}`)));
    const pages: string[][] = [];
    let NextToken: string | undefined;
    do {
      const command = new ListSecretVersionIdsCommand({ SecretId, IncludeDeprecated: true, MaxResults: 2, NextToken });
      const page = await aws.client.send(command);
      pages.push((page.Versions ?? []).map(({ VersionId = '' }) => VersionId));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
    expect(pages.flat()).toEqual(all);
    expect(await versions({ IncludeDeprecated: false })).toEqual([token('v5'), token('v4')]);
  });
});

describe('twenty labels', () => {
  it('are the limit, over all versions together', async () => {
    await put('v1');
    const labels = Array.from({ length: 18 }, (_, i) => `L${i}`);
    await put('v2', labels);
    await put('v3', ['L19']);
    expect(await refusal(put('v4'))).toMatchObject(quota);
    expect(await refusal(put('v4', ['L20']))).toMatchObject(quota);
    await put('v4', ['L0', 'L19']);
    expect(await versions({ IncludeDeprecated: false })).toEqual(['v4', 'v2', 'v1'].map(token));
    const tooMany = put(
      'v5',
      Array.from({ length: 21 }, (_, i) => `L${i}`),
    );
    expect(await refusal(tooMany)).toMatchObject({ name: 'ValidationException' });
  });
});

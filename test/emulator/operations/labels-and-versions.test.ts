/** Sections E and J of the recordings: versions, labels, tokens. */
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  type PutSecretValueCommandInput,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { startEmulator } from '../../../lib/emulator/index.js';
import { account, refusal, region, secretsManager, token, useLocalAws } from '../local-aws.js';

const aws = useLocalAws();
const [v1, v2, v3] = [token('v1'), token('v2'), token('v3')];
let arn = '';

beforeEach(async () => {
  arn = (await aws.client.send(new CreateSecretCommand({ Name: 'app/db' }))).ARN ?? '';
});

const put = async (ClientRequestToken: string, value: string, input: Partial<PutSecretValueCommandInput> = {}) => {
  const { $metadata, ...answer } = await aws.client.send(
    new PutSecretValueCommand({ SecretId: 'app/db', ClientRequestToken, SecretString: value, ...input }),
  );
  return answer;
};
const get = (input: object = {}) => aws.client.send(new GetSecretValueCommand({ SecretId: 'app/db', ...input }));
const move = async (VersionStage: string, MoveToVersionId?: string, RemoveFromVersionId?: string) => {
  const { $metadata, ...answer } = await aws.client.send(
    new UpdateSecretVersionStageCommand({
      SecretId: 'app/db',
      VersionStage,
      ...(MoveToVersionId !== undefined && { MoveToVersionId }),
      ...(RemoveFromVersionId !== undefined && { RemoveFromVersionId }),
    }),
  );
  return answer;
};
const stages = async () =>
  (await aws.client.send(new DescribeSecretCommand({ SecretId: 'app/db' }))).VersionIdsToStages;
const versions = async (IncludeDeprecated: boolean) =>
  (await aws.client.send(new ListSecretVersionIdsCommand({ SecretId: 'app/db', IncludeDeprecated }))).Versions ?? [];

describe('E. versions, labels, tokens', () => {
  it('E1: the first value is AWSCURRENT; one put under other labels has only those', async () => {
    expect(await put(v1, 'one')).toEqual({ ARN: arn, Name: 'app/db', VersionId: v1, VersionStages: ['AWSCURRENT'] });
    const binary = { SecretBinary: Buffer.from('two'), SecretString: undefined, VersionStages: ['BLUE'] };
    expect((await put(v2, '', binary)).VersionStages).toEqual(['BLUE']);
    expect(await stages()).toEqual({ [v1]: ['AWSCURRENT'], [v2]: ['BLUE'] });
    expect(Buffer.from((await get({ VersionStage: 'BLUE' })).SecretBinary ?? []).toString()).toBe('two');
  });

  it('E1: AWSPENDING may be put by hand on a secret that never rotated', async () => {
    await put(v1, 'one');
    expect((await put(v2, 'two', { VersionStages: ['AWSPENDING'] })).VersionStages).toEqual(['AWSPENDING']);
  });

  it('E1: the very first version is AWSCURRENT whatever its labels, as documents say', async () => {
    await put(v1, 'one', { VersionStages: ['BLUE'] });
    expect(await stages()).toEqual({ [v1]: ['BLUE', 'AWSCURRENT'] });
  });

  it('E2: the same token and value with a new label adds it and tells all labels', async () => {
    await put(v1, 'one');
    aws.clock.pass({ seconds: 1 });
    expect((await put(v1, 'one', { VersionStages: ['REPLAY'] })).VersionStages).toEqual(['REPLAY', 'AWSCURRENT']);
    const { LastChangedDate } = await aws.client.send(new DescribeSecretCommand({ SecretId: 'app/db' }));
    expect(LastChangedDate).toEqual(aws.clock.now());
  });

  it('E3, J: the same token with another value is refused', async () => {
    await put(v1, 'one');
    expect(await refusal(put(v1, 'two'))).toEqual({
      name: 'ResourceExistsException',
      message: `You can't use ClientRequestToken ${v1} because that value is already in use for a version of secret ${arn}.`,
    });
    expect((await get()).SecretString).toBe('one');
  });

  it('J: the same token and value again is no new version, and brings no old value back', async () => {
    await put(v1, 'one');
    await put(v1, 'one');
    await put(v2, 'two');
    await put(v1, 'one');
    expect(await stages()).toEqual({ [v1]: ['AWSPREVIOUS'], [v2]: ['AWSCURRENT'] });
    expect(await versions(true)).toHaveLength(2);
  });

  it('E4: AWSPREVIOUS goes to the former current version, which keeps its own labels', async () => {
    await put(v1, 'one');
    await put(v1, 'one', { VersionStages: ['BLUE'] });
    await put(v2, 'two');
    expect(await stages()).toEqual({ [v1]: ['AWSPREVIOUS', 'BLUE'], [v2]: ['AWSCURRENT'] });
    await put(v3, 'three');
    expect(await stages()).toEqual({ [v1]: ['BLUE'], [v2]: ['AWSPREVIOUS'], [v3]: ['AWSCURRENT'] });
    await move('BLUE', undefined, v1);
    expect(await stages()).toEqual({ [v2]: ['AWSPREVIOUS'], [v3]: ['AWSCURRENT'] });
  });

  it('E5: AWSCURRENT moves in any direction, AWSPREVIOUS after it; the answer is ARN and Name', async () => {
    await put(v1, 'one');
    await put(v2, 'two');
    expect(await move('AWSCURRENT', v1, v2)).toEqual({ ARN: arn, Name: 'app/db' });
    expect(await stages()).toEqual({ [v1]: ['AWSCURRENT'], [v2]: ['AWSPREVIOUS'] });
    await put(v3, 'three', { VersionStages: ['BLUE'] });
    await move('AWSCURRENT', v3, v1);
    expect(await stages()).toEqual({ [v1]: ['AWSPREVIOUS'], [v3]: ['BLUE', 'AWSCURRENT'] });
  });

  it.each(['AWSCURRENT', 'BLUE'])('E5: moving %s without saying from where', async (label) => {
    await put(v1, 'one', { VersionStages: ['AWSCURRENT', 'BLUE'] });
    await put(v2, 'two', { VersionStages: ['GREEN'] });
    const before = await stages();
    expect(await refusal(move(label, v2))).toEqual({
      name: 'InvalidParameterException',
      message: `The parameter RemoveFromVersionId can't be empty. Staging label ${label} is currently attached to version ${v1}, so you must explicitly reference that version in RemoveFromVersionId.`,
    });
    expect(await stages()).toEqual(before);
    await move(label, v2, v1);
    expect((await stages())?.[v2]).toContain(label);
  });

  it('E5: choices where nothing was recorded: wrong source, unknown version, no version, AWSCURRENT to nowhere', async () => {
    await put(v1, 'one');
    await put(v2, 'two');
    const before = await stages();
    expect(await refusal(move('AWSCURRENT', v1, v1))).toMatchObject({ name: 'InvalidParameterException' });
    expect(await refusal(move('AWSCURRENT', v3, v2))).toMatchObject({ name: 'ResourceNotFoundException' });
    expect(await refusal(move('AWSCURRENT'))).toMatchObject({ name: 'InvalidParameterException' });
    expect(await refusal(move('AWSCURRENT', undefined, v2))).toMatchObject({ name: 'InvalidParameterException' });
    expect(await stages()).toEqual(before);
    await move('AWSCURRENT', v2);
    expect(await stages()).toEqual(before);
  });

  it('E6: labels come in the recorded order, versions sorted by id', async () => {
    await put(v2, 'two', { VersionStages: ['AWSPENDING', 'AWSCURRENT', 'REPLAY', 'BLUE'] });
    await put(v1, 'one', { VersionStages: ['AWSPREVIOUS'] });
    const answer = (await stages()) ?? {};
    expect(answer[v2]).toEqual(['BLUE', 'REPLAY', 'AWSCURRENT', 'AWSPENDING']);
    expect(Object.keys(answer)).toEqual([v1, v2]);
  });

  it('E7: ListSecretVersionIds: oldest first with deprecated versions, newest first without', async () => {
    await put(v1, 'one');
    aws.clock.pass({ seconds: 1 });
    await put(v2, 'two');
    aws.clock.pass({ seconds: 1 });
    await put(v3, 'three');
    await get({ VersionId: v3 });
    const time = (seconds: number) => new Date(Date.parse('2026-09-24T06:11:41.825Z') + seconds * 1000);
    const KmsKeyIds = ['DefaultEncryptionKey'];
    const LastAccessedDate = new Date('2026-09-24T00:00:00Z');
    const all = [
      { VersionId: v1, CreatedDate: time(0), KmsKeyIds },
      { VersionId: v2, CreatedDate: time(1), KmsKeyIds, VersionStages: ['AWSPREVIOUS'] },
      { VersionId: v3, CreatedDate: time(2), KmsKeyIds, LastAccessedDate, VersionStages: ['AWSCURRENT'] },
    ];
    expect(await versions(true)).toEqual(all);
    expect(await versions(false)).toEqual(all.slice(1).reverse());
    const page = await aws.client.send(
      new ListSecretVersionIdsCommand({ SecretId: arn, MaxResults: 1, IncludeDeprecated: true }),
    );
    expect(page).toMatchObject({ ARN: arn, Name: 'app/db', Versions: [{ VersionId: v1 }] });
    const rest = await aws.client.send(
      new ListSecretVersionIdsCommand({ SecretId: arn, NextToken: page.NextToken, IncludeDeprecated: true }),
    );
    expect(rest.Versions?.map(({ VersionId }) => VersionId)).toEqual([v2, v3]);
    expect(rest.NextToken).toBeUndefined();
  });

  it('E7: versions under a key of your own carry its ARN', async () => {
    const keyArn = aws.emulator.createKey({
      keyArn: `arn:aws:kms:${region}:${account}:key/mine`,
      aliases: ['alias/mine'],
    });
    await aws.client.send(new CreateSecretCommand({ Name: 'cmk', SecretString: 'x', KmsKeyId: 'alias/mine' }));
    const { Versions } = await aws.client.send(new ListSecretVersionIdsCommand({ SecretId: 'cmk' }));
    expect(Versions?.[0]?.KmsKeyIds).toEqual([keyArn]);
  });

  it('E8: a VersionId and a VersionStage that do not belong together', async () => {
    await put(v1, 'one');
    await put(v2, 'two');
    expect(await refusal(get({ VersionId: v1, VersionStage: 'AWSCURRENT' }))).toEqual({
      name: 'InvalidRequestException',
      message: 'You provided a VersionStage that is not associated to the provided VersionId.',
    });
  });

  it('E9: nothing under a label, an unknown version, an unknown secret', async () => {
    const name = 'ResourceNotFoundException';
    expect(await refusal(get())).toEqual({
      name,
      message: "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
    });
    expect(await refusal(get({ VersionId: v1 }))).toEqual({
      name,
      message: `Secrets Manager can't find the specified secret value for VersionId: ${v1}`,
    });
    expect(await refusal(get({ SecretId: 'nobody' }))).toEqual({
      name,
      message: "Secrets Manager can't find the specified secret.",
    });
  });

  it('E10: UpdateSecret answers with a VersionId only when it wrote a value', async () => {
    const update = async (input: object) => {
      const { $metadata, ...answer } = await aws.client.send(new UpdateSecretCommand({ SecretId: arn, ...input }));
      return answer;
    };
    expect(await update({ Description: 'a database' })).toEqual({ ARN: arn, Name: 'app/db' });
    aws.emulator.createKey({ accountId: account, region, aliases: ['alias/mine'] });
    expect(await update({ KmsKeyId: 'alias/mine' })).toEqual({ ARN: arn, Name: 'app/db' });
    expect(await versions(true)).toEqual([]);
    expect(await update({ SecretString: 'one', ClientRequestToken: v1 })).toEqual({
      ARN: arn,
      Name: 'app/db',
      VersionId: v1,
    });
    expect(await stages()).toEqual({ [v1]: ['AWSCURRENT'] });
    expect(await refusal(update({ SecretString: 'two', ClientRequestToken: v1 }))).toMatchObject({
      name: 'ResourceExistsException',
    });
  });

  it('E11: CreateSecret without a value makes no version; the ARN ends in six characters', async () => {
    const { $metadata, ...answer } = await aws.client.send(new CreateSecretCommand({ Name: 'bare' }));
    expect(Object.keys(answer)).toEqual(['ARN', 'Name']);
    expect(answer.ARN).toMatch(/^arn:aws:secretsmanager:us-west-2:111122223333:secret:bare-[A-Za-z0-9]{6}$/);
    const described = await aws.client.send(new DescribeSecretCommand({ SecretId: 'bare' }));
    expect(described).not.toHaveProperty('VersionIdsToStages');
    expect(described).not.toHaveProperty('Tags');
  });

  it('E13: ListSecrets: oldest first, names by prefix, the key only if one was given, ten to a page', async () => {
    for (let i = 0; i < 11; i++) {
      await aws.client.send(
        new CreateSecretCommand({
          Name: `list/${i}`,
          ...(i === 0 && { SecretString: 'x', ClientRequestToken: v1, KmsKeyId: 'alias/aws/secretsmanager' }),
        }),
      );
    }
    const Filters = [{ Key: 'name' as const, Values: ['list/'] }];
    const page = await aws.client.send(new ListSecretsCommand({ Filters }));
    expect(page.SecretList?.map(({ Name }) => Name)).toEqual(Array.from({ length: 10 }, (_, i) => `list/${i}`));
    expect(page.SecretList?.[0]).toMatchObject({
      KmsKeyId: 'alias/aws/secretsmanager',
      SecretVersionsToStages: { [v1]: ['AWSCURRENT'] },
    });
    expect(page.SecretList?.[1]).not.toHaveProperty('SecretVersionsToStages');
    expect(page.SecretList?.[1]).not.toHaveProperty('KmsKeyId');
    const rest = await aws.client.send(new ListSecretsCommand({ Filters, NextToken: page.NextToken }));
    expect(rest.SecretList?.map(({ Name }) => Name)).toEqual(['list/10']);
    expect(await refusal(aws.client.send(new ListSecretsCommand({ NextToken: 'nonsense' })))).toMatchObject({
      name: 'InvalidNextTokenException',
    });
  });

  it('CreateSecret again: the same token and value is a retry, anything else finds the name taken', async () => {
    const create = (input: object) => aws.client.send(new CreateSecretCommand({ Name: 'again', ...input }));
    const made = await create({ SecretString: 'one', ClientRequestToken: v1 });
    expect(await create({ SecretString: 'one', ClientRequestToken: v1 })).toMatchObject({
      ARN: made.ARN,
      VersionId: v1,
    });
    expect(await refusal(create({ SecretString: 'two', ClientRequestToken: v2 }))).toEqual({
      name: 'ResourceExistsException',
      message: 'The operation failed because the secret again already exists.',
    });
    expect(await refusal(create({ SecretString: 'two', ClientRequestToken: v1 }))).toMatchObject({
      name: 'ResourceExistsException',
    });
  });

  it.each(['0123456789abcdef0123456789abcdef', 'A1B2C3D4-0000-4000-8000-00000000ABCD'])(
    'authority F6: %s is a token, and so the id of a version',
    async (id) => {
      expect(await put(id, 'one')).toMatchObject({ VersionId: id });
      expect((await get({ SecretId: 'app/db', VersionId: id })).VersionId).toBe(id);
    },
  );

  it('authority G3: a version without a label is read by its id, and has no VersionStages then', async () => {
    for (const id of [v1, v2, v3]) await put(id, id);
    const { $metadata, ...version } = await get({ SecretId: 'app/db', VersionId: v1 });
    expect(version).toMatchObject({ SecretString: v1, VersionId: v1 });
    expect(version).not.toHaveProperty('VersionStages');
  });

  it('authority G5: the suffix of a CreateSecret that was refused is not used again', async () => {
    const suffixes = new Set<string>();
    for (const KmsKeyId of ['alias/none', 'alias/none', undefined]) {
      const made = aws.client.send(new CreateSecretCommand({ Name: 'new', SecretString: 'one', KmsKeyId }));
      if (KmsKeyId === undefined) suffixes.add((await made).ARN?.slice(-6) ?? '');
      else expect(await refusal(made)).toMatchObject({ name: 'InvalidParameterException' });
    }
    const other = await startEmulator({ seed: 7 });
    const client = secretsManager(other.endpoint, other.credentialsFor(account));
    await client.send(new CreateSecretCommand({ Name: 'app/db' }));
    suffixes.add((await client.send(new CreateSecretCommand({ Name: 'new' }))).ARN?.slice(-6) ?? '');
    await other.close();
    expect(suffixes.size).toBe(2);
  });

  it('finds a secret by name, by ARN and by the ARN without its six characters', async () => {
    await put(v1, 'one');
    for (const SecretId of ['app/db', arn, arn.slice(0, -7)]) {
      expect((await get({ SecretId })).SecretString).toBe('one');
    }
    expect(await refusal(get({ SecretId: arn.slice(0, -1) }))).toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

/** Tags: what sections C and E of the recordings have of them, and the quota. */
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  ListSecretsCommand,
  type SecretsManagerClient,
  type Tag,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { PolicyStatement } from '../../../lib/emulator/index.js';
import { account, post, refusal, useLocalAws } from '../local-aws.js';

const aws = useLocalAws();
const SecretId = 'app/db';

beforeEach(async () => {
  await aws.client.send(new CreateSecretCommand({ Name: SecretId, Tags: [{ Key: 'Scope', Value: 'allowed' }] }));
});

const tag = (client: SecretsManagerClient, ...Tags: Tag[]) => client.send(new TagResourceCommand({ SecretId, Tags }));
const untag = (client: SecretsManagerClient, ...TagKeys: string[]) =>
  client.send(new UntagResourceCommand({ SecretId, TagKeys }));
const tags = async () => (await aws.client.send(new DescribeSecretCommand({ SecretId }))).Tags;

/** A session of a role that may do everything, with a policy of its own. */
async function session(...Statement: PolicyStatement[]): Promise<SecretsManagerClient> {
  const roleArn = `arn:aws:iam::${account}:role/tagger`;
  aws.emulator.createRole({
    roleArn,
    trustPolicy: { Statement: { Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' } },
    policies: [{ Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }],
  });
  const { Credentials } = await aws.stsOf(aws.emulator.credentialsFor(account)).send(
    new AssumeRoleCommand({
      RoleArn: roleArn,
      RoleSessionName: 'one',
      Policy: JSON.stringify({ Version: '2012-10-17', Statement }),
    }),
  );
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
  return aws.clientOf({ accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken });
}

describe('tags', () => {
  it('are added, and get new values in their places', async () => {
    aws.clock.pass({ seconds: 1 });
    await tag(aws.client, { Key: 'team', Value: 'a' }, { Key: 'Scope', Value: 'wide' });
    expect(await tags()).toEqual([
      { Key: 'Scope', Value: 'wide' },
      { Key: 'team', Value: 'a' },
    ]);
  });

  it('F1: TagResource moves LastChangedDate, UntagResource does not', async () => {
    const changed = async () => (await aws.client.send(new DescribeSecretCommand({ SecretId }))).LastChangedDate;
    aws.clock.pass({ seconds: 1 });
    await tag(aws.client, { Key: 'team', Value: 'a' });
    const tagged = aws.clock.now();
    expect(await changed()).toEqual(tagged);
    aws.clock.pass({ seconds: 1 });
    await untag(aws.client, 'team');
    expect(await changed()).toEqual(tagged);
  });

  it('E11: the key is absent until there was a tag, and an empty list after the last one', async () => {
    await aws.client.send(new CreateSecretCommand({ Name: 'bare', Tags: [] }));
    const described = async (id: string) =>
      (await post(aws.emulator.endpoint, { operation: 'DescribeSecret', body: JSON.stringify({ SecretId: id }) })).text;
    expect(await described('bare')).not.toContain('"Tags"');
    await untag(aws.client, 'Scope', 'unknown');
    expect(await described(SecretId)).toContain('"Tags":[]');
    expect((await aws.client.send(new ListSecretsCommand({}))).SecretList).toHaveLength(2);
  });

  it('are at most 50, counted with those that are there', async () => {
    const many = Array.from({ length: 49 }, (_, i) => ({ Key: `k${i}`, Value: '' }));
    await tag(aws.client, ...many);
    expect(await refusal(tag(aws.client, { Key: 'more', Value: '' }))).toMatchObject({
      name: 'InvalidParameterException',
    });
    await tag(aws.client, { Key: 'k0', Value: 'new value' });
    expect(await tags()).toHaveLength(50);
    const tooMany = new CreateSecretCommand({
      Name: 'many',
      Tags: [...many, { Key: 'x', Value: '' }, { Key: 'y', Value: '' }],
    });
    expect(await refusal(aws.client.send(tooMany))).toMatchObject({ name: 'InvalidParameterException' });
  });

  it.each([
    ["a key of AWS's own", [{ Key: 'aws:team', Value: 'a' }], 'InvalidParameterException'],
    [
      'a key twice',
      [
        { Key: 'a', Value: '1' },
        { Key: 'a', Value: '2' },
      ],
      'InvalidParameterException',
    ],
    ['a key too long', [{ Key: 'k'.repeat(129), Value: '' }], 'ValidationException'],
    ['a value too long', [{ Key: 'k', Value: 'v'.repeat(257) }], 'ValidationException'],
  ])('refused: %s', async (_, list, name) => {
    expect(await refusal(tag(aws.client, ...list))).toMatchObject({ name });
    expect(await tags()).toEqual([{ Key: 'Scope', Value: 'allowed' }]);
  });

  it('C9: aws:RequestTag and aws:TagKeys confine what may be tagged', async () => {
    const tagger = await session({
      Effect: 'Allow',
      Action: 'secretsmanager:TagResource',
      Resource: '*',
      Condition: {
        StringEquals: { 'aws:RequestTag/team': 'a' },
        'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] },
      },
    });
    const denied = { name: 'AccessDeniedException' };
    expect(await refusal(tag(tagger, { Key: 'team', Value: 'b' }))).toMatchObject(denied);
    expect(await refusal(tag(tagger, { Key: 'team', Value: 'a' }, { Key: 'x', Value: '' }))).toMatchObject(denied);
    expect(await refusal(tag(tagger, { Key: 'team', Value: 'a' }))).toMatchObject({ name: 'none' });
  });

  it('aws:TagKeys confines what may be untagged', async () => {
    await tag(aws.client, { Key: 'team', Value: 'a' });
    const untagger = await session({
      Effect: 'Allow',
      Action: 'secretsmanager:UntagResource',
      Resource: '*',
      Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] } },
    });
    expect(await refusal(untag(untagger, 'team', 'Scope'))).toMatchObject({ name: 'AccessDeniedException' });
    expect(await refusal(untag(untagger, 'team'))).toMatchObject({ name: 'none' });
  });

  it('C12, B11: nobody changes or removes the tag that the permission to do so hangs on', async () => {
    const scoped = await session({
      Effect: 'Allow',
      Action: 'secretsmanager:*',
      Resource: '*',
      Condition: { StringEquals: { 'aws:ResourceTag/Scope': 'allowed' } },
    });
    const lockedOut = {
      name: 'AccessDeniedException',
      message: 'This resource policy will not allow you to manage this secret in the future.',
    };
    expect(await refusal(tag(scoped, { Key: 'Scope', Value: 'other' }))).toEqual(lockedOut);
    expect(await refusal(untag(scoped, 'Scope'))).toEqual(lockedOut);
    expect(await tags()).toEqual([{ Key: 'Scope', Value: 'allowed' }]);
    await tag(scoped, { Key: 'team', Value: 'a' });
    await tag(aws.client, { Key: 'Scope', Value: 'other' });
    expect(await tags()).toEqual([
      { Key: 'Scope', Value: 'other' },
      { Key: 'team', Value: 'a' },
    ]);
  });
});

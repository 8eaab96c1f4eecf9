/** BatchGetSecretValue: E12, I5 and C15 of the recordings, and what its documents say of filters and pages. */
import {
  BatchGetSecretValueCommand,
  type BatchGetSecretValueCommandInput,
  CreateSecretCommand,
  DeleteSecretCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { PolicyStatement } from '../../../lib/emulator/index.js';
import { account, refusal, token, useLocalAws } from '../local-aws.js';

const aws = useLocalAws();
const v1 = token('v1');
const arns: Record<string, string> = {};

beforeEach(async () => {
  for (const Name of ['c', 'a', 'b']) {
    const input = { Name, SecretString: `value of ${Name}`, ClientRequestToken: v1 };
    arns[Name] = (await aws.client.send(new CreateSecretCommand(input))).ARN ?? '';
  }
});

const batch = async (input: BatchGetSecretValueCommandInput, client = aws.client) => {
  const { $metadata, ...answer } = await client.send(new BatchGetSecretValueCommand(input));
  return answer;
};
const values = async (input: BatchGetSecretValueCommandInput) =>
  (await batch(input)).SecretValues?.map(({ SecretString }) => SecretString);

async function session(...Statement: PolicyStatement[]): Promise<SecretsManagerClient> {
  const roleArn = `arn:aws:iam::${account}:role/reader`;
  aws.emulator.createRole({
    roleArn,
    trustPolicy: { Statement: { Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' } },
    policies: [{ Statement }],
  });
  const sts = aws.stsOf(aws.emulator.credentialsFor(account));
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'one' }));
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
  return aws.clientOf({ accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken });
}

const may = (action: string, Resource = '*'): PolicyStatement => ({
  Effect: 'Allow',
  Action: `secretsmanager:${action}`,
  Resource,
});

describe('BatchGetSecretValue', () => {
  it('E12: values of what is there, errors under the ids as sent, and no order that anyone asked for', async () => {
    expect(await batch({ SecretIdList: ['nobody', 'c', arns.a ?? '', 'b'] })).toEqual({
      SecretValues: ['a', 'b', 'c'].map((Name) => ({
        ARN: arns[Name],
        CreatedDate: aws.clock.now(),
        Name,
        SecretString: `value of ${Name}`,
        VersionId: v1,
        VersionStages: ['AWSCURRENT'],
      })),
      Errors: [
        {
          SecretId: 'nobody',
          ErrorCode: 'ResourceNotFoundException',
          Message: "Secrets Manager can't find the specified secret.",
        },
      ],
    });
  });

  it('I5: one request, and a GetSecretValue for each id', async () => {
    await batch({ SecretIdList: ['a', 'nobody'] });
    const requests = aws.emulator.requests.filter(({ operation }) => /GetSecretValue$/.test(operation));
    expect(requests.map(({ operation, parameters, errorCode }) => [operation, parameters, errorCode])).toEqual([
      ['GetSecretValue', { secretId: 'a' }, undefined],
      ['GetSecretValue', { secretId: 'nobody' }, 'ResourceNotFoundException'],
      ['BatchGetSecretValue', { secretIdList: ['a', 'nobody'] }, undefined],
    ]);
    expect(JSON.stringify(requests)).not.toContain('value of');
  });

  it('C15: it needs its own action on *, and GetSecretValue of each secret', async () => {
    const none = await session(may('GetSecretValue'));
    expect(await refusal(batch({ SecretIdList: ['a'] }, none))).toEqual({
      name: 'AccessDeniedException',
      message: `User: arn:aws:sts::${account}:assumed-role/reader/one is not authorized to perform: secretsmanager:BatchGetSecretValue because no identity-based policy allows the secretsmanager:BatchGetSecretValue action`,
    });
    const some = await session(may('BatchGetSecretValue'), may('GetSecretValue', arns.a));
    const { SecretValues, Errors } = await batch({ SecretIdList: ['a', 'b'] }, some);
    expect(SecretValues?.map(({ Name }) => Name)).toEqual(['a']);
    expect(Errors).toEqual([
      {
        SecretId: 'b',
        ErrorCode: 'AccessDeniedException',
        Message: `User: arn:aws:sts::${account}:assumed-role/reader/one is not authorized to perform: secretsmanager:GetSecretValue on resource: b because no identity-based policy allows the secretsmanager:GetSecretValue action`,
      },
    ]);
  });

  it('with Filters it needs ListSecrets as well', async () => {
    const Filters = [{ Key: 'name' as const, Values: ['a'] }];
    const reader = await session(may('BatchGetSecretValue'), may('GetSecretValue'));
    expect(await refusal(batch({ Filters }, reader))).toMatchObject({ name: 'AccessDeniedException' });
    const lister = await session(may('BatchGetSecretValue'), may('GetSecretValue'), may('ListSecrets'));
    expect((await batch({ Filters }, lister)).SecretValues).toHaveLength(1);
  });

  it('filters, page by page, leaving out what is marked for deletion', async () => {
    await aws.client.send(new DeleteSecretCommand({ SecretId: 'a' }));
    const Filters = [{ Key: 'all' as const, Values: ['a', 'b', 'c'] }];
    expect(await values({ Filters })).toEqual(['value of b', 'value of c']);
    const first = await batch({ Filters, MaxResults: 1 });
    expect(first.SecretValues?.map(({ Name }) => Name)).toEqual(['c']);
    const second = await batch({ Filters, MaxResults: 1, NextToken: first.NextToken });
    expect(second.SecretValues?.map(({ Name }) => Name)).toEqual(['b']);
    expect(second.NextToken).toBeUndefined();
  });

  it.each<[string, BatchGetSecretValueCommandInput, string]>([
    ['neither ids nor filters', {}, 'InvalidParameterException'],
    ['both', { SecretIdList: ['a'], Filters: [{ Key: 'name', Values: ['a'] }] }, 'InvalidParameterException'],
    ['pages of ids', { SecretIdList: ['a'], MaxResults: 1 }, 'InvalidParameterException'],
    ['21 ids', { SecretIdList: Array<string>(21).fill('a') }, 'ValidationException'],
    ['no ids', { SecretIdList: [] }, 'ValidationException'],
    ['21 a page', { Filters: [{ Key: 'name', Values: ['a'] }], MaxResults: 21 }, 'ValidationException'],
    ['a filter without a key', { Filters: [{ Key: undefined, Values: ['a'] }] }, 'InvalidParameterException'],
    ['a filter without values', { Filters: [{ Key: 'name' }] }, 'InvalidParameterException'],
    ['an unknown filter', { Filters: [{ Key: 'colour' as 'name', Values: ['a'] }] }, 'ValidationException'],
    [
      'a token of nobody',
      { Filters: [{ Key: 'name', Values: ['a'] }], NextToken: 'invented' },
      'InvalidNextTokenException',
    ],
  ])('refused: %s', async (_, input, name) => {
    expect(await refusal(batch(input))).toMatchObject({ name });
  });
});

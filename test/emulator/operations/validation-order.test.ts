/** H4 and F1 of the recordings, for every operation: JSON types, then permission, then lengths, then the rules. */
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { describe, expect, it } from '@jest/globals';
import { operations } from '../../../lib/emulator/operations/index.js';
import { account, authorization, post, useLocalAws } from '../local-aws.js';

const aws = useLocalAws();

const SecretId = 'nobody';
const tooLong = 'x'.repeat(2049);

interface Bodies {
  /** A member of the wrong JSON type. */
  readonly type: object;
  /** A member of the wrong length, beside whatever the operation needs. */
  readonly length: object;
  /** In order, but for a rule of the operation, such as that the secret exists; and how that is refused. */
  readonly rule: object;
  readonly refusal: string;
}

const ordinary = (more: object = {}, refusal = 'ResourceNotFoundException'): Bodies => ({
  type: { SecretId: {}, ...more },
  length: { SecretId: tooLong, ...more },
  rule: { SecretId, ...more },
  refusal,
});

const bodies: Readonly<Record<string, Bodies>> = {
  BatchGetSecretValue: {
    type: { SecretIdList: {} },
    length: { SecretIdList: [] },
    rule: {},
    refusal: 'InvalidParameterException',
  },
  CancelRotateSecret: ordinary(),
  CreateSecret: {
    type: { Name: {} },
    length: { Name: 'x'.repeat(513) },
    rule: { Name: 'a b' },
    refusal: 'ValidationException',
  },
  DeleteResourcePolicy: ordinary(),
  DeleteSecret: ordinary(),
  DescribeSecret: ordinary(),
  GetRandomPassword: {
    type: { PasswordLength: {} },
    length: { PasswordLength: 4097 },
    rule: { PasswordLength: 3 },
    refusal: 'InvalidParameterException',
  },
  GetResourcePolicy: ordinary(),
  GetSecretValue: ordinary(),
  ListSecretVersionIds: ordinary(),
  ListSecrets: {
    type: { Filters: {} },
    length: { MaxResults: 101 },
    rule: { NextToken: 'invented' },
    refusal: 'InvalidNextTokenException',
  },
  PutResourcePolicy: ordinary({ ResourcePolicy: '{"Statement":[]}' }),
  PutSecretValue: ordinary({ SecretString: 'x' }, 'InvalidRequestException'),
  RemoveRegionsFromReplication: ordinary({ RemoveReplicaRegions: ['us-east-2'] }),
  ReplicateSecretToRegions: ordinary({ AddReplicaRegions: [{ Region: 'us-east-2' }] }),
  RestoreSecret: ordinary(),
  RotateSecret: ordinary({}, 'InvalidParameterException'),
  StopReplicationToReplica: ordinary(),
  TagResource: ordinary({ Tags: [] }),
  UntagResource: ordinary({ TagKeys: [] }),
  UpdateSecret: ordinary(),
  UpdateSecretVersionStage: ordinary({ VersionStage: 'BLUE' }),
  ValidateResourcePolicy: ordinary({ ResourcePolicy: '{"Statement":[]}' }),
};

/** The headers of someone who may do nothing. */
async function nobody(): Promise<Record<string, string>> {
  const roleArn = `arn:aws:iam::${account}:role/nobody`;
  const trustPolicy = {
    Statement: { Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' },
  } as const;
  aws.emulator.createRole({ roleArn, trustPolicy, policies: [] });
  const sts = aws.stsOf(aws.emulator.credentialsFor(account));
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'one' }));
  return {
    authorization: authorization(Credentials?.AccessKeyId ?? ''),
    'x-amz-security-token': Credentials?.SessionToken ?? '',
  };
}

async function refused(operation: string, body: object, headers: Record<string, string> = {}) {
  const { status, text } = await post(aws.emulator.endpoint, { operation, body: JSON.stringify(body), headers });
  return { status, code: JSON.parse(text).__type };
}

describe('H4, F1: the order of validation', () => {
  it('is tested of every operation', () => {
    expect(Object.keys(bodies).sort()).toEqual([...operations.keys()].sort());
    expect(operations.size).toBe(23);
  });

  it.each(Object.entries(bodies))('%s', async (operation, { type, length, rule, refusal }) => {
    const headers = await nobody();
    const wrong = (code: string) => ({ status: 400, code });
    expect(await refused(operation, type, headers)).toEqual(wrong('SerializationException'));
    expect(await refused(operation, type)).toEqual(wrong('SerializationException'));
    expect(await refused(operation, length, headers)).toEqual(wrong('AccessDeniedException'));
    expect(await refused(operation, length)).toEqual(wrong('ValidationException'));
    expect(await refused(operation, rule, headers)).toEqual(wrong('AccessDeniedException'));
    expect(await refused(operation, rule)).toEqual(wrong(refusal));
  });
});

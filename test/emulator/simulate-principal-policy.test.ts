import { CreateSecretCommand, PutResourcePolicyCommand } from '@aws-sdk/client-secrets-manager';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { account, functionArn, functionRole, otherAccount, region, useLocalAws } from './local-aws.js';

const aws = useLocalAws();
const roleArn = `arn:aws:iam::${otherAccount}:role/reader`;
let secretArn: string;

beforeEach(async () => {
  const { ARN = '' } = await aws.client.send(new CreateSecretCommand({ Name: 'db' }));
  secretArn = ARN;
  aws.emulator.createRole({
    roleArn,
    trustPolicy: {
      Statement: {
        Effect: 'Allow',
        Principal: { AWS: account, Service: 'states.amazonaws.com' },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'sts:ExternalId': 'us' } },
      },
    },
    policies: [
      {
        policyName: 'Read',
        policyDocument: {
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Action: ['secretsmanager:*', 'kms:*'], Resource: '*' },
            {
              Sid: 'Guard',
              Effect: 'Deny',
              Action: '*',
              Resource: '*',
              Condition: { Bool: { 'aws:ViaAWSService': 'true' } },
            },
          ],
        },
      },
    ],
  });
});

const simulate = (
  action: string,
  resourceArn?: string,
  context: Record<string, string | string[]> = {},
  callerArn = roleArn,
) =>
  aws.emulator.simulatePrincipalPolicy({
    callerArn,
    action,
    context,
    ...(resourceArn !== undefined && { resourceArn }),
  });

it('tells the statement that allows, and the one that denies, and records nothing', () => {
  const before = aws.emulator.decisions.length;
  expect(simulate('secretsmanager:ListSecrets')).toMatchObject({
    allowed: true,
    statements: [{ kind: 'identity', of: roleArn, policyName: 'Read', index: 0 }],
  });
  expect(simulate('secretsmanager:ListSecrets', undefined, { 'AWS:viaAWSservice': 'true' })).toMatchObject({
    allowed: false,
    statements: [{ kind: 'identity', index: 1, sid: 'Guard' }],
  });
  expect(simulate('ec2:DescribeSubnets')).toMatchObject({ allowed: false, statements: [], missing: 'identity' });
  expect(aws.emulator.decisions).toHaveLength(before);
});

describe('the policy of the resource counts', () => {
  const policy = (Action: string, Principal = roleArn) => ({
    Version: '2012-10-17' as const,
    Statement: { Effect: 'Allow' as const, Principal: { AWS: Principal }, Action, Resource: '*' },
  });

  it("a secret's", async () => {
    expect(simulate('secretsmanager:GetSecretValue', secretArn)).toMatchObject({ allowed: false, missing: 'resource' });
    const ResourcePolicy = JSON.stringify(policy('secretsmanager:GetSecretValue'));
    await aws.client.send(new PutResourcePolicyCommand({ SecretId: 'db', ResourcePolicy }));
    expect(simulate('secretsmanager:GetSecretValue', secretArn)).toMatchObject({
      allowed: true,
      statements: [{ kind: 'identity' }, { kind: 'resource', of: secretArn }],
    });
  });

  it("a key's, and its grants with their encryption context", () => {
    const keyArn = aws.emulator.createKey({ accountId: account, region });
    expect(simulate('kms:Decrypt', keyArn)).toMatchObject({ allowed: false, missing: 'key' });
    aws.emulator.createGrant({
      keyArn,
      granteePrincipal: roleArn,
      operations: ['Decrypt'],
      constraints: { encryptionContextSubset: { SecretARN: secretArn } },
    });
    expect(simulate('kms:Decrypt', keyArn).allowed).toBe(false);
    expect(simulate('kms:Decrypt', keyArn, { 'kms:EncryptionContext:SecretARN': secretArn }).allowed).toBe(true);
  });

  it("a function's, and a role's, for services and roots too", () => {
    aws.emulator.bindFunction({ functionArn, roleArn: functionRole, handler: () => () => undefined });
    const invoke = (context: Record<string, string>) =>
      simulate('lambda:InvokeFunction', functionArn, context, 'secretsmanager.amazonaws.com').allowed;
    expect([invoke({ 'aws:SourceAccount': account }), invoke({})]).toEqual([true, false]);
    const assume = (callerArn: string, id: string) =>
      simulate('sts:AssumeRole', roleArn, { 'sts:ExternalId': id }, callerArn).allowed;
    expect(assume('states.amazonaws.com', 'us')).toBe(true);
    expect(assume(`arn:aws:iam::${account}:root`, 'us')).toBe(true);
    expect(assume('states.amazonaws.com', 'them')).toBe(false);
    expect(assume('events.amazonaws.com', 'us')).toBe(false);
  });
});

it('knows no callers but those', () => {
  const unknown = `arn:aws:iam::${account}:role/nobody`;
  expect(() => simulate('sts:AssumeRole', roleArn, {}, unknown)).toThrow(RangeError);
});

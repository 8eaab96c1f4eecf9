/** Which condition keys a request has, and how operators and variables take them: recorded-authority C4 to C9 and C17. */
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { PolicyStatement } from '../../../lib/emulator/index.js';
import { account, authorization, functionArn, post, refusal, region, token, useLocalAws } from '../local-aws.js';
import { variable } from './iam-samples.js';
import { clientAs, roleOf, sessionOf } from './role-sessions.js';

const aws = useLocalAws();
const tags = { Team: 'blue' };
let arn = '';
beforeEach(async () => {
  const Tags = [{ Key: 'Team', Value: 'blue' }];
  arn = (await aws.client.send(new CreateSecretCommand({ Name: 'db', SecretString: 'one', Tags }))).ARN ?? '';
});

type Condition = NonNullable<PolicyStatement['Condition']>;
type Client = Awaited<ReturnType<typeof clientAs>>;

/** Whether a session may do something under a condition. Refused for another reason than permission is allowed. */
async function admits(Condition: Condition, attempt: (client: Client) => Promise<unknown>): Promise<boolean> {
  const client = await clientAs(aws, {
    account,
    tags,
    statements: [
      { Effect: 'Allow', Action: 'secretsmanager:*', Resource: '*', Condition },
      { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: '*' },
    ],
  });
  const { name, message } = await refusal(attempt(client));
  return !(name === 'AccessDeniedException' && message.includes('not authorized'));
}
const get =
  (input: object = {}) =>
  (client: Client) =>
    client.send(new GetSecretValueCommand({ SecretId: 'db', ...input }));

describe('C4: PutSecretValue has no VersionStage, whatever labels are sent', () => {
  const key = 'secretsmanager:VersionStage';
  it.each<[string, Condition, boolean]>([
    ['StringEquals', { StringEquals: { [key]: ['AWSPENDING', 'AWSCURRENT'] } }, false],
    ['Null: false', { Null: { [key]: 'false' } }, false],
    ['StringNotEquals', { StringNotEquals: { [key]: 'AWSPENDING' } }, true],
    ['ForAllValues', { 'ForAllValues:StringEquals': { [key]: ['NEVER'] } }, true],
  ])('%s', async (_, condition, allowed) => {
    for (const VersionStages of [undefined, ['AWSPENDING'], ['']]) {
      const put = (client: Client) =>
        client.send(new PutSecretValueCommand({ SecretId: 'db', SecretString: 'two', VersionStages }));
      expect([VersionStages, await admits(condition, put)]).toEqual([VersionStages, allowed]);
    }
  });
});

it('B7: a SecretId that is null leaves the resource out of the sentence', async () => {
  const client = await clientAs(aws, {
    account,
    statements: [{ Effect: 'Allow', Action: 'secretsmanager:PutSecretValue', Resource: arn }],
    session: [{ Effect: 'Allow', Action: 'secretsmanager:PutSecretValue', Resource: arn }],
  });
  const { accessKeyId, sessionToken = '' } = await client.config.credentials();
  const answer = await post(aws.emulator.endpoint, {
    operation: 'PutSecretValue',
    body: '{"SecretId":null,"SecretString":"two"}',
    headers: {
      authorization: authorization(accessKeyId),
      'x-amz-security-token': sessionToken,
    },
  });
  const put = 'secretsmanager:PutSecretValue';
  expect(answer).toMatchObject({
    status: 400,
    text: JSON.stringify({
      __type: 'AccessDeniedException',
      Message: `User: ${sessionOf(account)} is not authorized to perform: ${put} because no identity-based policy allows the ${put} action`,
    }),
  });
});

it('C6: VersionId only if it was sent', async () => {
  const condition = { StringEquals: { 'secretsmanager:VersionId': token('v1') } };
  expect(await admits(condition, get())).toBe(false);
  expect(await admits(condition, get({ VersionStage: 'AWSCURRENT' }))).toBe(false);
  expect(await admits(condition, get({ VersionId: token('v1') }))).toBe(true);
});

it('C9: tags that are sent, and their keys', async () => {
  const tag = (Tags: { Key: string; Value: string }[]) => (client: Client) =>
    client.send(new TagResourceCommand({ SecretId: 'db', Tags }));
  const untag = (TagKeys: string[]) => (client: Client) =>
    client.send(new UntagResourceCommand({ SecretId: 'db', TagKeys }));
  const stage = { Key: 'Stage', Value: 'test' };
  const condition = {
    StringEquals: { 'aws:RequestTag/Stage': 'test' },
    'ForAllValues:StringEquals': { 'aws:TagKeys': ['Stage'] },
  };
  expect(await admits(condition, tag([stage]))).toBe(true);
  expect(await admits(condition, tag([{ Key: 'Stage', Value: 'live' }]))).toBe(false);
  expect(await admits(condition, tag([stage, { Key: 'Team', Value: 'red' }]))).toBe(false);
  const keys = { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['Stage'] } };
  expect(await admits(keys, untag(['Stage']))).toBe(true);
  expect(await admits(keys, untag(['Team']))).toBe(false);
});

describe('C18: the keys of an operation', () => {
  const rotate =
    (input: object = {}) =>
    (client: Client) =>
      client.send(new RotateSecretCommand({ SecretId: 'db', ClientRequestToken: token('r'), ...input }));
  const create = (input: object) => (client: Client) =>
    client.send(new CreateSecretCommand({ Name: 'new', SecretString: 'x', ...input }));
  const drop = (input: object) => (client: Client) =>
    client.send(new DeleteSecretCommand({ SecretId: 'db', ...input }));
  const key = (name: string) => `secretsmanager:${name}`;
  it.each<[string, Condition, (client: Client) => Promise<unknown>, boolean]>([
    [
      'RotationLambdaARN',
      { ArnLike: { [key('RotationLambdaARN')]: functionArn } },
      rotate({ RotationLambdaARN: functionArn }),
      true,
    ],
    [
      'RotationLambdaARN of another',
      { ArnLike: { [key('RotationLambdaARN')]: `${functionArn}2` } },
      rotate({ RotationLambdaARN: functionArn }),
      false,
    ],
    [
      'ModifyRotationRules',
      { Bool: { [key('ModifyRotationRules')]: 'true' } },
      rotate({ RotationRules: { AutomaticallyAfterDays: 3 } }),
      true,
    ],
    ['no ModifyRotationRules', { Null: { [key('ModifyRotationRules')]: 'true' } }, rotate(), true],
    [
      'RotateImmediately',
      { Bool: { [key('RotateImmediately')]: 'false' } },
      rotate({ RotateImmediately: false }),
      true,
    ],
    ['Name', { StringLike: { [key('Name')]: 'n*' } }, create({}), true],
    ['Description', { StringEquals: { [key('Description')]: 'a' } }, create({ Description: 'b' }), false],
    [
      'AddReplicaRegions',
      { 'ForAllValues:StringEquals': { [key('AddReplicaRegions')]: ['eu-west-1'] } },
      create({ AddReplicaRegions: [{ Region: 'eu-west-2' }] }),
      false,
    ],
    [
      'RecoveryWindowInDays',
      { NumericGreaterThanEquals: { [key('RecoveryWindowInDays')]: 14 } },
      drop({ RecoveryWindowInDays: 13 }),
      false,
    ],
    [
      'RecoveryWindowInDays in range',
      { NumericGreaterThanEquals: { [key('RecoveryWindowInDays')]: 14 } },
      drop({ RecoveryWindowInDays: 14 }),
      true,
    ],
    [
      'ForceDeleteWithoutRecovery',
      { BoolIfExists: { [key('ForceDeleteWithoutRecovery')]: false } },
      drop({ ForceDeleteWithoutRecovery: true }),
      false,
    ],
    ['SecretPrimaryRegion', { StringEquals: { [key('SecretPrimaryRegion')]: region } }, get(), true],
    [
      'KmsKeyId, as its ARN',
      { ArnLike: { [key('KmsKeyArn')]: `arn:aws:kms:${region}:${account}:key/*` } },
      (client) => client.send(new UpdateSecretCommand({ SecretId: 'db', KmsKeyId: 'alias/aws/secretsmanager' })),
      true,
    ],
  ])('%s', async (_, condition, attempt, allowed) => {
    expect(await admits(condition, attempt)).toBe(allowed);
  });

  it("resource/AllowRotationLambdaArn is the secret's function, once it has one", async () => {
    const condition = { ArnEquals: { [key('resource/AllowRotationLambdaArn')]: functionArn } };
    expect(await admits(condition, get())).toBe(false);
    aws.emulator.bindFunction({
      functionArn,
      roleArn: `arn:aws:iam::${account}:role/rotate`,
      handler: () => () => undefined,
    });
    await rotate({ RotationLambdaARN: functionArn })(aws.client);
    await aws.emulator.rotationSettled('db');
    expect(await admits(condition, get())).toBe(true);
  });
});

describe('keys that every request has', () => {
  it.each<[string, Condition, boolean]>([
    ['the role', { ArnEquals: { 'aws:PrincipalArn': roleOf(account) } }, true],
    ['not the session', { ArnEquals: { 'aws:PrincipalArn': sessionOf(account) } }, false],
    ['the account', { StringEquals: { 'aws:PrincipalAccount': account, 'aws:ResourceAccount': account } }, true],
    [
      'the kind of principal',
      { StringEquals: { 'aws:PrincipalType': 'AssumedRole' }, Bool: { 'aws:PrincipalIsAWSService': 'false' } },
      true,
    ],
    ['a tag of the role', { StringEquals: { 'aws:PrincipalTag/team': 'blue' } }, true],
    [
      'the time',
      {
        DateGreaterThan: { 'aws:CurrentTime': '2026-09-24T06:11:41Z' },
        DateLessThan: { 'aws:EpochTime': '1790230302' },
      },
      true,
    ],
    ['the time that is over', { DateLessThan: { 'aws:CurrentTime': '2026-09-24T06:11:41Z' } }, false],
    ['the address', { IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '127.0.0.0/8'] } }, true],
    ['other addresses', { NotIpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '127.0.0.0/8'] } }, false],
    ['transport', { Bool: { 'aws:SecureTransport': true } }, true],
    ['no device', { Null: { 'aws:MultiFactorAuthPresent': 'true' } }, true],
    ['a variable', { StringEquals: { 'aws:ResourceTag/Team': variable('aws:PrincipalTag/Team') } }, true],
    ['a default', { StringEquals: { 'aws:ResourceTag/Team': variable("aws:PrincipalTag/None, 'blue'") } }, true],
    [
      'a variable without a value',
      { StringLike: { 'aws:ResourceTag/Team': `${variable('aws:PrincipalTag/None')}*` } },
      false,
    ],
  ])('%s', async (_, condition, allowed) => {
    expect(await admits(condition, get())).toBe(allowed);
  });
});

describe('C17: a key with several values', () => {
  const tag = (client: Client) =>
    client.send(new TagResourceCommand({ SecretId: 'db', Tags: [{ Key: 'a', Value: 'b' }] }));
  it.each<[string, Condition, boolean]>([
    ['never matches a plain operator', { StringEquals: { 'aws:TagKeys': 'a' } }, false],
    ['nor a negated one', { StringNotEquals: { 'aws:TagKeys': 'b' } }, false],
    ['nor one with IfExists', { StringEqualsIfExists: { 'aws:TagKeys': 'a' } }, false],
    ['matches ForAnyValue', { 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'a' } }, true],
    ['is present', { Null: { 'aws:TagKeys': 'false' } }, true],
    ['is no variable', { StringEquals: { 'aws:RequestTag/a': variable("aws:TagKeys, 'b'") } }, false],
  ])('%s', async (_, condition, allowed) => {
    expect(await admits(condition, tag)).toBe(allowed);
  });
});

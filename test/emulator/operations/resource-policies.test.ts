/** Section H of the recordings of authority: resource policies. */
import {
  CreateSecretCommand,
  DeleteResourcePolicyCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetResourcePolicyCommand,
  GetSecretValueCommand,
  PutResourcePolicyCommand,
  ValidateResourcePolicyCommand,
} from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { PolicyStatement } from '../../../lib/emulator/index.js';
import { account, otherAccount, refusal, useLocalAws } from '../local-aws.js';

const aws = useLocalAws();
const SecretId = 'app/db';
let arn = '';

beforeEach(async () => {
  arn = (await aws.client.send(new CreateSecretCommand({ Name: SecretId, SecretString: 'one' }))).ARN ?? '';
});

const policy = (...Statement: PolicyStatement[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const reading = (Principal: NonNullable<PolicyStatement['Principal']>, rest: Partial<PolicyStatement> = {}) =>
  policy({ Effect: 'Allow', Principal, Action: 'secretsmanager:GetSecretValue', Resource: '*', ...rest });
const forOtherAccount = reading({ AWS: `arn:aws:iam::${otherAccount}:root` });
const forEveryone = reading('*');
const lockOut = policy({ Effect: 'Deny', Principal: '*', Action: 'secretsmanager:PutResourcePolicy', Resource: '*' });

const put = async (ResourcePolicy: string, BlockPublicPolicy?: boolean) => {
  const { $metadata, ...answer } = await aws.client.send(
    new PutResourcePolicyCommand({
      SecretId,
      ResourcePolicy,
      ...(BlockPublicPolicy !== undefined && { BlockPublicPolicy }),
    }),
  );
  return answer;
};
const get = async () => (await aws.client.send(new GetResourcePolicyCommand({ SecretId }))).ResourcePolicy;
const validate = async (ResourcePolicy: string, of?: string) => {
  const { $metadata, ...answer } = await aws.client.send(
    new ValidateResourcePolicyCommand({ ResourcePolicy, ...(of !== undefined && { SecretId: of }) }),
  );
  return answer;
};

const publicText = 'You can not attach a resource policy that grants Public access to your secret.';
const lockOutText = 'This resource policy will not allow you to manage this secret in the future.';

describe('H. resource policies', () => {
  it('H1: ValidateResourcePolicy passes what could be put', async () => {
    const passed = { PolicyValidationPassed: true, ValidationErrors: [] };
    expect(await validate(forOtherAccount, SecretId)).toEqual(passed);
    expect(await validate(forOtherAccount)).toEqual(passed);
    expect(await get()).toBeUndefined();
  });

  it.each([
    ['with the secret', () => SecretId],
    ['without it', () => undefined],
  ])('H2: a policy that lets everyone in fails BlockPublicPolicyCheck, %s', async (_, of) => {
    expect(await validate(forEveryone, of())).toEqual({
      PolicyValidationPassed: false,
      ValidationErrors: [{ CheckName: 'BlockPublicPolicyCheck', ErrorMessage: publicText }],
    });
  });

  it.each([
    ['with the secret', () => SecretId],
    ['without it', () => undefined],
  ])('H3: a policy that denies PutResourcePolicy to all fails LockOutCheck, %s', async (_, of) => {
    expect(await validate(lockOut, of())).toEqual({
      PolicyValidationPassed: false,
      ValidationErrors: [{ CheckName: 'LockOutCheck', ErrorMessage: lockOutText }],
    });
  });

  it('H3: putting it is refused in the same words, and changes nothing', async () => {
    expect(await refusal(put(lockOut))).toEqual({ name: 'AccessDeniedException', message: lockOutText });
    expect(await get()).toBeUndefined();
    expect((await aws.client.send(new DescribeSecretCommand({ SecretId }))).Name).toBe(SecretId);
  });

  it('H3: a Deny that does not hit whoever puts it locks nobody out', async () => {
    const others = policy({
      Effect: 'Deny',
      Principal: { AWS: `arn:aws:iam::${account}:role/intern` },
      Action: 'secretsmanager:*',
      Resource: '*',
    });
    expect(await validate(others, SecretId)).toMatchObject({ PolicyValidationPassed: true });
    expect(await put(others)).toEqual({ ARN: arn, Name: SecretId });
  });

  it.each([
    ['no JSON', '{not-json'],
    ['no policy', '[]'],
    ['an unknown effect', '{"Statement":{"Effect":"Perhaps","Principal":"*","Action":"*","Resource":"*"}}'],
    ['nobody it speaks of', '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'],
    ['nothing it speaks of', '{"Statement":{"Effect":"Allow","Principal":"*","Action":"*"}}'],
  ])('H4: %s is a syntax error for both', async (_, document) => {
    const malformed = {
      name: 'MalformedPolicyDocumentException',
      message: 'This resource policy contains a syntax error.',
    };
    expect(await refusal(validate(document, SecretId))).toEqual(malformed);
    expect(await refusal(put(document))).toEqual(malformed);
  });

  it('H5: BlockPublicPolicy refuses a public policy; without it the policy is put', async () => {
    expect(await refusal(put(forEveryone, true))).toEqual({ name: 'PublicPolicyException', message: publicText });
    expect(await get()).toBeUndefined();
    expect(await put(forOtherAccount, true)).toEqual({ ARN: arn, Name: SecretId });
    expect(await put(forEveryone, false)).toEqual({ ARN: arn, Name: SecretId });
    expect(await put(forEveryone)).toEqual({ ARN: arn, Name: SecretId });
  });

  it.each([
    ['everyone of AWS', reading({ AWS: '*' }), false],
    ['everyone among others', reading({ AWS: [`arn:aws:iam::${account}:root`, '*'] }), false],
    [
      'one of two statements',
      policy(...JSON.parse(forOtherAccount).Statement, ...JSON.parse(forEveryone).Statement),
      false,
    ],
    [
      'a condition on what is done',
      reading('*', { Condition: { StringEquals: { 'secretsmanager:VersionStage': 'AWSCURRENT' } } }),
      false,
    ],
    ['any account', reading('*', { Condition: { StringLike: { 'aws:PrincipalAccount': '*' } } }), false],
    [
      'all but one account',
      reading('*', { Condition: { StringNotEquals: { 'aws:PrincipalAccount': account } } }),
      false,
    ],
    ['every address', reading('*', { Condition: { IpAddress: { 'aws:SourceIp': '0.0.0.0/0' } } }), false],
    ['one account', reading('*', { Condition: { StringEquals: { 'aws:PrincipalAccount': account } } }), true],
    ['one organization', reading('*', { Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } }), true],
    [
      'a Deny of everyone',
      policy({ Effect: 'Deny', Principal: '*', Action: 'secretsmanager:DeleteSecret', Resource: '*' }),
      true,
    ],
    ['a service', reading({ Service: 'secretsmanager.amazonaws.com' }), true],
  ])('H2: what is public: %s', async (_, document, passed) => {
    expect((await validate(document, SecretId)).PolicyValidationPassed).toBe(passed);
  });

  it.each(['role/*', 'role/reader?', '*'])('a principal called %s is none', async (name) => {
    const policy = forOtherAccount.replace(/"AWS": ?"[^"]*"/, `"AWS":"arn:aws:iam::${otherAccount}:${name}"`);
    expect(policy).toContain(name);
    expect(await refusal(put(policy))).toEqual({
      name: 'MalformedPolicyDocumentException',
      message: 'This resource policy contains a syntax error.',
    });
  });

  it('H6: GetResourcePolicy prints it anew, whatever its layout', async () => {
    expect(
      await put(`{"Version":"2012-10-17",  "Statement":[{"Sid":"a \\"quoted\\" one","Effect":"Allow",
      "Principal":{"AWS":["arn:aws:iam::${otherAccount}:root","${account}"]},"Action":"secretsmanager:GetSecretValue",
      "Resource":"*","Condition":{}},{"Effect":"Deny","Principal":"*","Action":[],"Resource":"*"}]}`),
    ).toEqual({
      ARN: arn,
      Name: SecretId,
    });
    expect(await get()).toBe(`{
  "Version" : "2012-10-17",
  "Statement" : [ {
    "Sid" : "a \\"quoted\\" one",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : [ "arn:aws:iam::${otherAccount}:root", "${account}" ]
    },
    "Action" : "secretsmanager:GetSecretValue",
    "Resource" : "*",
    "Condition" : { }
  }, {
    "Effect" : "Deny",
    "Principal" : "*",
    "Action" : [ ],
    "Resource" : "*"
  } ]
}`);
  });

  it('H6: DeleteResourcePolicy answers ARN and Name, where there is none too; the key is absent then', async () => {
    await put(forOtherAccount);
    aws.clock.pass({ seconds: 1 });
    for (const _ of [1, 2]) {
      const { $metadata, ...answer } = await aws.client.send(new DeleteResourcePolicyCommand({ SecretId }));
      expect(answer).toEqual({ ARN: arn, Name: SecretId });
    }
    expect(await get()).toBeUndefined();
    const { LastChangedDate } = await aws.client.send(new DescribeSecretCommand({ SecretId }));
    expect(LastChangedDate).toEqual(aws.clock.now());
  });

  it('H6, C16: what it says counts from the next call on', async () => {
    const roleArn = `arn:aws:iam::${account}:role/reader`;
    const trustPolicy = {
      Statement: { Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' },
    } as const;
    aws.emulator.createRole({ roleArn, trustPolicy, policies: [] });
    const sts = aws.stsOf(aws.emulator.credentialsFor(account));
    const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'one' }));
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
    const reader = aws.clientOf({
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
    });
    const read = () => refusal(reader.send(new GetSecretValueCommand({ SecretId })));
    expect(await read()).toMatchObject({ name: 'AccessDeniedException' });
    await put(reading({ AWS: roleArn }));
    expect(await read()).toMatchObject({ name: 'none' });
    await aws.client.send(new DeleteResourcePolicyCommand({ SecretId }));
    expect(await read()).toMatchObject({ name: 'AccessDeniedException' });
  });

  it('a policy has 1 to 20,480 characters', async () => {
    for (const document of ['', ' '.repeat(20_481)]) {
      expect(await refusal(put(document))).toMatchObject({ name: 'ValidationException' });
      expect(await refusal(validate(document))).toMatchObject({ name: 'ValidationException' });
    }
  });

  it('a secret that is marked for deletion has none to get, put, delete or validate against', async () => {
    await aws.client.send(new DeleteSecretCommand({ SecretId }));
    const calls = [
      put(forOtherAccount),
      get(),
      aws.client.send(new DeleteResourcePolicyCommand({ SecretId })),
      validate(forOtherAccount, SecretId),
    ];
    for (const call of calls) expect(await refusal(call)).toMatchObject({ name: 'InvalidRequestException' });
  });
});

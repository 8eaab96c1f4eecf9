import { CreateSecretCommand, DescribeSecretCommand, GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  GetCallerIdentityCommand,
  type STSClient,
} from '@aws-sdk/client-sts';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Credentials, PolicyDocument } from '../../../lib/emulator/index.js';
import { account, authorization, otherAccount, post, refusal, region, useLocalAws } from '../local-aws.js';

const aws = useLocalAws();
const target = `arn:aws:iam::${account}:role/path/Target`;
const caller = `arn:aws:iam::${otherAccount}:role/Caller`;
const callerSession = `arn:aws:sts::${otherAccount}:assumed-role/Caller/me`;

const trusting = (AWS: string | string[], Condition?: Record<string, Record<string, string>>): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole', ...(Condition && { Condition }) }],
});
const allowing = (Action: string, Resource: string): PolicyDocument => ({
  Statement: { Effect: 'Allow', Action, Resource },
});

async function assume(by: Credentials | STSClient, input: Partial<AssumeRoleCommandInput> = {}) {
  const sts = 'send' in by ? by : aws.stsOf(by);
  const answer = await sts.send(new AssumeRoleCommand({ RoleArn: target, RoleSessionName: 'rotation', ...input }));
  return {
    answer,
    credentials: {
      accessKeyId: answer.Credentials?.AccessKeyId ?? '',
      secretAccessKey: answer.Credentials?.SecretAccessKey ?? '',
      sessionToken: answer.Credentials?.SessionToken ?? '',
    },
  };
}
/** A session of the caller's role in the other account. */
async function callerKeys(policies: PolicyDocument[] = [allowing('sts:AssumeRole', '*')]): Promise<Credentials> {
  aws.emulator.createRole({ roleArn: caller, trustPolicy: trusting(otherAccount), policies });
  const root = aws.emulator.credentialsFor(otherAccount);
  return (await assume(root, { RoleArn: caller, RoleSessionName: 'me' })).credentials;
}
const trust = (trustPolicy: PolicyDocument, maxSessionSeconds?: number) =>
  aws.emulator.createRole({
    roleArn: target,
    trustPolicy,
    policies: [allowing('secretsmanager:*', '*')],
    ...(maxSessionSeconds !== undefined && { maxSessionSeconds }),
  });
const refused = (because: string) => ({
  name: 'AccessDenied',
  message: `User: ${callerSession} is not authorized to perform: sts:AssumeRole on resource: ${target}${because}`,
});
const noTrust = refused(' because no role trust policy allows the sts:AssumeRole action');

let secretArn = '';
beforeEach(async () => {
  secretArn = (await aws.client.send(new CreateSecretCommand({ Name: 'db', SecretString: 'one' }))).ARN ?? '';
});
const read = (credentials: Credentials) =>
  aws.clientOf(credentials).send(new GetSecretValueCommand({ SecretId: secretArn }));

describe('AssumeRole', () => {
  it('hands out a session of the role, whose ARN drops the path', async () => {
    trust(trusting(caller));
    const { answer, credentials } = await assume(await callerKeys());
    expect(answer.AssumedRoleUser).toEqual({
      Arn: `arn:aws:sts::${account}:assumed-role/Target/rotation`,
      AssumedRoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}:rotation$/),
    });
    expect(answer.Credentials?.AccessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(Number(answer.Credentials?.Expiration)).toBe(
      Math.floor((aws.clock.now().getTime() + 3_600_000) / 1000) * 1000,
    );
    expect(answer.PackedPolicySize).toBe(18);
    expect((await read(credentials)).SecretString).toBe('one');
    const who = await aws.stsOf(credentials).send(new GetCallerIdentityCommand({}));
    expect(who).toMatchObject({ Account: account, Arn: answer.AssumedRoleUser?.Arn });
  });

  it.each([
    ['the account', otherAccount],
    ['its root', `arn:aws:iam::${otherAccount}:root`],
    ['the role', caller],
    ['the session', callerSession],
    ['anyone', '*'],
  ])('trusts %s', async (_, principal) => {
    trust(trusting(['arn:aws:iam::999999999999:root', principal]));
    await expect(assume(await callerKeys())).resolves.toBeDefined();
  });

  it.each([
    ['another account', '999999999999'],
    ['another role', `${caller}2`],
    ['another session', `${callerSession}2`],
  ])('refuses when the trust policy names %s', async (_, principal) => {
    trust(trusting(principal));
    expect(await refusal(assume(await callerKeys()))).toEqual(noTrust);
  });

  it('asks for the external id', async () => {
    trust(trusting(caller, { StringEquals: { 'sts:ExternalId': 'secret-handshake' } }));
    const keys = await callerKeys();
    expect(await refusal(assume(keys))).toEqual(noTrust);
    expect(await refusal(assume(keys, { ExternalId: 'wrong' }))).toEqual(noTrust);
    await expect(assume(keys, { ExternalId: 'secret-handshake' })).resolves.toBeDefined();
  });

  it('a condition on an organization never matches', async () => {
    trust(trusting('*', { StringEquals: { 'aws:PrincipalOrgID': 'o-1234567890' } }));
    expect(await refusal(assume(await callerKeys()))).toEqual(noTrust);
  });

  it("across accounts the caller's own policies must allow it too", async () => {
    trust(trusting(caller));
    const because = ' because no identity-based policy allows the sts:AssumeRole action';
    expect(await refusal(assume(await callerKeys([allowing('secretsmanager:*', '*')])))).toEqual(refused(because));
    await expect(assume(await callerKeys([allowing('sts:AssumeRole', target)]))).resolves.toBeDefined();
  });

  it('explicit denies are named', async () => {
    trust(trusting(caller));
    const deny = { Statement: { Effect: 'Deny' as const, Action: 'sts:*', Resource: '*' } };
    const keys = await callerKeys([allowing('*', '*'), deny]);
    expect(await refusal(assume(keys))).toEqual(refused(' with an explicit deny in an identity-based policy'));
    trust({ Statement: [{ Effect: 'Deny', Principal: '*', Action: 'sts:AssumeRole' }] });
    expect(await refusal(assume(await callerKeys()))).toEqual(refused(' with an explicit deny in a role trust policy'));
  });

  it('B15: a role that is not there is refused without a reason', async () => {
    expect(await refusal(assume(await callerKeys()))).toEqual(refused(''));
  });

  it('the Region and the name of the session can be asked for', async () => {
    const keys = await callerKeys();
    const asking = (place: string, name: string) =>
      trust(trusting(caller, { StringEquals: { 'aws:RequestedRegion': place, 'sts:RoleSessionName': name } }));
    asking(region, 'rotation');
    await assume(keys);
    asking('eu-west-1', 'rotation');
    expect(await refusal(assume(keys))).toEqual(noTrust);
    asking(region, 'other');
    expect(await refusal(assume(keys))).toEqual(noTrust);
  });

  it('a denial of the trust policy wins over everything, and a trusted account leaves it to identity policies', async () => {
    const [allowed] = [trusting(otherAccount).Statement].flat();
    if (allowed === undefined) throw new Error('a policy has statements');
    trust({ Version: '2012-10-17', Statement: [allowed, { ...allowed, Effect: 'Deny', Principal: { AWS: caller } }] });
    expect(await refusal(assume(await callerKeys()))).toEqual(refused(' with an explicit deny in a role trust policy'));
    trust(trusting(otherAccount));
    await assume(await callerKeys());
    expect(await refusal(assume(await callerKeys([])))).toEqual(
      refused(' because no identity-based policy allows the sts:AssumeRole action'),
    );
  });

  it('a session policy confines the session', async () => {
    trust(trusting(caller));
    const Policy = JSON.stringify(allowing('secretsmanager:DescribeSecret', secretArn));
    const { answer, credentials } = await assume(await callerKeys(), { Policy });
    expect(answer.PackedPolicySize).toBeGreaterThan(18);
    expect(await refusal(read(credentials))).toEqual({
      name: 'AccessDeniedException',
      message: `User: arn:aws:sts::${account}:assumed-role/Target/rotation is not authorized to perform: secretsmanager:GetSecretValue on resource: ${secretArn} because no session policy allows the secretsmanager:GetSecretValue action`,
    });
    await aws.clientOf(credentials).send(new DescribeSecretCommand({ SecretId: secretArn }));
  });

  it.each([
    ['no JSON', '{not-json'],
    ['no statement', '{}'],
    ['a principal', JSON.stringify(trusting('*'))],
    [
      'an operator that nobody evaluates',
      '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"DateBefore":{"aws:CurrentTime":"2030"}}}}',
    ],
  ])('a session policy with %s is malformed', async (_, Policy) => {
    trust(trusting(caller));
    expect(await refusal(assume(await callerKeys(), { Policy }))).toMatchObject({
      name: 'MalformedPolicyDocumentException',
    });
  });

  it('lives as long as asked for, by the clock', async () => {
    trust(trusting(caller));
    const { credentials } = await assume(await callerKeys(), { DurationSeconds: 900 });
    aws.clock.pass({ seconds: 899 });
    await read(credentials);
    aws.clock.pass({ seconds: 1 });
    expect(await refusal(read(credentials))).toMatchObject({ name: 'ExpiredTokenException' });
    expect(await refusal(assume(credentials))).toMatchObject({ name: 'ExpiredToken' });
  });

  it('not longer than the role allows, and one hour from another role', async () => {
    trust(trusting(['*']), 7200);
    const root = aws.emulator.credentialsFor(account);
    await expect(assume(root, { DurationSeconds: 7200 })).resolves.toBeDefined();
    for (const [by, DurationSeconds] of [
      [root, 7201],
      [await callerKeys(), 3601],
      [root, 899],
      [root, 43_201],
    ] as const) {
      expect(await refusal(assume(by, { DurationSeconds }))).toMatchObject({ name: 'ValidationError' });
    }
  });

  it('refuses malformed and unserved parameters instead of ignoring them', async () => {
    trust(trusting('*'));
    const root = aws.emulator.credentialsFor(account);
    expect(await refusal(assume(root, { RoleSessionName: 'no spaces' }))).toEqual({
      name: 'ValidationError',
      message:
        "1 validation error detected: Value 'no spaces' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[\\w+=,.@-]*$",
    });
    expect(await refusal(assume(root, { RoleSessionName: 'x' }))).toMatchObject({ name: 'ValidationError' });
    expect(await refusal(assume(root, { Tags: [{ Key: 'a', Value: 'b' }] }))).toMatchObject({
      name: 'ValidationError',
      message: 'The emulator does not serve the parameter Tags.member.1.Key of AssumeRole.',
    });
  });

  it('does not outlive its role, not even when another takes its name', async () => {
    const keys = await callerKeys();
    const unknown = { name: 'InvalidClientTokenId', message: 'The security token included in the request is invalid.' };
    const ask = () => refusal(aws.stsOf(keys).send(new GetCallerIdentityCommand({})));
    // Replaced in its place, it is the same role.
    aws.emulator.createRole({ roleArn: caller, trustPolicy: trusting(otherAccount) });
    expect(await ask()).toMatchObject({ name: 'none' });
    aws.emulator.deleteRole(caller);
    expect(await ask()).toEqual(unknown);
    await callerKeys();
    expect(await ask()).toEqual(unknown);
  });

  it('a session needs its session token', async () => {
    trust(trusting(caller));
    const { credentials } = await assume(await callerKeys());
    const invalid = { name: 'UnrecognizedClientException' };
    expect(await refusal(read({ ...credentials, sessionToken: 'another' }))).toMatchObject(invalid);
    const { accessKeyId, secretAccessKey } = credentials;
    expect(await refusal(read({ accessKeyId, secretAccessKey }))).toMatchObject(invalid);
  });
});

describe('GetCallerIdentity', () => {
  it('knows roots', async () => {
    const { $metadata, ...who } = await aws
      .stsOf(aws.emulator.credentialsFor(account))
      .send(new GetCallerIdentityCommand({}));
    expect(who).toEqual({ Account: account, Arn: `arn:aws:iam::${account}:root`, UserId: account });
  });
});

describe('the query protocol, raw', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const query = (body: string, headers = {}) => post(aws.emulator.endpoint, { body, headers: { ...form, ...headers } });

  it.each([
    ['no known action', 'Action=GetFederationToken&Version=2011-06-15', {}, 400, 'InvalidAction'],
    ['another version', 'Action=GetCallerIdentity&Version=2010-01-01', {}, 400, 'InvalidAction'],
    [
      'an unknown key',
      'Action=GetCallerIdentity&Version=2011-06-15',
      { authorization: authorization('AKIA') },
      403,
      'InvalidClientTokenId',
    ],
    [
      'an unreadable key',
      'Action=GetCallerIdentity&Version=2011-06-15',
      { authorization: 'x' },
      403,
      'IncompleteSignature',
    ],
    [
      'a duration that is none',
      `Action=AssumeRole&Version=2011-06-15&RoleArn=${target}&RoleSessionName=me&DurationSeconds=9e2`,
      {},
      400,
      'MalformedInput',
    ],
    [
      'a role that may not be',
      `Action=AssumeRole&Version=2011-06-15&RoleArn=${target}&RoleSessionName=me`,
      {},
      403,
      'AccessDenied',
    ],
  ])('%s', async (_, body, headers, status, code) => {
    const answer = await query(body, headers);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('text/xml');
    expect(answer.text).toMatch(
      new RegExp(
        `^<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code>`,
      ),
    );
  });

  it('escapes what it quotes', async () => {
    const answer = await query(
      `Action=AssumeRole&Version=2011-06-15&RoleArn=${target}&RoleSessionName=${encodeURIComponent('<&"\u0000>')}`,
    );
    expect(answer.text).toContain("Value '&lt;&amp;&quot;&gt;' at 'roleSessionName'");
  });
});

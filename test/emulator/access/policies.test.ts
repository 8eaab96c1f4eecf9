/** What the policies of a role and of its session allow, as Secrets Manager tells it. */
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  UpdateSecretVersionStageCommand,
  ValidateResourcePolicyCommand,
} from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { PolicyStatement } from '../../../lib/emulator/index.js';
import { account, refusal, region, useLocalAws } from '../local-aws.js';

const aws = useLocalAws();
const roleArn = `arn:aws:iam::${account}:role/reader`;
const caller = `arn:aws:sts::${account}:assumed-role/reader/me`;
const pattern = `arn:aws:secretsmanager:${region}:${account}:secret:db-??????`;
let secretArn = '';

beforeEach(async () => {
  const made = await aws.client.send(
    new CreateSecretCommand({ Name: 'db', SecretString: 'one', Tags: [{ Key: 'Team', Value: 'blue' }] }),
  );
  secretArn = made.ARN ?? '';
});

async function as(Statement: PolicyStatement[], session?: PolicyStatement[], boundary?: PolicyStatement[]) {
  aws.emulator.createRole({
    roleArn,
    trustPolicy: { Statement: { Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' } },
    policies: [{ Version: '2012-10-17', Statement }],
    ...(boundary && { permissionsBoundary: { Version: '2012-10-17', Statement: boundary } }),
  });
  const { Credentials: c } = await aws.stsOf(aws.emulator.credentialsFor(account)).send(
    new AssumeRoleCommand({
      RoleArn: roleArn,
      RoleSessionName: 'me',
      ...(session && { Policy: JSON.stringify({ Statement: session }) }),
    }),
  );
  return aws.clientOf({
    accessKeyId: c?.AccessKeyId ?? '',
    secretAccessKey: c?.SecretAccessKey ?? '',
    sessionToken: c?.SessionToken ?? '',
  });
}
const allow = (rest: Partial<PolicyStatement> = {}): PolicyStatement => ({
  Effect: 'Allow',
  Action: 'secretsmanager:GetSecretValue',
  Resource: pattern,
  ...rest,
});
const everyone = { Version: '2012-10-17', Statement: [{ ...allow(), Principal: '*' }] };
const deny = (rest: Partial<PolicyStatement> = {}): PolicyStatement => ({ ...allow(rest), Effect: 'Deny' });
const read = async (client: Awaited<ReturnType<typeof as>>, input: object = {}) =>
  refusal(client.send(new GetSecretValueCommand({ SecretId: 'db', ...input })));
const refused = (suffix: string, id = 'db') => ({
  name: 'AccessDeniedException',
  message: `User: ${caller} is not authorized to perform: secretsmanager:GetSecretValue on resource: ${id} ${suffix}`,
});
const allowed = { name: 'none', message: 'the call succeeded' };

describe('how an access is refused', () => {
  it('B1: nothing in the role allows it', async () => {
    const client = await as([allow({ Action: 'secretsmanager:DescribeSecret' })]);
    expect(await read(client)).toEqual(
      refused('because no identity-based policy allows the secretsmanager:GetSecretValue action'),
    );
  });

  it('B2: the role denies it', async () => {
    expect(await read(await as([allow(), deny()]))).toEqual(
      refused('with an explicit deny in an identity-based policy'),
    );
  });

  it('B3: the session policy is silent', async () => {
    const client = await as([allow()], [allow({ Action: 'secretsmanager:DescribeSecret' })]);
    expect(await read(client)).toEqual(
      refused('because no session policy allows the secretsmanager:GetSecretValue action'),
    );
  });

  it('B4: the session policy denies it', async () => {
    expect(await read(await as([allow()], [allow(), deny()]))).toEqual(
      refused('with an explicit deny in a session policy'),
    );
  });

  it('B6: the permissions boundary is silent', async () => {
    expect(await read(await as([allow()], undefined, [allow({ Action: 'sts:*' })]))).toEqual(
      refused('because no permissions boundary allows the secretsmanager:GetSecretValue action'),
    );
  });

  it('B18: the permissions boundary denies it, in the words of the documents', async () => {
    expect(await read(await as([allow()], undefined, [allow(), deny()]))).toEqual(
      refused('with an explicit deny in a permissions boundary'),
    );
  });

  it('B13: the caller is the session, never the role', async () => {
    expect((await read(await as([deny()]))).message).toMatch(new RegExp(`^User: ${caller} is not authorized`));
  });

  it('B12: the id is the one that was sent, the match is on the ARN', async () => {
    const client = await as([allow({ Resource: pattern.replace(':db-', ':other-') })]);
    const suffix = 'because no identity-based policy allows the secretsmanager:GetSecretValue action';
    expect(await read(client, { SecretId: secretArn })).toEqual(refused(suffix, secretArn));
    expect(await read(client)).toEqual(refused(suffix));
  });

  it('B17: a denial is named before a missing allow', async () => {
    expect(await read(await as([allow({ Action: 'sts:*' })], [deny()]))).toEqual(
      refused('with an explicit deny in a session policy'),
    );
    const nothing = [allow({ Action: 'sts:*' })];
    expect(await read(await as(nothing, nothing, nothing))).toEqual(
      refused('because no identity-based policy allows the secretsmanager:GetSecretValue action'),
    );
    expect(await read(await as([allow()], nothing, nothing))).toEqual(
      refused('because no permissions boundary allows the secretsmanager:GetSecretValue action'),
    );
  });
});

describe('what a policy matches', () => {
  it.each([
    ['a name that stands for the ARN', allow(), {}, allowed],
    ['any action of the service', allow({ Action: 'SecretsManager:Get*' }), {}, allowed],
    ['all but some actions', allow({ Action: [], NotAction: ['secretsmanager:Put*'] }), {}, allowed],
    [
      'C5: VersionStage only if it was sent',
      allow({ Condition: { StringEquals: { 'secretsmanager:VersionStage': 'AWSCURRENT' } } }),
      {},
      'refused',
    ],
    [
      'C5: VersionStage as it was sent',
      allow({ Condition: { StringEquals: { 'secretsmanager:VersionStage': 'AWSCURRENT' } } }),
      { VersionStage: 'AWSCURRENT' },
      allowed,
    ],
    [
      'C8: a tag of the secret',
      allow({ Condition: { StringEquals: { 'aws:ResourceTag/Team': ['red', 'blue'] } } }),
      {},
      allowed,
    ],
    [
      'C8: a tag of the secret, by its other key',
      allow({ Condition: { StringLike: { 'secretsmanager:ResourceTag/Team': 'bl*' } } }),
      {},
      allowed,
    ],
    ['another tag', allow({ Condition: { StringEquals: { 'aws:ResourceTag/Team': 'red' } } }), {}, 'refused'],
    [
      'C17: a negated operator on an absent key',
      allow({ Condition: { StringNotEquals: { 'aws:ResourceTag/None': 'x' } } }),
      {},
      allowed,
    ],
    [
      'C17: IfExists on an absent key',
      allow({ Condition: { StringEqualsIfExists: { 'aws:ResourceTag/None': 'x' } } }),
      {},
      allowed,
    ],
    ['C17: Null on an absent key', allow({ Condition: { Null: { 'aws:ResourceTag/None': 'true' } } }), {}, allowed],
    [
      'C17: ForAnyValue on an absent key',
      allow({ Condition: { 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'x' } } }),
      {},
      'refused',
    ],
    [
      'C17: ForAllValues on an absent key',
      allow({ Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': 'x' } } }),
      {},
      allowed,
    ],
    [
      'the role of the caller',
      allow({ Condition: { ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::*:role/read*` } } }),
      {},
      allowed,
    ],
    [
      'the Region',
      allow({ Condition: { StringEqualsIgnoreCase: { 'aws:RequestedRegion': 'EU-WEST-1' } } }),
      {},
      'refused',
    ],
  ] as const)('%s', async (_, statement, input, outcome) => {
    const answer = await read(
      await as([{ ...statement, ...(statement.NotAction && { Action: undefined }) } as PolicyStatement]),
      input,
    );
    expect(answer.name).toBe(outcome === 'refused' ? 'AccessDeniedException' : outcome.name);
  });

  it('C7: secretsmanager:SecretId is always the full ARN', async () => {
    const condition = (value: string) => allow({ Condition: { StringEquals: { 'secretsmanager:SecretId': value } } });
    expect(await read(await as([condition(secretArn)]))).toEqual(allowed);
    expect((await read(await as([condition('db')]))).name).toBe('AccessDeniedException');
  });

  it('C10, C11: creating with tags is tagging too, and is matched with an ARN of the new name', async () => {
    const create = (client: Awaited<ReturnType<typeof as>>, Tags: { Key: string; Value: string }[]) =>
      refusal(client.send(new CreateSecretCommand({ Name: 'app-1', SecretString: 'x', Tags })));
    const Resource = `arn:aws:secretsmanager:${region}:${account}:secret:app-*`;
    const client = await as([allow({ Action: 'secretsmanager:CreateSecret', Resource })]);
    expect((await create(client, [{ Key: 'a', Value: 'b' }])).message).toBe(
      `User: ${caller} is not authorized to perform: secretsmanager:TagResource on resource: app-1 because no identity-based policy allows the secretsmanager:TagResource action`,
    );
    expect(await create(client, [])).toEqual(allowed);
  });

  it('creating with replicas is replicating too, and to validate a policy takes the permission to put it', async () => {
    const Resource = '*';
    const action = (name: string) => `secretsmanager:${name}`;
    const refusedFor = (name: string) => `no identity-based policy allows the ${action(name)} action`;
    const one = await as([allow({ Action: ['CreateSecret', 'ValidateResourcePolicy'].map(action), Resource })]);
    const create = new CreateSecretCommand({ Name: 'app', AddReplicaRegions: [{ Region: 'eu-west-1' }] });
    const validate = new ValidateResourcePolicyCommand({ SecretId: 'db', ResourcePolicy: JSON.stringify(everyone) });
    expect((await refusal(one.send(create))).message).toContain(refusedFor('ReplicateSecretToRegions'));
    expect((await refusal(one.send(validate))).message).toContain(refusedFor('PutResourcePolicy'));
    const both = await as([allow({ Action: ['Create*', 'Validate*', 'Replicate*', 'Put*'].map(action), Resource })]);
    expect(await refusal(both.send(create))).toEqual(allowed);
    expect(await refusal(both.send(validate))).toEqual(allowed);
  });

  it('C14: who may not read the value may read about it', async () => {
    const client = await as([allow({ Action: 'secretsmanager:*' }), deny()]);
    await client.send(new DescribeSecretCommand({ SecretId: 'db' }));
    expect((await read(client)).name).toBe('AccessDeniedException');
  });

  it('G6: whoever may use a name learns that there is no such secret', async () => {
    const client = await as([allow({ Resource: pattern.replace(':db-', ':no-') })]);
    expect((await read(client, { SecretId: 'no' })).name).toBe('ResourceNotFoundException');
  });

  it('operations on no resource need a statement on all', async () => {
    const list = async (Resource: string) =>
      (await refusal((await as([allow({ Action: '*', Resource })])).send(new ListSecretsCommand({})))).message;
    expect(await list(pattern)).toBe(
      `User: ${caller} is not authorized to perform: secretsmanager:ListSecrets because no identity-based policy allows the secretsmanager:ListSecrets action`,
    );
    expect(await list('*')).toBe(allowed.message);
  });

  it('a condition on the label that is moved', async () => {
    const client = await as([
      allow({
        Action: 'secretsmanager:UpdateSecretVersionStage',
        Condition: { StringEquals: { 'secretsmanager:VersionStage': 'BLUE' } },
      }),
    ]);
    const move = (VersionStage: string) =>
      refusal(client.send(new UpdateSecretVersionStageCommand({ SecretId: 'db', VersionStage })));
    expect((await move('AWSCURRENT')).name).toBe('AccessDeniedException');
    expect((await move('BLUE')).name).toBe('InvalidParameterException');
  });
});

describe('createRole', () => {
  const trustPolicy = { Statement: { Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' } } as const;

  const policy = (statement: object) => ({
    roleArn,
    trustPolicy,
    policies: [{ Statement: statement as PolicyStatement }],
  });
  const trust = (statement: object) => ({ roleArn, trustPolicy: { Statement: statement as PolicyStatement } });
  const { Principal, ...trusted } = trustPolicy.Statement;
  it.each([
    ['an ARN that is none', { roleArn: 'role', trustPolicy }, 'not the ARN of a role'],
    ['a trust policy with a resource', trust({ ...trustPolicy.Statement, Resource: '*' }), 'Resource is not for trust'],
    ['a trust policy for nobody', trust(trusted), 'Principal is'],
    [
      'a trust policy for all but some',
      trust({ ...trusted, NotPrincipal: Principal }),
      'NotPrincipal is for Deny alone',
    ],
    [
      'a principal of no known kind',
      trust({ ...trusted, Principal: { User: 'x' } }),
      'User is not a kind of principal',
    ],
    [
      'a principal with a wildcard',
      trust({ ...trusted, Principal: { AWS: `${roleArn}*` } }),
      'reader* is no principal',
    ],
    ['a principal without an ARN', trust({ ...trusted, Principal: { AWS: [account, 'me'] } }), 'me is no principal'],
    ['an action of no service', policy(allow({ Action: 'GetSecretValue' })), 'GetSecretValue is no action'],
    ['a policy without a resource', policy({ Effect: 'Allow', Action: '*' }), 'either Resource or NotResource'],
    ['a policy with a principal', policy({ ...allow(), Principal: '*' }), 'Principal is not for identity policies'],
    ['an action and its opposite', policy({ ...allow(), NotAction: '*' }), 'either Action or NotAction'],
    ['a member that is unknown', policy({ ...allow(), Conditions: {} }), 'Conditions is not a member'],
    ['an operator nobody evaluates', policy(allow({ Condition: { NumericIs: { a: 1 } } })), 'NumericIs is not'],
    ['Null with IfExists', policy(allow({ Condition: { NullIfExists: { a: 'true' } } })), 'NullIfExists is not'],
    ['a condition on no value', policy({ ...allow(), Condition: { StringEquals: { a: {} } } }), 'a is compared with'],
    [
      'a boundary without a resource',
      { roleArn, trustPolicy, permissionsBoundary: { Statement: trusted } },
      'permissions boundary',
    ],
  ])('refuses %s', (_, role, why) => {
    expect(() => aws.emulator.createRole(role)).toThrow(TypeError);
    expect(() => aws.emulator.createRole(role)).toThrow(why);
  });
});

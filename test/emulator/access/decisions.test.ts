/** What the emulator tells about its decisions, and who may do what when nobody said. */
import { CreateSecretCommand, GetSecretValueCommand, RotateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { PolicyStatement } from '../../../lib/emulator/index.js';
import {
  account,
  functionArn,
  functionRole,
  otherAccount,
  refusal,
  rotator,
  token,
  useLocalAws,
} from '../local-aws.js';
import { clientAs, document, lastDecision, type RoleOptions, roleOf, sessionOf } from './role-sessions.js';

const action = 'secretsmanager:GetSecretValue';
const allow = (rest: Partial<PolicyStatement> = {}): PolicyStatement => ({
  Effect: 'Allow',
  Action: action,
  Resource: '*',
  ...rest,
});

describe('a decision', () => {
  const aws = useLocalAws();
  let arn = '';
  beforeEach(async () => {
    const Tags = [{ Key: 'Team', Value: 'blue' }];
    arn = (await aws.client.send(new CreateSecretCommand({ Name: 'db', SecretString: 'one', Tags }))).ARN ?? '';
  });
  const read = async (options: Partial<RoleOptions>) => {
    const client = await clientAs(aws, { account, ...options });
    return refusal(client.send(new GetSecretValueCommand({ SecretId: 'db' })));
  };

  it('names the statement that allowed, belongs to its request and is told in order', async () => {
    await read({ statements: [allow({ Action: 'sts:*' }), allow({ Sid: 'Read' })] });
    const decision = lastDecision(aws, action);
    expect(decision).toEqual({
      time: aws.clock.now(),
      allowed: true,
      enforced: true,
      callerArn: sessionOf(account),
      action,
      resource: arn,
      statements: [{ kind: 'identity', of: roleOf(account), policyName: 'Reader', index: 1, sid: 'Read' }],
      explanation: `${action} on ${arn} is allowed to ${sessionOf(account)} by statement 1 (Read) of the identity policy Reader of ${roleOf(account)}`,
    });
    expect(aws.emulator.requests.at(-1)?.decisions).toContain(decision);
    expect(aws.emulator.decisions).toEqual(aws.emulator.requests.flatMap(({ decisions }) => decisions));
  });

  it('names every statement that denies', async () => {
    await read({ statements: [allow(), allow({ Effect: 'Deny' })], session: [allow({ Effect: 'Deny' })] });
    expect(lastDecision(aws, action)).toMatchObject({
      allowed: false,
      statements: [
        { kind: 'identity', index: 1 },
        { kind: 'session', of: sessionOf(account), index: 0 },
      ],
      explanation: `${action} on ${arn} is denied to ${sessionOf(account)} by statement 1 of the identity policy Reader of ${roleOf(account)}, and by statement 0 of the session policy of ${sessionOf(account)}`,
    });
  });

  const lacking = `${action} on ARN is not allowed by any statement of the identity policies of role ${roleOf(account)}; add it there`;
  const nearest = `${lacking}. Nearest is statement 0 of the identity policy Reader of ${roleOf(account)}: `;
  it.each<[string, Partial<RoleOptions>, string, string]>([
    [
      'a role without policies',
      {},
      'identity',
      `${action} on ARN is not allowed: role ${roleOf(account)} has no identity policy; give it one that allows it`,
    ],
    ['no statement about the action', { statements: [allow({ Action: 'secretsmanager:Put*' })] }, 'identity', lacking],
    [
      'another resource',
      { statements: [allow({ Resource: 'arn:aws:secretsmanager:us-west-2:111122223333:secret:db-?????' })] },
      'identity',
      `${nearest}its Resource is arn:aws:secretsmanager:us-west-2:111122223333:secret:db-?????`,
    ],
    [
      'a condition on a value',
      { statements: [allow({ Condition: { StringEquals: { 'aws:ResourceTag/Team': ['red', 'green'] } } })] },
      'identity',
      `${nearest}its condition StringEquals aws:ResourceTag/Team red, green does not hold: the request has blue`,
    ],
    [
      'a condition on a key that was not sent',
      { statements: [allow({ Condition: { StringEquals: { 'secretsmanager:VersionStage': 'AWSCURRENT' } } })] },
      'identity',
      `${nearest}its condition StringEquals secretsmanager:VersionStage AWSCURRENT does not hold: the request has no such key`,
    ],
    [
      'a boundary',
      {
        statements: [allow()],
        boundary: [{ Effect: 'Allow', Action: action, NotResource: '*' }],
      },
      'permissions boundary',
      `${action} on ARN is not allowed by the permissions boundary of role ${roleOf(account)}; add it there. Nearest is statement 0 of the permissions boundary of ${roleOf(account)}: its NotResource leaves this one out: *`,
    ],
    [
      'a session policy',
      { statements: [allow()], session: [allow({ Action: 'secretsmanager:List*' })] },
      'session',
      `${action} on ARN is not allowed by the session policy that ${sessionOf(account)} was made with; pass one to AssumeRole that allows it`,
    ],
  ])('says what is missing and what came near: %s', async (_, options, missing, explanation) => {
    expect((await read(options)).name).toBe('AccessDeniedException');
    expect(lastDecision(aws, action)).toMatchObject({
      allowed: false,
      enforced: true,
      statements: [],
      missing,
      explanation: explanation.replaceAll('ARN', arn),
    });
  });

  it('keeps an external id to itself', async () => {
    const roleArn = `arn:aws:iam::${account}:role/guarded`;
    aws.emulator.createRole({
      roleArn,
      trustPolicy: document({
        Effect: 'Allow',
        Principal: { AWS: otherAccount },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'sts:ExternalId': 'ours' } },
      }),
    });
    const sts = aws.stsOf(aws.emulator.credentialsFor(otherAccount));
    await refusal(sts.send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'me', ExternalId: 'theirs' })));
    const { explanation } = lastDecision(aws, 'sts:AssumeRole') ?? {};
    expect(explanation).toMatch(/its condition StringEquals sts:ExternalId does not hold: the request has another$/);
  });

  it('a role that is deleted is gone, with its sessions', async () => {
    const client = await clientAs(aws, { account, statements: [allow()] });
    expect(aws.emulator.deleteRole(roleOf(account))).toBe(true);
    expect(aws.emulator.deleteRole(roleOf(account))).toBe(false);
    expect((await refusal(client.send(new GetSecretValueCommand({ SecretId: 'db' })))).name).toBe(
      'UnrecognizedClientException',
    );
  });
});

describe('a permissive emulator', () => {
  const aws = useLocalAws({ permissive: true });

  it('carries out what policies refuse, and tells that it would have been refused', async () => {
    await aws.client.send(new CreateSecretCommand({ Name: 'db', SecretString: 'one' }));
    const client = await clientAs(aws, { account });
    expect((await client.send(new GetSecretValueCommand({ SecretId: 'db' }))).SecretString).toBe('one');
    expect(lastDecision(aws, action)).toMatchObject({ allowed: false, enforced: false, missing: 'identity' });
  });
});

describe.each([
  ['caller alone', true],
  ['caller and function', false],
] as const)('RotateSecret, across accounts: %s', (rotateAcrossAccounts, foreignWorks) => {
  const aws = useLocalAws({ undocumented: { rotateAcrossAccounts } });
  const foreign = functionArn.replace(account, otherAccount);
  const invoke = 'lambda:InvokeFunction';
  beforeEach(async () => {
    await aws.client.send(new CreateSecretCommand({ Name: 'db', SecretString: 'one' }));
  });
  const rotate = async (statements: PolicyStatement[], RotationLambdaARN = functionArn) => {
    const client = await clientAs(aws, {
      account,
      statements: [allow({ Action: 'secretsmanager:RotateSecret' }), ...statements],
    });
    const started = await refusal(
      client.send(new RotateSecretCommand({ SecretId: 'db', RotationLambdaARN, ClientRequestToken: token('v1') })),
    );
    if (started.name === 'none') await aws.emulator.rotationSettled('db');
    return started;
  };

  it('needs the permission to invoke the function as well', async () => {
    aws.emulator.bindFunction({ functionArn, roleArn: functionRole, handler: rotator() });
    expect(await rotate([])).toEqual({
      name: 'AccessDeniedException',
      message: `User: ${sessionOf(account)} is not authorized to perform: ${invoke} on resource: ${functionArn} because no identity-based policy allows the ${invoke} action`,
    });
    expect((await rotate([allow({ Action: invoke, Resource: functionArn })])).name).toBe('none');
    expect(aws.emulator.decisions.filter((decision) => decision.action === invoke)).toMatchObject([
      { allowed: false, callerArn: sessionOf(account) },
      { allowed: true, callerArn: sessionOf(account), statements: [{ kind: 'identity', index: 1 }] },
      { allowed: true, callerArn: 'secretsmanager.amazonaws.com', statements: [{ kind: 'function', of: functionArn }] },
    ]);
  });

  it('a policy of the function decides for the service', async () => {
    const caller = [allow({ Action: invoke })];
    const bind = (Condition: NonNullable<PolicyStatement['Condition']>) =>
      aws.emulator.bindFunction({
        functionArn,
        roleArn: functionRole,
        handler: rotator(),
        resourcePolicy: document({
          Effect: 'Allow',
          Principal: { Service: 'secretsmanager.amazonaws.com' },
          Action: invoke,
          Resource: functionArn,
          Condition,
        }),
      });
    bind({ StringEquals: { 'aws:SourceAccount': otherAccount } });
    expect((await rotate(caller)).message).toMatch(/^Secrets Manager cannot invoke the specified Lambda function/);
    expect(lastDecision(aws, invoke)?.explanation).toContain(
      `its condition StringEquals aws:SourceAccount ${otherAccount} does not hold: the request has ${account}`,
    );
    bind({ StringEquals: { 'aws:SourceAccount': account } });
    expect((await rotate(caller)).name).toBe('none');
  });

  it('a function of another account that lets only the service in', async () => {
    aws.emulator.bindFunction({
      functionArn: foreign,
      roleArn: functionRole.replace(account, otherAccount),
      invokePermissions: [{ sourceAccount: account }],
      handler: rotator(),
    });
    expect((await rotate([], foreign)).message).toContain(`no identity-based policy allows the ${invoke} action`);
    expect((await rotate([allow({ Action: invoke })], foreign)).name).toBe(
      foreignWorks ? 'none' : 'AccessDeniedException',
    );
  });
});

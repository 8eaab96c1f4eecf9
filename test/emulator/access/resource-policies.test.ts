/** What a secret's own policy adds to, and takes from, the policies of callers: in one account and across two. */
import {
  CreateSecretCommand,
  DeleteResourcePolicyCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { PolicyStatement } from '../../../lib/emulator/index.js';
import { account, otherAccount, refusal, useLocalAws } from '../local-aws.js';
import { clientAs, document, lastDecision, type RoleOptions, roleOf, sessionOf } from './role-sessions.js';

const aws = useLocalAws();
const read = 'secretsmanager:GetSecretValue';
let arn = '';

beforeEach(async () => {
  // A key whose policy lets everyone use it: this is about secrets.
  const keyArn = aws.emulator.createKey({
    accountId: account,
    region: 'us-west-2',
    policy: document({ Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' }),
  });
  const made = await aws.client.send(new CreateSecretCommand({ Name: 'db', SecretString: 'one', KmsKeyId: keyArn }));
  arn = made.ARN ?? '';
});

const statement = (Effect: 'Allow' | 'Deny', rest: Partial<PolicyStatement> = {}): PolicyStatement => ({
  Effect,
  Action: read,
  Resource: '*',
  ...rest,
});
const anyKms = statement('Allow', { Action: 'kms:*' });
const attach = (...statements: PolicyStatement[]) =>
  aws.client.send(
    new PutResourcePolicyCommand({ SecretId: 'db', ResourcePolicy: JSON.stringify(document(statements)) }),
  );
const named = (AWS: string, Effect: 'Allow' | 'Deny' = 'Allow') => statement(Effect, { Principal: { AWS } });
const get = (client: SecretsManagerClient) => refusal(client.send(new GetSecretValueCommand({ SecretId: arn })));
const getAs = async (options: Partial<RoleOptions>) => get(await clientAs(aws, { account, ...options }));
const refused = (suffix: string, by = sessionOf(account)) => ({
  name: 'AccessDeniedException',
  message: `User: ${by} is not authorized to perform: ${read} on resource: ${arn} ${suffix}`,
});
const allowed = { name: 'none', message: 'the call succeeded' };

describe('in one account', () => {
  it('C1: a role that the secret names needs no identity policy of its own', async () => {
    await attach(named(roleOf(account)));
    expect(await getAs({})).toEqual(allowed);
  });

  it('C2: it is held to a silent session policy all the same', async () => {
    await attach(named(roleOf(account)));
    expect(await getAs({ session: [statement('Allow', { Action: 'secretsmanager:DescribeSecret' })] })).toEqual(
      refused(`because no session policy allows the ${read} action`),
    );
  });

  it('C3: a session that the secret names is held to no silent policy', async () => {
    await attach(named(sessionOf(account)));
    const silent = [statement('Allow', { Action: 'secretsmanager:DescribeSecret' })];
    expect(await getAs({ session: silent })).toEqual(allowed);
    expect(await getAs({ session: silent, boundary: silent })).toEqual(allowed);
  });

  it.each([
    ['session', { session: [statement('Deny')] }, 'with an explicit deny in a session policy'],
    ['identity', { statements: [statement('Deny')] }, 'with an explicit deny in an identity-based policy'],
  ])('C3: an explicit deny of the %s wins over that', async (_, options, suffix) => {
    await attach(named(sessionOf(account)));
    expect(await getAs(options)).toEqual(refused(suffix));
  });

  it('a secret that names the account leaves the decision to identity policies', async () => {
    await attach(named(account));
    expect(await getAs({})).toEqual(refused(`because no identity-based policy allows the ${read} action`));
    expect(await getAs({ statements: [statement('Allow')] })).toEqual(allowed);
  });

  it('B5, C13: a deny in the policy of the secret holds for whom it names, and C16: from the next call to the next', async () => {
    const client = await clientAs(aws, { account, statements: [statement('Allow', { Action: '*' })] });
    await attach(
      statement('Deny', { Action: [read, 'secretsmanager:PutSecretValue'], Principal: { AWS: roleOf(account) } }),
    );
    expect(await get(client)).toEqual(refused('with an explicit deny in a resource-based policy'));
    expect(await refusal(client.send(new PutSecretValueCommand({ SecretId: 'db', SecretString: 'two' })))).toEqual({
      name: 'AccessDeniedException',
      message: `User: ${sessionOf(account)} is not authorized to perform: secretsmanager:PutSecretValue on resource: db with an explicit deny in a resource-based policy`,
    });
    await client.send(new DescribeSecretCommand({ SecretId: 'db' }));
    expect(await get(aws.client)).toEqual(allowed);
    await aws.client.send(new DeleteResourcePolicyCommand({ SecretId: 'db' }));
    expect(await get(client)).toEqual(allowed);
  });

  it('the root of the account is denied like anyone', async () => {
    await attach(named(account, 'Deny'));
    expect((await get(aws.client)).message).toMatch(
      /:root is not authorized .* explicit deny in a resource-based policy$/,
    );
  });

  it('NotPrincipal denies everyone but the session whose session, role and account it lists', async () => {
    const statements = [statement('Allow', { Action: '*' })];
    const { Resource, Action, Effect } = statement('Deny');
    const sparing = (AWS: string[]) => attach({ Effect, Action, Resource, NotPrincipal: { AWS } } as PolicyStatement);
    await sparing([sessionOf(account), roleOf(account), account]);
    expect(await getAs({ statements })).toEqual(allowed);
    await sparing([roleOf(account), account]);
    expect(await getAs({ statements })).toEqual(refused('with an explicit deny in a resource-based policy'));
    expect(await get(aws.client)).toEqual(allowed);
  });
});

describe('across accounts', () => {
  const getAcross = async (options: Partial<RoleOptions> = {}) =>
    get(await clientAs(aws, { account: otherAccount, statements: [statement('Allow'), anyKms], ...options }));
  const stranger = sessionOf(otherAccount);

  it('B9: what nobody granted in the policy of the secret is refused, with a policy and without', async () => {
    const refusedAcross = refused(`because no resource-based policy allows the ${read} action`, stranger);
    expect(await getAcross()).toEqual(refusedAcross);
    expect(lastDecision(aws, read)?.explanation).toBe(
      `${read} on ${arn} is not allowed: ${arn} has no resource policy, which ${stranger} of another account needs besides its own policies`,
    );
    await attach(named(roleOf(account)));
    expect(await getAcross()).toEqual(refusedAcross);
    expect(lastDecision(aws, read)?.explanation).toContain(
      `Nearest is statement 0 of the resource policy of ${arn}: its Principal does not name ${stranger}`,
    );
  });

  it.each([
    ['role', roleOf(otherAccount)],
    ['session', stranger],
    ['account', otherAccount],
    ['account by its root', `arn:aws:iam::${otherAccount}:root`],
  ])('both sides have to allow it: the secret names the %s', async (_, principal) => {
    await attach(named(principal));
    expect(await getAcross()).toEqual(allowed);
    expect(await getAcross({ statements: [anyKms] })).toEqual(
      refused(`because no identity-based policy allows the ${read} action`, stranger),
    );
    expect(await getAcross({ session: [anyKms] })).toEqual(
      refused(`because no session policy allows the ${read} action`, stranger),
    );
  });

  it('the decision names each statement that it took', async () => {
    await attach({ ...named(roleOf(otherAccount)), Sid: 'Strangers' });
    await getAcross();
    expect(lastDecision(aws, read)).toMatchObject({
      allowed: true,
      resource: arn,
      statements: [
        { kind: 'identity', of: roleOf(otherAccount), policyName: 'Reader', index: 0 },
        { kind: 'resource', of: arn, index: 0, sid: 'Strangers' },
      ],
    });
  });
});

import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from '@jest/globals';
import { roleInSecretAccount } from '../lib/aws/assume-role.js';
import type { FunctionEvent, PolicyDocument } from '../lib/emulator/index.js';
import { createRotationHandler, type RotationOptions } from '../lib/handler.js';
import { HostUnreachableError } from '../lib/rotation/errors.js';
import { type RotationHarness, rotationHarness } from '../lib/testing/index.js';
import { type DoorSecret, doorRotator, FIRST_KEY, initial, newDoor } from './support/door.js';
import { startFaultyProxy } from './support/faulty-proxy.js';

const SECRET_ACCOUNT = '111122223333';
const FUNCTION_ACCOUNT = '444455556666';
const FUNCTION_ROLE = `arn:aws:iam::${FUNCTION_ACCOUNT}:role/rotation-function`;
const SECRET_ROLE = `arn:aws:iam::${SECRET_ACCOUNT}:role/SecretRotation`;
const across = { initial, functionAccountId: FUNCTION_ACCOUNT };

const mayUseSecrets: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'secretsmanager:*', Resource: '*' }],
};

function trust(principal: string, condition?: object) {
  return {
    Version: '2012-10-17' as const,
    Statement: [
      {
        Effect: 'Allow' as const,
        Principal: { AWS: principal },
        Action: 'sts:AssumeRole',
        ...(condition && { Condition: condition as never }),
      },
    ],
  };
}

/** Binds the function again, with a handler of one's own making. */
function rebind(
  harness: RotationHarness<DoorSecret>,
  options: RotationOptions,
  change = (event: FunctionEvent): FunctionEvent => event,
) {
  harness.emulator.bindFunction({
    functionArn: `arn:aws:lambda:us-east-1:${FUNCTION_ACCOUNT}:function:rotation`,
    roleArn: FUNCTION_ROLE,
    invokePermissions: [{ sourceAccount: SECRET_ACCOUNT }],
    handler: (environment) => {
      const handler = createRotationHandler(doorRotator(newDoor()), {
        endpoint: harness.emulator.endpoint,
        stsEndpoint: harness.emulator.endpoint,
        credentials: {
          accessKeyId: environment.AWS_ACCESS_KEY_ID ?? '',
          secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? '',
          sessionToken: environment.AWS_SESSION_TOKEN ?? '',
        },
        log: { info: () => {}, warn: () => {}, error: () => {} },
        ...options,
      });
      return (event, context) => handler(change(event), context);
    },
  });
}

describe('rotation across accounts', () => {
  it('succeeds through the role in the account of the secret', async () => {
    const door = newDoor();
    await using harness = await rotationHarness(doorRotator(door), across);
    const { status, versionId } = await harness.rotate();
    expect(status).toBe('Succeeded');
    expect((await harness.value('AWSCURRENT'))?.key).toBe(door.key);

    const calls = harness.calls();
    const sessions = calls.filter(({ operation }) => operation === 'AssumeRole');
    // setSecret and testSecret do the same calls, so they share a session.
    expect(sessions.map(({ step }) => step)).toEqual(['createSecret', 'setSecret', 'finishSecret']);
    const others = calls.filter(({ service }) => service === 'secretsmanager');
    expect(others).toHaveLength(8);
    const sessionName = `rotation@${versionId}`;
    for (const call of others)
      expect(call.callerArn).toBe(`arn:aws:sts::${SECRET_ACCOUNT}:assumed-role/SecretRotation/${sessionName}`);
  });

  it('gets a new session when the one that it kept has ended before its time', async () => {
    let ready = false;
    const rotator = doorRotator(newDoor());
    await using harness = await rotationHarness<DoorSecret>(
      {
        ...rotator,
        createSecret(context) {
          if (!ready) throw new Error('not yet');
          return rotator.createSecret(context);
        },
        // testSecret would go on with the session of this step.
        afterSetSecret: () => void harness.emulator.expireSessions(SECRET_ROLE),
      },
      across,
    );
    await expect(harness.rotate()).resolves.toMatchObject({ status: 'Failed' });
    ready = true;
    harness.emulator.expireSessions(SECRET_ROLE);
    // Two calls go out together: one new session is enough for both.
    await expect(harness.reattempt()).resolves.toMatchObject({ status: 'Succeeded' });
    const sessions = harness.calls().filter(({ operation }) => operation === 'AssumeRole');
    expect(sessions.map(({ step }) => step)).toEqual([
      'createSecret',
      'createSecret',
      'setSecret',
      'testSecret',
      'finishSecret',
    ]);
  });

  it.each(['ExpiredTokenException', 'UnrecognizedClientException'])(
    'makes the same call again with a new session where AWS says %s, once',
    async (error) => {
      const puts: Record<string, unknown>[] = [];
      let upstream = '';
      let refusals = 1;
      await using proxy = await startFaultyProxy(
        () => upstream,
        (operation, body) => {
          if (operation !== 'PutSecretValue') return undefined;
          puts.push(body);
          return refusals-- > 0 ? { error } : undefined;
        },
      );
      await using harness = await rotationHarness(doorRotator(newDoor()), {
        ...across,
        handler: { endpoint: proxy.endpoint },
      });
      upstream = harness.emulator.endpoint;
      await expect(harness.rotate()).resolves.toMatchObject({ status: 'Succeeded' });
      expect(puts).toHaveLength(2);
      expect(puts[1]).toEqual(puts[0]);
      expect(puts[0]).toMatchObject({
        ClientRequestToken: expect.any(String),
        RotationToken: expect.any(String),
        SecretString: expect.any(String),
      });
      const sessions = harness.calls().filter(({ operation }) => operation === 'AssumeRole');
      expect(sessions.map(({ step }) => step)).toEqual(['createSecret', 'createSecret', 'setSecret', 'finishSecret']);

      refusals = 2;
      const outcome = await harness.rotate();
      expect(outcome.steps.at(-1)).toMatchObject({ step: 'createSecret', error: expect.stringContaining(error) });
      expect(puts).toHaveLength(4);
    },
  );

  it.each(['AccessDeniedException', 'InvalidSignatureException', 'RequestExpired'])(
    'asks for no other session where AWS says %s',
    async (error) => {
      let upstream = '';
      await using proxy = await startFaultyProxy(
        () => upstream,
        (operation) => (operation === 'PutSecretValue' ? { error } : undefined),
      );
      await using harness = await rotationHarness(doorRotator(newDoor()), {
        ...across,
        handler: { endpoint: proxy.endpoint },
      });
      upstream = harness.emulator.endpoint;
      const outcome = await harness.rotate();
      expect(outcome.steps.at(-1)).toMatchObject({
        step: 'createSecret',
        error: expect.stringContaining(error.slice(0, 6)),
      });
      expect(harness.calls().filter(({ operation }) => operation === 'AssumeRole')).toHaveLength(1);
    },
  );

  it('renews each of its sessions: the one for the secret and the one that reads another secret', async () => {
    let cut = true;
    const rotator = doorRotator(newDoor());
    await using harness = await rotationHarness<DoorSecret>(
      {
        ...rotator,
        async afterSetSecret({ readSecret }) {
          await readSecret('superuser', rotator.secret);
          if (cut) throw new HostUnreachableError('timed out', 'cut off');
        },
      },
      across,
    );
    const superuser = new CreateSecretCommand({ Name: 'superuser', SecretString: JSON.stringify(initial) });
    await harness.client.send(superuser);
    await expect(harness.rotate()).resolves.toMatchObject({ status: 'Failed' });
    cut = false;
    harness.emulator.expireSessions(SECRET_ROLE);
    const before = harness.calls().length;
    await expect(harness.reattempt()).resolves.toMatchObject({ status: 'Succeeded' });
    const sessions = harness
      .calls()
      .slice(before)
      .filter(({ operation }) => operation === 'AssumeRole');
    expect(sessions.map(({ step }) => step)).toEqual(['createSecret', 'setSecret', 'setSecret', 'finishSecret']);
  });

  it('renews the session that a generated password is asked for with', async () => {
    const rotator = doorRotator(newDoor());
    await using harness = await rotationHarness<DoorSecret>(
      {
        ...rotator,
        createSecret(context) {
          harness.emulator.expireSessions(SECRET_ROLE);
          return rotator.createSecret(context);
        },
      },
      { ...across, handler: { passwordSource: 'GetRandomPassword' } },
    );
    await expect(harness.rotate()).resolves.toMatchObject({ status: 'Succeeded' });
  });

  it('is refused with the documented message when the RotationToken is withheld; AWSCURRENT goes on working', async () => {
    await using harness = await rotationHarness(doorRotator(newDoor()), across);
    rebind(
      harness,
      { assumeRole: roleInSecretAccount('SecretRotation') },
      ({ RotationToken: _, ...event }) => event as FunctionEvent,
    );
    const outcome = await harness.rotate();
    expect(outcome.status).toBe('Failed');
    expect(outcome.message).toMatch(
      /^Pending secret version .* for Secret arn:.* was not created by Lambda arn:.*\. Remove the AWSPENDING staging label and restart rotation/,
    );
    expect((await harness.value('AWSCURRENT'))?.key).toBe(FIRST_KEY);
  });

  it('assumes no role when the function lives in the account of the secret', async () => {
    await using harness = await rotationHarness(doorRotator(newDoor()), { initial });
    await harness.rotate();
    expect(harness.calls().filter(({ service }) => service === 'sts')).toEqual([]);
  });

  it('confines the session to the secret and to what the step needs', async () => {
    await using harness = await rotationHarness(doorRotator(newDoor()), across);
    const other = await harness.client.send(new CreateSecretCommand({ Name: 'other', SecretString: '{}' }));
    await harness.rotate();
    const policies = harness
      .calls()
      .filter(({ operation }) => operation === 'AssumeRole')
      .map(({ parameters }) => JSON.parse(String(parameters.policy)));
    const actions = policies.map((policy) => policy.Statement[0].Action.map((action: string) => action.split(':')[1]));
    expect(actions).toEqual([
      ['DescribeSecret', 'GetSecretValue', 'PutSecretValue'],
      ['DescribeSecret', 'GetSecretValue', 'ListSecretVersionIds'],
      ['DescribeSecret', 'GetSecretValue', 'UpdateSecretVersionStage'],
    ]);
    for (const policy of policies) expect(policy.Statement[0].Resource).toEqual([harness.secretArn]);

    // What such a session may really do, asked of the same emulator.
    const root = harness.emulator.credentialsFor(SECRET_ACCOUNT);
    harness.emulator.createRole({
      roleArn: SECRET_ROLE,
      trustPolicy: trust(SECRET_ACCOUNT),
      policies: [mayUseSecrets],
    });
    const sts = new STSClient({ region: 'us-east-1', endpoint: harness.emulator.endpoint, credentials: root });
    const { Credentials } = await sts.send(
      new AssumeRoleCommand({ RoleArn: SECRET_ROLE, RoleSessionName: 'probe', Policy: JSON.stringify(policies[1]) }),
    );
    const client = new SecretsManagerClient({
      region: 'us-east-1',
      endpoint: harness.emulator.endpoint,
      credentials: {
        accessKeyId: Credentials?.AccessKeyId ?? '',
        secretAccessKey: Credentials?.SecretAccessKey ?? '',
        sessionToken: Credentials?.SessionToken ?? '',
      },
    });
    await expect(client.send(new GetSecretValueCommand({ SecretId: harness.secretArn }))).resolves.toBeDefined();
    await expect(client.send(new GetSecretValueCommand({ SecretId: other.ARN }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });

  it("reads the superuser's secret through the same role, in a session of its own", async () => {
    let superuserArn = '';
    const door = newDoor();
    const rotator = doorRotator(door, {
      afterSetSecret: async ({ readSecret }) => {
        expect(await readSecret(superuserArn, rotator.secret)).toEqual({ door: 'all', key: 'superuser-key' });
      },
    });
    await using harness = await rotationHarness(rotator, across);
    const created = await harness.client.send(
      new CreateSecretCommand({ Name: 'superuser', SecretString: '{"door":"all","key":"superuser-key"}' }),
    );
    superuserArn = created.ARN ?? '';
    await expect(harness.rotate()).resolves.toMatchObject({ status: 'Succeeded' });
  });

  it('passes the external id', async () => {
    await using harness = await rotationHarness(doorRotator(newDoor()), across);
    harness.emulator.createRole({
      roleArn: SECRET_ROLE,
      trustPolicy: trust(FUNCTION_ROLE, { StringEquals: { 'sts:ExternalId': 'ticket-42' } }),
      policies: [mayUseSecrets],
    });
    rebind(harness, { assumeRole: roleInSecretAccount('SecretRotation', { externalId: 'wrong' }) });
    const refused = await harness.rotate();
    expect(refused.steps).toMatchObject([
      { errorType: 'AssumeRoleFailedError', error: expect.stringContaining('trust policy') },
    ]);

    const { endpoint } = harness.emulator;
    rebind(harness, { endpoint, assumeRole: { roleArn: SECRET_ROLE, externalId: 'ticket-42' } });
    const outcome = await harness.reattempt();
    expect(outcome.steps[0]).toMatchObject({ step: 'createSecret' });
    expect(outcome.steps[0]?.error).toBeUndefined();
  });

  it("says when the function's own policy refused", async () => {
    await using harness = await rotationHarness(doorRotator(newDoor()), across);
    harness.emulator.createRole({
      roleArn: FUNCTION_ROLE,
      trustPolicy: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
      },
      policies: [],
    });
    rebind(harness, { assumeRole: roleInSecretAccount('SecretRotation') });
    const outcome = await harness.rotate();
    expect(outcome.steps).toMatchObject([
      { errorType: 'AssumeRoleFailedError', error: expect.stringContaining('execution role may not assume it') },
    ]);
  });

  it('asks for the full ARN when a role is to be assumed', async () => {
    const handler = createRotationHandler(doorRotator(newDoor()), {
      assumeRole: roleInSecretAccount('SecretRotation'),
      log: { info: () => {}, warn: () => {}, error: () => {} },
    });
    const event = { Step: 'testSecret', SecretId: 'by/name', ClientRequestToken: 'a'.repeat(32) } as const;
    await expect(handler(event)).rejects.toMatchObject({ code: 'InvalidEvent', field: 'SecretId' });
  });
});

describe('roleInSecretAccount', () => {
  const secret = { arn: 'x', partition: 'aws-cn', region: 'cn-north-1', accountId: SECRET_ACCOUNT };

  it("derives the role from the secret's own ARN, in its partition", () => {
    const role = roleInSecretAccount('path/Name', { externalId: 'e1' })(secret, { accountId: FUNCTION_ACCOUNT });
    expect(role).toEqual({ roleArn: `arn:aws-cn:iam::${SECRET_ACCOUNT}:role/path/Name`, externalId: 'e1' });
  });

  it('gives none in the same account, and one when the own account is not known', () => {
    expect(roleInSecretAccount('Name')(secret, { accountId: SECRET_ACCOUNT })).toBeUndefined();
    expect(roleInSecretAccount('Name')(secret, { accountId: undefined })).toBeDefined();
  });
});

describe("other AWS APIs of the secret's account", () => {
  /** A rotator that asks, in each step that has a way, who it is there and what it may. */
  async function asking(functionAccountId: string) {
    const door = newDoor();
    const seen: { readonly arn: string | undefined; readonly refused: string; readonly region: string | undefined }[] =
      [];
    let endpoint = '';
    const rotator = doorRotator(door);
    await using harness = await rotationHarness<DoorSecret>(
      {
        ...rotator,
        async finishSecret({ aws, secretArn }) {
          const config = await aws(['secretsmanager:DescribeSecret']);
          const { credentials } = config;
          if (credentials === undefined) throw new Error('no credentials');
          const { Arn: arn } = await new STSClient({ ...config, credentials, endpoint, region: 'us-east-1' }).send(
            new GetCallerIdentityCommand(),
          );
          const secrets = new SecretsManagerClient({ ...config, endpoint });
          await secrets.send(new DescribeSecretCommand({ SecretId: secretArn }));
          const refused = await secrets.send(new GetSecretValueCommand({ SecretId: secretArn })).then(
            () => 'no',
            (error: Error) => error.name,
          );
          seen.push({ arn, refused, region: config.region });
        },
      },
      { initial, functionAccountId },
    );
    endpoint = harness.emulator.endpoint;
    await expect(harness.rotate()).resolves.toMatchObject({ status: 'Succeeded' });
    const [call] = seen;
    return { ...call };
  }

  it('are reached as the role there, which may then do nothing but what was named', async () => {
    const { arn, refused, region } = await asking(FUNCTION_ACCOUNT);
    expect(arn).toMatch(new RegExp(`^arn:aws:sts::${SECRET_ACCOUNT}:assumed-role/SecretRotation/rotation@`));
    expect([refused, region]).toEqual(['AccessDeniedException', 'us-east-1']);
  });

  it("are reached with the function's own role where no role is assumed", async () => {
    const { arn, refused } = await asking(SECRET_ACCOUNT);
    expect(arn).toMatch(new RegExp(`^arn:aws:sts::${SECRET_ACCOUNT}:assumed-role/rotation-function/`));
    expect(refused).toBe('no');
  });
});

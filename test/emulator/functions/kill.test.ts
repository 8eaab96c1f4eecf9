/** Functions that are killed, delivered to in odd ways, and whose credentials end before their time. */
import { setTimeout as pause } from 'node:timers/promises';
import { CreateSecretCommand, DescribeSecretCommand, GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { account, clientIn, functionArn, functionRole, refusal, useLocalAws } from '../local-aws.js';
import { gone, runOnce } from './deferred-test.js';

const aws = useLocalAws();
beforeEach(() => aws.client.send(new CreateSecretCommand({ Name: 'db', SecretString: 'one' })));

const asleep = { command: ['/bin/sh', '-c', 'echo $$; exec sleep 1000'] as const };
const awake = { command: ['true'] as const };
const killed = { status: 'Failed', errorType: 'Runtime.ExitError', error: expect.stringMatching(/signal: SIGKILL$/) };

/** Starts a rotation whose function does not end by itself. */
async function busy() {
  const outcome = runOnce(aws, asleep);
  while (aws.emulator.functionOutput(functionArn) === '') await pause(1);
  return { outcome, pid: Number(aws.emulator.functionOutput(functionArn)) };
}

describe('killFunction', () => {
  it('ends what runs, whose invocation fails as on Lambda, and the next event finds a new one', async () => {
    const { outcome, pid } = await busy();
    expect(aws.emulator.killFunction(functionArn)).toBe(1);
    expect(await outcome).toMatchObject(killed);
    await gone(pid);
    expect(await runOnce(aws, awake)).toMatchObject({ status: 'Succeeded' });
  });

  it('counts a process once, and knows the function by its other names', async () => {
    const { outcome } = await busy();
    expect([1, 2].map(() => aws.emulator.killFunction(`${functionArn}:$LATEST`))).toEqual([1, 0]);
    expect(await outcome).toMatchObject(killed);
  });

  it.each([
    ['whose role got new credentials', () => expect(aws.emulator.expireSessions(functionRole)).toBe(1)],
    [
      'that was bound anew',
      () => aws.emulator.bindFunction({ functionArn, roleArn: functionRole, handler: () => async () => undefined }),
    ],
    ['that was unbound', () => expect(aws.emulator.unbindFunction(functionArn)).toBe(true)],
  ])('finds a busy function %s', async (_, meanwhile) => {
    const { outcome, pid } = await busy();
    meanwhile();
    expect(aws.emulator.killFunction(functionArn)).toBe(1);
    expect(await outcome).toMatchObject(killed);
    await gone(pid);
  });

  it('ends a warm one that waits', async () => {
    let starts = 0;
    const handler = () => {
      starts += 1;
      return async () => undefined;
    };
    await runOnce(aws, { handler });
    await runOnce(aws);
    expect([starts, aws.emulator.killFunction(functionArn)]).toEqual([1, 1]);
    await runOnce(aws);
    expect(starts).toBe(2);
  });

  it('has nothing to do where nothing runs, or nobody was bound', async () => {
    expect(aws.emulator.killFunction(functionArn)).toBe(0);
    await runOnce(aws, awake);
    aws.emulator.killFunction(functionArn);
    expect(aws.emulator.killFunction(functionArn)).toBe(0);
  });
});

describe('the effect `kill` of the weather', () => {
  const tagging = `
    const { AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_REGION, AWS_SESSION_TOKEN } = process.env;
    const scope = AWS_ACCESS_KEY_ID + '/20260924/' + AWS_REGION + '/secretsmanager/aws4_request';
    const headers = {
      'x-amz-target': 'secretsmanager.TagResource',
      'x-amz-security-token': AWS_SESSION_TOKEN,
      authorization: 'AWS4-HMAC-SHA256 Credential=' + scope + ', SignedHeaders=host, Signature=0',
    };
    const body = JSON.stringify({ SecretId: 'db', Tags: [{ Key: 'by', Value: 'function' }] });
    await fetch(AWS_ENDPOINT_URL, { method: 'POST', headers, body }).then(console.log, () => new Promise(() => setInterval(() => {}, 1000)));
  `;
  const tagger = { command: [process.execPath, '--input-type=module', '-e', tagging] as const, timeoutSeconds: 60 };
  const tags = async () => (await aws.client.send(new DescribeSecretCommand({ SecretId: 'db' }))).Tags ?? [];

  it.each([
    ['before', 0],
    ['after', 1],
  ] as const)('ends the function %s its request has had its effect', async (kill, effects) => {
    aws.emulator.weather.set({ rules: [{ functionArn: '*', calls: [1], effect: { kill } }] });
    expect(await runOnce(aws, tagger)).toMatchObject(killed);
    expect(await tags()).toHaveLength(effects);
    const { requests } = aws.emulator;
    expect(requests.find(({ step }) => step !== undefined)).toMatchObject({
      operation: 'TagResource',
      weather: [`killed ${kill}`],
    });
    // The next one is the second.
    expect(await runOnce(aws)).toMatchObject({ status: 'Succeeded' });
  });

  it('does not strike, nor count, what no function asks for', async () => {
    aws.emulator.weather.set({ rules: [{ calls: [1], effect: { kill: 'before' } }] });
    expect(await tags()).toEqual([]);
    expect(await runOnce(aws, tagger)).toMatchObject(killed);
  });
});

describe('the effect `deliver` of the weather', () => {
  it('counts the invocations that fit its rule, and not their requests', async () => {
    let invoked = 0;
    aws.emulator.weather.set({
      rules: [{ secret: 'db', functionArn: '*:rotate', calls: { every: 2 }, times: 1, effect: { deliver: 'twice' } }],
    });
    const handler = (environment: Readonly<Record<string, string>>) => async () => {
      invoked += 1;
      await clientIn(environment).send(new GetSecretValueCommand({ SecretId: 'db' }));
    };
    const counts: number[] = [];
    for (const definition of [{ handler }, undefined, undefined, undefined]) {
      await runOnce(aws, definition);
      counts.push(invoked);
    }
    expect(counts).toEqual([1, 3, 4, 5]);
  });
});

describe('expireSessions', () => {
  const roleArn = `arn:aws:iam::${account}:role/reader`;
  const policies = [{ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }] as const;
  const trustPolicy = {
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' },
  } as const;
  const describeAs = async (client: ReturnType<typeof aws.clientOf>) =>
    (await refusal(client.send(new DescribeSecretCommand({ SecretId: 'db' })))).name;

  async function session() {
    const sts = aws.stsOf(aws.emulator.credentialsFor(account));
    const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'one' }));
    return aws.clientOf({
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    });
  }

  it('ends the sessions that there are; those that are opened afterwards work', async () => {
    aws.emulator.createRole({ roleArn, trustPolicy, policies });
    const before = [await session(), await session()];
    expect(aws.emulator.expireSessions(roleArn)).toBe(2);
    const after = await session();
    expect(await Promise.all([...before, after].map(describeAs))).toEqual([
      'ExpiredTokenException',
      'ExpiredTokenException',
      'none',
    ]);
    // Those that are over are not ended again.
    expect(aws.emulator.expireSessions(roleArn)).toBe(1);
  });

  it('has nothing to do for a role without a session, or that is not there', () => {
    aws.emulator.createRole({ roleArn, trustPolicy, policies });
    expect(aws.emulator.expireSessions(roleArn)).toBe(0);
    expect(aws.emulator.expireSessions(`${roleArn}-of-nobody`)).toBe(0);
  });

  it('leaves a running function without credentials, and gives the next event new ones', async () => {
    const seen: string[] = [];
    const handler = (environment: Readonly<Record<string, string>>) => async () => {
      const client = clientIn(environment);
      seen.push(await describeAs(client));
      if (seen.length === 1) aws.emulator.expireSessions(functionRole);
      seen.push(await describeAs(client));
    };
    await runOnce(aws, { handler });
    await runOnce(aws);
    expect(seen).toEqual(['none', 'ExpiredTokenException', 'none', 'none']);
  });
});

/** What rules of the weather do to requests: the real SDK, over HTTP. */
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { startEmulator, type WeatherRule } from '../../../lib/emulator/index.js';
import {
  account,
  authorization,
  functionArn,
  functionRole,
  otherAccount,
  post,
  refusal,
  region,
  rotator,
  token,
  useLocalAws,
} from '../local-aws.js';

const aws = useLocalAws();
let arn = '';

beforeEach(async () => {
  arn = (await aws.client.send(new CreateSecretCommand({ Name: 'db', SecretString: 'one' }))).ARN ?? '';
});

const rain = (...rules: WeatherRule[]) => aws.emulator.weather.set({ rules });
const read = () => aws.client.send(new GetSecretValueCommand({ SecretId: 'db' }));
const write = (value: string) => aws.client.send(new PutSecretValueCommand({ SecretId: 'db', SecretString: value }));
const values = async () => {
  aws.emulator.weather.clear();
  return (await read()).SecretString;
};
/** For `n` reads, which of them were refused. */
async function refusedOf(n: number, call: () => Promise<unknown> = read): Promise<number[]> {
  const refused: number[] = [];
  for (let i = 1; i <= n; i++) if ((await refusal(call())).name !== 'none') refused.push(i);
  return refused;
}
const last = () => aws.emulator.requests.at(-1);

describe('effects', () => {
  it('throttle: as AWS says it, and nothing has happened', async () => {
    rain({ operation: 'PutSecretValue', effect: { throttle: true } });
    const body = JSON.stringify({ SecretId: 'db', SecretString: 'two', ClientRequestToken: token('v2') });
    const answer = await post(aws.emulator.endpoint, { operation: 'PutSecretValue', body });
    expect([answer.status, answer.text]).toEqual([400, '{"__type":"ThrottlingException","Message":"Rate exceeded"}']);
    expect(last()).toMatchObject({
      operation: 'PutSecretValue',
      secretArn: arn,
      weather: ['throttled'],
      errorCode: 'ThrottlingException',
    });
    expect(await values()).toBe('one');
    expect(last()).not.toHaveProperty('weather');
  });

  it('throttle: STS has a name of its own for it', async () => {
    rain({ service: 'sts', effect: { throttle: true } });
    const sts = new STSClient({
      endpoint: aws.emulator.endpoint,
      region,
      credentials: aws.emulator.credentialsFor(account),
      maxAttempts: 1,
    });
    expect(await refusal(sts.send(new GetCallerIdentityCommand({})))).toEqual({
      name: 'Throttling',
      message: 'Rate exceeded',
    });
    expect((await read()).SecretString).toBe('one');
  });

  it('error: a 5xx unless it is named, before the effect or after it', async () => {
    rain({ operation: 'PutSecretValue', effect: { error: {} } });
    const put = (value: string) =>
      post(aws.emulator.endpoint, {
        operation: 'PutSecretValue',
        body: JSON.stringify({ SecretId: 'db', SecretString: value, ClientRequestToken: token(value) }),
      });
    const broken = { status: 500, text: expect.stringContaining('"__type":"InternalServiceError"') };
    expect(await put('two')).toMatchObject(broken);
    expect(last()).toMatchObject({ weather: ['failed'], errorCode: 'InternalServiceError' });
    expect(await values()).toBe('one');

    rain({ operation: 'PutSecretValue', effect: { error: {}, after: true } });
    expect(await put('three')).toMatchObject(broken);
    expect(last()).toMatchObject({ weather: ['failed after'], parameters: { secretId: 'db' } });
    expect(await values()).toBe('three');

    rain({ effect: { error: { code: 'DecryptionFailure', message: 'no key' } } });
    expect(await refusal(read())).toEqual({ name: 'DecryptionFailure', message: 'no key' });
  });

  it('error: credentials that expired, as each service says it', async () => {
    rain({ effect: { error: { code: 'ExpiredTokenException', message: 'The security token is expired' } } });
    const sts = await post(aws.emulator.endpoint, {
      body: 'Action=GetCallerIdentity&Version=2011-06-15',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(sts).toMatchObject({ status: 403, text: expect.stringContaining('<Code>ExpiredToken</Code>') });
    expect(await refusal(read())).toMatchObject({ name: 'ExpiredTokenException' });
  });

  it('drop: the connection is cut before the effect, or after it, or in the answer', async () => {
    for (const [drop, stored] of [
      ['before', 'one'],
      ['after', 'after'],
      ['half', 'half'],
    ] as const) {
      rain({ operation: 'PutSecretValue', effect: { drop } });
      expect((await refusal(write(drop))).name).not.toBe('none');
      expect(last()).toMatchObject({ operation: 'PutSecretValue', weather: [`dropped ${drop}`] });
      expect(last()).not.toHaveProperty('errorCode');
      expect(await values()).toBe(stored);
    }
  });

  it('drop half: head and first half arrive, and no more', async () => {
    rain({ effect: { drop: 'half' } });
    const answer = await fetch(aws.emulator.endpoint, {
      method: 'POST',
      body: '{"SecretId":"db"}',
      headers: { 'x-amz-target': 'secretsmanager.DescribeSecret', authorization: authorization(account) },
    });
    expect(answer.status).toBe(200);
    const decoder = new TextDecoder();
    let text = '';
    const reading = (async () => {
      for await (const chunk of answer.body ?? []) text += decoder.decode(chunk);
    })();
    await expect(reading).rejects.toThrow();
    expect(text).toContain('{"ARN":');
    expect(text.length).toBeLessThan(Number(answer.headers.get('content-length')));
  });

  it('latency: the request or the answer is late, by so many real milliseconds', async () => {
    rain({ operation: 'GetSecretValue', effect: { latency: [40, 60] } }, { effect: { latency: 30, after: true } });
    const begin = performance.now();
    expect((await read()).SecretString).toBe('one');
    expect(performance.now() - begin).toBeGreaterThanOrEqual(65);
    expect(last()).toMatchObject({ weather: ['delayed', 'delayed'] });
  });

  it('latency: while one request waits, others are answered', async () => {
    rain({ operation: 'GetSecretValue', effect: { latency: 'hang' } });
    const giveUp = new AbortController();
    const waiting = refusal(
      aws.client.send(new GetSecretValueCommand({ SecretId: 'db' }), { abortSignal: giveUp.signal }),
    );
    expect((await aws.client.send(new DescribeSecretCommand({ SecretId: 'db' }))).Name).toBe('db');
    giveUp.abort();
    expect((await waiting).name).toBe('AbortError');
    await untilRecorded('hung');
  });

  it('latency: what is given up before its effect never has one; after it, it had', async () => {
    for (const after of [false, true]) {
      rain({ operation: 'PutSecretValue', effect: { latency: 'hang', after } });
      const impatient = new SecretsManagerClient({
        endpoint: aws.emulator.endpoint,
        region,
        credentials: aws.emulator.credentialsFor(account),
        maxAttempts: 1,
        requestHandler: { requestTimeout: 30, throwOnRequestTimeout: true },
      });
      const put = new PutSecretValueCommand({ SecretId: 'db', SecretString: 'late' });
      expect((await refusal(impatient.send(put))).name).toBe('TimeoutError');
      await untilRecorded('hung');
      expect(await values()).toBe(after ? 'late' : 'one');
    }
  });

  it('latency: an emulator that is closed lets go of whoever hangs', async () => {
    rain({ effect: { latency: 'hang' } });
    const waiting = refusal(read());
    await aws.emulator.close();
    expect((await waiting).name).not.toBe('none');
  });

  async function untilRecorded(mark: string): Promise<void> {
    const deadline = performance.now() + 5000;
    while (!last()?.weather?.some((one) => one === mark)) {
      if (performance.now() > deadline) throw new Error(`nobody ${mark}`);
      await new Promise(setImmediate);
    }
  }
});

describe('which requests', () => {
  it('by call number: a list, every nth, and no more than so often', async () => {
    rain({ operation: 'GetSecretValue', calls: [1, 3], effect: { throttle: true } });
    expect(await refusedOf(4)).toEqual([1, 3]);
    rain({ calls: { every: 2 }, times: 2, effect: { throttle: true } });
    expect(await refusedOf(8)).toEqual([2, 4]);
    rain({ times: 2, effect: { throttle: true } });
    expect(await refusedOf(4)).toEqual([1, 2]);
  });

  it('by chance and seed: the same storm twice, another one with another seed', async () => {
    const storm = async (seed: number) => {
      aws.emulator.weather.set({ seed, rules: [{ probability: 0.5, effect: { throttle: true } }] });
      return refusedOf(40);
    };
    const first = await storm(1);
    expect(first.length).toBeGreaterThan(5);
    expect(first.length).toBeLessThan(35);
    expect(await storm(1)).toEqual(first);
    expect(await storm(2)).not.toEqual(first);
  });

  it("by chance with the emulator's own seed when the weather brings none", async () => {
    const weather = { rules: [{ probability: 0.5, effect: { throttle: true } }] } as const;
    const storm = async (seed: number) => {
      await using emulator = await startEmulator({ seed, weather });
      const client = new SecretsManagerClient({
        endpoint: emulator.endpoint,
        region,
        credentials: emulator.credentialsFor(account),
        maxAttempts: 1,
      });
      return await refusedOf(40, () =>
        client.send(new GetSecretValueCommand({ SecretId: 'none' })).catch(onlyThrottling),
      );
    };
    const onlyThrottling = (error: Error) => {
      if (error.name === 'ThrottlingException') throw error;
    };
    const first = await storm(11);
    expect(first.length).toBeGreaterThan(5);
    expect(await storm(11)).toEqual(first);
    expect(await storm(12)).not.toEqual(first);
  });

  it('by operation, account, Region, secret and caller', async () => {
    const throttle = { effect: { throttle: true } } as const;
    const cases: [Omit<WeatherRule, 'effect'>, boolean][] = [
      [{ operation: ['DescribeSecret', 'GetSecretValue'] }, true],
      [{ operation: 'DescribeSecret' }, false],
      [{ service: 'sts' }, false],
      [{ accountId: account }, true],
      [{ accountId: otherAccount }, false],
      [{ region: [region] }, true],
      [{ region: 'eu-west-1' }, false],
      [{ secret: 'db' }, true],
      [{ secret: arn }, true],
      [{ secret: ['none', 'd*'] }, true],
      [{ secret: 'other' }, false],
      [{ callerArn: '*:root' }, true],
      [{ callerArn: `arn:aws:sts::*` }, false],
      [{ functionArn: '*' }, false],
      [{ step: 'createSecret' }, false],
    ];
    for (const [which, struck] of cases) {
      rain({ ...which, ...throttle });
      expect([which, (await refusedOf(1)).length === 1]).toEqual([which, struck]);
    }
  });

  it('by the name of a secret that is not there yet', async () => {
    rain({ operation: 'CreateSecret', secret: 'new/*', effect: { throttle: true } });
    const create = (Name: string) => refusal(aws.client.send(new CreateSecretCommand({ Name, SecretString: 'x' })));
    expect((await create('new/one')).name).toBe('ThrottlingException');
    expect((await create('old/one')).name).toBe('none');
  });

  it('by rotation step and function, through whichever role; the record knows the step', async () => {
    const role = `arn:aws:iam::${account}:role/through`;
    aws.emulator.createRole({
      roleArn: role,
      trustPolicy: { Statement: { Effect: 'Allow', Principal: { AWS: functionRole }, Action: 'sts:AssumeRole' } },
      policies: [{ Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }],
    });
    const names: string[] = [];
    aws.emulator.bindFunction({
      functionArn,
      roleArn: functionRole,
      handler: rotator({
        async setSecret({ environment, event }) {
          const sts = aws.stsOf({
            accessKeyId: environment.AWS_ACCESS_KEY_ID ?? '',
            secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? '',
            sessionToken: environment.AWS_SESSION_TOKEN ?? '',
          });
          const { Credentials: c } = await sts.send(new AssumeRoleCommand({ RoleArn: role, RoleSessionName: 'me' }));
          const through = aws.clientOf({
            accessKeyId: c?.AccessKeyId ?? '',
            secretAccessKey: c?.SecretAccessKey ?? '',
            sessionToken: c?.SessionToken ?? '',
          });
          names.push((await refusal(through.send(new DescribeSecretCommand({ SecretId: event.SecretId })))).name);
        },
      }),
    });
    rain({ functionArn, step: ['setSecret', 'testSecret'], operation: 'DescribeSecret', effect: { throttle: true } });
    await aws.client.send(new RotateSecretCommand({ SecretId: 'db', RotationLambdaARN: functionArn }));
    expect(await aws.emulator.rotationSettled('db')).toMatchObject({ status: 'Succeeded' });
    expect(names).toEqual(['ThrottlingException']);
    expect(aws.emulator.requests.filter(({ weather }) => weather !== undefined)).toMatchObject([
      { operation: 'DescribeSecret', step: 'setSecret', rotation: { secretArn: arn }, weather: ['throttled'] },
    ]);
  });
});

describe('several rules', () => {
  it('delays add up; of the rest the first one strikes, and the second keeps its times', async () => {
    rain(
      { calls: [1], effect: { throttle: true } },
      { times: 1, effect: { error: { code: 'Second' } } },
      { effect: { latency: 1 } },
    );
    expect((await refusal(read())).name).toBe('ThrottlingException');
    expect(last()?.weather).toEqual(['throttled', 'delayed']);
    expect((await refusal(read())).name).toBe('Second');
    expect((await refusal(read())).name).toBe('none');
  });

  it('a request that would be refused anyway, or comes from nobody, meets no other fate', async () => {
    rain({ calls: [1], effect: { latency: 1 } });
    const answer = await post(aws.emulator.endpoint, { operation: 'Nonsense', body: '{}' });
    expect(answer.text).toContain('UnknownOperationException');
    const stranger = await post(aws.emulator.endpoint, {
      operation: 'GetSecretValue',
      body: '{}',
      headers: { authorization: authorization('nobody') },
    });
    expect(stranger.text).toContain('UnrecognizedClientException');
    await read();
    expect(last()).toMatchObject({ weather: ['delayed'] });
  });
});

describe('emulator.weather', () => {
  it('tells what is set, a copy of it, and starts anew when it is set again', async () => {
    expect(aws.emulator.weather.current).toBeUndefined();
    const calls = [2];
    const weather = { rules: [{ calls, effect: { throttle: true } }] } as const;
    aws.emulator.weather.set(weather);
    calls.push(1);
    expect(aws.emulator.weather.current).toEqual({ rules: [{ calls: [2], effect: { throttle: true } }] });
    expect(await refusedOf(2)).toEqual([2]);
    aws.emulator.weather.set({ rules: [{ calls: [2], effect: { throttle: true } }] });
    expect(await refusedOf(2)).toEqual([2]);
    aws.emulator.weather.clear();
    expect(aws.emulator.weather.current).toBeUndefined();
    expect(await refusedOf(2)).toEqual([]);
  });

  it('is again as the options say after a reset', async () => {
    await using emulator = await startEmulator({ weather: { rates: 'documented' } });
    emulator.weather.clear();
    await emulator.reset();
    expect(emulator.weather.current).toEqual({ rates: 'documented' });
  });
});

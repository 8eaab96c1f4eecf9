/** Request rates as AWS documents them, on a clock that stands still until told. */
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from '@jest/globals';
import { RequestRates } from '../../../lib/emulator/weather/rates.js';
import { account, otherAccount, refusal, TestClock, useLocalAws } from '../local-aws.js';

const aws = useLocalAws({ weather: { rates: { factor: 0.04 } } });
const second = 1000;

/** How many requests pass at once. */
function burst(rates: RequestRates, operation: string, from = account, region = 'us-east-1'): number {
  let passed = 0;
  while (passed < 100_000 && rates.admits(from, region, operation)) passed += 1;
  return passed;
}

describe('RequestRates', () => {
  it.each([
    ['DescribeSecret', 40_000],
    ['GetSecretValue', 10_000],
    ['BatchGetSecretValue', 100],
    ['ListSecrets', 100],
    ['ListSecretVersionIds', 50],
    ['GetRandomPassword', 50],
    ['CreateSecret', 50],
    ['DeleteSecret', 50],
    ['RestoreSecret', 50],
    ['PutSecretValue', 50],
    ['RotateSecret', 50],
    ['TagResource', 50],
    ['ValidateResourcePolicy', 50],
  ])('%s: %d in a second, and as many in the next', (operation, perSecond) => {
    const clock = new TestClock('2026-09-24T06:11:41.825Z');
    const rates = new RequestRates(1, clock.now);
    expect(burst(rates, operation)).toBe(perSecond);
    clock.pass({ millis: second / 2 });
    expect(burst(rates, operation)).toBe(perSecond / 2);
    clock.pass({ days: 1 });
    expect(burst(rates, operation)).toBe(perSecond);
  });

  it('counts the operations of a group together, others apart, and each account and Region by itself', () => {
    const rates = new RequestRates(1, () => new Date(0));
    const writes = ['PutSecretValue', 'UpdateSecret', 'UpdateSecretVersionStage', 'ReplicateSecretToRegions'];
    for (let i = 0; i < 50; i++) rates.admits(account, 'us-east-1', writes[i % 4] ?? '');
    expect(writes.map((operation) => burst(rates, operation))).toEqual([0, 0, 0, 0]);
    expect(burst(rates, 'RotateSecret')).toBe(50);
    expect(burst(rates, 'CancelRotateSecret')).toBe(0);
    expect(burst(rates, 'UpdateSecret', otherAccount)).toBe(50);
    expect(burst(rates, 'UpdateSecret', account, 'eu-west-1')).toBe(50);
    expect(burst(rates, 'SomethingNew')).toBe(100_000);
  });

  it('lets at least one pass, however small the factor', () => {
    const clock = new TestClock('2026-09-24T06:11:41.825Z');
    const rates = new RequestRates(0.001, clock.now);
    expect(burst(rates, 'PutSecretValue')).toBe(1);
    clock.pass({ seconds: 19 });
    expect(burst(rates, 'PutSecretValue')).toBe(0);
    clock.pass({ seconds: 1 });
    expect(burst(rates, 'PutSecretValue')).toBe(1);
  });
});

describe('rates', () => {
  it("throttle the caller's account and no other, until the clock has moved", async () => {
    const { client, clock } = aws;
    const stranger = aws.clientOf(aws.emulator.credentialsFor(otherAccount));
    const update = () => refusal(client.send(new UpdateSecretCommand({ SecretId: 'db', Description: 'x' })));
    await client.send(new CreateSecretCommand({ Name: 'db', SecretString: 'one' }));
    await client.send(new PutSecretValueCommand({ SecretId: 'db', SecretString: 'two' }));
    expect((await update()).name).toBe('none');
    expect(await update()).toEqual({ name: 'ThrottlingException', message: 'Rate exceeded' });
    expect(aws.emulator.requests.at(-1)).toMatchObject({ operation: 'UpdateSecret', weather: ['throttled'] });
    await client.send(new DescribeSecretCommand({ SecretId: 'db' }));
    await client.send(new GetSecretValueCommand({ SecretId: 'db' }));
    await client.send(new ListSecretVersionIdsCommand({ SecretId: 'db' }));
    expect((await refusal(stranger.send(new UpdateSecretCommand({ SecretId: 'db', Description: 'x' })))).name).toBe(
      'ResourceNotFoundException',
    );
    clock.pass({ millis: second / 2 });
    expect((await update()).name).toBe('none');
    expect((await update()).name).toBe('ThrottlingException');
  });
});

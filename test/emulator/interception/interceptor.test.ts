import { GetSecretValueCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { expect, it } from '@jest/globals';
import { defineRotator, plainText } from '../../../lib/index.js';
import { rotationHarness } from '../../../lib/testing/index.js';

const rotator = defineRotator({
  secret: plainText(),
  createSecret: ({ generatePassword }) => generatePassword(),
  testSecret: () => undefined,
});

it('stands before and after a request, and makes a read stale', async () => {
  await using harness = await rotationHarness(rotator, { initial: 'first' });
  const { client, emulator, secretArn: SecretId } = harness;
  const seen: string[] = [];
  emulator.intercept({
    request: ({ operation }) => ({
      stale: true,
      before: () => void seen.push(`before ${operation}`),
      after: () => void seen.push(`after ${operation}`),
    }),
  });
  await client.send(new PutSecretValueCommand({ SecretId, SecretString: 'second' }));
  const stale = await client.send(new GetSecretValueCommand({ SecretId }));
  emulator.intercept();
  const fresh = await client.send(new GetSecretValueCommand({ SecretId }));
  expect([stale.SecretString, fresh.SecretString]).toEqual(['first', 'second']);
  expect(seen).toEqual([
    'before PutSecretValue',
    'after PutSecretValue',
    'before GetSecretValue',
    'after GetSecretValue',
  ]);
});

it.each([
  ['once', 1],
  ['twice', 2],
  ['overlapping', 2],
] as const)('delivers a step %s', async (deliveries, times) => {
  await using harness = await rotationHarness(rotator, { initial: 'first' });
  harness.emulator.intercept({
    invocation: ({ step }) => (step === 'testSecret' ? { deliveries } : undefined),
  });
  expect(await harness.rotate()).toMatchObject({ status: 'Succeeded' });
  expect(harness.calls().filter(({ step }) => step === 'testSecret')).toHaveLength(times);
});

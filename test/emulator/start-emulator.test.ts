import {
  CreateSecretCommand,
  GetRandomPasswordCommand,
  type GetRandomPasswordCommandInput,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from '@jest/globals';
import { startEmulator } from '../../lib/emulator/index.js';
import { account, refusal, secretsManager, useLocalAws } from './local-aws.js';

describe('startEmulator', () => {
  it('listens on loopback, on a port of its own unless one is asked for', async () => {
    const emulator = await startEmulator();
    expect(emulator.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(emulator.region).toBe('us-east-1');
    const port = Number(new URL(emulator.endpoint).port);
    await expect(startEmulator({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await emulator.close();
    await emulator.close();
    const again = await startEmulator({ port });
    expect(again.endpoint).toBe(emulator.endpoint);
    await again[Symbol.asyncDispose]();
    await expect(fetch(again.endpoint)).rejects.toThrow();
  });

  it.each([-1, 65_536, 1.5])('refuses port %d', async (port) => {
    await expect(startEmulator({ port })).rejects.toThrow(RangeError);
  });

  it('repeats itself with the same seed, and not with another', async () => {
    const run = async (seed: number) => {
      const emulator = await startEmulator({ seed });
      const client = secretsManager(emulator.endpoint, emulator.credentialsFor(account));
      const { ARN } = await client.send(new CreateSecretCommand({ Name: 'db' }));
      const { RandomPassword } = await client.send(new GetRandomPasswordCommand({}));
      await emulator.close();
      return [ARN, RandomPassword];
    };
    const first = await run(1);
    expect(await run(1)).toEqual(first);
    expect(await run(2)).not.toEqual(first);
  });
});

describe('an emulator', () => {
  const aws = useLocalAws();

  it('gives out the credentials of any account', () => {
    expect(aws.emulator.credentialsFor(account)).toMatchObject({ accessKeyId: account });
    expect(() => aws.emulator.credentialsFor('12')).toThrow(RangeError);
  });

  it('makes random passwords of the types that are asked for', async () => {
    const password = async (input: GetRandomPasswordCommandInput) =>
      (await aws.client.send(new GetRandomPasswordCommand(input))).RandomPassword ?? '';
    for (let i = 0; i < 20; i++) {
      const all = await password({ PasswordLength: 4 });
      expect([/[a-z]/, /[A-Z]/, /\d/, /[!-/:-@[-`{-~]/].every((type) => type.test(all))).toBe(true);
    }
    expect(await password({})).toHaveLength(32);
    expect(await password({ PasswordLength: 4096 })).toHaveLength(4096);
    expect(await password({ ExcludePunctuation: true, ExcludeUppercase: true, ExcludeNumbers: true })).toMatch(
      /^[a-z]{32}$/,
    );
    expect(await password({ ExcludeCharacters: 'abc', PasswordLength: 4000 })).not.toMatch(/[abc]/);
    const digits = { ExcludeLowercase: true, ExcludeUppercase: true, ExcludePunctuation: true };
    expect(await password({ ...digits, IncludeSpace: true, PasswordLength: 200 })).toMatch(/^[\d ]*\d[\d ]*$/);
    const name = 'InvalidParameterException';
    expect(await refusal(password({ PasswordLength: 3 }))).toMatchObject({ name });
    expect(await refusal(password({ ...digits, ExcludeNumbers: true }))).toMatchObject({ name });
    expect(await refusal(password({ ...digits, ExcludeCharacters: '0123456789' }))).toMatchObject({ name });
    expect(await password({ PasswordLength: 3, RequireEachIncludedType: false })).toHaveLength(3);
  });
});

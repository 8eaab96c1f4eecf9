import {
  CreateSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from '@jest/globals';
import { refusal, token, useLocalAws } from '../local-aws.js';
import {
  account,
  allOfSecretsManager,
  allow,
  keyArn,
  kmsDecisions,
  kmsNotAllowed,
  newKeyArn,
  otherAccount,
  policy,
  region,
  user,
} from './key-users.js';

const aws = useLocalAws();
const aliasArn = `arn:aws:kms:${region}:${account}:alias/app`;

const create = (Name: string, KmsKeyId: string) =>
  aws.client.send(new CreateSecretCommand({ Name, KmsKeyId, SecretString: 'x', ClientRequestToken: token('first') }));
const keysOf = async (SecretId: string) =>
  (await aws.client.send(new ListSecretVersionIdsCommand({ SecretId }))).Versions?.[0]?.KmsKeyIds;

describe('keys', () => {
  it('are made in an account and Region under an id of their own', async () => {
    const made = aws.emulator.createKey({ accountId: account, region });
    expect(made).toMatch(/^arn:aws:kms:us-west-2:111122223333:key\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    await create('by-arn', made);
    await create('by-id', made.slice(made.indexOf('/') + 1));
    expect(await keysOf('by-id')).toEqual([made]);
  });

  it('are found by alias; an alias that moves takes the secret along, its versions stay', async () => {
    aws.emulator.createKey({ keyArn, aliases: ['alias/app'] });
    aws.emulator.createKey({ keyArn: newKeyArn });
    await create('before', aliasArn);
    aws.emulator.createKeyAlias(aliasArn, newKeyArn);
    await create('after', 'alias/app');
    expect(await keysOf('before')).toEqual([keyArn]);
    expect(await keysOf('after')).toEqual([newKeyArn]);
    // A condition on the aliases of a key sees it move as well.
    const byAlias = allow('kms:Decrypt', {
      Condition: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/app' } },
    });
    const { client } = await user(aws, [allOfSecretsManager, byAlias]);
    expect(await client.send(new GetSecretValueCommand({ SecretId: 'after' }))).toMatchObject({ SecretString: 'x' });
    expect(await refusal(client.send(new GetSecretValueCommand({ SecretId: 'before' })))).toEqual(kmsNotAllowed);
    aws.emulator.deleteKeyAlias(aliasArn);
    expect(await refusal(create('gone', 'alias/app'))).toMatchObject({ name: 'InvalidParameterException' });
  });

  it('made again have another policy and keep aliases and grants; deleted, they keep nothing', async () => {
    aws.emulator.createKey({ keyArn, aliases: ['alias/app'] });
    await create('app/db', 'alias/app');
    aws.emulator.createGrant({
      keyArn,
      granteePrincipal: `arn:aws:iam::${account}:root`,
      operations: ['Decrypt'],
    });
    const others = policy(allow('kms:*', { Principal: { AWS: `arn:aws:iam::${account}:role/keeper` } }));
    aws.emulator.createKey({ keyArn, policy: others });
    expect(await refusal(create('second', 'alias/app'))).toEqual(kmsNotAllowed);
    const get = () => aws.client.send(new GetSecretValueCommand({ SecretId: 'app/db' }));
    await get();
    expect(kmsDecisions(aws)).toMatchObject([{ statements: [{ kind: 'grant' }] }]);
    aws.emulator.deleteKey(keyArn);
    aws.emulator.deleteKey(keyArn);
    aws.emulator.createKey({ keyArn, policy: others });
    expect(await refusal(get())).toEqual(kmsNotAllowed);
    expect(await refusal(create('third', 'alias/app'))).toMatchObject({ name: 'InvalidParameterException' });
  });

  it('are refused when KMS would refuse them', () => {
    const elsewhere = `arn:aws:kms:${region}:${otherAccount}:alias/app`;
    aws.emulator.createKey({ keyArn });
    const wrong: readonly (() => unknown)[] = [
      () => aws.emulator.createKey({ keyArn: 'key' }),
      () => aws.emulator.createKey({ accountId: 'nobody', region }),
      () => aws.emulator.createKey({ keyArn, policy: policy(allow('kms:*')) }),
      () => aws.emulator.createKey({ keyArn, aliases: ['app'] }),
      () => aws.emulator.createKey({ keyArn, aliases: ['alias/aws/secretsmanager'] }),
      () => aws.emulator.createKeyAlias(elsewhere, keyArn),
      () => aws.emulator.createKeyAlias(aliasArn, newKeyArn),
      () => aws.emulator.createKeyAlias('alias/app', keyArn),
      () => aws.emulator.setKeyState(newKeyArn, 'disabled'),
    ];
    for (const attempt of wrong) expect(attempt).toThrow(TypeError);
  });

  it("of AWS's own cannot be replaced or deleted", async () => {
    await create('app/db', 'alias/aws/secretsmanager');
    const managed = kmsDecisions(aws)[0]?.resource ?? '';
    expect(managed).toMatch(/^arn:aws:kms:us-west-2:111122223333:key\//);
    expect(() => aws.emulator.createKey({ keyArn: managed })).toThrow(TypeError);
    expect(() => aws.emulator.deleteKey(managed)).toThrow(TypeError);
    expect(await aws.client.send(new GetSecretValueCommand({ SecretId: 'app/db' }))).toMatchObject({
      SecretString: 'x',
    });
  });
});

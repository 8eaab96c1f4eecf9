import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { refusal, token, useLocalAws } from '../local-aws.js';
import {
  account,
  allOfSecretsManager,
  allow,
  deny,
  keyArn,
  kmsCalls,
  kmsDecisions,
  kmsNotAllowed,
  otherAccount,
  policy,
  region,
  user,
} from './key-users.js';

const aws = useLocalAws();
const first = token('first');
const second = token('second');
let arn: string;

beforeEach(async () => {
  const made = await aws.client.send(
    new CreateSecretCommand({ Name: 'app/db', SecretString: 'one', ClientRequestToken: first }),
  );
  arn = made.ARN ?? '';
});

const get = (client: SecretsManagerClient) => client.send(new GetSecretValueCommand({ SecretId: arn }));
const put = (client: SecretsManagerClient) =>
  client.send(new PutSecretValueCommand({ SecretId: arn, SecretString: 'two', ClientRequestToken: second }));

describe('the default key, alias/aws/secretsmanager', () => {
  it('E1: no permission for KMS is needed', async () => {
    const { client } = await user(aws, [allOfSecretsManager]);
    await client.send(new CreateSecretCommand({ Name: 'new', SecretString: 'x', ClientRequestToken: first }));
    expect(await get(client)).toMatchObject({ SecretString: 'one' });
    await put(client);
    expect(kmsCalls(aws)).toEqual(['GenerateDataKey']);
  });

  it('E1: a session policy that is silent about KMS is enough too; on a customer key it is not', async () => {
    const silent = { sessionPolicy: policy(allOfSecretsManager) };
    const { client } = await user(aws, [allow('*')], silent);
    expect(await get(client)).toMatchObject({ SecretString: 'one' });
    await put(client);
    aws.emulator.createKey({ keyArn });
    await aws.client.send(
      new CreateSecretCommand({ Name: 'own', SecretString: 'x', ClientRequestToken: first, KmsKeyId: keyArn }),
    );
    expect(await refusal(client.send(new GetSecretValueCommand({ SecretId: 'own' })))).toEqual(kmsNotAllowed);
  });

  it("E1: what allows it is the key's own policy, by service and account", async () => {
    await get((await user(aws, [allOfSecretsManager])).client);
    expect(kmsDecisions(aws)).toMatchObject([
      { allowed: true, statements: [{ kind: 'key', sid: 'UseThroughSecretsManager' }] },
    ]);
  });

  it('E2: an explicit deny binds, of a session as of a role', async () => {
    for (const action of ['Decrypt', 'GenerateDataKey']) {
      const sessionPolicy = policy(allow('*'), deny(`kms:${action}`));
      const session = await user(aws, [allow('*')], { sessionPolicy });
      const role = await user(aws, [allow('*'), deny(`kms:${action}`)]);
      for (const { client } of [session, role]) {
        expect(await refusal(action === 'Decrypt' ? get(client) : put(client))).toEqual(kmsNotAllowed);
        expect(kmsCalls(aws)).toEqual([`${action} refused`]);
      }
    }
    // Even one that means other keys: the default key has an ARN like any.
    const allButOwn = deny('kms:*', { Resource: `arn:aws:kms:${region}:${account}:key/*` });
    expect(await refusal(get((await user(aws, [allow('*'), allButOwn])).client))).toEqual(kmsNotAllowed);
  });

  it('E3: CreateSecret makes one call, GenerateDataKey by the alias, and tries nothing; reading is Decrypt', async () => {
    const byAlias = allow('kms:*');
    const aliasOnly = deny('kms:GenerateDataKey', {
      Condition: { StringNotEquals: { 'kms:RequestAlias': 'alias/aws/secretsmanager' } },
    });
    const { client } = await user(aws, [allOfSecretsManager, byAlias, aliasOnly]);
    for (const [Name, KmsKeyId] of [
      ['silently', undefined],
      ['literally', 'alias/aws/secretsmanager'],
    ]) {
      await client.send(
        new CreateSecretCommand({ Name, SecretString: 'x', ClientRequestToken: first, ...(KmsKeyId && { KmsKeyId }) }),
      );
      expect(kmsCalls(aws)).toEqual(['GenerateDataKey']);
    }
    await get(client);
    expect(kmsCalls(aws)).toEqual(['Decrypt']);
  });

  it('E4: DescribeSecret leaves KmsKeyId out, unless the caller gave the alias: then it shows what was given', async () => {
    const described = async (Name: string, KmsKeyId: string) => {
      await aws.client.send(new CreateSecretCommand({ Name, KmsKeyId }));
      return (await aws.client.send(new DescribeSecretCommand({ SecretId: Name }))).KmsKeyId;
    };
    expect(await aws.client.send(new DescribeSecretCommand({ SecretId: arn }))).not.toHaveProperty('KmsKeyId');
    expect(await described('literal', 'alias/aws/secretsmanager')).toBe('alias/aws/secretsmanager');
    aws.emulator.createKey({ keyArn, aliases: ['alias/app'] });
    const id = keyArn.slice(keyArn.indexOf('/') + 1);
    const aliasArn = `arn:aws:kms:${region}:${account}:alias/app`;
    for (const [i, given] of [keyArn, id, 'alias/app', aliasArn].entries()) {
      expect(await described(`own-${i}`, given)).toBe(given);
    }
  });

  it('E4: its versions are listed under DefaultEncryptionKey', async () => {
    const { Versions } = await aws.client.send(new ListSecretVersionIdsCommand({ SecretId: arn }));
    expect(Versions?.map(({ KmsKeyIds }) => KmsKeyIds)).toEqual([['DefaultEncryptionKey']]);
  });

  it('E5: a secret without a value calls no KMS', async () => {
    const { client } = await user(aws, [allow('*'), deny('kms:*')]);
    await client.send(new CreateSecretCommand({ Name: 'empty' }));
    expect(kmsCalls(aws)).toEqual([]);
  });

  describe('E6, as other recordings have it: another account', () => {
    const across = {
      name: 'InvalidRequestException',
      message:
        "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.",
    };

    it('E6: values cannot be read or written, whatever policies allow; the rest of the secret can be seen', async () => {
      const { client, roleArn } = await user(aws, [allow('*')], { accountId: otherAccount });
      const ResourcePolicy = JSON.stringify(policy(allow('secretsmanager:*', { Principal: { AWS: roleArn } })));
      await aws.client.send(new PutResourcePolicyCommand({ SecretId: arn, ResourcePolicy }));
      expect(await refusal(get(client))).toEqual(across);
      expect(await refusal(put(client))).toEqual(across);
      const update = new UpdateSecretCommand({ SecretId: arn, SecretString: 'x', ClientRequestToken: second });
      expect(await refusal(client.send(update))).toEqual(across);
      expect(kmsCalls(aws)).toEqual([]);
      expect(await client.send(new DescribeSecretCommand({ SecretId: arn }))).toMatchObject({ Name: 'app/db' });
    });

    it('E6: nor can the default key of another account be chosen for a secret', async () => {
      const KmsKeyId = `arn:aws:kms:${region}:${otherAccount}:alias/aws/secretsmanager`;
      expect(await refusal(aws.client.send(new CreateSecretCommand({ Name: 'new', KmsKeyId })))).toEqual(kmsNotAllowed);
    });

    it('E6: a customer key is reached when both its policy and the policies of the other account allow it', async () => {
      const { client, roleArn } = await user(aws, [allOfSecretsManager, allow('kms:Decrypt', { Resource: keyArn })], {
        accountId: otherAccount,
      });
      const root = `arn:aws:iam::${account}:root`;
      const own = allow('kms:*', { Principal: { AWS: root } });
      aws.emulator.createKey({ keyArn, policy: policy(own) });
      const ResourcePolicy = JSON.stringify(policy(allow('secretsmanager:*', { Principal: { AWS: roleArn } })));
      await aws.client.send(new PutResourcePolicyCommand({ SecretId: arn, ResourcePolicy }));
      await aws.client.send(new UpdateSecretCommand({ SecretId: arn, KmsKeyId: keyArn }));
      // The first version still has the default key beside the new one: a foreigner gets no further with that.
      expect(await refusal(get(client))).toEqual(kmsNotAllowed);
      expect(kmsDecisions(aws)).toMatchObject([{ missing: 'key' }]);
      aws.emulator.createKey({ keyArn, policy: policy(own, allow('kms:Decrypt', { Principal: { AWS: roleArn } })) });
      expect(await get(client)).toMatchObject({ SecretString: 'one' });
      // Whose account kms:CallerAccount is: the caller's, not the secret's.
      const callerAccount = (id: string) => ({ StringEquals: { 'kms:CallerAccount': id } });
      const toEither = (id: string) =>
        policy(own, allow('kms:Decrypt', { Principal: { AWS: roleArn }, Condition: callerAccount(id) }));
      aws.emulator.createKey({ keyArn, policy: toEither(account) });
      expect(await refusal(get(client))).toEqual(kmsNotAllowed);
      aws.emulator.createKey({ keyArn, policy: toEither(otherAccount) });
      expect(await get(client)).toMatchObject({ SecretString: 'one' });
      const unable = await user(aws, [allOfSecretsManager], { accountId: otherAccount });
      const both = policy(allow('secretsmanager:*', { Principal: { AWS: [roleArn, unable.roleArn] } }));
      await aws.client.send(new PutResourcePolicyCommand({ SecretId: arn, ResourcePolicy: JSON.stringify(both) }));
      aws.emulator.createKey({
        keyArn,
        policy: policy(own, allow('kms:Decrypt', { Principal: { AWS: unable.roleArn } })),
      });
      expect(await refusal(get(unable.client))).toEqual(kmsNotAllowed);
      expect(kmsDecisions(aws)).toMatchObject([{ missing: 'identity' }]);
    });
  });
});

import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
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
  policy,
  region,
  user,
  viaSecretsManager,
} from './key-users.js';

const aws = useLocalAws();
const first = token('first');
const second = token('second');
let arn: string;

beforeEach(async () => {
  aws.emulator.createKey({ keyArn, aliases: ['alias/app'] });
  const made = await aws.client.send(
    new CreateSecretCommand({ Name: 'app/db', SecretString: 'one', ClientRequestToken: first, KmsKeyId: keyArn }),
  );
  arn = made.ARN ?? '';
});

const get = (client: SecretsManagerClient) => client.send(new GetSecretValueCommand({ SecretId: arn }));
const put = (client: SecretsManagerClient, id = second, SecretString = 'two') =>
  client.send(new PutSecretValueCommand({ SecretId: arn, SecretString, ClientRequestToken: id }));
const create = (client: SecretsManagerClient, input: object = {}) =>
  client.send(new CreateSecretCommand({ Name: 'new', KmsKeyId: keyArn, ...input }));

/** A session that may do everything with secrets, and this with the key. */
const keyUser = async (...actions: string[]) =>
  (await user(aws, [allOfSecretsManager, ...actions.map((action) => allow(`kms:${action}`, { Resource: keyArn }))]))
    .client;

describe('a permissive emulator', () => {
  const permissive = useLocalAws({ permissive: true });

  it('records what KMS would refuse, and carries it out', async () => {
    permissive.emulator.createKey({ keyArn });
    await create(permissive.client, { SecretString: 'one', ClientRequestToken: first });
    const { client } = await user(permissive, []);
    const read = client.send(new GetSecretValueCommand({ SecretId: 'new' }));
    expect(await read).toMatchObject({ SecretString: 'one' });
    expect(kmsDecisions(permissive)).toMatchObject([{ action: 'kms:Decrypt', allowed: false, enforced: false }]);
  });
});

describe('a secret under a customer managed key', () => {
  it('D1: GetSecretValue calls Decrypt; neither GenerateDataKey nor Encrypt is needed', async () => {
    expect(await get(await keyUser('Decrypt'))).toMatchObject({ SecretString: 'one' });
    expect(kmsCalls(aws)).toEqual(['Decrypt']);
    expect(await refusal(get(await keyUser('GenerateDataKey', 'Encrypt')))).toEqual(kmsNotAllowed);
  });

  it('D1: BatchGetSecretValue calls Decrypt for each; a refusal of one is told beside the values of the others', async () => {
    await aws.client.send(
      new CreateSecretCommand({ Name: 'default', SecretString: 'open', ClientRequestToken: first }),
    );
    const client = await keyUser('Encrypt');
    const batch = await client.send(new BatchGetSecretValueCommand({ SecretIdList: [arn, 'default'] }));
    expect(batch.SecretValues).toMatchObject([{ Name: 'default', SecretString: 'open' }]);
    expect(batch.Errors).toEqual([{ SecretId: arn, ErrorCode: kmsNotAllowed.name, Message: kmsNotAllowed.message }]);
  });

  it('D2: PutSecretValue with a new token calls GenerateDataKey; Decrypt is not needed', async () => {
    expect(await put(await keyUser('GenerateDataKey'))).toMatchObject({ VersionId: second });
    expect(kmsCalls(aws)).toEqual(['GenerateDataKey']);
    expect(await refusal(put(await keyUser('Decrypt', 'Encrypt'), token('third')))).toEqual(kmsNotAllowed);
    // A refused write leaves no version.
    const { Versions } = await aws.client.send(new ListSecretVersionIdsCommand({ SecretId: arn }));
    expect(Versions?.map(({ VersionId }) => VersionId)).toEqual([second, first]);
  });

  it('D3: UpdateSecret with a value calls GenerateDataKey', async () => {
    const update = (client: SecretsManagerClient) =>
      client.send(new UpdateSecretCommand({ SecretId: arn, SecretString: 'two', ClientRequestToken: second }));
    expect(await refusal(update(await keyUser('Decrypt')))).toEqual(kmsNotAllowed);
    await update(await keyUser('GenerateDataKey'));
    expect(kmsCalls(aws)).toEqual(['GenerateDataKey']);
  });

  it('D4: CreateSecret with a value tries the key first: GenerateDataKey and Decrypt, then GenerateDataKey', async () => {
    const input = { SecretString: 'x', ClientRequestToken: first };
    expect(await refusal(create(await keyUser('GenerateDataKey'), input))).toEqual(kmsNotAllowed);
    expect(await refusal(create(await keyUser('Decrypt'), input))).toEqual(kmsNotAllowed);
    await create(await keyUser('GenerateDataKey', 'Decrypt'), input);
    expect(kmsCalls(aws)).toEqual(['GenerateDataKey', 'Decrypt', 'GenerateDataKey']);
  });

  it('D5: PutSecretValue with the same token again calls Decrypt alone, also when the value is another', async () => {
    expect(await refusal(put(await keyUser('GenerateDataKey', 'Encrypt'), first, 'one'))).toEqual(kmsNotAllowed);
    expect(kmsCalls(aws)).toEqual(['Decrypt refused']);
    const client = await keyUser('Decrypt');
    expect(await put(client, first, 'one')).toMatchObject({ VersionId: first });
    expect(kmsCalls(aws)).toEqual(['Decrypt']);
    expect(await refusal(put(client, first, 'another'))).toMatchObject({ name: 'ResourceExistsException' });
    expect(kmsCalls(aws)).toEqual(['Decrypt']);
  });

  it('D5b: a second attempt after a refused first write is another first write', async () => {
    expect(await refusal(put(await keyUser('Decrypt')))).toEqual(kmsNotAllowed);
    await put(await keyUser('GenerateDataKey'));
    expect(kmsCalls(aws)).toEqual(['GenerateDataKey']);
  });

  it('D5, not recorded: a retry of CreateSecret is compared like one of PutSecretValue', async () => {
    const retry = (client: SecretsManagerClient) =>
      client.send(
        new CreateSecretCommand({ Name: 'app/db', SecretString: 'one', ClientRequestToken: first, KmsKeyId: keyArn }),
      );
    expect(await retry(await keyUser('Decrypt'))).toMatchObject({ ARN: arn, VersionId: first });
    expect(kmsCalls(aws)).toEqual(['Decrypt']);
    expect(await refusal(retry(await keyUser('GenerateDataKey')))).toEqual(kmsNotAllowed);
  });

  it('D6: CreateSecret without a value needs GenerateDataKey and Decrypt all the same', async () => {
    expect(await refusal(create(await keyUser('GenerateDataKey')))).toEqual(kmsNotAllowed);
    expect(kmsCalls(aws)).toEqual(['GenerateDataKey', 'Decrypt refused']);
    expect(await refusal(create(await keyUser('Decrypt')))).toEqual(kmsNotAllowed);
    expect(kmsCalls(aws)).toEqual(['GenerateDataKey refused']);
    await create(await keyUser('GenerateDataKey', 'Decrypt'));
    expect(kmsCalls(aws)).toEqual(['GenerateDataKey', 'Decrypt']);
  });

  it('D9: what does not touch values calls no KMS: describe, list, delete', async () => {
    const client = await keyUser();
    await client.send(new DescribeSecretCommand({ SecretId: arn }));
    expect(kmsCalls(aws)).toEqual([]);
    await client.send(new ListSecretVersionIdsCommand({ SecretId: arn }));
    expect(kmsCalls(aws)).toEqual([]);
    await client.send(new ListSecretsCommand({}));
    expect(kmsCalls(aws)).toEqual([]);
    await client.send(new UpdateSecretCommand({ SecretId: arn, Description: 'new' }));
    expect(kmsCalls(aws)).toEqual([]);
    await client.send(new DeleteSecretCommand({ SecretId: arn }));
    expect(kmsCalls(aws)).toEqual([]);
  });

  describe('D10: the encryption context', () => {
    /** A session that may use the key only while the condition holds. */
    const under = async (Condition: Record<string, Record<string, string | string[]>>) =>
      (await user(aws, [allOfSecretsManager, allow(['kms:GenerateDataKey', 'kms:Decrypt'], { Condition })])).client;

    it('D10: SecretARN is the full ARN with its six characters', async () => {
      const client = await under({ StringEquals: { 'kms:EncryptionContext:SecretARN': arn } });
      expect(await get(client)).toMatchObject({ SecretString: 'one' });
      await put(client);
      expect(await refusal(create(client))).toEqual(kmsNotAllowed);
    });

    it('D10: SecretVersionId is the id of the version', async () => {
      const client = await under({ StringEquals: { 'kms:EncryptionContext:SecretVersionId': first } });
      expect(await get(client)).toMatchObject({ SecretString: 'one' });
      expect(await refusal(put(client))).toEqual(kmsNotAllowed);
    });

    it('D10: while a key is tried it is RequestToValidateKeyAccess, so that pinning a version breaks CreateSecret', async () => {
      const check = { StringEquals: { 'kms:EncryptionContext:SecretVersionId': 'RequestToValidateKeyAccess' } };
      await create(await under(check));
      const pinned = await under({ StringEquals: { 'kms:EncryptionContext:SecretVersionId': first } });
      const refused = create(pinned, { Name: 'other', SecretString: 'x', ClientRequestToken: first });
      expect(await refusal(refused)).toEqual(kmsNotAllowed);
    });

    it('D10: there are always both keys, and no other', async () => {
      const context = 'kms:EncryptionContextKeys';
      await get(await under({ 'ForAllValues:StringEquals': { [context]: ['SecretARN', 'SecretVersionId'] } }));
      for (const missing of [['SecretARN'], ['SecretVersionId']]) {
        const client = await under({ 'ForAllValues:StringEquals': { [context]: missing } });
        expect(await refusal(get(client))).toEqual(kmsNotAllowed);
      }
    });

    it('D10: GenerateDataKey names the key as the secret has it, Decrypt names none', async () => {
      await create(aws.client, {
        Name: 'aliased',
        KmsKeyId: 'alias/app',
        SecretString: 'x',
        ClientRequestToken: first,
      });
      const client = await under({ StringEquals: { 'kms:RequestAlias': 'alias/app' } });
      await client.send(
        new PutSecretValueCommand({ SecretId: 'aliased', SecretString: 'y', ClientRequestToken: second }),
      );
      const read = client.send(new GetSecretValueCommand({ SecretId: 'aliased' }));
      expect(await refusal(read)).toEqual(kmsNotAllowed);
      const byKey = await under({ 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/app' } });
      expect(await get(byKey)).toMatchObject({ SecretString: 'one' });
    });
  });

  it('D13: no other action of KMS is ever needed', async () => {
    const client = await keyUser('GenerateDataKey', 'Decrypt');
    await create(client, { SecretString: 'x', ClientRequestToken: first });
    await put(client);
    await get(client);
    const actions = aws.emulator.decisions.map(({ action }) => action).filter((action) => action.startsWith('kms:'));
    expect(new Set(actions)).toEqual(new Set(['kms:GenerateDataKey', 'kms:Decrypt']));
  });

  it('D14: KMS is called with the identity and the session of the caller, through Secrets Manager', async () => {
    const { client, sessionArn } = await user(aws, [allOfSecretsManager, allow('kms:*')]);
    await get(client);
    expect(kmsDecisions(aws)).toMatchObject([
      { callerArn: sessionArn, action: 'kms:Decrypt', resource: keyArn, via: 'secretsmanager.amazonaws.com' },
    ]);
    // The session's policy counts for the call to KMS as well.
    const sessionPolicy = policy(allOfSecretsManager);
    const silent = await user(aws, [allOfSecretsManager, allow('kms:*')], { sessionPolicy });
    expect(await refusal(get(silent.client))).toEqual(kmsNotAllowed);
    const denying = { sessionPolicy: policy(allow('*'), deny('kms:Decrypt')) };
    const denied = await user(aws, [allOfSecretsManager, allow('kms:*')], denying);
    expect(await refusal(get(denied.client))).toEqual(kmsNotAllowed);
  });

  it('D14: conditions on the Region, the service, the account and the kind of key apply to the call', async () => {
    const conditions = [
      { 'aws:RequestedRegion': region },
      { 'kms:ViaService': viaSecretsManager },
      { 'kms:CallerAccount': account },
      { 'aws:ViaAWSService': 'true' },
      { 'aws:ResourceAccount': account },
      { 'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT' },
      { 'kms:KeySpec': 'SYMMETRIC_DEFAULT' },
      { 'kms:KeyUsage': 'ENCRYPT_DECRYPT' },
      { 'kms:KeyOrigin': 'AWS_KMS' },
      { 'kms:MultiRegion': 'false' },
    ];
    for (const held of conditions) {
      const { client } = await user(aws, [
        allOfSecretsManager,
        allow('kms:Decrypt', { Condition: { StringEquals: held } }),
      ]);
      expect(await get(client)).toMatchObject({ SecretString: 'one' });
      const [name = ''] = Object.keys(held);
      const other = await user(aws, [
        allOfSecretsManager,
        allow('kms:Decrypt', { Condition: { StringEquals: { [name]: 'another' } } }),
      ]);
      expect(await refusal(get(other.client))).toEqual(kmsNotAllowed);
    }
  });

  it('D15: the permission for the secret is judged first; when GenerateDataKey is refused Decrypt is not tried', async () => {
    const { client, sessionArn } = await user(aws, []);
    expect(await refusal(get(client))).toEqual({
      name: 'AccessDeniedException',
      message: `User: ${sessionArn} is not authorized to perform: secretsmanager:GetSecretValue on resource: ${arn} because no identity-based policy allows the secretsmanager:GetSecretValue action`,
    });
    expect(kmsCalls(aws)).toEqual([]);
    expect(await refusal(create(await keyUser()))).toEqual(kmsNotAllowed);
    expect(kmsCalls(aws)).toEqual(['GenerateDataKey refused']);
  });

  it('D18, not recorded for a customer key: StringLike on SecretARN and kms:ViaService hold as documented', async () => {
    const scoped = (pattern: string) =>
      user(aws, [
        allOfSecretsManager,
        allow('kms:Decrypt', {
          Resource: keyArn,
          Condition: {
            StringEquals: { 'kms:ViaService': viaSecretsManager },
            StringLike: { 'kms:EncryptionContext:SecretARN': pattern },
          },
        }),
      ]);
    expect(await get((await scoped(`${arn.slice(0, -6)}??????`)).client)).toMatchObject({ SecretString: 'one' });
    expect(await refusal(get((await scoped('arn:aws:secretsmanager:*:secret:other-*')).client))).toEqual(kmsNotAllowed);
  });

  it('B10: whatever the policies of KMS refuse has one text; the record says which policy lacks what', async () => {
    expect(await refusal(get(await keyUser('GenerateDataKey')))).toEqual(kmsNotAllowed);
    expect(aws.emulator.requests.at(-1)).toMatchObject({
      errorCode: 'AccessDenied',
      errorMessage: 'Access to KMS is not allowed',
    });
    expect(kmsDecisions(aws)).toMatchObject([{ allowed: false, missing: 'identity', statements: [] }]);
    // A key policy that names others only: the account's own policies do not count.
    aws.emulator.createKey({
      keyArn,
      policy: policy(allow('kms:*', { Principal: { AWS: `arn:aws:iam::${account}:role/keeper` } })),
    });
    expect(await refusal(get(await keyUser('Decrypt')))).toEqual(kmsNotAllowed);
    expect(kmsDecisions(aws)).toMatchObject([{ allowed: false, missing: 'key' }]);
    expect(await refusal(get(aws.client))).toEqual(kmsNotAllowed);
  });
});

import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { refusal, token, useLocalAws } from '../local-aws.js';
import { allOfSecretsManager, allow, keyArn, kmsCalls, kmsNotAllowed, newKeyArn, user } from './key-users.js';

const aws = useLocalAws();
const ids = {
  bare: token('bare'),
  custom: token('custom'),
  previous: token('previous'),
  current: token('current'),
  pending: token('pending'),
};
let arn: string;

/** One version of each kind: unlabelled, with a label of one's own, and with the three of rotation. */
beforeEach(async () => {
  aws.emulator.createKey({ keyArn });
  aws.emulator.createKey({ keyArn: newKeyArn });
  const made = await aws.client.send(new CreateSecretCommand({ Name: 'app/db', KmsKeyId: keyArn }));
  arn = made.ARN ?? '';
  const put = (id: string, ...labels: string[]) =>
    aws.client.send(
      new PutSecretValueCommand({
        SecretId: arn,
        SecretString: id,
        ClientRequestToken: id,
        ...(labels.length > 0 && { VersionStages: labels }),
      }),
    );
  await put(ids.bare);
  await put(ids.custom, 'BLUE');
  await put(ids.previous);
  await put(ids.current);
  await put(ids.pending, 'AWSPENDING');
});

const old = (...actions: string[]) =>
  allow(
    actions.map((action) => `kms:${action}`),
    { Resource: keyArn },
  );
const fresh = (...actions: string[]) =>
  allow(
    actions.map((action) => `kms:${action}`),
    { Resource: newKeyArn },
  );
const changeKey = (client: SecretsManagerClient, KmsKeyId = newKeyArn, SecretId = arn) =>
  client.send(new UpdateSecretCommand({ SecretId, KmsKeyId }));
const read = (client: SecretsManagerClient, VersionId: string) =>
  client.send(new GetSecretValueCommand({ SecretId: arn, VersionId }));

async function wrappedBy(): Promise<Record<string, string[] | undefined>> {
  const listed = await aws.client.send(new ListSecretVersionIdsCommand({ SecretId: arn, IncludeDeprecated: true }));
  return Object.fromEntries((listed.Versions ?? []).map(({ VersionId = '', KmsKeyIds }) => [VersionId, KmsKeyIds]));
}

const allUnderTheOldKey = Object.fromEntries(Object.values(ids).map((id) => [id, [keyArn]]));

describe('another key for a secret', () => {
  it('D7: without a value yet, UpdateSecret tries the new key: GenerateDataKey, then Decrypt', async () => {
    const made = await aws.client.send(new CreateSecretCommand({ Name: 'empty', KmsKeyId: keyArn }));
    const change = async (...actions: string[]) => {
      const { client } = await user(aws, [allOfSecretsManager, fresh(...actions)]);
      return changeKey(client, newKeyArn, made.ARN);
    };
    expect(await refusal(change('GenerateDataKey', 'Encrypt'))).toEqual(kmsNotAllowed);
    expect(kmsCalls(aws)).toEqual(['GenerateDataKey', 'Decrypt refused']);
    expect(await refusal(change('Decrypt', 'Encrypt'))).toEqual(kmsNotAllowed);
    expect(kmsCalls(aws)).toEqual(['GenerateDataKey refused']);
    await change('GenerateDataKey', 'Decrypt');
    expect(kmsCalls(aws)).toEqual(['GenerateDataKey', 'Decrypt']);
  });

  it('D8: with versions, Decrypt by the old key and Encrypt by the new one follow for each labelled one', async () => {
    await changeKey(aws.client);
    const rewrap = ['Decrypt', 'Encrypt'];
    expect(kmsCalls(aws)).toEqual(['GenerateDataKey', 'Decrypt', ...rewrap, ...rewrap, ...rewrap]);
  });

  it('D12: AWSCURRENT, AWSPREVIOUS and AWSPENDING get a second key, other versions do not', async () => {
    const client = (
      await user(aws, [allOfSecretsManager, old('Decrypt'), fresh('GenerateDataKey', 'Decrypt', 'Encrypt')])
    ).client;
    await changeKey(client);
    const both = [keyArn, newKeyArn];
    expect(await wrappedBy()).toEqual({
      [ids.bare]: [keyArn],
      [ids.custom]: [keyArn],
      [ids.previous]: both,
      [ids.current]: both,
      [ids.pending]: both,
    });
    expect(await aws.client.send(new DescribeSecretCommand({ SecretId: arn }))).toMatchObject({ KmsKeyId: newKeyArn });
  });

  it('D12: what has both keys is read with Decrypt on either', async () => {
    await changeKey(aws.client);
    const reader = async (statement: ReturnType<typeof old>) =>
      (await user(aws, [allOfSecretsManager, statement])).client;
    const byOld = await reader(old('Decrypt'));
    const byNew = await reader(fresh('Decrypt'));
    expect(await read(byNew, ids.current)).toMatchObject({ SecretString: ids.current });
    expect(kmsCalls(aws)).toEqual(['Decrypt']);
    expect(await read(byOld, ids.current)).toMatchObject({ SecretString: ids.current });
    expect(kmsCalls(aws)).toEqual(['Decrypt refused', 'Decrypt']);
    expect(await read(byOld, ids.custom)).toMatchObject({ SecretString: ids.custom });
    expect(await refusal(read(byNew, ids.custom))).toEqual(kmsNotAllowed);
    // One key out of service does not matter either.
    aws.emulator.setKeyState(newKeyArn, 'disabled');
    expect(await read(aws.client, ids.current)).toMatchObject({ SecretString: ids.current });
  });

  it('D11: without Decrypt on the old key the change succeeds, and every version stays behind', async () => {
    const { client } = await user(aws, [allOfSecretsManager, fresh('GenerateDataKey', 'Decrypt', 'Encrypt')]);
    expect(await changeKey(client)).toMatchObject({ ARN: arn });
    expect(kmsCalls(aws)).toEqual(['GenerateDataKey', 'Decrypt', 'Decrypt refused']);
    expect(await aws.client.send(new DescribeSecretCommand({ SecretId: arn }))).toMatchObject({ KmsKeyId: newKeyArn });
    expect(await wrappedBy()).toEqual(allUnderTheOldKey);
    expect(await refusal(read(client, ids.current))).toEqual(kmsNotAllowed);
  });

  it('D11: without Encrypt on the new key likewise; it stops at the first refusal', async () => {
    const { client } = await user(aws, [allOfSecretsManager, old('Decrypt'), fresh('GenerateDataKey', 'Decrypt')]);
    expect(await changeKey(client)).toMatchObject({ ARN: arn });
    expect(kmsCalls(aws)).toEqual(['GenerateDataKey', 'Decrypt', 'Decrypt', 'Encrypt refused']);
    expect(await wrappedBy()).toEqual(allUnderTheOldKey);
  });

  it('D12: a refused change leaves KmsKeyId and LastChangedDate as they were', async () => {
    const before = await aws.client.send(new DescribeSecretCommand({ SecretId: arn }));
    aws.clock.pass({ seconds: 5 });
    const { client } = await user(aws, [allOfSecretsManager, old('Decrypt'), fresh('Decrypt', 'Encrypt')]);
    expect(await refusal(changeKey(client))).toEqual(kmsNotAllowed);
    const { $metadata, ...after } = await aws.client.send(new DescribeSecretCommand({ SecretId: arn }));
    expect(before).toMatchObject(after);
  });

  it('D8, not recorded: a value sent along goes under the new key, and nothing changes when that is refused', async () => {
    const SecretString = 'new';
    const both = { SecretId: arn, KmsKeyId: newKeyArn, SecretString, ClientRequestToken: token('new') };
    const checkOnly = allow(['kms:GenerateDataKey', 'kms:Decrypt'], {
      Condition: { StringEquals: { 'kms:EncryptionContext:SecretVersionId': 'RequestToValidateKeyAccess' } },
    });
    const { client } = await user(aws, [allOfSecretsManager, checkOnly]);
    expect(await refusal(client.send(new UpdateSecretCommand(both)))).toEqual(kmsNotAllowed);
    expect(await wrappedBy()).toEqual(allUnderTheOldKey);
    await aws.client.send(new UpdateSecretCommand(both));
    expect(await wrappedBy()).toMatchObject({
      [token('new')]: [newKeyArn],
      [ids.current]: [keyArn, newKeyArn],
      [ids.previous]: [keyArn],
    });
  });

  it('D7, not recorded: back to the default key, which is not tried; versions keep their keys besides', async () => {
    await changeKey(aws.client, '');
    const rewrap = ['Decrypt', 'Encrypt'];
    expect(kmsCalls(aws)).toEqual([...rewrap, ...rewrap, ...rewrap]);
    expect(await aws.client.send(new DescribeSecretCommand({ SecretId: arn }))).not.toHaveProperty('KmsKeyId');
    expect(await wrappedBy()).toMatchObject({ [ids.current]: [keyArn, 'DefaultEncryptionKey'] });
    const { client } = await user(aws, [allOfSecretsManager]);
    expect(await read(client, ids.current)).toMatchObject({ SecretString: ids.current });
    expect(await refusal(read(client, ids.bare))).toEqual(kmsNotAllowed);
  });
});

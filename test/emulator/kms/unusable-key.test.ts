import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { refusal, token, useLocalAws } from '../local-aws.js';
import {
  account,
  allOfSecretsManager,
  keyArn,
  kmsCalls,
  kmsNotAllowed,
  otherAccount,
  region,
  user,
} from './key-users.js';

const aws = useLocalAws();
let arn: string;

beforeEach(async () => {
  aws.emulator.createKey({ keyArn });
  const made = await aws.client.send(
    new CreateSecretCommand({
      Name: 'app/db',
      SecretString: 'one',
      ClientRequestToken: token('first'),
      KmsKeyId: keyArn,
    }),
  );
  arn = made.ARN ?? '';
});

const get = (client = aws.client) => client.send(new GetSecretValueCommand({ SecretId: arn }));
const put = (id: string, SecretString = 'one') =>
  aws.client.send(new PutSecretValueCommand({ SecretId: arn, SecretString, ClientRequestToken: token(id) }));

/** A refusal whose request id is left out. */
async function quoted(call: Promise<unknown>): Promise<{ name: string; message: string }> {
  const { name, message } = await refusal(call);
  return {
    name,
    message: message.replace(/Request ID: [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/, 'Request ID: <id>'),
  };
}
const tail = (code: string) =>
  `(Service: AWSKMS; Status Code: 400; Error Code: ${code}; Request ID: <id>; Proxy: null)`;

describe('a key that is out of service', () => {
  const states = [
    ['disabled', `${keyArn} is disabled. ${tail('DisabledException')}`],
    ['pendingDeletion', `${keyArn} is pending deletion. ${tail('KMSInvalidStateException')}`],
  ] as const;

  it.each(states)('D16: %s: reading, writing and describing; enabled again, all is well', async (state, why) => {
    aws.emulator.setKeyState(keyArn, state);
    const cannotRead = { name: 'DecryptionFailure', message: `Secrets Manager can't decrypt the secret value: ${why}` };
    expect(await quoted(get())).toEqual(cannotRead);
    expect(await quoted(put('second'))).toEqual({
      name: 'EncryptionFailure',
      message: `Secrets Manager can't encrypt the secret value: ${why}`,
    });
    // A retry is compared, for which it is read.
    expect(await quoted(put('first'))).toEqual(cannotRead);
    expect(await aws.client.send(new DescribeSecretCommand({ SecretId: arn }))).toMatchObject({ KmsKeyId: keyArn });
    aws.emulator.setKeyState(keyArn, 'enabled');
    expect(await get()).toMatchObject({ SecretString: 'one' });
    expect(await put('second')).toMatchObject({ VersionId: token('second') });
  });

  it('D16, not recorded: who may not use the key is told no more about it', async () => {
    aws.emulator.setKeyState(keyArn, 'disabled');
    expect(await refusal(get((await user(aws, [allOfSecretsManager])).client))).toEqual(kmsNotAllowed);
  });

  it('D16, not recorded: a key that is gone for good', async () => {
    aws.emulator.deleteKey(keyArn);
    expect(await quoted(get())).toEqual({
      name: 'DecryptionFailure',
      message: `Secrets Manager can't decrypt the secret value: Key '${keyArn}' does not exist ${tail('NotFoundException')}`,
    });
    aws.emulator.createKey({ keyArn });
    expect(await get()).toMatchObject({ SecretString: 'one' });
  });

  it('G4: a forced deletion works while the key is pending deletion', async () => {
    aws.emulator.setKeyState(keyArn, 'pendingDeletion');
    const forced = new DeleteSecretCommand({ SecretId: arn, ForceDeleteWithoutRecovery: true });
    expect(await aws.client.send(forced)).toMatchObject({ ARN: arn });
  });
});

describe('D17: a KmsKeyId that is no good, at CreateSecret and at UpdateSecret', () => {
  const prefix = 'The operation failed because of an invalid KMS key: ';
  const missing = '99999999-9999-4999-8999-999999999999';
  const missingArn = `arn:aws:kms:${region}:${account}:key/${missing}`;
  const missingAlias = `arn:aws:kms:${region}:${account}:alias/nobody`;
  const foreignArn = `arn:aws:kms:${region}:${otherAccount}:key/${missing}`;

  it.each([
    ['an ARN without a key', missingArn, `${prefix}Key '${missingArn}' does not exist ${tail('NotFoundException')}`],
    ['an id without a key', missing, `${prefix}Key '${missingArn}' does not exist ${tail('NotFoundException')}`],
    ['of another account', foreignArn, `${prefix}Key '${foreignArn}' does not exist ${tail('NotFoundException')}`],
    ['an alias', 'alias/nobody', `${prefix}Alias ${missingAlias} is not found. ${tail('NotFoundException')}`],
    ['the ARN of an alias', missingAlias, `${prefix}Alias ${missingAlias} is not found. ${tail('NotFoundException')}`],
    ['junk', 'not-a-key', `${prefix}Invalid keyId 'not-a-key' ${tail('NotFoundException')}`],
  ])('D17: %s', async (_, KmsKeyId, message) => {
    const refused = { name: 'InvalidParameterException', message };
    expect(await quoted(aws.client.send(new CreateSecretCommand({ Name: 'new', KmsKeyId })))).toEqual(refused);
    expect(await quoted(aws.client.send(new UpdateSecretCommand({ SecretId: arn, KmsKeyId })))).toEqual(refused);
    expect(kmsCalls(aws)).toEqual([]);
    expect(await refusal(aws.client.send(new DescribeSecretCommand({ SecretId: 'new' })))).toMatchObject({
      name: 'ResourceNotFoundException',
    });
    expect(await aws.client.send(new DescribeSecretCommand({ SecretId: arn }))).toMatchObject({ KmsKeyId: keyArn });
  });

  it('D17: a disabled key has a text without a tail', async () => {
    aws.emulator.setKeyState(keyArn, 'disabled');
    expect(await refusal(aws.client.send(new CreateSecretCommand({ Name: 'new', KmsKeyId: keyArn })))).toEqual({
      name: 'InvalidParameterException',
      message: 'The operation failed because the specified KMS key is disabled.',
    });
  });

  it('D17, not recorded: a key that is pending deletion is quoted like the others', async () => {
    aws.emulator.setKeyState(keyArn, 'pendingDeletion');
    expect(await quoted(aws.client.send(new CreateSecretCommand({ Name: 'new', KmsKeyId: keyArn })))).toEqual({
      name: 'InvalidParameterException',
      message: `${prefix}${keyArn} is pending deletion. ${tail('KMSInvalidStateException')}`,
    });
  });

  it('D17, not recorded: a key of another Region', async () => {
    const elsewhere = aws.emulator.createKey({ accountId: account, region: 'us-east-2' });
    expect(await quoted(aws.client.send(new CreateSecretCommand({ Name: 'new', KmsKeyId: elsewhere })))).toEqual({
      name: 'InvalidParameterException',
      message: `${prefix}Invalid arn us-east-2 ${tail('NotFoundException')}`,
    });
  });
});

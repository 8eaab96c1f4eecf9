/** KMS's own words: Secrets Manager hides them from callers, but for a replication that failed. */
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  ReplicateSecretToRegionsCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from '@jest/globals';
import { token, useLocalAws } from '../local-aws.js';
import { account, allOfSecretsManager, otherAccount, policy, user } from './key-users.js';

const aws = useLocalAws();

/** Why a replication under this key failed. */
async function statusMessage(client: SecretsManagerClient, KmsKeyId: string): Promise<string | undefined> {
  const made = new CreateSecretCommand({ Name: 'app/db', SecretString: 'x', ClientRequestToken: token('first') });
  await client.send(made);
  const AddReplicaRegions = [{ Region: 'us-east-2', KmsKeyId }];
  await client.send(new ReplicateSecretToRegionsCommand({ SecretId: 'app/db', AddReplicaRegions }));
  aws.clock.pass({ seconds: 30 });
  const { ReplicationStatus } = await client.send(new DescribeSecretCommand({ SecretId: 'app/db' }));
  return ReplicationStatus?.[0]?.StatusMessage;
}

describe('a refusal by KMS', () => {
  it('B6: a silent permissions boundary', async () => {
    const keyArn = aws.emulator.createKey({ accountId: account, region: 'us-east-2' });
    const permissionsBoundary = policy(allOfSecretsManager);
    const { client, roleArn } = await user(aws, [allOfSecretsManager], { permissionsBoundary });
    aws.emulator.createGrant({ keyArn, granteePrincipal: roleArn, operations: ['GenerateDataKey'] });
    expect(await statusMessage(client, keyArn)).toContain(
      `kms:GenerateDataKey on resource: ${keyArn} because no permissions boundary allows the kms:GenerateDataKey action`,
    );
  });

  it('B14: names a key of the same account', async () => {
    const key = aws.emulator.createKey({ accountId: account, region: 'us-east-2' });
    const { client, sessionArn } = await user(aws, [allOfSecretsManager]);
    expect(await statusMessage(client, key)).toContain(
      `User: ${sessionArn} is not authorized to perform: kms:GenerateDataKey on resource: ${key} because no identity-based policy allows the kms:GenerateDataKey action (Service: AWSKMS;`,
    );
  });

  it('B14: hides a key of another account', async () => {
    const key = aws.emulator.createKey({ accountId: account, region: 'us-east-2' });
    const { client, sessionArn } = await user(aws, [allOfSecretsManager], { accountId: otherAccount });
    const message = await statusMessage(client, key);
    expect(message).toContain(
      `User: ${sessionArn} is not authorized to perform: kms:GenerateDataKey on this resource because no identity-based policy allows the kms:GenerateDataKey action (Service: AWSKMS;`,
    );
    expect(message).not.toContain(key);
  });
});

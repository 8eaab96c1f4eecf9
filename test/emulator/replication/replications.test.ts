/** Section I of the recordings of authority, G3 to G5 of those of rotation: secrets in several Regions. */
import {
  CancelRotateSecretCommand,
  CreateSecretCommand,
  DeleteResourcePolicyCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetResourcePolicyCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  RemoveRegionsFromReplicationCommand,
  ReplicateSecretToRegionsCommand,
  type ReplicateSecretToRegionsCommandInput,
  RotateSecretCommand,
  type SecretsManagerClient,
  StopReplicationToReplicaCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { PolicyStatement } from '../../../lib/emulator/index.js';
import { account, functionArn, functionRole, refusal, rotator, token, useLocalAws } from '../local-aws.js';

const aws = useLocalAws();
const [v1, v2] = [token('v1'), token('v2')];
const SecretId = 'app/db';
const east = 'us-east-2';
let arn = '';
let there: SecretsManagerClient;

beforeEach(async () => {
  const input = { Name: SecretId, SecretString: 'one', ClientRequestToken: v1, Description: 'a database' };
  arn = (await aws.client.send(new CreateSecretCommand(input))).ARN ?? '';
  there = aws.clientOf(aws.emulator.credentialsFor(account), east);
});

const replicate = async (input: Partial<ReplicateSecretToRegionsCommandInput> = {}, client = aws.client) => {
  const { $metadata, ...answer } = await client.send(
    new ReplicateSecretToRegionsCommand({ SecretId, AddReplicaRegions: [{ Region: east }], ...input }),
  );
  return answer;
};
const describeIn = (client: SecretsManagerClient) => client.send(new DescribeSecretCommand({ SecretId }));
const status = async () => (await describeIn(aws.client)).ReplicationStatus;
const read = async (client: SecretsManagerClient, input: object = {}) =>
  (await client.send(new GetSecretValueCommand({ SecretId, ...input }))).SecretString;
const put = (value: string, ClientRequestToken: string, client = aws.client) =>
  client.send(new PutSecretValueCommand({ SecretId, SecretString: value, ClientRequestToken }));
/** Longer than replication takes. */
const wait = () => aws.clock.pass({ seconds: 4 });
const KmsKeyId = 'alias/aws/secretsmanager';
const inSync = { Region: east, KmsKeyId, Status: 'InSync', StatusMessage: 'Replication succeeded' };
const inProgress = { Region: east, KmsKeyId, Status: 'InProgress' };
const today = new Date('2026-09-24T00:00:00Z');
const unknown = { name: 'ResourceNotFoundException', message: "Secrets Manager can't find the specified secret." };

/** A session of a role that may do everything, but for what its session policy denies. */
async function denied(...actions: string[]): Promise<SecretsManagerClient> {
  const roleArn = `arn:aws:iam::${account}:role/replicator`;
  const everything: PolicyStatement = { Effect: 'Allow', Action: '*', Resource: '*' };
  const trustPolicy = {
    Statement: { Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' },
  } as const;
  aws.emulator.createRole({ roleArn, trustPolicy, policies: [{ Statement: everything }] });
  const { Credentials } = await aws.stsOf(aws.emulator.credentialsFor(account)).send(
    new AssumeRoleCommand({
      RoleArn: roleArn,
      RoleSessionName: 'one',
      Policy: JSON.stringify({ Statement: [everything, { Effect: 'Deny', Action: actions, Resource: '*' }] }),
    }),
  );
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
  return aws.clientOf({ accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken });
}

describe('I. replication', () => {
  it('G4, I4: InProgress at once, InSync some seconds later; the replica has the same suffix', async () => {
    expect(await replicate()).toEqual({ ARN: arn, ReplicationStatus: [inProgress] });
    expect(await refusal(describeIn(there))).toEqual(unknown);
    expect(await status()).toEqual([inProgress]);
    wait();
    expect(await status()).toEqual([inSync]);
    expect((await describeIn(there)).ARN).toBe(arn.replace('us-west-2', east));
    expect(await read(there)).toBe('one');
  });

  it('G4: what a primary and its replica are described as', async () => {
    await aws.client.send(new TagResourceCommand({ SecretId, Tags: [{ Key: 'team', Value: 'a' }] }));
    const changed = aws.clock.now();
    await replicate();
    wait();
    const { $metadata, CreatedDate, ...replica } = await describeIn(there);
    expect(replica).toEqual({
      ARN: arn.replace('us-west-2', east),
      Name: SecretId,
      Description: 'a database',
      KmsKeyId,
      LastChangedDate: changed,
      PrimaryRegion: 'us-west-2',
      Tags: [{ Key: 'team', Value: 'a' }],
      VersionIdsToStages: { [v1]: ['AWSCURRENT'] },
    });
    const primary = await describeIn(aws.client);
    expect(primary.PrimaryRegion).toBe('us-west-2');
    expect(Number(CreatedDate)).toBeGreaterThan(Number(primary.CreatedDate));
  });

  it('CreateSecret with AddReplicaRegions', async () => {
    const { ReplicationStatus } = await aws.client.send(
      new CreateSecretCommand({ Name: 'both', SecretString: 'x', AddReplicaRegions: [{ Region: east }] }),
    );
    expect(ReplicationStatus).toEqual([inProgress]);
    wait();
    expect((await there.send(new GetSecretValueCommand({ SecretId: 'both' }))).SecretString).toBe('x');
    const own = new CreateSecretCommand({ Name: 'own', AddReplicaRegions: [{ Region: 'us-west-2' }] });
    expect(await refusal(aws.client.send(own))).toEqual({
      name: 'InvalidParameterException',
      message: 'Invalid replica region.',
    });
    expect(await refusal(aws.client.send(new DescribeSecretCommand({ SecretId: 'own' })))).toEqual(unknown);
  });

  it('G4: a new value, its labels, tags and the policy follow', async () => {
    await replicate();
    wait();
    await put('two', v2);
    await aws.client.send(new TagResourceCommand({ SecretId, Tags: [{ Key: 'team', Value: 'a' }] }));
    expect(await status()).toEqual([inProgress]);
    expect(await read(there)).toBe('one');
    wait();
    expect(await status()).toEqual([{ ...inSync, LastAccessedDate: today }]);
    expect(await read(there)).toBe('two');
    expect(await read(there, { VersionStage: 'AWSPREVIOUS' })).toBe('one');
    const { Tags, VersionIdsToStages } = await describeIn(there);
    expect(Tags).toEqual([{ Key: 'team', Value: 'a' }]);
    expect(VersionIdsToStages).toEqual({ [v1]: ['AWSPREVIOUS'], [v2]: ['AWSCURRENT'] });
    await aws.client.send(new UntagResourceCommand({ SecretId, TagKeys: ['team'] }));
    wait();
    expect((await describeIn(there)).Tags).toEqual([]);
  });

  it('what a deferred test does to the labels follows, too', async () => {
    aws.emulator.bindFunction({ functionArn, roleArn: functionRole, handler: rotator() });
    await replicate();
    const rotation = { SecretId, RotationLambdaARN: functionArn, RotateImmediately: false, ClientRequestToken: v2 };
    await aws.client.send(new RotateSecretCommand(rotation));
    await aws.emulator.rotationSettled(SecretId);
    wait();
    expect((await describeIn(there)).VersionIdsToStages).toEqual({ [v1]: ['AWSCURRENT'] });
    expect(await read(there, { VersionId: v2 })).toBe('one');
    expect(await describeIn(there)).not.toHaveProperty('RotationEnabled');
  });

  it('F1: beginning and ending replication moves LastChangedDate', async () => {
    aws.clock.pass({ seconds: 1 });
    await replicate();
    expect((await describeIn(aws.client)).LastChangedDate).toEqual(aws.clock.now());
    wait();
    await aws.client.send(new RemoveRegionsFromReplicationCommand({ SecretId, RemoveReplicaRegions: [east] }));
    expect((await describeIn(aws.client)).LastChangedDate).toEqual(aws.clock.now());
  });

  it("H8: the primary's policy appears on the replica, and goes", async () => {
    await replicate();
    wait();
    const document = { Statement: { Effect: 'Deny', Principal: { AWS: '*' }, Action: 'x:y', Resource: '*' } };
    await aws.client.send(new PutResourcePolicyCommand({ SecretId, ResourcePolicy: JSON.stringify(document) }));
    wait();
    const policy = async () => (await there.send(new GetResourcePolicyCommand({ SecretId }))).ResourcePolicy;
    expect(JSON.parse((await policy()) ?? '')).toEqual(document);
    await aws.client.send(new DeleteResourcePolicyCommand({ SecretId }));
    wait();
    expect(await policy()).toBeUndefined();
  });

  it('E7: a replica lists no versions, though their values can be read', async () => {
    await replicate();
    wait();
    for (const IncludeDeprecated of [true, false]) {
      const { Versions } = await there.send(new ListSecretVersionIdsCommand({ SecretId, IncludeDeprecated }));
      expect(Versions).toEqual([]);
    }
    expect(await read(there, { VersionId: v1 })).toBe('one');
    expect((await status())?.[0]?.LastAccessedDate).toEqual(today);
  });

  it.each<[string, (client: SecretsManagerClient) => Promise<unknown>]>([
    ['PutSecretValue', (client) => put('two', v2, client)],
    ['UpdateSecret', (client) => client.send(new UpdateSecretCommand({ SecretId, Description: 'x' }))],
    [
      'UpdateSecretVersionStage',
      (client) =>
        client.send(new UpdateSecretVersionStageCommand({ SecretId, VersionStage: 'BLUE', MoveToVersionId: v1 })),
    ],
    ['TagResource', (client) => client.send(new TagResourceCommand({ SecretId, Tags: [{ Key: 'a', Value: '' }] }))],
    ['UntagResource', (client) => client.send(new UntagResourceCommand({ SecretId, TagKeys: ['a'] }))],
    [
      'PutResourcePolicy',
      (client) => client.send(new PutResourcePolicyCommand({ SecretId, ResourcePolicy: '{"Statement":[]}' })),
    ],
    ['DeleteResourcePolicy', (client) => client.send(new DeleteResourcePolicyCommand({ SecretId }))],
    ['DeleteSecret', (client) => client.send(new DeleteSecretCommand({ SecretId }))],
    ['RotateSecret', (client) => client.send(new RotateSecretCommand({ SecretId, RotationLambdaARN: functionArn }))],
    ['CancelRotateSecret', (client) => client.send(new CancelRotateSecretCommand({ SecretId }))],
    ['ReplicateSecretToRegions', (client) => replicate({ AddReplicaRegions: [{ Region: 'eu-west-1' }] }, client)],
  ])('G3, H8: %s is for the primary alone', async (_, call) => {
    await replicate();
    wait();
    expect(await refusal(call(there))).toEqual({
      name: 'InvalidParameterException',
      message: "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
    });
  });

  it('G3: StopReplicationToReplica is for the replica alone', async () => {
    expect(await refusal(aws.client.send(new StopReplicationToReplicaCommand({ SecretId })))).toEqual({
      name: 'InvalidParameterException',
      message: "Operation not permitted on a primary secret. Call must be made in replica secret's region.",
    });
  });

  it('G3: a primary with replicas is not deleted, until they are removed', async () => {
    await replicate();
    wait();
    for (const ForceDeleteWithoutRecovery of [false, true]) {
      const deletion = aws.client.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery }));
      expect(await refusal(deletion)).toEqual({
        name: 'InvalidParameterException',
        message: `You can't delete secret ${arn} that still has replica regions [us-east-2].`,
      });
    }
    await aws.client.send(new RemoveRegionsFromReplicationCommand({ SecretId, RemoveReplicaRegions: [east] }));
    await aws.client.send(new DeleteSecretCommand({ SecretId }));
  });

  it('G4: RemoveRegionsFromReplication deletes the replica; a Region without one is passed over', async () => {
    await replicate();
    wait();
    const remove = async (...RemoveReplicaRegions: string[]) => {
      const { $metadata, ...answer } = await aws.client.send(
        new RemoveRegionsFromReplicationCommand({ SecretId, RemoveReplicaRegions }),
      );
      return answer;
    };
    expect(await remove('eu-west-1')).toEqual({ ARN: arn, ReplicationStatus: [inSync] });
    await put('two', v2);
    expect(await remove(east)).toEqual({ ARN: arn, ReplicationStatus: [] });
    expect(await refusal(describeIn(there))).toEqual(unknown);
    wait();
    expect(await refusal(describeIn(there))).toEqual(unknown);
    const primary = await describeIn(aws.client);
    expect(primary).not.toHaveProperty('PrimaryRegion');
    expect(primary).not.toHaveProperty('ReplicationStatus');
  });

  it('G4, F1: a promoted replica is a secret of its own, and the primary knows nothing of it', async () => {
    await replicate();
    wait();
    const { LastChangedDate } = await describeIn(aws.client);
    const { ARN } = await there.send(new StopReplicationToReplicaCommand({ SecretId }));
    expect(ARN).toBe(arn.replace('us-west-2', east));
    await put('two', v2, there);
    wait();
    expect([await read(aws.client), await read(there)]).toEqual(['one', 'two']);
    const primary = await describeIn(aws.client);
    expect(primary.LastChangedDate).toEqual(LastChangedDate);
    for (const secret of [primary, await describeIn(there)]) {
      expect(secret).not.toHaveProperty('PrimaryRegion');
      expect(secret).not.toHaveProperty('ReplicationStatus');
    }
    await there.send(new DeleteSecretCommand({ SecretId }));
  });

  it('I1: without Decrypt in the source it is Failed, some seconds later, in the words of KMS', async () => {
    const client = await denied('kms:Decrypt');
    expect((await replicate({}, client)).ReplicationStatus).toEqual([inProgress]);
    wait();
    const [replica] = (await status()) ?? [];
    expect(replica?.Status).toBe('Failed');
    expect(replica?.StatusMessage).toMatch(
      /^Replication failed: User: arn:aws:sts::111122223333:assumed-role\/replicator\/one is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:us-west-2:111122223333:key\/[0-9a-f-]{36} with an explicit deny in a session policy \(Service: AWSKMS; Status Code: 400; Error Code: AccessDeniedException; Request ID: [0-9a-f-]{36}; Proxy: null\)$/,
    );
    expect(await refusal(describeIn(there))).toEqual(unknown);
  });

  it('I1: so it is without GenerateDataKey in the target', async () => {
    await replicate({}, await denied('kms:GenerateDataKey'));
    wait();
    const [replica] = (await status()) ?? [];
    expect(replica?.Status).toBe('Failed');
    expect(replica?.StatusMessage).toMatch(/kms:GenerateDataKey on resource: arn:aws:kms:us-east-2:111122223333:key\//);
  });

  it('I2: a put succeeds without that permission; the replica serves what it has', async () => {
    await replicate();
    wait();
    const client = await denied('kms:Decrypt');
    expect((await put('two', v2, client)).VersionId).toBe(v2);
    expect(await status()).toEqual([inProgress]);
    wait();
    expect((await status())?.[0]?.Status).toBe('Failed');
    expect([await read(aws.client), await read(there)]).toEqual(['two', 'one']);
    await aws.client.send(new UpdateSecretCommand({ SecretId, Description: 'again, by someone who may' }));
    wait();
    expect(await status()).toEqual([{ ...inSync, LastAccessedDate: today }]);
    expect(await read(there)).toBe('two');
  });

  it('I3, G5: a name that is taken there: Failed, and later changes do not try again', async () => {
    const taken = await there.send(new CreateSecretCommand({ Name: SecretId, SecretString: 'mine' }));
    expect((await replicate()).ReplicationStatus).toEqual([inProgress]);
    wait();
    const failed = {
      ...inProgress,
      Status: 'Failed',
      StatusMessage: `Replication failed: Secret name ${SecretId} already exists in region us-east-2.`,
    };
    expect(await status()).toEqual([failed]);
    await put('two', v2);
    wait();
    expect(await status()).toEqual([failed]);
    expect(await read(there)).toBe('mine');
    await replicate({ ForceOverwriteReplicaSecret: true });
    wait();
    expect(await read(there)).toBe('two');
    expect(await refusal(there.send(new DescribeSecretCommand({ SecretId: taken.ARN })))).toEqual(unknown);
  });

  it('I3: a Region that is named twice or has a replica is one entry; the own Region is invalid', async () => {
    expect((await replicate({ AddReplicaRegions: [{ Region: east }, { Region: east }] })).ReplicationStatus).toEqual([
      inProgress,
    ]);
    wait();
    expect((await replicate()).ReplicationStatus).toEqual([inProgress]);
    wait();
    expect(await status()).toEqual([inSync]);
    expect(await refusal(replicate({ AddReplicaRegions: [{ Region: 'us-west-2' }] }))).toEqual({
      name: 'InvalidParameterException',
      message: 'Invalid replica region.',
    });
    expect(await refusal(replicate({ AddReplicaRegions: [] }))).toMatchObject({ name: 'ValidationException' });
    expect(await refusal(replicate({ AddReplicaRegions: [{ Region: 'Oregon' }] }))).toMatchObject({
      name: 'ValidationException',
    });
  });

  it('a replica under a key of its own', async () => {
    const keyArn = `arn:aws:kms:${east}:${account}:key/mine`;
    aws.emulator.createKey({ keyArn });
    await replicate({ AddReplicaRegions: [{ Region: east, KmsKeyId: keyArn }] });
    wait();
    expect(await status()).toEqual([{ ...inSync, KmsKeyId: keyArn }]);
    expect((await describeIn(there)).KmsKeyId).toBe(keyArn);
    aws.emulator.setKeyState(keyArn, 'disabled');
    expect(await refusal(read(there))).toMatchObject({ name: 'DecryptionFailure' });
    expect(await read(aws.client)).toBe('one');
  });

  it('each replication is told in the event log, when it was', async () => {
    await replicate();
    const started = aws.clock.now();
    aws.clock.pass({ days: 1 });
    await describeIn(aws.client);
    const events = aws.emulator.events.map(({ eventName, eventTime }) => [eventName, Date.parse(eventTime)]);
    expect(events).toEqual([
      ['ReplicationStarted', Math.floor(started.getTime() / 1000) * 1000],
      ['ReplicationSucceeded', Math.floor((started.getTime() + 2000) / 1000) * 1000],
    ]);
  });

  it('primary-region finds primaries and replicas alike, and neither once they are parted', async () => {
    await replicate();
    wait();
    const found = async (client: SecretsManagerClient) =>
      (
        await client.send(new ListSecretsCommand({ Filters: [{ Key: 'primary-region', Values: ['us-west'] }] }))
      ).SecretList?.map(({ PrimaryRegion }) => PrimaryRegion);
    expect([await found(aws.client), await found(there)]).toEqual([['us-west-2'], ['us-west-2']]);
    await there.send(new StopReplicationToReplicaCommand({ SecretId }));
    expect([await found(aws.client), await found(there)]).toEqual([[], []]);
  });
});

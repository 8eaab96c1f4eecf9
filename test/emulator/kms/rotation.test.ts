import {
  CreateSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutResourcePolicyCommand,
  RotateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Credentials, PolicyStatement, RotationOutcome } from '../../../lib/emulator/index.js';
import {
  functionArn,
  functionRole,
  ordinary,
  pendingValue,
  refusal,
  rotator,
  secretsManager,
  token,
  useLocalAws,
} from '../local-aws.js';
import {
  account,
  allOfSecretsManager,
  allow,
  keyArn,
  kmsCalls,
  kmsNotAllowed,
  otherAccount,
  policy,
  region,
  user,
} from './key-users.js';

const aws = useLocalAws();
const current = token('current');
const pending = token('pending');
let arn: string;

beforeEach(async () => {
  aws.emulator.createKey({ keyArn });
  const made = await aws.client.send(
    new CreateSecretCommand({ Name: 'app/db', SecretString: 'one', ClientRequestToken: current, KmsKeyId: keyArn }),
  );
  arn = made.ARN ?? '';
});

/** What a rotation of a secret under a customer key takes [recorded-authority L2]. */
const fourActions = () =>
  allow(
    ['DescribeSecret', 'GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage'].map(
      (action) => `secretsmanager:${action}`,
    ),
    { Resource: arn },
  );
const keyStatement = (actions: readonly string[]) =>
  allow(actions, { Resource: keyArn, Condition: { StringEquals: { 'kms:EncryptionContext:SecretARN': arn } } });
const bothGrants = ['kms:GenerateDataKey', 'kms:Decrypt'];

const lambdaTrust = policy({
  Effect: 'Allow',
  Principal: { Service: 'lambda.amazonaws.com' },
  Action: 'sts:AssumeRole',
});

async function rotate(RotationLambdaARN: string): Promise<RotationOutcome> {
  await aws.client.send(new RotateSecretCommand({ SecretId: arn, RotationLambdaARN, ClientRequestToken: pending }));
  return aws.emulator.rotationSettled(arn);
}

const failedIn = (step: string, steps: readonly string[]) => ({
  status: 'Failed',
  steps: steps.map((name) => ({
    step: name,
    ...(name === step && { errorType: kmsNotAllowed.name, error: kmsNotAllowed.message }),
  })),
});

async function expectRotated(outcome: RotationOutcome): Promise<void> {
  expect(outcome).toMatchObject({ status: 'Succeeded', versionId: pending });
  expect(await aws.client.send(new GetSecretValueCommand({ SecretId: arn }))).toMatchObject({
    SecretString: pendingValue,
    VersionId: pending,
  });
  const asked = aws.emulator.decisions.filter(
    ({ action, callerArn }) => action.startsWith('kms:') && callerArn.includes('/rot'),
  );
  expect(asked.map(({ action }) => action)).toEqual(['kms:GenerateDataKey', 'kms:Decrypt']);
}

describe('L2: a rotation under a customer key, in one account', () => {
  const bind = (actions: readonly string[]) => {
    const statements: PolicyStatement[] = [fourActions(), ...(actions.length > 0 ? [keyStatement(actions)] : [])];
    aws.emulator.createRole({ roleArn: functionRole, trustPolicy: lambdaTrust, policies: [policy(...statements)] });
    aws.emulator.bindFunction({ functionArn, roleArn: functionRole, handler: rotator() });
  };

  it('L2: takes GenerateDataKey and Decrypt on the key, and nothing else of KMS', async () => {
    bind(bothGrants);
    await expectRotated(await rotate(functionArn));
  });

  it('L2: without GenerateDataKey createSecret fails', async () => {
    bind(['kms:Decrypt']);
    expect(await rotate(functionArn)).toMatchObject(failedIn('createSecret', ['createSecret']));
  });

  it('L2: without Decrypt a first createSecret passes; reading the new value fails', async () => {
    bind(['kms:GenerateDataKey']);
    const steps = ['createSecret', 'setSecret', 'testSecret'];
    expect(await rotate(functionArn)).toMatchObject(failedIn('testSecret', steps));
    // And so does every retry of createSecret.
    expect(await aws.emulator.reattemptRotation(arn)).toMatchObject(failedIn('createSecret', ['createSecret']));
  });

  it('L1: under the default key it takes no statement about KMS', async () => {
    const made = await aws.client.send(
      new CreateSecretCommand({ Name: 'default', SecretString: 'one', ClientRequestToken: current }),
    );
    arn = made.ARN ?? '';
    bind([]);
    expect(await rotate(functionArn)).toMatchObject({ status: 'Succeeded' });
  });
});

const remoteFunction = `arn:aws:lambda:${region}:${otherAccount}:function:rotate`;
const remoteRole = `arn:aws:iam::${otherAccount}:role/rotate-remotely`;
const invokePermissions = [{ sourceAccount: account }];

describe('L2: across two accounts, with the own role of the function', () => {
  const bind = async (ofIdentity: readonly string[], ofKey: readonly string[]) => {
    const Principal = { AWS: remoteRole };
    const root = { AWS: `arn:aws:iam::${account}:root` };
    aws.emulator.createRole({
      roleArn: remoteRole,
      trustPolicy: lambdaTrust,
      policies: [policy(fourActions(), keyStatement(ofIdentity))],
    });
    aws.emulator.createKey({
      keyArn,
      policy: policy(allow('kms:*', { Principal: root }), allow(ofKey, { Principal })),
    });
    const ResourcePolicy = JSON.stringify(policy({ ...fourActions(), Principal }));
    await aws.client.send(new PutResourcePolicyCommand({ SecretId: arn, ResourcePolicy }));
    aws.emulator.bindFunction({
      functionArn: remoteFunction,
      roleArn: remoteRole,
      invokePermissions,
      handler: rotator(),
    });
  };

  it('L2: takes both actions in its own policies and in the policy of the key', async () => {
    await bind(bothGrants, bothGrants);
    await expectRotated(await rotate(remoteFunction));
  });

  it.each([
    ['in its own policies', ['kms:Decrypt'], bothGrants],
    ['in the policy of the key', bothGrants, ['kms:Decrypt']],
  ])('L2: without GenerateDataKey %s createSecret fails', async (_, ofIdentity, ofKey) => {
    await bind(ofIdentity, ofKey);
    expect(await rotate(remoteFunction)).toMatchObject(failedIn('createSecret', ['createSecret']));
  });

  it.each([
    ['in its own policies', ['kms:GenerateDataKey'], bothGrants],
    ['in the policy of the key', bothGrants, ['kms:GenerateDataKey']],
  ])('L2: without Decrypt %s testSecret fails', async (_, ofIdentity, ofKey) => {
    await bind(ofIdentity, ofKey);
    const steps = ['createSecret', 'setSecret', 'testSecret'];
    expect(await rotate(remoteFunction)).toMatchObject(failedIn('testSecret', steps));
  });
});

describe('L2: across two accounts, with a role in the account of the secret', () => {
  const assumedRole = `arn:aws:iam::${account}:role/rotation-in-secret-account`;

  /** An ordinary function that does everything with the role it assumes. */
  function assuming(): ReturnType<typeof rotator> {
    return (environment) => {
      const own: Credentials = {
        accessKeyId: environment.AWS_ACCESS_KEY_ID ?? '',
        secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? '',
        sessionToken: environment.AWS_SESSION_TOKEN ?? '',
      };
      const endpoint = environment.AWS_ENDPOINT_URL ?? '';
      const sts = new STSClient({ endpoint, region, credentials: own });
      return async (event) => {
        const { Credentials: assumed } = await sts.send(
          new AssumeRoleCommand({ RoleArn: assumedRole, RoleSessionName: 'rotation' }),
        );
        const client = secretsManager(endpoint, {
          accessKeyId: assumed?.AccessKeyId ?? '',
          secretAccessKey: assumed?.SecretAccessKey ?? '',
          sessionToken: assumed?.SessionToken ?? '',
        });
        await ordinary(event.Step, { client, event, environment });
      };
    };
  }

  const bind = (actions: readonly string[]) => {
    aws.emulator.createRole({
      roleArn: remoteRole,
      trustPolicy: lambdaTrust,
      policies: [policy(allow('sts:AssumeRole', { Resource: assumedRole }))],
    });
    aws.emulator.createRole({
      roleArn: assumedRole,
      trustPolicy: policy({ Effect: 'Allow', Principal: { AWS: remoteRole }, Action: 'sts:AssumeRole' }),
      policies: [policy(fourActions(), keyStatement(actions))],
    });
    aws.emulator.bindFunction({
      functionArn: remoteFunction,
      roleArn: remoteRole,
      invokePermissions,
      handler: assuming(),
    });
  };

  it('L2: takes both actions in the policies of that role; the policy of the key stays as it is', async () => {
    bind(bothGrants);
    await expectRotated(await rotate(remoteFunction));
  });

  it('L2: without GenerateDataKey createSecret fails', async () => {
    bind(['kms:Decrypt']);
    expect(await rotate(remoteFunction)).toMatchObject(failedIn('createSecret', ['createSecret']));
  });

  it('L2: without Decrypt testSecret fails', async () => {
    bind(['kms:GenerateDataKey']);
    const steps = ['createSecret', 'setSecret', 'testSecret'];
    expect(await rotate(remoteFunction)).toMatchObject(failedIn('testSecret', steps));
  });
});

describe('a deferred rotation copies the current value (not recorded: by which calls to KMS)', () => {
  const rotateLater = (client = aws.client) =>
    client.send(
      new RotateSecretCommand({
        SecretId: arn,
        RotationLambdaARN: functionArn,
        ClientRequestToken: pending,
        RotateImmediately: false,
      }),
    );
  const bind = () =>
    aws.emulator.bindFunction({
      functionArn,
      roleArn: functionRole,
      handler: rotator({ testSecret: () => undefined }),
    });

  it('by none, under the key of what is copied', async () => {
    bind();
    const { client } = await user(aws, [allOfSecretsManager, allow('lambda:InvokeFunction')]);
    await rotateLater(client);
    expect(kmsCalls(aws)).toEqual([]);
    await aws.emulator.rotationSettled(arn);
    const listed = await aws.client.send(new ListSecretVersionIdsCommand({ SecretId: arn, IncludeDeprecated: true }));
    expect(listed.Versions).toMatchObject([
      { VersionId: current, KmsKeyIds: [keyArn] },
      { VersionId: pending, KmsKeyIds: [keyArn] },
    ]);
  });

  describe("with `deferredCopyCallsKms: 'as the caller'`", () => {
    const strict = useLocalAws({ undocumented: { deferredCopyCallsKms: 'as the caller' } });

    it('by Decrypt and GenerateDataKey in the name of the caller of RotateSecret', async () => {
      strict.emulator.createKey({ keyArn });
      strict.emulator.bindFunction({ functionArn, roleArn: functionRole, handler: rotator() });
      const { ARN } = await strict.client.send(
        new CreateSecretCommand({ Name: 'app/db', SecretString: 'one', ClientRequestToken: current, KmsKeyId: keyArn }),
      );
      arn = ARN ?? '';
      const others = [allOfSecretsManager, allow('lambda:InvokeFunction')];
      const unable = await user(strict, [...others, keyStatement(['kms:Decrypt'])]);
      expect(await refusal(rotateLater(unable.client))).toEqual(kmsNotAllowed);
      expect(kmsCalls(strict)).toEqual(['Decrypt', 'GenerateDataKey refused']);
      await rotateLater((await user(strict, [...others, keyStatement(bothGrants)])).client);
      expect(kmsCalls(strict)).toEqual(['Decrypt', 'GenerateDataKey']);
      expect(await strict.emulator.rotationSettled(arn)).toMatchObject({ kind: 'TestRotation', status: 'Succeeded' });
    });
  });
});

/** G6 and H7 of the recordings: a secret that a service owns; and what nobody rotates by a function. */
import {
  CreateSecretCommand,
  DeleteResourcePolicyCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetResourcePolicyCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  type RotateSecretCommandInput,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from '@jest/globals';
import { account, functionArn, functionRole, refusal, region, rotator, useLocalAws } from '../local-aws.js';

const aws = useLocalAws();
const name = 'events!connection/app/1';
const owned = () =>
  aws.emulator.createManagedSecret({
    accountId: account,
    region,
    owningService: 'events',
    name,
    secretString: '{"username":"u"}',
  });
const SecretId = name;
const notModelled = {
  name: 'InvalidRequestException',
  message:
    'The emulator does not rotate managed external secrets, nor secrets that a service owns. With RotateImmediately=false it keeps the configuration.',
};

describe('a secret that a service owns', () => {
  it('G6: is described with its owner and the tag of its owner, and can be read', async () => {
    const arn = owned();
    const described = await aws.client.send(new DescribeSecretCommand({ SecretId }));
    expect(described).toMatchObject({
      ARN: arn,
      OwningService: 'events',
      Tags: [{ Key: 'aws:secretsmanager:owningService', Value: 'events' }],
    });
    expect((await aws.client.send(new GetSecretValueCommand({ SecretId }))).SecretString).toBe('{"username":"u"}');
    const { SecretList } = await aws.client.send(new ListSecretsCommand({}));
    expect(SecretList?.[0]?.OwningService).toBe('events');
  });

  it('H7: is changed by nobody else', async () => {
    owned();
    const calls = [
      new TagResourceCommand({ SecretId, Tags: [{ Key: 'a', Value: '' }] }),
      new UntagResourceCommand({ SecretId, TagKeys: ['aws:secretsmanager:owningService'] }),
      new PutResourcePolicyCommand({ SecretId, ResourcePolicy: '{"Statement":[]}' }),
      new DeleteResourcePolicyCommand({ SecretId }),
      new UpdateSecretCommand({ SecretId, Description: 'mine' }),
      new PutSecretValueCommand({ SecretId, SecretString: 'mine' }),
      new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }),
    ];
    for (const call of calls) {
      // Each command is its own type of the client's; together they have none.
      expect(await refusal(aws.client.send(call as DeleteSecretCommand))).toEqual({
        name: 'InvalidRequestException',
        message: 'Operation is not allowed on secret owned by events',
      });
    }
    expect((await aws.client.send(new GetResourcePolicyCommand({ SecretId }))).Name).toBe(name);
  });

  it('has a schedule of its own, but no function', async () => {
    owned();
    const rotate = (input: Partial<RotateSecretCommandInput>) =>
      aws.client.send(new RotateSecretCommand({ SecretId, ...input }));
    aws.emulator.bindFunction({ functionArn, roleArn: functionRole, handler: rotator() });
    expect(await refusal(rotate({ RotationLambdaARN: functionArn }))).toEqual({
      name: 'InvalidRequestException',
      message: 'Operation is not allowed on secret owned by events',
    });
    expect(await refusal(rotate({}))).toEqual(notModelled);
    await rotate({ RotateImmediately: false, RotationRules: { AutomaticallyAfterDays: 30 } });
    const described = await aws.client.send(new DescribeSecretCommand({ SecretId }));
    expect(described).toMatchObject({ RotationEnabled: true, RotationRules: { AutomaticallyAfterDays: 30 } });
  });
});

describe('a managed external secret', () => {
  const configuration = {
    ExternalSecretRotationMetadata: [{ Key: 'apiVersion', Value: 'v65.0' }],
    ExternalSecretRotationRoleArn: `arn:aws:iam::${account}:role/vendor`,
    RotationRules: { AutomaticallyAfterDays: 10 },
  };
  const create = () =>
    aws.client.send(new CreateSecretCommand({ Name: 'mes', SecretString: '{}', Type: 'SalesforceClientSecret' }));
  const rotate = (input: Partial<RotateSecretCommandInput>) =>
    aws.client.send(new RotateSecretCommand({ SecretId: 'mes', ...input }));
  const described = () => aws.client.send(new DescribeSecretCommand({ SecretId: 'mes' }));

  it('has its type and its configuration told back', async () => {
    await create();
    await rotate({ ...configuration, RotateImmediately: false });
    expect(await described()).toMatchObject({
      Type: 'SalesforceClientSecret',
      RotationEnabled: true,
      NextRotationDate: new Date('2026-10-04T23:59:59Z'),
      ...configuration,
    });
    const { SecretList } = await aws.client.send(new ListSecretsCommand({}));
    expect(SecretList?.[0]).toMatchObject({ Type: 'SalesforceClientSecret', ...configuration });
    await aws.client.send(new UpdateSecretCommand({ SecretId: 'mes', Type: 'GitLabAccessToken' }));
    expect((await described()).Type).toBe('GitLabAccessToken');
  });

  it('is not rotated, and says so: at once, and when its time has come', async () => {
    await create();
    expect(await refusal(rotate(configuration))).toEqual(notModelled);
    expect(await described()).not.toHaveProperty('RotationEnabled');
    await rotate({ ...configuration, RotateImmediately: false });
    expect(await refusal(rotate({}))).toEqual(notModelled);
    await aws.emulator.advance(11 * 86_400_000);
    const failed = aws.emulator.events.find(({ eventName }) => eventName === 'RotationFailed');
    expect(failed?.errorMessage).toBe(notModelled.message);
  });

  it('has either a vendor or a function, the last that it was given', async () => {
    await create();
    aws.emulator.bindFunction({ functionArn, roleArn: functionRole, handler: rotator() });
    await rotate({ ...configuration, RotateImmediately: false });
    await rotate({ RotationLambdaARN: functionArn });
    expect((await aws.emulator.rotationSettled('mes')).status).toBe('Succeeded');
    expect(await described()).not.toHaveProperty('ExternalSecretRotationRoleArn');
    await rotate({});
    expect((await aws.emulator.rotationSettled('mes')).status).toBe('Succeeded');
    await rotate({ ...configuration, RotateImmediately: false });
    expect(await described()).not.toHaveProperty('RotationLambdaARN');
    const both = rotate({ ...configuration, RotationLambdaARN: functionArn });
    expect(await refusal(both)).toMatchObject({ name: 'InvalidParameterException' });
  });

  it.each([
    ['a role too short', { ExternalSecretRotationRoleArn: 'arn' }],
    ['an empty key', { ExternalSecretRotationMetadata: [{ Key: '', Value: 'v' }] }],
  ])('refused: %s', async (_, input) => {
    await create();
    expect(await refusal(rotate(input))).toMatchObject({ name: 'ValidationException' });
  });
});

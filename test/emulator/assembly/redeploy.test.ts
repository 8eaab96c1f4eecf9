/** A second deploy changes what has changed, keeps what has not, and removes what is gone. */
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from '@jest/globals';
import type { DeployError, DeployOptions, DeployProgress } from '../../../lib/emulator/index.js';
import { account, refusal, useLocalAws } from '../local-aws.js';
import {
  newFolder,
  policy,
  rotationResources,
  rotationStack,
  rotationStatement,
  type StackSketch,
  writeAssembly,
} from './assembly-folder.js';

const aws = useLocalAws();

/** @returns what was done, in a word each */
async function deploy(stack: StackSketch, options: DeployOptions = {}, folder = newFolder()): Promise<string[]> {
  const done: DeployProgress[] = [];
  await aws.emulator.deploy(writeAssembly({ Stack: stack }, folder), {
    ...options,
    onProgress: (each) => done.push(each),
  });
  return done.map(({ action, logicalId, status }) => [action, logicalId, status].filter(Boolean).join(' '));
}

async function readValue(SecretId: string): Promise<string> {
  return (await aws.client.send(new GetSecretValueCommand({ SecretId }))).SecretString ?? '';
}

async function rotate(): Promise<{ status: string; value: string; errors: string }> {
  await aws.client.send(new RotateSecretCommand({ SecretId: 'app/key' }));
  const { status, steps } = await aws.emulator.rotationSettled('app/key');
  return { status, value: await readValue('app/key'), errors: steps.map(({ error }) => error ?? '').join() };
}

const secret = (Properties: object, rest: object = {}) => ({
  Type: 'AWS::SecretsManager::Secret',
  Properties,
  ...rest,
});
const later = { schedule: { RotateImmediatelyOnUpdate: false } };

it('of the same assembly does nothing, and asks for nothing', async () => {
  const folder = newFolder();
  await deploy(rotationStack(), {}, folder);
  const [value, before] = [await readValue('app/key'), aws.emulator.requests.length];
  expect(await deploy(rotationStack(), {}, folder)).toEqual([]);
  expect(aws.emulator.requests.length).toBe(before);
  expect(await readValue('app/key')).toBe(value);
  // The code lies in another folder now, and the first one may go.
  expect(await deploy(rotationStack())).toEqual(['updated Function']);
});

it('a statement less is a permission less, and one more again is one more', async () => {
  const folder = newFolder();
  const without = { ...rotationResources(later) };
  without.Policy = {
    Type: 'AWS::IAM::Policy',
    Properties: {
      PolicyName: 'rotation',
      PolicyDocument: policy({
        ...rotationStatement,
        Action: rotationStatement.Action.filter((each) => !each.endsWith('PutSecretValue')),
      }),
      Roles: [{ Ref: 'Role' }],
    },
  };
  await deploy(rotationStack(later), {}, folder);
  expect(await rotate()).toMatchObject({ status: 'Succeeded' });
  expect(await deploy({ ...rotationStack(later), resources: without }, {}, folder)).toEqual(['updated Policy']);
  const { status, errors } = await rotate();
  expect(status).toBe('Failed');
  expect(errors).toContain('is not authorized to perform: secretsmanager:PutSecretValue');
  expect(await deploy(rotationStack(later), {}, folder)).toEqual(['updated Policy']);
  expect(await aws.emulator.reattemptRotation('app/key')).toMatchObject({ status: 'Succeeded' });
});

it('another asset is other code, and no reason to rotate', async () => {
  await deploy(rotationStack(later));
  expect(JSON.parse((await rotate()).value).made).toBe('by the first code');
  const { code = {} } = rotationStack(later, 'by the second code');
  const changed = {
    ...rotationStack({ ...later, function: { Code: { S3Key: 'second.zip' } } }),
    code: { second: code.code ?? {} },
  };
  expect(await deploy(changed)).toEqual(['updated Function']);
  expect(JSON.parse((await rotate()).value).made).toBe('by the second code');
});

it('a changed schedule rotates again; cancelling comes with its removal', async () => {
  await deploy(rotationStack());
  const changed = rotationStack({ schedule: { RotationRules: { ScheduleExpression: 'rate(20 days)' } } });
  expect(await deploy(changed)).toEqual(expect.arrayContaining(['updated Schedule', 'rotation Schedule Succeeded']));
  const { RotationRules } = await aws.client.send(new DescribeSecretCommand({ SecretId: 'app/key' }));
  expect(RotationRules?.ScheduleExpression).toBe('rate(20 days)');
  const { Schedule: _, ...resources } = rotationResources();
  expect(await deploy({ ...rotationStack(), resources })).toContain('removed Schedule');
  expect((await aws.client.send(new DescribeSecretCommand({ SecretId: 'app/key' }))).RotationEnabled).toBe(false);
});

describe('the value of a secret', () => {
  const generated = (PasswordLength: number, more: object = {}) => ({
    resources: { Secret: secret({ Name: 'kept', GenerateSecretString: { PasswordLength }, ...more }) },
  });

  it('stays, though it was generated, and whatever has become of it', async () => {
    await deploy(generated(20));
    await aws.client.send(new PutSecretValueCommand({ SecretId: 'kept', SecretString: 'rotated' }));
    expect(await deploy(generated(20, { Description: 'new' }))).toEqual(['updated Secret']);
    expect(await readValue('kept')).toBe('rotated');
    expect((await aws.client.send(new DescribeSecretCommand({ SecretId: 'kept' }))).Description).toBe('new');
  });

  it('is generated anew by other rules', async () => {
    await deploy(generated(20));
    await deploy(generated(30));
    expect(await readValue('kept')).toHaveLength(30);
  });

  it('is a new version when the template has another one', async () => {
    const stack = (SecretString: string) => ({ resources: { Secret: secret({ Name: 'plain', SecretString }) } });
    await deploy(stack('first'));
    await aws.client.send(new PutSecretValueCommand({ SecretId: 'plain', SecretString: 'rotated' }));
    expect(await deploy(stack('first'))).toEqual([]);
    expect(await readValue('plain')).toBe('rotated');
    await deploy(stack('second'));
    expect(await readValue('plain')).toBe('second');
  });
});

it('tags and replicas come and go', async () => {
  const stack = (Tags: object[], ReplicaRegions: object[]) => ({
    resources: { Secret: secret({ Name: 'tagged', SecretString: 'x', Tags, ReplicaRegions }) },
  });
  const tag = (Key: string, Value: string) => ({ Key, Value });
  await deploy(stack([tag('a', '1'), tag('b', '2')], [{ Region: 'eu-west-1' }]));
  await aws.emulator.advance(5000);
  await deploy(stack([tag('b', '3'), tag('c', '4')], [{ Region: 'eu-north-1' }]));
  const { Tags = [], ReplicationStatus = [] } = await aws.client.send(
    new DescribeSecretCommand({ SecretId: 'tagged' }),
  );
  expect(Tags.map(({ Key, Value }) => `${Key}=${Value}`).sort()).toEqual(['b=3', 'c=4']);
  expect(ReplicationStatus.map(({ Region }) => Region)).toEqual(['eu-north-1']);
  await aws.emulator.advance(5000);
  expect(await deploy({ resources: {} })).toEqual(['removed Secret']);
  expect(await refusal(readValue('tagged'))).toMatchObject({ name: 'InvalidRequestException' });
});

describe('what is gone from the template', () => {
  it('is removed, in the order in which nothing misses it', async () => {
    await deploy(rotationStack());
    const done = await deploy({ resources: {} });
    expect([...done].sort()).toEqual(
      ['Function', 'Permission', 'Policy', 'Role', 'Schedule', 'Secret'].map((id) => `removed ${id}`),
    );
    expect(done.indexOf('removed Schedule')).toBeLessThan(done.indexOf('removed Secret'));
    expect(await refusal(readValue('app/key'))).toMatchObject({ name: 'InvalidRequestException' });
    expect(await refusal(aws.client.send(new RotateSecretCommand({ SecretId: 'app/key' })))).not.toMatchObject({
      name: 'none',
    });
    // All of it can be made again, once the secret is gone.
    await aws.emulator.advance(60_000);
    expect(await deploy(rotationStack())).toContain('rotation Schedule Succeeded');
  });

  it.each(['Retain', 'RetainExceptOnCreate'])('stays by its DeletionPolicy: %s', async (DeletionPolicy) => {
    await deploy({ resources: { Secret: secret({ Name: 'retained', SecretString: 'x' }, { DeletionPolicy }) } });
    expect(await deploy({ resources: {} })).toEqual(['retained Secret']);
    expect(await readValue('retained')).toBe('x');
  });

  it('may come back at once', async () => {
    const stack = {
      resources: { Secret: secret({ SecretString: 'x' }), Other: secret({ SecretString: { Ref: 'Secret' } }) },
    };
    await deploy(stack);
    expect((await deploy({ resources: {} })).sort()).toEqual(['removed Other', 'removed Secret']);
    expect(await deploy(stack)).toEqual(['created Secret', 'created Other']);
    expect(await deploy(stack)).toEqual([]);
  });

  it('leaves a role that takes its place with the policies of others', async () => {
    const { Role, ...resources } = rotationResources(later);
    const Properties = { ...Object(Role).Properties, Path: '/app/' };
    await deploy(rotationStack(later));
    const moved = {
      ...rotationStack(later),
      resources: { ...resources, Role: { Type: 'AWS::IAM::Role', Properties } },
    };
    expect(await deploy(moved)).toEqual(expect.arrayContaining(['updated Role', 'updated Function', 'removed Role']));
    expect(await rotate()).toMatchObject({ status: 'Succeeded' });
  });

  it('is replaced when it gets another name', async () => {
    const stack = (Name: string, UpdateReplacePolicy: string) => ({
      resources: { Secret: secret({ Name, SecretString: Name }, { UpdateReplacePolicy }) },
    });
    await deploy(stack('one', 'Delete'));
    expect(await deploy(stack('two', 'Delete'))).toEqual(['updated Secret', 'removed Secret']);
    expect(await refusal(readValue('one'))).not.toMatchObject({ name: 'none' });
    await deploy(stack('three', 'Retain'));
    expect(await deploy(stack('four', 'Retain'))).toEqual(['updated Secret', 'retained Secret']);
    expect(await readValue('three')).toBe('three');
  });

  it('takes what it gave: policies of roles, fields of an attachment, a resource policy', async () => {
    const Database = { Type: 'AWS::RDS::DBInstance', Properties: { Engine: 'postgres' } };
    const Attachment = {
      Type: 'AWS::SecretsManager::SecretTargetAttachment',
      Properties: { SecretId: { Ref: 'Secret' }, TargetId: { Ref: 'Database' }, TargetType: 'AWS::RDS::DBInstance' },
    };
    const Guard = {
      Type: 'AWS::SecretsManager::ResourcePolicy',
      Properties: {
        SecretId: { Ref: 'Secret' },
        ResourcePolicy: policy({
          Effect: 'Deny',
          Principal: { AWS: `arn:aws:iam::${account}:root` },
          Action: 'secretsmanager:DeleteSecret',
          Resource: '*',
        }),
      },
    };
    const Secret = secret({ Name: 'attached', SecretString: '{"username":"app"}' });
    await deploy({ resources: { Secret, Database, Attachment, Guard } });
    expect(JSON.parse(await readValue('attached'))).toMatchObject({ username: 'app', engine: 'postgres' });
    await deploy({ resources: { Secret } });
    expect(await readValue('attached')).toBe('{"username":"app"}');
    // The policy that forbade it is gone before the secret goes.
    await deploy({ resources: { Secret, Guard } });
    expect(await deploy({ resources: {} })).toEqual(['removed Guard', 'removed Secret']);
  });
});

it('an attachment follows its database, without other changes', async () => {
  const resources = {
    Secret: secret({ Name: 'moving', SecretString: '{"username":"app"}' }),
    Database: {
      Type: 'AWS::RDS::DBInstance',
      Properties: { Engine: 'postgres', DBName: 'app', DBInstanceIdentifier: 'db' },
    },
    Attachment: {
      Type: 'AWS::SecretsManager::SecretTargetAttachment',
      Properties: { SecretId: { Ref: 'Secret' }, TargetId: { Ref: 'Database' }, TargetType: 'AWS::RDS::DBInstance' },
    },
  };
  await deploy({ resources });
  expect(await deploy({ resources }, { targets: { 'Stack/Database': { host: 'localhost' } } })).toEqual([
    'updated Database',
    'updated Attachment',
  ]);
  expect(JSON.parse(await readValue('moving'))).toEqual({
    username: 'app',
    engine: 'postgres',
    host: 'localhost',
    port: 5432,
    dbname: 'app',
    dbInstanceIdentifier: 'db',
  });
});

describe('a deploy that fails', () => {
  it('says what was done before, and the next one goes on from there', async () => {
    const wrong = rotationStack({ schedule: { RotationRules: { ScheduleExpression: 'rate(1 hour)' } } });
    const failed: DeployError = await aws.emulator.deploy(writeAssembly({ Stack: wrong })).then(
      () => Promise.reject(new Error('deployed')),
      (error) => error,
    );
    expect(failed.name).toBe('DeployError');
    expect(failed.place).toEqual({ stackName: 'Stack', logicalId: 'Schedule' });
    expect(failed.message).toMatch(/^Stack\/Schedule: RotateSecret was refused with InvalidParameterException: /);
    expect(failed.done).toContain('created Stack/Function (AWS::Lambda::Function)');
    expect(await deploy(rotationStack())).toEqual(
      expect.arrayContaining(['updated Schedule', 'rotation Schedule Succeeded']),
    );
  });

  it('tries a schedule again that could not start, though nothing has changed', async () => {
    const folder = writeAssembly({ Stack: rotationStack() });
    const failing = aws.emulator.deploy(folder, {
      beforeRotation: () => {
        throw new Error('the database does not answer');
      },
    });
    await expect(failing).rejects.toThrow('the database does not answer');
    expect(await deploy(rotationStack(), {}, folder)).toContain('rotation Schedule Succeeded');
  });

  it('never because two run at once: they take turns', async () => {
    const folder = writeAssembly({ Stack: rotationStack() });
    const [first, second] = await Promise.all([aws.emulator.deploy(folder), aws.emulator.deploy(folder)]);
    expect([first.rotations.length, second.rotations.length]).toEqual([1, 0]);
  });
});

it('a reset forgets the stacks with all the rest', async () => {
  const folder = writeAssembly({ Stack: rotationStack() });
  await aws.emulator.deploy(folder);
  await aws.emulator.reset();
  expect((await aws.emulator.deploy(folder)).rotations.map(({ outcome }) => outcome.status)).toEqual(['Succeeded']);
});

it('what was there before by other hands is not taken over', async () => {
  await aws.client.send(new CreateSecretCommand({ Name: 'app/key', SecretString: 'mine' }));
  await expect(deploy(rotationStack())).rejects.toThrow(
    'Stack/Secret: CreateSecret was refused with ResourceExistsException',
  );
  expect(await readValue('app/key')).toBe('mine');
});

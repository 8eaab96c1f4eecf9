/** What would change a rotation and is not understood is an error that says where it is and what to do. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { DeployOptions } from '../../../lib/emulator/index.js';
import { account, functionArn, functionRole, region, rotator, useLocalAws } from '../local-aws.js';
import {
  newFolder,
  policy,
  rotationResources,
  rotationStack,
  type StackSketch,
  write,
  writeAssembly,
} from './assembly-folder.js';

const aws = useLocalAws();

const deploy = (stack: StackSketch, options: DeployOptions = {}) =>
  aws.emulator.deploy(writeAssembly({ Stack: stack }), options);

const other = (Type: string, Properties: object): StackSketch => ({
  ...rotationStack(),
  resources: { ...rotationResources(), Other: { Type, Properties } },
});
const document = policy({ Effect: 'Allow', Action: '*', Resource: '*' });
const trust = policy({ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: '*' });

describe('a property', () => {
  it.each([
    ['AWS::SecretsManager::Secret', { Rotate: true }, 'Rotate'],
    ['AWS::SecretsManager::Secret', { GenerateSecretString: { Length: 3 } }, 'GenerateSecretString.Length'],
    ['AWS::SecretsManager::Secret', { ReplicaRegions: [{ Region: 'eu-west-1', Zone: 'a' }] }, 'ReplicaRegions.0.Zone'],
    ['AWS::SecretsManager::ResourcePolicy', { SecretId: 's', ResourcePolicy: document, Public: 1 }, 'Public'],
    ['AWS::SecretsManager::SecretTargetAttachment', { Owner: 'x' }, 'Owner'],
    ['AWS::IAM::Role', { AssumeRolePolicyDocument: trust, Sessions: 1 }, 'Sessions'],
    ['AWS::IAM::Policy', { PolicyName: 'p', PolicyDocument: document, Boundary: 'x' }, 'Boundary'],
    ['AWS::IAM::RolePolicy', { Boundary: 'x' }, 'Boundary'],
    ['AWS::IAM::ManagedPolicy', { PolicyDocument: document, Boundary: 'x' }, 'Boundary'],
    ['AWS::KMS::Key', { KeyPolicy: document, Grants: [] }, 'Grants'],
    ['AWS::KMS::Alias', { Grants: [] }, 'Grants'],
    ['AWS::Lambda::Permission', { Condition: {} }, 'Condition'],
    ['AWS::Lambda::Version', { Layers: [] }, 'Layers'],
    ['AWS::Lambda::Alias', { RoutingConfig: {} }, 'RoutingConfig'],
  ])('of %s that is not known: %j', async (type, properties, property) => {
    await expect(deploy(other(type, properties))).rejects.toMatchObject({
      name: 'DeployError',
      place: { stackName: 'Stack', logicalId: 'Other', property },
      message: `Stack/Other ${property}: this property is not understood; a rotation may depend on it`,
    });
  });

  it.each([
    ['AWS::SecretsManager::Secret', { Name: ['a'] }, 'Name: this is not a text'],
    ['AWS::SecretsManager::Secret', { Tags: {} }, 'Tags: this is not a list'],
    [
      'AWS::SecretsManager::Secret',
      { GenerateSecretString: { PasswordLength: 'long' } },
      'GenerateSecretString.PasswordLength: this is not a number',
    ],
    [
      'AWS::SecretsManager::Secret',
      { GenerateSecretString: { ExcludeNumbers: 'perhaps' } },
      'GenerateSecretString.ExcludeNumbers: this is neither true nor false',
    ],
    [
      'AWS::SecretsManager::Secret',
      { GenerateSecretString: { SecretStringTemplate: '{}' } },
      'GenerateSecretString.SecretStringTemplate: this and GenerateStringKey go together',
    ],
    [
      'AWS::SecretsManager::Secret',
      { GenerateSecretString: { SecretStringTemplate: '[', GenerateStringKey: 'k' } },
      'GenerateSecretString.SecretStringTemplate: this is not a JSON object',
    ],
    [
      'AWS::SecretsManager::Secret',
      { SecretString: 'canary-31', GenerateSecretString: {} },
      'SecretString: either this or GenerateSecretString, not both',
    ],
    [
      'AWS::SecretsManager::ResourcePolicy',
      { SecretId: 'app/key', ResourcePolicy: 'canary-31' },
      'ResourcePolicy: this is not a policy document',
    ],
    ['AWS::SecretsManager::ResourcePolicy', { ResourcePolicy: document }, 'SecretId: this property is missing'],
    [
      'AWS::IAM::Policy',
      { PolicyName: 'p', PolicyDocument: document, Roles: ['none'] },
      `account ${account} has no role none that a stack has made: deploy its stack, too`,
    ],
    [
      'AWS::IAM::Policy',
      { PolicyName: 'p', PolicyDocument: { Statement: [{ Effect: 'Perhaps' }] }, Roles: [{ Ref: 'Role' }] },
      'Effect is Allow or Deny',
    ],
    [
      'AWS::IAM::Role',
      { AssumeRolePolicyDocument: trust, MaxSessionDuration: 60 },
      'MaxSessionDuration: this is 3600 to 43200 seconds',
    ],
    ['AWS::KMS::Alias', { AliasName: 'alias/x', TargetKeyId: 'none' }, 'Stack/Other: '],
  ])('of %s that is wrong: %j', async (type, properties, message) => {
    const failure = deploy(other(type, properties));
    await expect(failure).rejects.toMatchObject({ name: 'DeployError' });
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.not.toThrow('canary-31');
  });
});

describe('a function that a rotation uses', () => {
  const instead = `say what to run instead in \`functions\`, { 'Stack/Function': { command: [...] } }`;
  it.each([
    [{ Runtime: 'python3.13' }, `Runtime: python3.13 is not run here: ${instead}`],
    [{ Runtime: null, PackageType: 'Image' }, 'Runtime: '],
    [{ Code: { ZipFile: 'exports.handler = …' } }, `Code: code that is no asset is not run here: ${instead}`],
    [{ Code: { S3Key: 'elsewhere.zip' } }, `Code: its asset is not a folder of the assembly: ${instead}`],
    [{ Handler: 'other.handler' }, `Handler: the asset has no other.js, .mjs or .cjs: ${instead}`],
    [{ Handler: 'handler' }, `Handler: handler is not FILE.EXPORT: ${instead}`],
    [{ Layers: ['arn:aws:lambda:us-west-2:111122223333:layer:x:1'] }, 'Layers: this property is not understood'],
    [{ ReservedConcurrentExecutions: 0 }, 'ReservedConcurrentExecutions: with 0 the function cannot be invoked at all'],
  ])('and cannot be run: %j', async (properties, message) => {
    await expect(deploy(rotationStack({ function: properties }))).rejects.toThrow(`Stack/Function ${message}`);
  });

  it('and is nowhere', async () => {
    const schedule = { RotationLambdaARN: functionArn };
    await expect(deploy(rotationStack({ schedule }))).rejects.toThrow(
      `Stack/Schedule RotationLambdaARN: no function is bound under ${functionArn}: deploy its stack, too, or call emulator.bindFunction before`,
    );
    // With whatever the next template wants.
    aws.emulator.bindFunction({ functionArn, roleArn: functionRole, handler: rotator() });
    const { rotations } = await deploy(rotationStack({ schedule }));
    expect(rotations[0]?.outcome.status).toBe('Succeeded');
  });

  it('and AWS hosts', async () => {
    const schedule = { HostedRotationLambda: { RotationType: 'PostgreSQLSingleUser' } };
    await expect(deploy(rotationStack({ schedule }))).rejects.toThrow(
      'Stack/Schedule HostedRotationLambda: functions that AWS hosts are not understood',
    );
  });
});

it.each([
  [{ targets: { 'Stack/Db': { host: 'h' } } }, "`targets` has 'Stack/Db', which is not the name of a resource"],
  [{ functions: { Function: { command: ['x'] } } }, "`functions` has 'Function', which is not the name of a resource"],
  [{ accountId: '12' }, 'accountId is 12 digits'],
] as const)('options that fit nothing: %j', async (options, message) => {
  await expect(deploy(rotationStack(), options as DeployOptions)).rejects.toThrow(message);
  expect(aws.emulator.requests).toEqual([]);
});

describe('an assembly', () => {
  it('is what `cdk synth` wrote', async () => {
    const empty = newFolder();
    await expect(aws.emulator.deploy(empty)).rejects.toThrow(
      `${empty} is not a cloud assembly: run \`npx cdk synth\` first, and name the folder that it writes (cdk.out)`,
    );
    write(empty, 'manifest.json', { artifacts: {} });
    await expect(aws.emulator.deploy(empty)).rejects.toThrow(`the cloud assembly has no stacks: ${empty}`);
  });

  it('has all of its files', async () => {
    const folder = writeAssembly({ Stack: rotationStack() });
    const manifest = JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8'));
    manifest.artifacts.Stack.properties.templateFile = 'gone.json';
    write(folder, 'manifest.json', manifest);
    await expect(aws.emulator.deploy(folder)).rejects.toThrow(
      /gone\.json cannot be read: synthesise the assembly again/,
    );
  });

  it('has no two stacks of one name in one place', async () => {
    const folder = writeAssembly({ One: { resources: {} }, Two: { resources: {} } });
    const manifest = JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8'));
    manifest.artifacts.Two.properties.stackName = 'One';
    write(folder, 'manifest.json', manifest);
    await expect(aws.emulator.deploy(folder)).rejects.toThrow(
      `One: two stacks have this name in ${account} and ${region}`,
    );
  });
});

it('a resource cannot become one of another type', async () => {
  await deploy({ resources: { One: { Type: 'AWS::SecretsManager::Secret' } } });
  await expect(deploy({ resources: { One: { Type: 'AWS::KMS::Key' } } })).rejects.toThrow(
    'Stack/One: the type was AWS::SecretsManager::Secret and cannot become AWS::KMS::Key: give it another logical id',
  );
});

it('ids that nothing has are told with those that there are', async () => {
  const stack = (await deploy(rotationStack({ schedule: { RotateImmediatelyOnUpdate: false } }))).stack('Stack');
  expect(() => stack.secretArn('Other')).toThrow(
    'Stack has no AWS::SecretsManager::Secret called Other: it has Secret',
  );
  expect(() => stack.functionArn('Secret')).toThrow(
    'Stack has no AWS::Lambda::Function called Secret: it has Function',
  );
  const deployment = await deploy(rotationStack());
  expect(() => deployment.stack('Stock')).toThrow('no stack is called Stock: there are Stack');
});

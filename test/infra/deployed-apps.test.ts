/** Apps of every shape that the CDK can write, deployed to the emulator: its own constructs, stages, nested stacks, several Regions and accounts. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DescribeSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import {
  App,
  CfnOutput,
  CfnParameter,
  Duration,
  NestedStack,
  PhysicalName,
  RemovalPolicy,
  Stack,
  Stage,
} from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { type Deployment, type DeployOptions, type Emulator, startEmulator } from '../../lib/emulator/index.js';
import { rotationCode } from '../emulator/assembly/assembly-folder.js';

const account = '111122223333';
const otherAccount = '444455556666';
const region = 'us-west-2';
const here = { env: { account, region } };

let emulator: Emulator;
let code: string;
const folders: string[] = [];

beforeAll(() => {
  code = newFolder();
  writeFileSync(path.join(code, 'index.mjs'), rotationCode('by the function'));
});
beforeEach(async () => {
  emulator = await startEmulator({ region });
});
afterEach(() => emulator.close());
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'keyturn-deployed-'));
  folders.push(folder);
  return folder;
}

async function deploy(addStacks: (app: App) => void, options: DeployOptions = {}): Promise<Deployment> {
  // What the templates are worth is not asked here.
  const app = new App({ outdir: path.join(newFolder(), 'cdk.out'), builtinCloudFormationValidation: false });
  addStacks(app);
  return emulator.deploy(app.synth().directory, options);
}

function rotator(scope: Construct, props: Partial<lambda.FunctionProps> = {}): lambda.Function {
  return new lambda.Function(scope, 'Rotator', {
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: lambda.Code.fromAsset(code),
    timeout: Duration.seconds(20),
    ...props,
  });
}

const outcomes = ({ rotations }: Deployment) =>
  rotations.map(({ outcome: { kind, status, message } }) => [kind, status, message]);
const rotated = ['Rotation', 'Succeeded', undefined];

async function read(SecretId: string, accountId = account, inRegion = region): Promise<unknown> {
  const credentials = emulator.credentialsFor(accountId);
  const client = new SecretsManagerClient({ endpoint: emulator.endpoint, region: inRegion, credentials });
  return JSON.parse((await client.send(new GetSecretValueCommand({ SecretId }))).SecretString ?? '');
}

it("the CDK's own rotation of a secret with a key: its grants are enough", async () => {
  const deployment = await deploy((app) => {
    const stack = new Stack(app, 'Stack', here);
    const encryptionKey = new kms.Key(stack, 'Key', { enableKeyRotation: true });
    const secret = new secretsmanager.Secret(stack, 'Secret', { encryptionKey, secretName: 'app/key' });
    secret.addRotationSchedule('Rotation', { rotationLambda: rotator(stack), automaticallyAfter: Duration.days(10) });
    new CfnOutput(stack, 'Arn', { value: secret.secretArn });
  });
  expect(outcomes(deployment)).toEqual([rotated]);
  expect(await read('app/key')).toMatchObject({ made: 'by the function' });
  const stack = deployment.stack('Stack');
  expect(stack.outputs).toEqual({ Arn: stack.secretArn('Secret') });
  const keyUses = emulator.decisions.filter(
    ({ action, callerArn }) => action.startsWith('kms:') && callerArn.includes(':assumed-role/'),
  );
  expect(new Set(keyUses.map(({ action, allowed }) => `${action} ${allowed}`))).toEqual(
    new Set(['kms:Decrypt true', 'kms:GenerateDataKey true']),
  );
});

it('a function in one stack, the secret in another, a boundary in a third: cross-stack exports', async () => {
  const deployment = await deploy((app) => {
    const guard = new Stack(app, 'Guard', here);
    const boundary = new iam.ManagedPolicy(guard, 'Boundary', {
      statements: [new iam.PolicyStatement({ actions: ['secretsmanager:*'], resources: ['*'] })],
    });
    const shared = new Stack(app, 'Shared', here);
    const secret = new secretsmanager.Secret(shared, 'Secret');
    const rotation = new Stack(app, 'Rotation', here);
    const rotationLambda = rotator(rotation, { functionName: 'rotator' });
    iam.PermissionsBoundary.of(rotation).apply(boundary);
    new secretsmanager.RotationSchedule(rotation, 'Schedule', { secret, rotationLambda });
  });
  expect(deployment.stacks.map(({ stackName }) => stackName)).toEqual(['Guard', 'Shared', 'Rotation']);
  expect(outcomes(deployment)).toEqual([rotated]);
});

it('stages are assemblies of their own, with stacks of the same name', async () => {
  const deployment = await deploy((app) => {
    for (const [id, env] of [
      ['One', { account, region }],
      ['Two', { account: otherAccount, region: 'eu-west-1' }],
    ] as const) {
      const stack = new Stack(new Stage(app, id, { env }), 'Stack', { stackName: 'rotation' });
      new secretsmanager.Secret(stack, 'Secret', { secretName: 'app' }).addRotationSchedule('R', {
        rotationLambda: rotator(stack),
      });
    }
  });
  expect(outcomes(deployment)).toEqual([rotated, rotated]);
  expect(() => deployment.stack('rotation')).toThrow(
    'more than one stack is called rotation: there are One/Stack, Two/Stack',
  );
  expect(deployment.stack('Two/Stack')).toMatchObject({ accountId: otherAccount, region: 'eu-west-1' });
  expect(await read('app', otherAccount, 'eu-west-1')).toMatchObject({ made: 'by the function' });
});

it('nested stacks, with references in both directions', async () => {
  const deployment = await deploy((app) => {
    const stack = new Stack(app, 'Stack', here);
    const inner = new NestedStack(stack, 'Inner');
    const secret = new secretsmanager.Secret(inner, 'Secret', { secretName: 'nested' });
    const outer = new NestedStack(stack, 'Outer');
    new secretsmanager.RotationSchedule(outer, 'Schedule', { secret, rotationLambda: rotator(outer) });
    new CfnOutput(stack, 'Arn', { value: secret.secretArn });
  });
  expect(outcomes(deployment)).toEqual([rotated]);
  const stack = deployment.stack('Stack');
  expect(stack.outputs.Arn).toBe(stack.secretArn('Inner/Secret'));
  expect(stack.functionArn('Outer/Rotator')).toContain(':function:');
});

it('references from Region to Region, and physical names from account to account', async () => {
  const deployment = await deploy((app) => {
    const far = new Stack(app, 'Far', { env: { account, region: 'eu-west-1' }, crossRegionReferences: true });
    const topic = new secretsmanager.Secret(far, 'Far', { secretName: 'far' });
    const near = new Stack(app, 'Near', { ...here, crossRegionReferences: true });
    new CfnOutput(near, 'FarArn', { value: topic.secretArn });
    const foreign = new Stack(app, 'Foreign', { env: { account: otherAccount, region } });
    const role = new iam.Role(foreign, 'Role', {
      roleName: PhysicalName.GENERATE_IF_NEEDED,
      assumedBy: new iam.AccountRootPrincipal(),
    });
    const encryptionKey = new kms.Key(near, 'Key', { alias: 'near' });
    new secretsmanager.Secret(near, 'Secret', { encryptionKey, secretName: 'near' }).addToResourcePolicy(
      new iam.PolicyStatement({ principals: [role], actions: ['secretsmanager:GetSecretValue'], resources: ['*'] }),
    );
    new CfnOutput(foreign, 'RoleArn', { value: role.roleArn });
    new CfnOutput(near, 'RoleArn', { value: role.roleArn });
  });
  const [far, near, foreign] = ['Far', 'Near', 'Foreign'].map((name) => deployment.stack(name));
  expect(near?.outputs.FarArn).toBe(far?.secretArn('Far'));
  expect(near?.outputs.RoleArn).toBe(foreign?.outputs.RoleArn);
});

it('a database of the CDK: where it is, a parameter, an alias and replicas', async () => {
  const deployment = await deploy(
    (app) => {
      const stack = new Stack(app, 'Stack', here);
      const name = new CfnParameter(stack, 'DatabaseName');
      const vpc = new ec2.Vpc(stack, 'Vpc', { availabilityZones: [`${region}a`, `${region}b`], natGateways: 0 });
      const database = new rds.DatabaseCluster(stack, 'Database', {
        engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_4 }),
        writer: rds.ClusterInstance.serverlessV2('writer'),
        vpc,
        vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
        defaultDatabaseName: name.valueAsString,
        credentials: rds.Credentials.fromGeneratedSecret('app_superuser', {
          replicaRegions: [{ region: 'eu-west-1' }],
        }),
      });
      const alias = rotator(stack, { vpc, vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED } }).addAlias(
        'live',
      );
      database.secret?.addRotationSchedule('Rotation', {
        rotationLambda: alias,
        rotateImmediatelyOnUpdate: false,
      });
    },
    { parameters: { DatabaseName: 'app' }, targets: { 'Stack/Database': { host: '127.0.0.1', port: 5433 } } },
  );
  expect(outcomes(deployment)).toEqual([['TestRotation', 'Succeeded', undefined]]);
  expect(await read(deployment.stack('Stack').secretArn('Database/Secret'))).toEqual({
    username: 'app_superuser',
    password: expect.stringMatching(/^.{30}$/),
    engine: 'postgres',
    host: '127.0.0.1',
    port: 5433,
    dbname: 'app',
    dbClusterIdentifier: expect.stringMatching(/^stack-database/),
  });
});

it('functions that AWS hosts and its application repository has are not understood, and that is said', async () => {
  const withRotation = (add: (stack: Stack, secret: secretsmanager.Secret) => void) =>
    deploy((app) => {
      const stack = new Stack(app, 'Stack', here);
      add(stack, new secretsmanager.Secret(stack, 'Secret'));
    });
  const hosted = withRotation((_, secret) =>
    secret.addRotationSchedule('Rotation', { hostedRotation: secretsmanager.HostedRotation.postgreSqlSingleUser() }),
  );
  await expect(hosted).rejects.toThrow('HostedRotationLambda: functions that AWS hosts are not understood');
  const repository = withRotation((stack, secret) => {
    const vpc = new ec2.Vpc(stack, 'Vpc', { availabilityZones: [`${region}a`] });
    new secretsmanager.SecretRotation(stack, 'Rotation', {
      application: secretsmanager.SecretRotationApplication.POSTGRES_ROTATION_SINGLE_USER,
      secret,
      vpc,
      target: new ec2.Connections({
        defaultPort: ec2.Port.tcp(5432),
        securityGroups: [new ec2.SecurityGroup(stack, 'Group', { vpc })],
      }) as never,
    });
  });
  await expect(repository).rejects.toThrow(/RotationLambdaARN: no function is bound under /);
});

it('what stays by its removal policy, and everything else, at a redeploy without it', async () => {
  const app = (with_: boolean) => (root: App) => {
    const stack = new Stack(root, 'Stack', here);
    if (!with_) return void new CfnOutput(stack, 'Nothing', { value: 'nothing' });
    new secretsmanager.Secret(stack, 'Kept', { secretName: 'kept', removalPolicy: RemovalPolicy.RETAIN });
    const gone = new secretsmanager.Secret(stack, 'Gone', { secretName: 'gone' });
    // Denies the account's root its deletion.
    gone.denyAccountRootDelete();
    gone.addRotationSchedule('Rotation', { rotationLambda: rotator(stack), rotateImmediatelyOnUpdate: false });
  };
  expect(outcomes(await deploy(app(true)))).toEqual([['TestRotation', 'Succeeded', undefined]]);
  await deploy(app(false));
  const credentials = emulator.credentialsFor(account);
  const client = new SecretsManagerClient({ endpoint: emulator.endpoint, region, credentials });
  expect((await client.send(new DescribeSecretCommand({ SecretId: 'kept' }))).DeletedDate).toBeUndefined();
  await expect(read('gone')).rejects.toThrow();
});

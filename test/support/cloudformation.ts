/**
 * Deploys what a rotation consists of, from a synthesised template into the emulator: secrets, roles with their policies, functions from the asset
 * folders themselves, invoke permissions, schedules. So the emulator enforces what the constructs grant. Other resources become names.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { Emulator, PolicyDocument } from '../../lib/emulator/index.js';
import { type Intrinsics, resolveIntrinsics } from './intrinsics.js';

export interface StackDeployment {
  /** Of the cloud assembly. */
  readonly folder: string;
  readonly stackName: string;
  readonly accountId: string;
  /** What SecretTargetAttachment writes into a secret. */
  readonly database?: Readonly<Record<string, string | number>>;
  /** Joins the environment of every function. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The Node that runs the functions. */
  readonly nodePath?: string;
  /** Called when everything is there but the schedules. */
  beforeSchedules?(stack: DeployedStack): Promise<void>;
}

export interface DeployedStack {
  readonly client: SecretsManagerClient;
  readonly functionArns: readonly string[];
  /** The ARN of the only secret whose logical id holds this. */
  secretArn(logicalIdPart: string): string;
  readValue(secretArn: string): Promise<Record<string, string>>;
}

interface Resource {
  readonly Type: string;
  readonly Properties?: object;
}

interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
}

interface AssetManifest {
  readonly files: Readonly<Record<string, { readonly source: { readonly path: string } }>>;
}

interface SecretProperties {
  readonly Name?: string;
  readonly GenerateSecretString?: { readonly SecretStringTemplate?: string; readonly GenerateStringKey?: string };
  readonly SecretString?: string;
}

interface RoleProperties {
  readonly AssumeRolePolicyDocument: PolicyDocument;
  readonly Policies?: readonly { readonly PolicyDocument: PolicyDocument }[];
}

interface PolicyProperties {
  readonly Roles?: readonly string[];
  readonly PolicyDocument: PolicyDocument;
}

interface FunctionProperties {
  readonly Code: { readonly S3Key: string };
  readonly Handler: string;
  readonly Role: string;
  readonly Timeout: number;
  readonly MemorySize: number;
  readonly Environment?: { readonly Variables: Readonly<Record<string, string>> };
}

interface PermissionProperties {
  readonly FunctionName: string;
  readonly Principal: string;
  readonly SourceAccount?: string;
  readonly SourceArn?: string;
}

interface ScheduleProperties {
  readonly SecretId: string;
  readonly RotationLambdaARN: string;
  readonly RotationRules: { readonly ScheduleExpression: string; readonly Duration?: string };
  readonly RotateImmediatelyOnUpdate?: boolean;
}

export async function deployStack(emulator: Emulator, deployment: StackDeployment): Promise<DeployedStack> {
  const { folder, stackName, accountId } = deployment;
  const { region } = emulator;
  const { Resources } = readJson<Template>(path.join(folder, `${stackName}.template.json`));
  const assets = readJson<AssetManifest>(path.join(folder, `${stackName}.assets.json`));
  const client = new SecretsManagerClient({
    region,
    endpoint: emulator.endpoint,
    credentials: emulator.credentialsFor(accountId),
  });

  const pseudoParameters = { Region: region, AccountId: accountId, Partition: 'aws', URLSuffix: 'amazonaws.com' };
  /** What `Ref` gives. What is not known is called as in the template. */
  const references = new Map(Object.entries(pseudoParameters).map(([name, value]) => [`AWS::${name}`, value]));
  /** What `Fn::GetAtt` gives, by LOGICAL_ID.ATTRIBUTE. */
  const attributes = new Map<string, string>();
  const intrinsics: Intrinsics = {
    reference: (id) => references.get(id) ?? id,
    attribute: (id) => attributes.get(id) ?? id,
  };
  const properties = <T>({ Properties = {} }: Resource) => resolveIntrinsics(Properties, intrinsics) as T;
  const ofType = (type: string) => Object.entries(Resources).filter(([, resource]) => resource.Type === `AWS::${type}`);

  const secretArns = new Map<string, string>();
  const stack: Omit<DeployedStack, 'functionArns'> = {
    client,
    secretArn(part) {
      const [found, ...others] = [...secretArns].filter(([id]) => id.includes(part));
      if (found === undefined || others.length > 0) throw new Error(`Not one of ${[...secretArns.keys()]}: ${part}`);
      return found[1];
    },
    async readValue(secretArn) {
      const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
      return JSON.parse(SecretString ?? '');
    },
  };

  function nameIt(id: string, name: string | undefined, arn: (name: string) => string): void {
    const physicalName = name ?? `${stackName}-${id}`.slice(0, 64);
    references.set(id, physicalName);
    attributes.set(`${id}.Arn`, arn(physicalName));
  }

  async function createSecret([id, resource]: [string, Resource]): Promise<string> {
    const { Name = `${stackName}-${id}`, SecretString, GenerateSecretString } = properties<SecretProperties>(resource);
    const { SecretStringTemplate = '{}', GenerateStringKey = 'password' } = GenerateSecretString ?? {};
    const generated = { ...JSON.parse(SecretStringTemplate), [GenerateStringKey]: 'a-generated-Passw0rd' };
    const value = SecretString ?? JSON.stringify(generated);
    const { ARN = '' } = await client.send(new CreateSecretCommand({ Name, SecretString: value }));
    references.set(id, ARN);
    attributes.set(`${id}.Id`, ARN);
    return ARN;
  }

  /** Writes where the database is into the secret. `Ref` of the attachment is the secret's ARN. */
  async function attach([id, resource]: [string, Resource]): Promise<void> {
    const { SecretId } = properties<{ SecretId: string }>(resource);
    const value = { ...(await stack.readValue(SecretId)), ...deployment.database };
    await client.send(new PutSecretValueCommand({ SecretId, SecretString: JSON.stringify(value) }));
    references.set(id, SecretId);
  }

  function createRole([id, resource]: [string, Resource]): void {
    const { AssumeRolePolicyDocument, Policies = [] } = properties<RoleProperties>(resource);
    const attached = ofType('IAM::Policy')
      .map(([, policy]) => properties<PolicyProperties>(policy))
      .filter(({ Roles }) => Roles?.includes(intrinsics.reference(id)));
    emulator.createRole({
      roleArn: intrinsics.attribute(`${id}.Arn`),
      trustPolicy: AssumeRolePolicyDocument,
      policies: [...Policies, ...attached].map(({ PolicyDocument }) => PolicyDocument),
    });
  }

  function bindFunction([id, resource]: [string, Resource]): string {
    const { Code, Handler, Role, Timeout, MemorySize, Environment } = properties<FunctionProperties>(resource);
    const asset = assets.files[Code.S3Key.replace(/\.zip$/, '')]?.source.path ?? '';
    const [file = '', handlerName = ''] = Handler.split('.');
    const functionArn = intrinsics.attribute(`${id}.Arn`);
    const permissions = ofType('Lambda::Permission').map(([, permission]) =>
      properties<PermissionProperties>(permission),
    );
    emulator.bindFunction({
      functionArn,
      roleArn: Role,
      bundle: path.join(folder, asset, `${file}.mjs`),
      handlerName,
      timeoutSeconds: Timeout,
      memoryMegabytes: MemorySize,
      environment: { ...Environment?.Variables, ...deployment.environment },
      invokePermissions: permissions
        .filter(({ FunctionName }) => FunctionName === functionArn || FunctionName === intrinsics.reference(id))
        .filter(({ Principal }) => Principal === 'secretsmanager.amazonaws.com')
        .map(({ SourceAccount, SourceArn }) => ({
          ...(SourceAccount !== undefined && { sourceAccount: SourceAccount }),
          ...(SourceArn !== undefined && { sourceArn: SourceArn }),
        })),
      ...(deployment.nodePath !== undefined && { nodePath: deployment.nodePath }),
    });
    return functionArn;
  }

  const roles = ofType('IAM::Role');
  const functions = ofType('Lambda::Function');
  for (const [id, resource] of roles) {
    const { RoleName } = properties<{ RoleName?: string }>(resource);
    nameIt(id, RoleName, (name) => `arn:aws:iam::${accountId}:role/${name}`);
  }
  for (const [id, resource] of functions) {
    const { FunctionName } = properties<{ FunctionName?: string }>(resource);
    nameIt(id, FunctionName, (name) => `arn:aws:lambda:${region}:${accountId}:function:${name}`);
  }

  const attachments = ofType('SecretsManager::SecretTargetAttachment');
  for (const item of referredFirst([...ofType('SecretsManager::Secret'), ...attachments])) {
    if (attachments.includes(item)) await attach(item);
    else secretArns.set(item[0], await createSecret(item));
  }
  roles.forEach(createRole);
  const deployed = { ...stack, functionArns: functions.map(bindFunction) };
  await deployment.beforeSchedules?.(deployed);
  for (const [, resource] of ofType('SecretsManager::RotationSchedule')) {
    const { RotateImmediatelyOnUpdate: RotateImmediately, ...rest } = properties<ScheduleProperties>(resource);
    await client.send(new RotateSecretCommand({ ...rest, RotateImmediately }));
    // Its test of the function ends before anybody rotates by hand.
    await emulator.rotationSettled(rest.SecretId);
  }
  return deployed;
}

/** The resources in an order in which each comes after those that it names. */
function referredFirst(resources: readonly [string, Resource][]): [string, Resource][] {
  const left = [...resources];
  const ordered: [string, Resource][] = [];
  while (left.length > 0) {
    const next = left.findIndex(
      ([, resource]) => !left.some(([id]) => JSON.stringify(resource).includes(`{"Ref":"${id}"}`)),
    );
    if (next < 0) throw new Error(`These name each other: ${left.map(([id]) => id)}`);
    ordered.push(...left.splice(next, 1));
  }
  return ordered;
}

function readJson<TContent>(file: string): TContent {
  return JSON.parse(readFileSync(file, 'utf8'));
}

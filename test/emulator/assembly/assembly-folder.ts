/** Cloud assemblies written by hand, and the folders that they lie in. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from '@jest/globals';
import { account, region } from '../local-aws.js';

export interface StackSketch {
  /** @default - the account and Region of the tests */
  readonly environment?: string;
  readonly resources: Readonly<Record<string, object>>;
  /** Of the template: Parameters, Conditions, Mappings, Outputs. */
  readonly sections?: object;
  readonly dependsOn?: readonly string[];
  readonly tags?: Readonly<Record<string, string>>;
  /** Paths of constructs, with their logical ids. */
  readonly constructs?: Readonly<Record<string, string>>;
  /** Files of the asset folders, by key of the asset and name of the file. */
  readonly code?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** @returns the folder; written into the one that is given, or a new one */
export function writeAssembly(stacks: Readonly<Record<string, StackSketch>>, folder = newFolder()): string {
  const artifacts = Object.entries(stacks).flatMap(([name, sketch]) => [
    [`${name}.assets`, { type: 'cdk:asset-manifest', properties: { file: `${name}.assets.json` } }] as const,
    [name, stackArtifact(name, sketch)] as const,
  ]);
  for (const [name, sketch] of Object.entries(stacks)) {
    write(folder, `${name}.template.json`, { ...sketch.sections, Resources: sketch.resources });
    write(folder, `${name}.assets.json`, { version: '55.0.0', files: assetFiles(folder, sketch) });
  }
  write(folder, 'manifest.json', { version: '55.0.0', artifacts: Object.fromEntries(artifacts) });
  return folder;
}

export function newFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'keyturn-assembly-'));
  folders.push(folder);
  return folder;
}

export function write(folder: string, name: string, content: unknown): void {
  writeFileSync(path.join(folder, name), JSON.stringify(content));
}

function stackArtifact(name: string, { environment, dependsOn = [], tags = {}, constructs = {} }: StackSketch) {
  const metadata = Object.entries(constructs).map(
    ([construct, data]) => [`/${name}/${construct}`, [{ type: 'aws:cdk:logicalId', data }]] as const,
  );
  return {
    type: 'aws:cloudformation:stack',
    environment: environment ?? `aws://${account}/${region}`,
    properties: { templateFile: `${name}.template.json`, tags },
    dependencies: [`${name}.assets`, ...dependsOn],
    metadata: Object.fromEntries(metadata),
  };
}

function assetFiles(folder: string, { code = {} }: StackSketch) {
  return Object.fromEntries(
    Object.entries(code).map(([key, files]) => {
      mkdirSync(path.join(folder, `asset.${key}`), { recursive: true });
      for (const [name, content] of Object.entries(files)) {
        writeFileSync(path.join(folder, `asset.${key}`, name), content);
      }
      return [
        key,
        { source: { path: `asset.${key}`, packaging: 'zip' }, destinations: { there: { objectKey: `${key}.zip` } } },
      ];
    }),
  );
}

/** A rotation function without dependencies. Its new value says which code made it, and what its environment held. */
export function rotationCode(made: string): string {
  return `
const { AWS_ENDPOINT_URL: url, AWS_ACCESS_KEY_ID: key, AWS_SESSION_TOKEN: session, AWS_REGION: region } = process.env;
async function call(operation, input) {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(input), headers: {
    'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'secretsmanager.' + operation, 'x-amz-security-token': session,
    authorization: 'AWS4-HMAC-SHA256 Credential=' + key + '/20260924/' + region + '/secretsmanager/aws4_request, SignedHeaders=host, Signature=00' } });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return JSON.parse(text);
}
export async function handler({ Step, SecretId, ClientRequestToken, RotationToken }) {
  if (Step === 'createSecret') {
    const SecretString = JSON.stringify({ made: ${JSON.stringify(made)}, told: process.env.TOLD });
    await call('PutSecretValue', { SecretId, ClientRequestToken, RotationToken, SecretString, VersionStages: ['AWSPENDING'] });
  } else if (Step === 'testSecret') {
    await call('GetSecretValue', { SecretId, VersionId: ClientRequestToken, VersionStage: 'AWSPENDING' });
  } else if (Step === 'finishSecret') {
    const { VersionIdsToStages } = await call('DescribeSecret', { SecretId });
    const RemoveFromVersionId = Object.keys(VersionIdsToStages).find((id) => VersionIdsToStages[id].includes('AWSCURRENT'));
    await call('UpdateSecretVersionStage', { SecretId, VersionStage: 'AWSCURRENT', MoveToVersionId: ClientRequestToken, RemoveFromVersionId });
  }
}
`;
}

const lambdaTrust = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};

/** Statements that a rotation of the secret `Secret` needs. */
export const rotationStatement = {
  Effect: 'Allow',
  Action: [
    'secretsmanager:DescribeSecret',
    'secretsmanager:GetSecretValue',
    'secretsmanager:PutSecretValue',
    'secretsmanager:UpdateSecretVersionStage',
  ],
  Resource: { Ref: 'Secret' },
};

export function policy(...statements: readonly object[]) {
  return { Version: '2012-10-17', Statement: statements };
}

/** A secret with its rotation: role, policy, function, permission, schedule. */
export function rotationResources(
  properties: {
    readonly secret?: object;
    readonly role?: object;
    readonly function?: object;
    readonly schedule?: object;
  } = {},
): Record<string, object> {
  return {
    Secret: {
      Type: 'AWS::SecretsManager::Secret',
      Properties: { Name: 'app/key', SecretString: '{"made":"at deploy"}', ...properties.secret },
    },
    Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: lambdaTrust, ...properties.role } },
    Policy: {
      Type: 'AWS::IAM::Policy',
      Properties: { PolicyName: 'rotation', PolicyDocument: policy(rotationStatement), Roles: [{ Ref: 'Role' }] },
    },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Code: { S3Bucket: 'assets', S3Key: 'code.zip' },
        Handler: 'index.handler',
        Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
        Runtime: 'nodejs22.x',
        Timeout: 20,
        ...properties.function,
      },
    },
    Permission: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        Action: 'lambda:InvokeFunction',
        FunctionName: { 'Fn::GetAtt': ['Function', 'Arn'] },
        Principal: 'secretsmanager.amazonaws.com',
        SourceAccount: { Ref: 'AWS::AccountId' },
      },
    },
    Schedule: {
      Type: 'AWS::SecretsManager::RotationSchedule',
      Properties: {
        SecretId: { Ref: 'Secret' },
        RotationLambdaARN: { 'Fn::GetAtt': ['Function', 'Arn'] },
        RotationRules: { ScheduleExpression: 'rate(10 days)' },
        ...properties.schedule,
      },
      DependsOn: ['Permission', 'Policy'],
    },
  };
}

/** One stack with a rotation in it. */
export function rotationStack(
  properties: Parameters<typeof rotationResources>[0] = {},
  made = 'by the first code',
): StackSketch {
  return { resources: rotationResources(properties), code: { code: { 'index.mjs': rotationCode(made) } } };
}

/** Sessions that may do so much and no more, and what KMS was asked in their name. */
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import type { PolicyDocument, PolicyStatement } from '../../../lib/emulator/index.js';
import { account, type LocalAws, otherAccount, region } from '../local-aws.js';

export { account, otherAccount, region };
export const keyArn = `arn:aws:kms:${region}:${account}:key/11111111-2222-3333-4444-555555555555`;
export const newKeyArn = `arn:aws:kms:${region}:${account}:key/66666666-7777-8888-9999-000000000000`;
export const viaSecretsManager = `secretsmanager.${region}.amazonaws.com`;

export function allow(actions: string | readonly string[], rest: Partial<PolicyStatement> = {}): PolicyStatement {
  return { Effect: 'Allow', Action: actions, Resource: '*', ...rest };
}

export function deny(actions: string | readonly string[], rest: Partial<PolicyStatement> = {}): PolicyStatement {
  return { ...allow(actions, rest), Effect: 'Deny' };
}

export function policy(...statements: readonly PolicyStatement[]): PolicyDocument {
  return { Version: '2012-10-17', Statement: statements };
}

export const allOfSecretsManager = allow('secretsmanager:*');

export interface Confinement {
  readonly accountId?: string;
  readonly sessionPolicy?: PolicyDocument;
  readonly permissionsBoundary?: PolicyDocument;
}

let roles = 0;

/** A client with a session of a new role that may do what the statements say. The session is called `probe`. */
export async function user(
  aws: LocalAws,
  statements: readonly PolicyStatement[],
  { accountId = account, sessionPolicy, permissionsBoundary }: Confinement = {},
): Promise<{ readonly client: SecretsManagerClient; readonly roleArn: string; readonly sessionArn: string }> {
  const name = `user-${++roles}`;
  const roleArn = `arn:aws:iam::${accountId}:role/${name}`;
  const root = `arn:aws:iam::${accountId}:root`;
  aws.emulator.createRole({
    roleArn,
    trustPolicy: policy({ Effect: 'Allow', Principal: { AWS: root }, Action: 'sts:AssumeRole' }),
    ...(statements.length > 0 && { policies: [policy(...statements)] }),
    ...(permissionsBoundary && { permissionsBoundary }),
  });
  const { Credentials } = await aws.stsOf(aws.emulator.credentialsFor(accountId)).send(
    new AssumeRoleCommand({
      RoleArn: roleArn,
      RoleSessionName: 'probe',
      ...(sessionPolicy && { Policy: JSON.stringify(sessionPolicy) }),
    }),
  );
  const client = aws.clientOf({
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  });
  return { client, roleArn, sessionArn: `arn:aws:sts::${accountId}:assumed-role/${name}/probe` };
}

/** What the last request had KMS asked, in order: `Decrypt`, or `Decrypt refused`. */
export function kmsCalls(aws: LocalAws): string[] {
  return kmsDecisions(aws).map(({ action, allowed }) => `${action.slice('kms:'.length)}${allowed ? '' : ' refused'}`);
}

export function kmsDecisions(aws: LocalAws) {
  return (aws.emulator.requests.at(-1)?.decisions ?? []).filter(({ action }) => action.startsWith('kms:'));
}

export const kmsNotAllowed = { name: 'AccessDeniedException', message: 'Access to KMS is not allowed' };

/** Sessions of roles that a test makes as it needs them. */
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import type { Decision, PolicyDocument, PolicyStatement, RoleDefinition } from '../../../lib/emulator/index.js';
import type { LocalAws } from '../local-aws.js';

export interface RoleOptions {
  readonly account: string;
  readonly statements?: readonly PolicyStatement[];
  readonly boundary?: readonly PolicyStatement[];
  readonly session?: readonly PolicyStatement[];
  readonly tags?: Readonly<Record<string, string>>;
}

export const roleOf = (account: string) => `arn:aws:iam::${account}:role/team/reader`;
/** Without the role's path [B13]. */
export const sessionOf = (account: string) => `arn:aws:sts::${account}:assumed-role/reader/me`;
export const document = (Statement: PolicyDocument['Statement']): PolicyDocument => ({
  Version: '2012-10-17',
  Statement,
});

/** A client of a session of the role, which is made or replaced. */
export async function clientAs(aws: LocalAws, options: RoleOptions): Promise<SecretsManagerClient> {
  const { account, statements = [], boundary, session, tags } = options;
  const role: RoleDefinition = {
    roleArn: roleOf(account),
    trustPolicy: document({ Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' }),
    policies: statements.length === 0 ? [] : [{ policyName: 'Reader', policyDocument: document(statements) }],
    ...(boundary && { permissionsBoundary: document(boundary) }),
    ...(tags && { tags }),
  };
  aws.emulator.createRole(role);
  const { Credentials: c } = await aws.stsOf(aws.emulator.credentialsFor(account)).send(
    new AssumeRoleCommand({
      RoleArn: role.roleArn,
      RoleSessionName: 'me',
      ...(session && { Policy: JSON.stringify(document(session)) }),
    }),
  );
  return aws.clientOf({
    accessKeyId: c?.AccessKeyId ?? '',
    secretAccessKey: c?.SecretAccessKey ?? '',
    sessionToken: c?.SessionToken ?? '',
  });
}

/** What was decided of an action last. */
export function lastDecision(aws: LocalAws, action: string): Decision | undefined {
  return aws.emulator.decisions.filter((decision) => decision.action === action).at(-1);
}

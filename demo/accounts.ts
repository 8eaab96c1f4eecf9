/** The AWS side of the demo: who lives in which account, and what each role may do. */
import type { Emulator, PolicyDocument } from '../lib/emulator/index.js';

export const REGION = 'us-east-1';
export const SECRET_ACCOUNT = '111122223333';
export const FUNCTION_ACCOUNT = '444455556666';

/** The role that a function of another account assumes, and the external id that its trust policy demands. */
export const ASSUMED_ROLE = { name: 'SecretRotation', externalId: 'keyturn-demo' };
export const ASSUMED_ROLE_ARN = `arn:aws:iam::${SECRET_ACCOUNT}:role/${ASSUMED_ROLE.name}`;

export function functionArn(account: string, name: string): string {
  return `arn:aws:lambda:${REGION}:${account}:function:${name}`;
}

export function executionRoleArn(account: string, name: string): string {
  return `arn:aws:iam::${account}:role/${name}`;
}

/** An execution role with these permissions and no others. */
export function createExecutionRole(emulator: Emulator, roleArn: string, permissions: PolicyDocument): void {
  const trustPolicy: PolicyDocument = {
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
  };
  emulator.createRole({ roleArn, trustPolicy, policies: [permissions] });
}

/** The role in the secrets' account: it trusts exactly one execution role of the functions' account, which must give the external id. */
export function createAssumedRole(emulator: Emulator, trusted: string, permissions: PolicyDocument): void {
  emulator.createRole({
    roleArn: ASSUMED_ROLE_ARN,
    trustPolicy: {
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { AWS: trusted },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'sts:ExternalId': ASSUMED_ROLE.externalId } },
      },
    },
    policies: [permissions],
  });
}

/** What a rotation needs of the secrets that it rotates, and of those that it only reads (the superuser's). */
export function mayRotate(secretArns: readonly string[], readOnlyArns: readonly string[] = []): PolicyDocument {
  const actions = [
    'DescribeSecret',
    'GetSecretValue',
    'ListSecretVersionIds',
    'PutSecretValue',
    'UpdateSecretVersionStage',
  ];
  return {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: actions.map((action) => `secretsmanager:${action}`), Resource: secretArns },
      ...readOnlyArns.map((Resource) => ({
        Effect: 'Allow' as const,
        Action: 'secretsmanager:GetSecretValue',
        Resource,
      })),
    ],
  };
}

export function mayAssume(roleArn: string): PolicyDocument {
  return { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: roleArn } };
}

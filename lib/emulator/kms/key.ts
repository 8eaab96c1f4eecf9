import type { PolicyDocument } from '../access/policy.js';
import type { KeyState } from '../emulator.js';
import type { Grant } from './grant.js';

/** A symmetric KMS key: who may use it, and whether it can be used. What it encrypts is not encrypted here. */
export interface Key {
  readonly arn: string;
  readonly accountId: string;
  readonly region: string;
  policy: PolicyDocument;
  state: KeyState;
  /** True for AWS's own key for Secrets Manager, `alias/aws/secretsmanager`. */
  readonly managed: boolean;
  /** Names, such as `alias/app`. */
  readonly aliases: Set<string>;
  /** By id. */
  readonly grants: Map<string, Grant>;
}

export const defaultKeyAlias = 'alias/aws/secretsmanager';

/** What KMS attaches to a key made without a policy: the account's own identity policies decide. */
export function defaultKeyPolicy(accountId: string): PolicyDocument {
  return {
    Version: '2012-10-17',
    Id: 'key-default-1',
    Statement: {
      Sid: 'Enable IAM User Permissions',
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${accountId}:root` },
      Action: 'kms:*',
      Resource: '*',
    },
  };
}

/**
 * The policy of AWS's own key, as the user guide prints it: every principal of the account may use it through Secrets
 * Manager, without a permission of its own [recorded-authority E1].
 */
export function managedKeyPolicy(accountId: string, region: string): PolicyDocument {
  const throughTheService = { 'kms:CallerAccount': accountId, 'kms:ViaService': viaService(region) };
  return {
    Version: '2012-10-17',
    Id: 'auto-secretsmanager-2',
    Statement: [
      {
        Sid: 'UseThroughSecretsManager',
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: [
          'kms:Encrypt',
          'kms:Decrypt',
          'kms:ReEncrypt*',
          'kms:GenerateDataKey*',
          'kms:CreateGrant',
          'kms:DescribeKey',
        ],
        Resource: '*',
        Condition: { StringEquals: throughTheService },
      },
      {
        Sid: 'ReadMetadata',
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${accountId}:root` },
        Action: ['kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:RevokeGrant'],
        Resource: '*',
      },
    ],
  };
}

/** How KMS names the service that a call comes through. */
export function viaService(region: string): string {
  return `secretsmanager.${region}.amazonaws.com`;
}

import type { RotationStep } from '../rotation/event.js';
import type { SecretArn } from './arn.js';

/** The calls that each step makes; setSecret and testSecret share theirs, so that they can share a session. */
const ACTIONS: Readonly<Record<RotationStep, readonly string[]>> = {
  createSecret: ['DescribeSecret', 'GetSecretValue', 'PutSecretValue'],
  setSecret: ['DescribeSecret', 'GetSecretValue', 'ListSecretVersionIds'],
  testSecret: ['DescribeSecret', 'GetSecretValue', 'ListSecretVersionIds'],
  finishSecret: ['DescribeSecret', 'GetSecretValue', 'UpdateSecretVersionStage'],
};

/** Confines an assumed session to the secret and to what the step needs of it, whatever else the role may do. */
export function stepPolicy(secret: SecretArn, step: RotationStep, generatesRemotely: boolean): string {
  const writes = step === 'createSecret';
  const extra = writes && generatesRemotely ? [allow(['secretsmanager:GetRandomPassword'], ['*'])] : [];
  return policy([
    ...secretStatements(secret, [secret.arn], ACTIONS[step], writes ? ['Decrypt', 'GenerateDataKey'] : ['Decrypt']),
    ...extra,
  ]);
}

/** Confines an assumed session to reading one other secret, the superuser's, and its tags. */
export function readPolicy(secret: SecretArn, otherId: string): string {
  const arn = otherId.startsWith('arn:')
    ? otherId
    : `arn:${secret.partition}:secretsmanager:${secret.region}:${secret.accountId}:secret:${otherId}`;
  // The id may lack the six characters that Secrets Manager appends to a name.
  // DescribeSecret for its tags, which tell where the database is whose superuser a service manages.
  return policy(secretStatements(secret, [arn, `${arn}-??????`], ['DescribeSecret', 'GetSecretValue'], ['Decrypt']));
}

/** Confines an assumed session to what a rotator does elsewhere in the account. */
export function actionsPolicy(actions: readonly string[], resources: readonly string[]): string {
  return policy([allow(actions, resources)]);
}

function secretStatements(
  secret: SecretArn,
  arns: readonly string[],
  actions: readonly string[],
  kmsActions: readonly string[],
) {
  return [
    allow(
      actions.map((action) => `secretsmanager:${action}`),
      arns,
    ),
    // Secrets Manager calls KMS with the caller's own session, so a session policy that is silent about KMS locks secrets under a customer key. The key's ARN is not known
    // here; the encryption context and the service confine the use to these secrets.
    allow(
      kmsActions.map((action) => `kms:${action}`),
      ['*'],
      {
        // The domain after the Region differs from partition to partition.
        StringLike: {
          'kms:ViaService': `secretsmanager.${secret.region}.*`,
          'kms:EncryptionContext:SecretARN': arns,
        },
      },
    ),
  ];
}

function allow(actions: readonly string[], resources: readonly string[], condition?: object) {
  return { Effect: 'Allow', Action: actions, Resource: resources, ...(condition && { Condition: condition }) };
}

function policy(statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

import { InvalidOptionsError } from '../rotation/errors.js';

/** The parts of a secret's ARN. */
export interface SecretArn {
  readonly arn: string;
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
}

const SECRET_ARN = /^arn:([a-z0-9-]+):secretsmanager:([a-z0-9-]+):(\d{12}):secret:.+$/;

/** @returns undefined for a name. */
export function parseSecretArn(secretId: string): SecretArn | undefined {
  const [arn, partition, region, accountId] = SECRET_ARN.exec(secretId) ?? [];
  if (arn === undefined || partition === undefined || region === undefined || accountId === undefined) return undefined;
  return { arn, partition, region, accountId };
}

const ROLE_ARN = /^arn:[a-z0-9-]+:iam::\d{12}:role\/[\x21-\x7e]+$/;

/** @throws InvalidOptionsError */
export function checkRoleArn(roleArn: string): void {
  if (ROLE_ARN.test(roleArn) && roleArn.length <= 2048) return;
  throw new InvalidOptionsError('assumeRole.roleArn', 'must be the ARN of an IAM role');
}

import type { PolicyDocument } from '../lib/emulator/index.js';
import { createExecutionRole, executionRoleArn, functionArn, SECRET_ACCOUNT } from './accounts.js';
import type { World } from './world.js';

export interface Deployment {
  readonly account: string;
  /** Of the function. */
  readonly name: string;
  /** Of the execution role. Default: the function's name. */
  readonly roleName?: string;
  /** Path of the bundle. */
  readonly bundle: string;
  /** What the execution role may do. */
  readonly permissions: PolicyDocument;
  readonly environment?: Readonly<Record<string, string>>;
}

/** What a deployment does: makes execution role and function, and lets Secrets Manager of the secrets' account invoke it. @returns the function's ARN */
export function deployFunction({ emulator, environment, nodePath }: World, deployment: Deployment): string {
  const { account, name, roleName = name, bundle, permissions } = deployment;
  const roleArn = executionRoleArn(account, roleName);
  const arn = functionArn(account, name);
  createExecutionRole(emulator, roleArn, permissions);
  emulator.bindFunction({
    functionArn: arn,
    roleArn,
    bundle,
    nodePath,
    environment: { ...environment, ...deployment.environment },
    invokePermissions: [{ sourceAccount: SECRET_ACCOUNT }],
  });
  return arn;
}

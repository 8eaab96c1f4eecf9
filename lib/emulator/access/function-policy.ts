import type { FunctionDefinition, InvokePermission } from '../emulator.js';
import type { PolicyDocument, PolicyStatement } from './policy.js';
import type { ResourcePolicy } from './resource-policy.js';

/** The resource policy of a function: its own, or what its permissions amount to when Lambda's AddPermission writes them. */
export function functionPolicy(definition: FunctionDefinition, accountId: string): ResourcePolicy {
  const { functionArn: of, resourcePolicy, invokePermissions = [{ sourceAccount: accountId }] } = definition;
  return { kind: 'function', of, document: resourcePolicy ?? documentOf(of, invokePermissions) };
}

function documentOf(functionArn: string, permissions: readonly InvokePermission[]): PolicyDocument {
  return {
    Version: '2012-10-17',
    Statement: permissions.map(
      ({ sourceAccount, sourceArn }): PolicyStatement => ({
        Effect: 'Allow',
        Principal: { Service: 'secretsmanager.amazonaws.com' },
        Action: 'lambda:InvokeFunction',
        Resource: functionArn,
        Condition: {
          ...(sourceAccount !== undefined && { StringEquals: { 'AWS:SourceAccount': sourceAccount } }),
          ...(sourceArn !== undefined && { ArnLike: { 'AWS:SourceArn': sourceArn } }),
        },
      }),
    ),
  };
}

import { parseFunctionArn } from '../arns.js';
import type { FunctionTable } from '../functions/function-table.js';
import type { UndocumentedBehaviour } from '../undocumented.js';
import type { AccessRequest } from './access-request.js';

/**
 * Whoever calls RotateSecret must be allowed to invoke the function, as AWS's guide says; that the service may do so is
 * another question. Undefined for what is no function's ARN.
 */
export function invocationBy(
  request: Pick<AccessRequest, 'caller' | 'decisions'> & { readonly region: string },
  functionArn: string,
  functions: FunctionTable,
  across: UndocumentedBehaviour['rotateAcrossAccounts'],
): AccessRequest | undefined {
  const { caller, decisions, region } = request;
  const named = parseFunctionArn(functionArn);
  if (named === undefined || caller.kind === 'service') return undefined;
  const resource = functions.resource(functionArn) ?? { arn: functionArn, accountId: named.accountId };
  const foreign = named.accountId !== caller.accountId;
  return {
    caller,
    action: 'lambda:InvokeFunction',
    resource: foreign && across === 'caller alone' ? { arn: resource.arn, accountId: caller.accountId } : resource,
    resourceAsSent: functionArn,
    keys: new Map([
      ['aws:requestedregion', region],
      ['aws:resourceaccount', named.accountId],
    ]),
    via: 'secretsmanager.amazonaws.com',
    decisions,
  };
}

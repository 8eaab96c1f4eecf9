import { types } from 'node:util';
import { AccessDeniedError, AwsCallFailedError, InvalidOptionsError, RotationError } from '../../rotation/errors.js';
import type { StepContext } from '../../rotation/rotator.js';

/** What it takes to ask AWS. */
export type AwsContext = Pick<StepContext, 'signal' | 'waitFor' | 'aws'>;

/** One call, for messages. */
export interface AwsCall {
  /** `RDS` */
  readonly service: string;
  /** `rds:DescribeDBInstances` */
  readonly action: string;
  /** What a policy has to name: an ARN, or `*` where AWS knows no finer resource. */
  readonly resource: string;
}

/** A client of the AWS SDK. @throws InvalidOptionsError if its package is not there */
export async function loadClient<T>(packageName: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (!types.isNativeError(error) || !('code' in error) || !/MODULE_NOT_FOUND$/.test(String(error.code))) throw error;
    throw new InvalidOptionsError(
      'masterarn',
      `leads to a database that only AWS can place, and the npm package ${packageName}, which asks, was not found: npm install ${packageName}. ` +
        'The Node.js runtimes of Lambda bring it; a bundle may leave it out',
      { cause: error },
    );
  }
}

/** The SDK's error `name` is AWS's code. */
export function awsCode(error: unknown): string {
  return types.isNativeError(error) ? error.name : 'unknown';
}

/** Makes one call. The SDK has tried several times when it fails. @throws AccessDeniedError, AwsCallFailedError, DeadlineExceededError */
export async function ask<T>(
  { signal, waitFor }: AwsContext,
  call: AwsCall,
  send: (options: { readonly abortSignal: AbortSignal }) => Promise<T>,
): Promise<T> {
  try {
    return await waitFor(`${operationOf(call)} (${call.service})`, send({ abortSignal: signal }));
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw failed(call, error);
  }
}

function operationOf({ action }: AwsCall): string {
  return action.slice(action.indexOf(':') + 1);
}

/** Node's and the SDK's names for having got no answer. */
const NETWORK_FAILURES = ['TimeoutError', 'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ECONNRESET'];

function failed(call: AwsCall, error: unknown): RotationError {
  if (error instanceof RotationError) return error;
  const { service, action, resource } = call;
  const operation = operationOf(call);
  const code = awsCode(error);
  const said = types.isNativeError(error) ? error.message : '';
  if (/^(AccessDenied|UnauthorizedOperation)/.test(code)) {
    return new AccessDeniedError(
      `${operation} was refused: ${said}. Allow ${action} on ${resource} to the role that calls: the function's, or the one that it assumes in the account of the secret.`,
      { cause: error },
    );
  }
  if (/^(Throttl|RequestLimitExceeded|TooManyRequests)/.test(code)) {
    return new AwsCallFailedError(
      code,
      `${operation}: ${service} answers no more calls of this account for now (${code}), however often it was asked. The step can be run again as it is.`,
      { cause: error },
    );
  }
  const errno = types.isNativeError(error) && 'code' in error ? error.code : '';
  const unreachable = NETWORK_FAILURES.find((failure) => `${code} ${errno} ${said}`.includes(failure));
  if (unreachable !== undefined) {
    return new AwsCallFailedError(
      code,
      `${operation}: no answer from the endpoint of ${service} (${unreachable}). In a VPC the function needs a route to it: an interface endpoint ` +
        `(com.amazonaws.REGION.${action.split(':')[0]}) or a NAT gateway, and HTTPS allowed by security groups and network ACLs.`,
      { cause: error },
    );
  }
  return new AwsCallFailedError(code, `${operation} failed: ${code}: ${said}`, { cause: error });
}

import { type Caller, rootOf } from '../access/caller.js';
import type { Service } from '../service.js';
import { operations } from './index.js';
import type { JsonFields } from './operation.js';
import { recordedCall } from './recorded-call.js';

export interface Call {
  /** 12 digits: whose root calls, unless there is a `caller`. */
  readonly accountId: string;
  readonly region: string;
  /** Such as `CreateSecret`. */
  readonly operation: string;
  /** Members as the API's JSON has them: blobs as base64. */
  readonly input: Readonly<Record<string, unknown>>;
  /** @default - the root of `accountId` */
  readonly caller?: Caller;
}

/**
 * One request from inside the emulator: through the same gates as one from the wire, and recorded in the request log.
 * A ClientRequestToken is filled in where the operation takes one, as every SDK does; a retry has to send its own.
 * @throws Fault as the caller of the API would get it; RangeError for an operation that is not served
 */
export function callOperation(service: Service, call: Call): JsonFields {
  const { accountId, region, caller = rootOf(accountId) } = call;
  const operation = operations.get(call.operation);
  if (operation === undefined) throw new RangeError(`the operation is not served: ${call.operation}`);
  const token = 'ClientRequestToken' in operation.input && { ClientRequestToken: service.requestTokens.uuid() };
  return recordedCall(service, operation, { caller, region, input: { ...token, ...call.input } });
}

import type { Caller } from '../access/caller.js';
import { Fault } from '../fault.js';
import type { Service } from '../service.js';
import type { JsonFields, Operation } from './operation.js';
import { serve } from './serve.js';

/**
 * One operation carried out within the emulator: through the same gates as from the wire, and with a record of its own.
 * @throws Fault as the caller of the API would get it
 */
export function recordedCall(
  service: Service,
  operation: Operation,
  { caller, region, input }: { caller: Caller; region: string; input: Readonly<Record<string, unknown>> },
): JsonFields {
  const draft = service.log.begin();
  Object.assign(draft, { service: 'secretsmanager', operation: operation.name, region });
  draft.accountId = caller.accountId;
  draft.callerArn = caller.arn;
  let fault: Fault | undefined;
  try {
    return serve(service, operation, { body: Buffer.from(JSON.stringify(input)), caller, region, draft });
  } catch (error) {
    fault =
      error instanceof Fault ? error : new Fault('InternalServiceError', 'An error occurred on the server side.', 500);
    throw error;
  } finally {
    service.log.end(draft, fault);
  }
}

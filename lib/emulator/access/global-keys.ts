import type { Principal } from './caller.js';
import type { ConditionKeys } from './request-keys.js';

interface Circumstances {
  readonly caller: Principal;
  readonly time: Date;
  readonly resource?: { readonly accountId: string };
  readonly via?: string;
}

/** Which function's code asks. For identity policies alone: Lambda's guide rules it out in policies of resources. */
export const sourceFunctionKey = 'lambda:sourcefunctionarn';

/** Condition keys that do not depend on the operation. MultiFactorAuthPresent is absent: nobody here uses a device. */
export function globalKeys({ caller, time, resource, via }: Circumstances): Map<string, string | readonly string[]> {
  const keys = new Map<string, string | readonly string[]>([
    ['aws:currenttime', time.toISOString()],
    ['aws:epochtime', String(Math.floor(time.getTime() / 1000))],
    // What a client of AWS would have: the emulator's own transport is no subject of policies.
    ['aws:securetransport', 'true'],
    ['aws:viaawsservice', String(via !== undefined)],
  ]);
  // An address is known of direct calls alone [recorded-authority J2]. There is no aws:CalledVia: AWS does not list Secrets
  // Manager among the services that set it.
  if (via === undefined && caller.kind !== 'service') keys.set('aws:sourceip', '127.0.0.1');
  if (resource !== undefined) keys.set('aws:resourceaccount', resource.accountId);
  for (const [key, value] of principalKeys(caller)) keys.set(key, value);
  return keys;
}

function principalKeys(caller: Principal): ConditionKeys {
  if (caller.kind === 'service') {
    return new Map([
      ['aws:principalisawsservice', 'true'],
      ['aws:principalservicename', caller.arn],
    ]);
  }
  const keys = new Map([
    ['aws:principalisawsservice', 'false'],
    ['aws:principalaccount', caller.accountId],
    // The role's ARN, not the session's.
    ['aws:principalarn', caller.kind === 'root' ? caller.arn : caller.role.roleArn],
    ['aws:principaltype', caller.kind === 'root' ? 'Account' : 'AssumedRole'],
    ['aws:userid', caller.userId],
  ]);
  if (caller.kind === 'session') {
    if (caller.sourceFunctionArn !== undefined) keys.set(sourceFunctionKey, caller.sourceFunctionArn);
    for (const [key, value] of Object.entries(caller.role.tags ?? {}))
      keys.set(`aws:principaltag/${key}`.toLowerCase(), value);
  }
  return keys;
}

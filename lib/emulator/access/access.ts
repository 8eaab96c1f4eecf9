/**
 * THE ONE PLACE WHERE ACCESS IS DECIDED. Every operation of every service asks here, after the types of a request were
 * read and before its lengths are checked [recorded-authority F1].
 *
 * Today: a caller acts in its own account, within its role's policies and its session's. Resource policies are what
 * joins here next: they are why a caller of another account is told that none allows it.
 */
import { Fault } from '../fault.js';
import type { Caller } from './caller.js';
import type { ConditionKeys } from './conditions.js';
import { type Question, verdictOf } from './evaluate.js';

export interface AccessRequest {
  readonly caller: Caller;
  /** `service:Operation` */
  readonly action: string;
  /** What policies are matched with, and the account that owns it. Absent when the request names none. */
  readonly resource?: { readonly arn: string; readonly accountId: string };
  /** What the message names: the id exactly as sent, be it a name [recorded-authority B12]. */
  readonly resourceAsSent?: string;
  readonly keys?: ConditionKeys;
}

/** @throws Fault AccessDeniedException in the words of recorded-authority B1 to B9 */
export function authorize(request: AccessRequest): void {
  const { caller, action, resource } = request;
  const question: Question = {
    action,
    ...(resource !== undefined && { resource: resource.arn }),
    keys: new Map([...callerKeys(caller), ...(request.keys ?? [])]),
  };
  const identity = identityVerdict(caller, question);
  const session = sessionVerdict(caller, question);
  // Explicit denies before missing allows, identity before session [B17]; which of two denies is named is not recorded.
  if (identity === 'deny') throw denied(request, 'with an explicit deny in an identity-based policy');
  if (session === 'deny') throw denied(request, 'with an explicit deny in a session policy');
  if (identity === 'silent') throw denied(request, `because no identity-based policy allows the ${action} action`);
  if (session === 'silent') throw denied(request, `because no session policy allows the ${action} action`);
  if (resource !== undefined && resource.accountId !== caller.accountId) {
    throw denied(request, `because no resource-based policy allows the ${action} action`);
  }
}

/** What the caller's own policies say: a root and a role that was made without policies may do everything. */
export function identityVerdict(caller: Caller, question: Question): 'allow' | 'deny' | 'silent' {
  if (caller.kind === 'root' || caller.role.policies === undefined) return 'allow';
  return verdictOf(caller.role.policies, question);
}

export function sessionVerdict(caller: Caller, question: Question): 'allow' | 'deny' | 'silent' {
  if (caller.kind === 'root' || caller.sessionPolicy === undefined) return 'allow';
  return verdictOf([caller.sessionPolicy], question);
}

/** Condition keys that every request has. The principal's ARN is the role's, not the session's. */
export function callerKeys(caller: Caller): ConditionKeys {
  return new Map([
    ['aws:principalaccount', caller.accountId],
    ['aws:principalarn', caller.kind === 'root' ? caller.arn : caller.role.roleArn],
    ['aws:userid', caller.userId],
    ['aws:principaltype', caller.kind === 'root' ? 'Account' : 'AssumedRole'],
  ]);
}

/** Without a resource the middle of the sentence is left out [B7]. */
function denied({ caller, action, resourceAsSent }: AccessRequest, reason: string): Fault {
  const on = resourceAsSent === undefined ? '' : ` on resource: ${resourceAsSent}`;
  return new Fault(
    'AccessDeniedException',
    `User: ${caller.arn} is not authorized to perform: ${action}${on} ${reason}`,
  );
}

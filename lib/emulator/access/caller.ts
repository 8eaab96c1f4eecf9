import type { PolicyDocument } from './policy.js';
import type { Role } from './roles.js';

/** Who asks for access: whoever a request comes from, or a service that acts in its own name. */
export type Principal = Caller | ServicePrincipal;

/** Who a request comes from. */
export type Caller = RootCaller | SessionCaller;

interface Identity {
  readonly accountId: string;
  /** As messages and GetCallerIdentity name it. */
  readonly arn: string;
  readonly userId: string;
}

/** The root of an account: everything in that account, nothing outside. */
export interface RootCaller extends Identity {
  readonly kind: 'root';
}

export function rootOf(accountId: string): RootCaller {
  return { kind: 'root', accountId, arn: `arn:aws:iam::${accountId}:root`, userId: accountId };
}

/** A role's session: what the role may do, confined by the session's policy. */
export interface SessionCaller extends Identity {
  readonly kind: 'session';
  readonly role: Role;
  readonly sessionPolicy?: PolicyDocument;
  /** The rotation function at the start of the chain of roles, if it is one. */
  readonly functionArn?: string;
  /** The function whose credentials these are: AWS gives it to the session of the execution role, and to no session after it. */
  readonly sourceFunctionArn?: string;
}

/** A service that invokes a function: the function's own policy alone decides. */
export interface ServicePrincipal {
  readonly kind: 'service';
  /** Its name, such as `secretsmanager.amazonaws.com`. */
  readonly arn: string;
}

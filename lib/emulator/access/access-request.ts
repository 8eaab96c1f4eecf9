import type { Principal } from './caller.js';
import type { Decision } from './decision.js';
import type { ConditionKeys } from './request-keys.js';
import type { ResourcePolicy } from './resource-policy.js';

export interface AccessRequest {
  readonly caller: Principal;
  /** `service:Operation` */
  readonly action: string;
  /** What policies are matched with, the account that owns it, and its own policy. Absent when the request names none. */
  readonly resource?: AccessedResource;
  /** What the message names: the id exactly as sent, be it a name [recorded-authority B12]. */
  readonly resourceAsSent?: string;
  readonly keys?: ConditionKeys;
  /** The service that asks in the caller's name, such as `secretsmanager.amazonaws.com` for KMS. */
  readonly via?: string;
  /** The list of the request's own record, which the decision joins. */
  readonly decisions: Decision[];
}

export interface AccessedResource {
  readonly arn: string;
  readonly accountId: string;
  readonly policy?: ResourcePolicy;
}

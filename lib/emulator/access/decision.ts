/** What was decided of one action, and by which statement of which policy. */
export interface Decision {
  readonly time: Date;
  readonly allowed: boolean;
  /** False when the emulator is permissive: refused, but carried out all the same. */
  readonly enforced: boolean;
  readonly callerArn: string;
  /** `service:Operation`, such as `kms:Decrypt`. */
  readonly action: string;
  /** The ARN that policies were matched with; `*` for an action without one. */
  readonly resource: string;
  /** The service that made the call in the caller's name, such as `secretsmanager.amazonaws.com` for KMS. */
  readonly via?: string;
  /** Allowed: each statement that allowed it. Refused: each statement that denies it; none when no statement allows it. */
  readonly statements: readonly StatementReference[];
  /** Of a refusal without a Deny: the kind of policy in which an Allow is missing. */
  readonly missing?: PolicyKind;
  /** One sentence that says whose policy lacked or denied what. Free of secrets. */
  readonly explanation: string;
}

export type PolicyKind =
  | 'identity'
  | 'permissions boundary'
  | 'session'
  | 'resource'
  | 'trust'
  | 'key'
  | 'grant'
  | 'function';

export interface StatementReference {
  readonly kind: PolicyKind;
  /** Whose policy: the ARN of the role, session, secret, key or function. */
  readonly of: string;
  /** The policy's name, where its kind has names. */
  readonly policyName?: string;
  /** From 0. */
  readonly index: number;
  readonly sid?: string;
}

import type { PolicyDocument, PolicyStatement } from './policy.js';

/** The policy that a resource itself has. What it means depends on the kind: a key and a role let nobody in without it. */
export interface ResourcePolicy {
  readonly kind: 'resource' | 'key' | 'trust' | 'function';
  /** The ARN of the secret, key, role or function. */
  readonly of: string;
  readonly document: PolicyDocument;
  /** Grants of a KMS key, each as the statement it stands for. */
  readonly grants?: readonly KeyGrant[];
}

export interface KeyGrant {
  readonly grantId: string;
  readonly statement: PolicyStatement;
}

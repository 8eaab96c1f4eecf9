/** IAM policy documents as JSON has them. */

/** One value or a list of them, as IAM allows nearly everywhere. */
export type OneOrMany<T> = T | readonly T[];

export interface PolicyDocument {
  readonly Version?: '2012-10-17' | '2008-10-17';
  readonly Id?: string;
  readonly Statement: OneOrMany<PolicyStatement>;
}

/** An identity policy with its name, as decisions tell it. */
export interface NamedPolicy {
  readonly policyName: string;
  readonly policyDocument: PolicyDocument;
}

/** `'*'`, or kinds of principals with their names: `AWS`, `Service`, `Federated`, `CanonicalUser`. */
export type PrincipalElement = '*' | Readonly<Record<string, OneOrMany<string>>>;

export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  /** Only in the policies of resources, trust policies among them. */
  readonly Principal?: PrincipalElement;
  /** Everyone but these. Only with Deny. */
  readonly NotPrincipal?: PrincipalElement;
  readonly Action?: OneOrMany<string>;
  readonly NotAction?: OneOrMany<string>;
  readonly Resource?: OneOrMany<string>;
  readonly NotResource?: OneOrMany<string>;
  /** Operator, then condition key, then the values it is compared with. */
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, OneOrMany<string | boolean | number>>>>>;
}

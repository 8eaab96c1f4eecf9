import type { KeyGrant } from '../access/resource-policy.js';
import type { GrantDefinition } from '../emulator.js';

export interface Grant extends GrantDefinition {
  readonly grantId: string;
}

export type EncryptionContext = Readonly<Record<string, string>>;

/**
 * The statement that a grant amounts to. Whom it reaches follows from its principal as in any policy: a session named by
 * its ARN directly, a role's session within its boundary and session policy [recorded-authority C3b].
 */
export function keyGrant({ grantId, granteePrincipal, operations }: Grant): KeyGrant {
  return {
    grantId,
    statement: {
      Effect: 'Allow',
      Principal: { AWS: granteePrincipal },
      Action: operations.map((operation) => `kms:${operation}`),
      Resource: '*',
    },
  };
}

/** Whether a call with this encryption context is within the grant's constraints: the whole context, or a part of it. */
export function coversContext({ constraints = {} }: Grant, context: EncryptionContext): boolean {
  const { encryptionContextEquals: whole, encryptionContextSubset: part } = constraints;
  const contains = (wanted: EncryptionContext) =>
    Object.entries(wanted).every(([key, value]) => context[key] === value);
  const sameSize = (wanted: EncryptionContext) => Object.keys(wanted).length === Object.keys(context).length;
  return (whole === undefined || (contains(whole) && sameSize(whole))) && (part === undefined || contains(part));
}

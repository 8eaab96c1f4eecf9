import type { Principal } from './caller.js';
import type { PlacedPolicy } from './evaluate.js';
import type { ResourcePolicy } from './resource-policy.js';

/** The policies that a request is decided by. */
export interface Policies {
  readonly identity: readonly PlacedPolicy[];
  readonly boundary?: PlacedPolicy;
  readonly session?: PlacedPolicy;
  /** The resource's own, then the grants of a key. */
  readonly resource: readonly PlacedPolicy[];
}

export function policiesOf(caller: Principal, policy: ResourcePolicy | undefined): Policies {
  const resource = policy === undefined ? [] : resourcePolicies(policy);
  if (caller.kind !== 'session') return { identity: [], resource };
  const { role, sessionPolicy } = caller;
  const boundary = role.permissionsBoundary;
  return {
    identity: role.identityPolicies,
    ...(boundary !== undefined && {
      boundary: { kind: 'permissions boundary', of: role.roleArn, document: boundary },
    }),
    ...(sessionPolicy !== undefined && { session: { kind: 'session', of: caller.arn, document: sessionPolicy } }),
    resource,
  };
}

function resourcePolicies({ kind, of, document, grants = [] }: ResourcePolicy): PlacedPolicy[] {
  const asPolicies = grants.map(
    ({ grantId, statement }): PlacedPolicy => ({
      kind: 'grant',
      of,
      policyName: grantId,
      document: { Version: '2012-10-17', Statement: statement },
    }),
  );
  return [{ kind, of, document }, ...asPolicies];
}

import type { AccessRequest } from './access.js';
import type { Principal } from './caller.js';
import type { ConditionKeys } from './conditions.js';
import type { Decision, PolicyKind, StatementReference } from './decision.js';
import { type Finding, findingsIn, type PlacedPolicy, type Question } from './evaluate.js';
import { type Naming, namingOf } from './principals.js';
import type { ResourcePolicy } from './resource-policy.js';

/** Decides as IAM does: one Deny anywhere outweighs every Allow; who must allow depends on the accounts. */
export function decisionOn(
  request: AccessRequest,
  rest: { readonly time: Date; readonly enforced: boolean },
): Decision {
  const { caller, action, resource, via } = request;
  const question: Question = {
    action,
    ...(resource !== undefined && { resource: resource.arn }),
    keys: new Map([...callerKeys(caller), ...(request.keys ?? [])]),
  };
  const own = ownPolicies(caller).map((policies) => findingsIn(policies, question));
  const ofResource = resource?.policy === undefined ? [] : resourceFindings(resource.policy, caller, question);
  const all = [...own.flat(), ...ofResource];
  const denying = all.filter(({ statement }) => statement.Effect === 'Deny');
  const missing = denying.length > 0 ? undefined : missingKind(request, own, ofResource);
  const allowed = denying.length === 0 && missing === undefined;
  const decisive = allowed ? all.filter(({ statement }) => statement.Effect === 'Allow') : denying;
  const statements = decisive.map(({ reference }) => reference);
  return {
    ...rest,
    allowed,
    callerArn: caller.arn,
    action,
    resource: resource?.arn ?? '*',
    ...(via !== undefined && { via }),
    statements,
    ...(missing !== undefined && { missing }),
    explanation: explain(request, statements, missing),
  };
}

/** Which kind of policy lacks an Allow that the request needs; the order is that of the reasons [B17]. */
function missingKind(
  { caller, resource }: AccessRequest,
  own: readonly (readonly Finding[])[],
  ofResource: readonly (Finding & { readonly naming: Naming })[],
): PolicyKind | undefined {
  const namings = new Set(
    ofResource.filter(({ statement }) => statement.Effect === 'Allow').map(({ naming }) => naming),
  );
  const kind = resource?.policy?.kind ?? 'resource';
  if (caller.kind === 'service') return namings.size > 0 ? undefined : kind;
  const across = resource !== undefined && resource.accountId !== caller.accountId;
  // A session that is named itself needs nothing else in its own account, a silent session policy least of all [C3].
  if (!across && namings.has('itself')) return undefined;
  const named = namings.has('role') || namings.has('anyone');
  const [identity = [], boundary, session] = own;
  const allows = (findings: readonly Finding[]) => findings.some(({ statement }) => statement.Effect === 'Allow');
  if (caller.kind === 'session') {
    if ((across || !named) && !allows(identity)) return 'identity';
    if (caller.role.permissionsBoundary !== undefined && !allows(boundary ?? [])) return 'permissions boundary';
    if (caller.sessionPolicy !== undefined && !allows(session ?? [])) return 'session';
  }
  // Keys and roles let nobody in by the caller's own policies alone.
  const needed = across || kind === 'key' || kind === 'trust';
  return needed && namings.size === 0 ? kind : undefined;
}

function ownPolicies(caller: Principal): readonly (readonly PlacedPolicy[])[] {
  if (caller.kind !== 'session') return [];
  const { role, sessionPolicy } = caller;
  const boundary = role.permissionsBoundary;
  return [
    role.identityPolicies,
    boundary === undefined ? [] : [{ kind: 'permissions boundary', of: role.roleArn, document: boundary }],
    sessionPolicy === undefined ? [] : [{ kind: 'session', of: caller.arn, document: sessionPolicy }],
  ];
}

function resourceFindings(
  { kind, of, document, grants = [] }: ResourcePolicy,
  caller: Principal,
  question: Question,
): (Finding & { readonly naming: Naming })[] {
  const policies: PlacedPolicy[] = [
    { kind, of, document },
    ...grants.map(({ grantId, statement }) => ({
      kind: 'grant' as const,
      of,
      policyName: grantId,
      document: { Statement: statement },
    })),
  ];
  return findingsIn(policies, question).flatMap((finding) => {
    const naming = namingOf(finding.statement, caller);
    return naming === undefined ? [] : [{ ...finding, naming }];
  });
}

/** Condition keys that every request has. The principal's ARN is the role's, not the session's. */
export function callerKeys(caller: Principal): ConditionKeys {
  if (caller.kind === 'service') return new Map([['aws:principalisawsservice', 'true']]);
  return new Map([
    ['aws:principalaccount', caller.accountId],
    ['aws:principalarn', caller.kind === 'root' ? caller.arn : caller.role.roleArn],
    ['aws:userid', caller.userId],
    ['aws:principaltype', caller.kind === 'root' ? 'Account' : 'AssumedRole'],
  ]);
}

function explain(
  { action, resource, caller }: AccessRequest,
  statements: readonly StatementReference[],
  missing: PolicyKind | undefined,
): string {
  const what = `${action} on ${resource?.arn ?? '*'}`;
  if (missing !== undefined) return `${what} is not allowed to ${caller.arn} by any ${missing} policy`;
  const [first] = statements;
  if (first === undefined) return `${what} is allowed to ${caller.arn} as the root of its account`;
  return `${what} was decided by statement ${first.sid ?? first.index} of a policy of ${first.of}`;
}

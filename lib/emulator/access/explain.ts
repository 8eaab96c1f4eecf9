/** Why, in one sentence, for whoever reads the log of a refused rotation: whose policy, which statement, what to add. */
import type { AccessRequest } from './access-request.js';
import type { Principal } from './caller.js';
import { failedTest, many, type Test } from './conditions.js';
import type { PolicyKind, StatementReference } from './decision.js';
import {
  coversAction,
  coversResource,
  type Finding,
  type PlacedPolicy,
  type Question,
  referenceTo,
} from './evaluate.js';
import type { Policies } from './policies.js';
import type { PolicyStatement } from './policy.js';
import { namingOf } from './principals.js';
import type { ConditionKeys } from './request-keys.js';
import { resolverOf } from './variables.js';

interface Outcome {
  readonly request: AccessRequest;
  readonly question: Question;
  readonly policies: Policies;
  readonly allowed: boolean;
  /** The statements that decided. */
  readonly decisive: readonly Finding[];
  readonly missing: PolicyKind | undefined;
}

export function explanationOf({ request, question, policies, allowed, decisive, missing }: Outcome): string {
  const { caller, action, resource } = request;
  const what = `${action} on ${resource?.arn ?? '*'}`;
  if (missing !== undefined)
    return `${what} ${lack(missing, request, policies)}${nearMiss(missing, request, policies, question)}`;
  const by = decisive.map(({ reference }) => nameOf(reference)).join(', and by ');
  if (!allowed) return `${what} is denied to ${caller.arn} by ${by}`;
  return `${what} is allowed to ${caller.arn} ${decisive.length > 0 ? `by ${by}` : 'as the root of the account'}`;
}

const names: Readonly<Record<PolicyKind, string>> = {
  identity: 'identity policy',
  'permissions boundary': 'permissions boundary',
  session: 'session policy',
  resource: 'resource policy',
  trust: 'trust policy',
  key: 'key policy',
  grant: 'grant',
  function: "function's policy",
};

function nameOf({ kind, of, policyName, index, sid }: StatementReference): string {
  const statement = `statement ${index}${sid === undefined ? '' : ` (${sid})`}`;
  return `${statement} of the ${names[kind]}${policyName === undefined ? '' : ` ${policyName}`} of ${of}`;
}

function lack(missing: PolicyKind, { caller, resource }: AccessRequest, policies: Policies): string {
  const across =
    caller.kind !== 'service' && resource !== undefined && resource.accountId !== caller.accountId
      ? `, which ${caller.arn} of another account needs besides its own policies`
      : '';
  switch (missing) {
    case 'identity':
      return policies.identity.length === 0
        ? `is not allowed: ${roleOf(caller)} has no identity policy; give it one that allows it`
        : `is not allowed by any statement of the identity policies of ${roleOf(caller)}; add it there`;
    case 'permissions boundary':
      return `is not allowed by the permissions boundary of ${roleOf(caller)}; add it there`;
    case 'session':
      return `is not allowed by the session policy that ${caller.arn} was made with; pass one to AssumeRole that allows it`;
    default: {
      const of = resource?.arn ?? '*';
      return resource?.policy === undefined
        ? `is not allowed: ${of} has no ${names[missing]}${across}`
        : `is not allowed to ${caller.arn} by any statement of the ${names[missing]} of ${of}${across}; add it there`;
    }
  }
}

function roleOf(caller: Principal): string {
  return caller.kind === 'session' ? `role ${caller.role.roleArn}` : caller.arn;
}

interface Miss {
  readonly statement: string;
  readonly why: string;
  /** How much of the statement fits: more is nearer. */
  readonly fits: number;
}

/** The statement that would have allowed it but for one thing, if there is one. */
function nearMiss(missing: PolicyKind, { caller }: AccessRequest, policies: Policies, question: Question): string {
  const misses = suspects(missing, policies).flatMap((policy) =>
    many(policy.document.Statement).flatMap((statement, index) => {
      const miss = missOf(policy, statement, caller, question);
      return miss === undefined ? [] : [{ ...miss, statement: nameOf(referenceTo(policy, statement, index)) }];
    }),
  );
  const [nearest] = misses.sort((a, b) => b.fits - a.fits);
  return nearest === undefined ? '' : `. Nearest is ${nearest.statement}: ${nearest.why}`;
}

function suspects(missing: PolicyKind, { identity, boundary, session, resource }: Policies): readonly PlacedPolicy[] {
  if (missing === 'identity') return identity;
  const one = missing === 'permissions boundary' ? boundary : missing === 'session' ? session : undefined;
  return one === undefined ? resource : [one];
}

function missOf(
  policy: PlacedPolicy,
  statement: PolicyStatement,
  caller: Principal,
  { action, resource, keys }: Question,
): Omit<Miss, 'statement'> | undefined {
  if (statement.Effect !== 'Allow' || !coversAction(statement, action)) return undefined;
  const resolve = resolverOf(policy.document.Version, keys);
  const failed = failedTest(statement.Condition, keys, resolve);
  const hasPrincipal = statement.Principal !== undefined || statement.NotPrincipal !== undefined;
  const reasons = [
    ...(hasPrincipal && namingOf(statement, caller) === undefined ? [`its Principal does not name ${caller.arn}`] : []),
    ...(coversResource(statement, resource, resolve) ? [] : [resourceMiss(statement)]),
    ...(failed === undefined ? [] : [conditionMiss(failed, keys)]),
  ];
  return { why: reasons.join(', and '), fits: -reasons.length };
}

function resourceMiss({ Resource, NotResource }: PolicyStatement): string {
  return NotResource === undefined
    ? `its Resource is ${many(Resource).join(', ')}`
    : `its NotResource leaves this one out: ${many(NotResource).join(', ')}`;
}

/** Values that a caller may want to keep to itself are not told. */
const discreet = new Set(['sts:externalid']);

function conditionMiss({ operator, key, wanted }: Test, keys: ConditionKeys): string {
  const found = keys.get(key.toLowerCase());
  if (discreet.has(key.toLowerCase())) {
    return `its condition ${operator} ${key} does not hold: the request has ${found === undefined ? 'none' : 'another'}`;
  }
  const has = found === undefined ? 'no such key' : many(found).join(', ');
  return `its condition ${operator} ${key} ${wanted.join(', ')} does not hold: the request has ${has}`;
}

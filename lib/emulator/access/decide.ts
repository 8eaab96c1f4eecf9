import type { AccessRequest } from './access-request.js';
import type { Decision, PolicyKind } from './decision.js';
import { type Finding, findingsIn, type Question } from './evaluate.js';
import { explanationOf } from './explain.js';
import { globalKeys, sourceFunctionKey } from './global-keys.js';
import { type Policies, policiesOf } from './policies.js';
import { type Naming, namingOf } from './principals.js';

type ResourceFinding = Finding & { readonly naming: Naming };

interface Findings {
  readonly identity: readonly Finding[];
  readonly boundary: readonly Finding[];
  readonly session: readonly Finding[];
  readonly resource: readonly ResourceFinding[];
}

/** Decides as IAM does: one Deny anywhere outweighs every Allow; who must allow depends on the accounts. */
export function decisionOn(
  request: AccessRequest,
  rest: { readonly time: Date; readonly enforced: boolean },
): Decision {
  const { caller, action, resource, via } = request;
  const keys = globalKeys({ ...request, time: rest.time });
  for (const [key, value] of request.keys ?? []) keys.set(key, value);
  const question: Question = { action, ...(resource !== undefined && { resource: resource.arn }), keys };
  const policies = policiesOf(caller, resource?.policy);
  const findings: Findings = {
    identity: findingsIn(policies.identity, question),
    boundary: findingsIn(listed(policies.boundary), question),
    session: findingsIn(listed(policies.session), question),
    resource: findingsIn(policies.resource, ofResource(question)).flatMap((finding) => {
      const naming = namingOf(finding.statement, caller);
      return naming === undefined ? [] : [{ ...finding, naming }];
    }),
  };
  // The order of denies is the order of reasons; which of two is named is not recorded [B17].
  const all = [...findings.identity, ...findings.boundary, ...findings.session, ...findings.resource];
  const denying = all.filter(({ statement }) => statement.Effect === 'Deny');
  const missing = denying.length > 0 ? undefined : missingKind(request, policies, findings);
  const allowed = denying.length === 0 && missing === undefined;
  const decisive = allowed ? all.filter(isAllow) : denying;
  return {
    ...rest,
    allowed,
    callerArn: caller.arn,
    action,
    resource: resource?.arn ?? '*',
    ...(via !== undefined && { via }),
    statements: decisive.map(({ reference }) => reference),
    ...(missing !== undefined && { missing }),
    explanation: explanationOf({ request, question, policies, allowed, decisive, missing }),
  };
}

function ofResource(question: Question): Question {
  if (!question.keys.has(sourceFunctionKey)) return question;
  const keys = new Map(question.keys);
  keys.delete(sourceFunctionKey);
  return { ...question, keys };
}

/** Which kind of policy lacks an Allow that the request needs; the order is that of the reasons [B17]. */
function missingKind(
  { caller, resource }: AccessRequest,
  policies: Policies,
  findings: Findings,
): PolicyKind | undefined {
  const namings = new Set(findings.resource.filter(isAllow).map(({ naming }) => naming));
  const kind = resource?.policy?.kind ?? 'resource';
  if (caller.kind === 'service') return namings.size > 0 ? undefined : kind;
  const across = resource !== undefined && resource.accountId !== caller.accountId;
  // A session that is named itself needs nothing else in its own account: neither a silent session policy nor a silent
  // boundary matters [C3, C3b].
  if (!across && namings.has('itself')) return undefined;
  if (caller.kind === 'session') {
    // A role that is named needs no identity policy in its own account [C1], but is held to the rest [C2].
    const named = !across && namings.has('role');
    if (!named && !findings.identity.some(isAllow)) return 'identity';
    if (policies.boundary !== undefined && !findings.boundary.some(isAllow)) return 'permissions boundary';
    if (policies.session !== undefined && !findings.session.some(isAllow)) return 'session';
  }
  // Keys and roles let nobody in by the caller's own policies alone.
  const needed = across || kind === 'key' || kind === 'trust';
  return needed && namings.size === 0 ? kind : undefined;
}

function isAllow({ statement }: Finding): boolean {
  return statement.Effect === 'Allow';
}

function listed<T>(one: T | undefined): readonly T[] {
  return one === undefined ? [] : [one];
}

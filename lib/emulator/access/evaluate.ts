import { failedTest, many } from './conditions.js';
import type { PolicyKind, StatementReference } from './decision.js';
import { fitsGlob } from './glob.js';
import type { OneOrMany, PolicyDocument, PolicyStatement } from './policy.js';
import type { ConditionKeys } from './request-keys.js';
import { type Resolve, resolverOf } from './variables.js';

export interface Question {
  readonly action: string;
  /** Absent when the request names no resource: then only statements on `*` speak of it. */
  readonly resource?: string;
  readonly keys: ConditionKeys;
}

/** A policy with its place, as decisions name it. */
export interface PlacedPolicy {
  readonly kind: PolicyKind;
  /** Whose it is: an ARN. */
  readonly of: string;
  readonly policyName?: string;
  readonly document: PolicyDocument;
}

/** A statement that speaks of the question. */
export interface Finding {
  readonly statement: PolicyStatement;
  readonly reference: StatementReference;
}

/** The statements of policies that speak of a question, whatever their effect and principal. */
export function findingsIn(policies: readonly PlacedPolicy[], question: Question): Finding[] {
  return policies.flatMap((policy) => {
    const resolve = resolverOf(policy.document.Version, question.keys);
    return many(policy.document.Statement).flatMap((statement, index) =>
      speaksOf(statement, question, resolve) ? [{ statement, reference: referenceTo(policy, statement, index) }] : [],
    );
  });
}

export function referenceTo(
  { kind, of, policyName }: PlacedPolicy,
  { Sid }: PolicyStatement,
  index: number,
): StatementReference {
  return { kind, of, ...(policyName !== undefined && { policyName }), index, ...(Sid !== undefined && { sid: Sid }) };
}

function speaksOf(statement: PolicyStatement, question: Question, resolve: Resolve): boolean {
  return (
    coversAction(statement, question.action) &&
    coversResource(statement, question.resource, resolve) &&
    failedTest(statement.Condition, question.keys, resolve) === undefined
  );
}

export function coversAction({ Action, NotAction }: PolicyStatement, action: string): boolean {
  const lower = action.toLowerCase();
  return covers(Action, NotAction, (pattern) => fitsGlob(pattern.toLowerCase(), lower));
}

export function coversResource(
  { Resource, NotResource }: PolicyStatement,
  resource: string | undefined,
  resolve: Resolve,
): boolean {
  // Trust policies have no resource: they are about their role.
  if (Resource === undefined && NotResource === undefined) return true;
  return covers(Resource, NotResource, (pattern) => {
    if (hasVariableBeforeResource(pattern)) return false;
    const resolved = resolve(pattern, 'pattern');
    return resolved !== undefined && fitsGlob(resolved, resource ?? '*');
  });
}

/** AWS's guide knows variables in the last part of an ARN alone. */
function hasVariableBeforeResource(pattern: string): boolean {
  return /^arn(?::[^:$]*){0,3}:[^:]*\$\{/.test(pattern);
}

function covers(
  listed: OneOrMany<string> | undefined,
  excluded: OneOrMany<string> | undefined,
  fits: (pattern: string) => boolean,
): boolean {
  return excluded === undefined ? many(listed).some(fits) : !many(excluded).some(fits);
}

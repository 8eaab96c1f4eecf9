import { type ConditionKeys, conditionsHold, many } from './conditions.js';
import type { PolicyKind, StatementReference } from './decision.js';
import { fitsGlob } from './glob.js';
import type { PolicyDocument, PolicyStatement } from './policy.js';

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
  return policies.flatMap((policy) =>
    many(policy.document.Statement).flatMap((statement, index) =>
      speaksOf(statement, question) ? [{ statement, reference: referenceTo(policy, statement, index) }] : [],
    ),
  );
}

function referenceTo(
  { kind, of, policyName }: PlacedPolicy,
  { Sid }: PolicyStatement,
  index: number,
): StatementReference {
  return { kind, of, ...(policyName !== undefined && { policyName }), index, ...(Sid !== undefined && { sid: Sid }) };
}

function speaksOf(statement: PolicyStatement, { action, resource, keys }: Question): boolean {
  const { Resource, NotResource } = statement;
  // Trust policies have no resource: they are about their role.
  const about = Resource === undefined && NotResource === undefined;
  return (
    covers(statement.Action, statement.NotAction, action.toLowerCase(), (pattern) => pattern.toLowerCase()) &&
    (about || covers(Resource, NotResource, resource ?? '*', (pattern) => pattern)) &&
    conditionsHold(statement.Condition, keys)
  );
}

function covers(
  listed: PolicyStatement['Action'],
  excluded: PolicyStatement['Action'],
  text: string,
  spelling: (pattern: string) => string,
): boolean {
  const fits = (pattern: string) => fitsGlob(spelling(pattern), text);
  return excluded === undefined ? many(listed).some(fits) : !many(excluded).some(fits);
}

import { type ConditionKeys, conditionsHold, many } from './conditions.js';
import { fitsGlob } from './glob.js';
import type { PolicyDocument, PolicyStatement } from './policy.js';

export type Verdict = 'allow' | 'deny' | 'silent';

export interface Question {
  readonly action: string;
  /** Absent when the request names no resource: then only statements on `*` speak of it. */
  readonly resource?: string;
  readonly keys: ConditionKeys;
}

/** What policies say together: one Deny outweighs every Allow. */
export function verdictOf(policies: readonly PolicyDocument[], question: Question): Verdict {
  const effects = policies
    .flatMap((policy) => many(policy.Statement))
    .filter((statement) => speaksOf(statement, question))
    .map((statement) => statement.Effect);
  if (effects.includes('Deny')) return 'deny';
  return effects.includes('Allow') ? 'allow' : 'silent';
}

function speaksOf(statement: PolicyStatement, { action, resource, keys }: Question): boolean {
  return (
    covers(statement.Action, statement.NotAction, action.toLowerCase(), (pattern) => pattern.toLowerCase()) &&
    covers(statement.Resource, statement.NotResource, resource ?? '*', (pattern) => pattern) &&
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

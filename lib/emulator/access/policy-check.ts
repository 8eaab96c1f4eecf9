import { isConditionOperator } from './conditions.js';
import type { PolicyDocument } from './policy.js';

/** Where a policy is attached: that says which of Principal and Resource its statements have. */
type PolicyForm = 'identity' | 'trust' | 'key';

/**
 * Why a document is no policy, or undefined when it is one. What could not be evaluated is refused as well: a condition
 * that is quietly ignored would allow more than its author meant.
 */
export function policyDefect(document: unknown, kind: PolicyForm): string | undefined {
  if (!isObject(document)) return 'a policy is a JSON object';
  const { Version, Statement } = document;
  if (Version !== undefined && Version !== '2012-10-17' && Version !== '2008-10-17') return 'Version is not known';
  const statements: readonly unknown[] = Array.isArray(Statement) ? Statement : [Statement];
  if (statements.length === 0) return 'Statement is empty';
  return statements.map((statement) => statementDefect(statement, kind)).find((defect) => defect !== undefined);
}

/** @throws TypeError naming the policy and its defect */
export function assertPolicy(document: PolicyDocument, kind: PolicyForm, where: string): void {
  const defect = policyDefect(document, kind);
  if (defect !== undefined) throw new TypeError(`${where}: ${defect}`);
}

const members = new Set(['Sid', 'Effect', 'Principal', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition']);

function statementDefect(statement: unknown, kind: PolicyForm): string | undefined {
  if (!isObject(statement)) return 'a Statement is a JSON object';
  const unknown = Object.keys(statement).find((member) => !members.has(member));
  if (unknown !== undefined) return `${unknown} is not a member that is evaluated`;
  const { Effect, Principal, Action, NotAction, Resource, NotResource, Condition } = statement;
  if (Effect !== 'Allow' && Effect !== 'Deny') return 'Effect is Allow or Deny';
  if ((Action === undefined) === (NotAction === undefined)) return 'a Statement has either Action or NotAction';
  if (!isTexts(Action ?? NotAction)) return 'Action is a text or a list of texts';
  if (kind === 'trust') {
    if (Resource !== undefined || NotResource !== undefined) return 'Resource is not for trust policies';
  } else {
    if ((Resource === undefined) === (NotResource === undefined))
      return 'a Statement has either Resource or NotResource';
    if (!isTexts(Resource ?? NotResource)) return 'Resource is a text or a list of texts';
  }
  if (kind === 'identity') {
    if (Principal !== undefined) return 'Principal is not for identity policies';
  } else if (Principal !== '*' && !(isObject(Principal) && Object.values(Principal).every(isTexts))) {
    return 'Principal is "*", or kinds of principals with their names';
  }
  return conditionDefect(Condition);
}

function conditionDefect(condition: unknown): string | undefined {
  if (condition === undefined) return undefined;
  if (!isObject(condition)) return 'Condition is a JSON object';
  const operator = Object.keys(condition).find((name) => !isConditionOperator(name));
  if (operator !== undefined) return `${operator} is not a condition operator that is evaluated`;
  return Object.values(condition).every(isObject) ? undefined : 'a condition operator holds keys with their values';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): boolean {
  return typeof value === 'string' || (Array.isArray(value) && value.every((item) => typeof item === 'string'));
}

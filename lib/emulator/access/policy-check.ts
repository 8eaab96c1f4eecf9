import { isPrincipalArn } from '../arns.js';
import { isConditionOperator } from './conditions.js';
import type { PolicyDocument } from './policy.js';

/** Where a policy is attached: that says which of Principal and Resource its statements have. */
type PolicyForm = 'identity' | 'trust' | 'key' | 'resource' | 'function';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Why a document is no policy, or undefined when it is one. What could not be evaluated is refused as well: a condition
 * that is quietly ignored would allow more than its author meant.
 */
export function policyDefect(document: unknown, kind: PolicyForm): string | undefined {
  if (!isObject(document)) return 'a policy is a JSON object';
  const unknown = unknownMember(document, documentMembers);
  if (unknown !== undefined) return `${unknown} is not a member of a policy`;
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

/** As IAM takes it; wildcards may stand for any part. */
const actionForm = /^(?:\*|[\w*?-]+:[\w*?-]+)$/;

const documentMembers = new Set(['Version', 'Id', 'Statement']);
const members = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]);

function statementDefect(statement: unknown, kind: PolicyForm): string | undefined {
  if (!isObject(statement)) return 'a Statement is a JSON object';
  const unknown = unknownMember(statement, members);
  if (unknown !== undefined) return `${unknown} is not a member that is evaluated`;
  const { Sid, Effect, Action, NotAction } = statement;
  if (Sid !== undefined && typeof Sid !== 'string') return 'Sid is a text';
  if (Effect !== 'Allow' && Effect !== 'Deny') return 'Effect is Allow or Deny';
  if ((Action === undefined) === (NotAction === undefined)) return 'a Statement has either Action or NotAction';
  const actions = Action ?? NotAction;
  if (!isTexts(actions)) return 'Action is a text or a list of texts';
  const action = [actions].flat().find((name) => !actionForm.test(String(name)));
  if (action !== undefined) return `${action} is no action: * or service:Operation`;
  return resourceDefect(statement, kind) ?? principalDefect(statement, kind) ?? conditionDefect(statement.Condition);
}

function resourceDefect({ Resource, NotResource }: Fields, kind: PolicyForm): string | undefined {
  if (kind === 'trust') {
    return Resource === undefined && NotResource === undefined ? undefined : 'Resource is not for trust policies';
  }
  if ((Resource === undefined) === (NotResource === undefined)) return 'a Statement has either Resource or NotResource';
  return isTexts(Resource ?? NotResource) ? undefined : 'Resource is a text or a list of texts';
}

function principalDefect({ Effect, Principal, NotPrincipal }: Fields, kind: PolicyForm): string | undefined {
  if (kind === 'identity') {
    return Principal === undefined && NotPrincipal === undefined ? undefined : 'Principal is not for identity policies';
  }
  if (Principal !== undefined && NotPrincipal !== undefined) return 'a Statement has either Principal or NotPrincipal';
  if (NotPrincipal !== undefined && Effect === 'Allow') return 'NotPrincipal is for Deny alone';
  const named = Principal ?? NotPrincipal;
  if (named === '*') return undefined;
  if (!isObject(named) || !Object.values(named).every(isTexts)) {
    return 'Principal is "*", or kinds of principals with their names';
  }
  const unknown = unknownMember(named, kinds);
  if (unknown !== undefined) return `${unknown} is not a kind of principal`;
  const names: readonly unknown[] = Array.isArray(named.AWS) ? named.AWS : [named.AWS ?? '*'];
  const nobody = names.map(String).find((name) => !isPrincipalName(name));
  return nobody === undefined ? undefined : `${nobody} is no principal: *, an account, or an ARN without wildcards`;
}

/** What IAM refuses as an invalid principal would be nobody's name for ever, and the policy would seem to be in force. */
function isPrincipalName(name: string): boolean {
  return name === '*' || /^\d{12}$/.test(name) || isPrincipalArn(name);
}

const kinds = new Set(['AWS', 'Service', 'Federated', 'CanonicalUser']);

function conditionDefect(condition: unknown): string | undefined {
  if (condition === undefined) return undefined;
  if (!isObject(condition)) return 'Condition is a JSON object';
  const operator = Object.keys(condition).find((name) => !isConditionOperator(name));
  if (operator !== undefined) return `${operator} is not a condition operator that is evaluated`;
  const tests = Object.values(condition);
  if (!tests.every(isObject)) return 'a condition operator holds keys with their values';
  const key = tests.flatMap((test) => Object.entries(test)).find(([, values]) => !isValues(values))?.[0];
  return key === undefined ? undefined : `${key} is compared with a text, a number, true or false, or a list of them`;
}

function unknownMember(object: Fields, known: ReadonlySet<string>): string | undefined {
  return Object.keys(object).find((member) => !known.has(member));
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): boolean {
  return typeof value === 'string' || (Array.isArray(value) && value.every((item) => typeof item === 'string'));
}

function isValues(value: unknown): boolean {
  const isValue = (one: unknown) => ['string', 'number', 'boolean'].includes(typeof one);
  return isValue(value) || (Array.isArray(value) && value.every(isValue));
}

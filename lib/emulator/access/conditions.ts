import { fitsGlob } from './glob.js';
import type { OneOrMany } from './policy.js';

/**
 * What is known of a request, by condition key in lower case. An absent key is a key the request does not have; a list
 * is a multi-valued key such as aws:TagKeys, which only ForAnyValue and ForAllValues can match.
 */
export type ConditionKeys = ReadonlyMap<string, string | readonly string[]>;

type Condition = Readonly<Record<string, Readonly<Record<string, OneOrMany<string | boolean | number>>>>>;
type Comparison = (wanted: string, found: string) => boolean;

const equal: Comparison = (wanted, found) => wanted === found;
const equalIgnoringCase: Comparison = (wanted, found) => wanted.toLowerCase() === found.toLowerCase();
/** Each of the six parts of an ARN is matched by itself; the last one holds the remaining colons. */
const arnLike: Comparison = (wanted, found) => {
  const patterns = arnParts(wanted);
  const parts = arnParts(found);
  return patterns.length === parts.length && patterns.every((pattern, i) => fitsGlob(pattern, parts[i] ?? ''));
};

const comparisons: ReadonlyMap<string, { readonly compare: Comparison; readonly negated: boolean }> = new Map([
  ['StringEquals', { compare: equal, negated: false }],
  ['StringNotEquals', { compare: equal, negated: true }],
  ['StringEqualsIgnoreCase', { compare: equalIgnoringCase, negated: false }],
  ['StringNotEqualsIgnoreCase', { compare: equalIgnoringCase, negated: true }],
  ['StringLike', { compare: fitsGlob, negated: false }],
  ['StringNotLike', { compare: fitsGlob, negated: true }],
  ['ArnEquals', { compare: arnLike, negated: false }],
  ['ArnLike', { compare: arnLike, negated: false }],
  ['ArnNotEquals', { compare: arnLike, negated: true }],
  ['ArnNotLike', { compare: arnLike, negated: true }],
  ['Bool', { compare: equalIgnoringCase, negated: false }],
]);

const operatorForm = /^(?:(ForAnyValue|ForAllValues):)?([A-Za-z]+?)(IfExists)?$/;

/** Whether an operator of a condition is one that is evaluated here. */
export function isConditionOperator(operator: string): boolean {
  const name = operatorForm.exec(operator)?.[2] ?? '';
  return comparisons.has(name) || operator === 'Null';
}

/** Every operator and every key must match. */
export function conditionsHold(condition: Condition | undefined, keys: ConditionKeys): boolean {
  return Object.entries(condition ?? {}).every(([operator, tests]) =>
    Object.entries(tests).every(([key, values]) =>
      holds(operator, many(values).map(String), keys.get(key.toLowerCase())),
    ),
  );
}

/** The truth table of recorded-authority C17. */
function holds(operator: string, wanted: readonly string[], found: string | readonly string[] | undefined): boolean {
  if (operator === 'Null') return wanted.includes(String(found === undefined));
  const [, set, name = '', ifExists] = operatorForm.exec(operator) ?? [];
  const comparison = comparisons.get(name);
  if (comparison === undefined) return false;
  const { compare, negated } = comparison;
  const matches = (value: string) => wanted.some((pattern) => compare(pattern, value)) !== negated;
  if (found === undefined) return ifExists !== undefined || set === 'ForAllValues' || (negated && set === undefined);
  if (set === 'ForAllValues') return many(found).every(matches);
  if (set === 'ForAnyValue') return many(found).some(matches);
  return typeof found === 'string' && matches(found);
}

function arnParts(arn: string): string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, 5), parts.slice(5).join(':')];
}

export function many<T>(value: OneOrMany<T> | undefined): readonly T[] {
  if (value === undefined) return [];
  return isList(value) ? value : [value];
}

function isList<T>(value: OneOrMany<T>): value is readonly T[] {
  return Array.isArray(value);
}

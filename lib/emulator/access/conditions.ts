import { comparisons } from './comparisons.js';
import type { OneOrMany } from './policy.js';
import type { ConditionKeys } from './request-keys.js';
import type { Resolve } from './variables.js';

type Condition = Readonly<Record<string, Readonly<Record<string, OneOrMany<string | boolean | number>>>>>;

/** One line of a Condition: an operator, a key and the values that are wanted. */
export interface Test {
  readonly operator: string;
  readonly key: string;
  readonly wanted: readonly string[];
}

const operatorForm = /^(?:(ForAnyValue|ForAllValues):)?([A-Za-z]+?)(IfExists)?$/;

/** Whether an operator of a condition is one that is evaluated here. */
export function isConditionOperator(operator: string): boolean {
  const name = operatorForm.exec(operator)?.[2] ?? '';
  return comparisons.has(name) || operator === 'Null';
}

/** The first line of a condition that does not hold; every one must. */
export function failedTest(condition: Condition | undefined, keys: ConditionKeys, resolve: Resolve): Test | undefined {
  if (condition === undefined) return undefined;
  for (const [operator, tests] of Object.entries(condition)) {
    for (const [key, values] of Object.entries(tests)) {
      const wanted = many(values).map(String);
      if (!holds(operator, wanted, keys.get(key.toLowerCase()), resolve)) return { operator, key, wanted };
    }
  }
  return undefined;
}

/** The truth table of recorded-authority C17. */
function holds(
  operator: string,
  wanted: readonly string[],
  found: string | readonly string[] | undefined,
  resolve: Resolve,
): boolean {
  if (operator === 'Null') return wanted.some((value) => value.toLowerCase() === String(found === undefined));
  const [, set, name = '', ifExists] = operatorForm.exec(operator) ?? [];
  const comparison = comparisons.get(name);
  if (comparison === undefined) return false;
  const { compare, negated, form } = comparison;
  if (found === undefined) return ifExists !== undefined || set === 'ForAllValues' || (negated && set === undefined);
  // A variable without a value leaves nothing to be equal to: negated operators match then.
  const values = wanted
    .map((value) => (form === 'verbatim' ? value : resolve(value, form)))
    .filter((value) => value !== undefined);
  const matches = (value: string) => values.some((one) => compare(one, value)) !== negated;
  if (set === 'ForAllValues') return many(found).every(matches);
  if (set === 'ForAnyValue') return many(found).some(matches);
  return typeof found === 'string' && matches(found);
}

export function many<T>(value: OneOrMany<T> | undefined): readonly T[] {
  if (value === undefined) return [];
  return isList(value) ? value : [value];
}

function isList<T>(value: OneOrMany<T>): value is readonly T[] {
  return Array.isArray(value);
}

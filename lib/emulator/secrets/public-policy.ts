import { many } from '../access/conditions.js';
import type { PolicyDocument, PolicyStatement } from '../access/policy.js';

/** Condition keys that pin a statement to someone, or to some place, when their values are fixed. */
const pinningKeys = new Set([
  'aws:principalaccount',
  'aws:principalarn',
  'aws:principalorgid',
  'aws:principalorgpaths',
  'aws:sourceaccount',
  'aws:sourcearn',
  'aws:sourceip',
  'aws:sourceorgid',
  'aws:sourceorgpaths',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:userid',
]);

/** Operators that ask for a value, rather than for the absence of one. */
const pinningOperator =
  /^(forallvalues:|foranyvalue:)?(string(equals|equalsignorecase|like)|arn(equals|like)|ipaddress)$/i;

/**
 * Whether a policy lets everyone in. AWS proves it by automated reasoning over all conditions; here a statement that
 * allows every principal is public unless a condition pins it to accounts, principals, an organization or a network.
 */
export function isPublic({ Statement }: PolicyDocument): boolean {
  return many(Statement).some(
    (statement) => statement.Effect === 'Allow' && allowsEveryone(statement) && !isPinned(statement),
  );
}

function allowsEveryone({ Principal }: PolicyStatement): boolean {
  if (Principal === '*') return true;
  return Object.entries(Principal ?? {}).some(([kind, names]) => kind === 'AWS' && many(names).includes('*'));
}

function isPinned({ Condition }: PolicyStatement): boolean {
  return Object.entries(Condition ?? {}).some(
    ([operator, comparisons]) =>
      pinningOperator.test(operator) &&
      Object.entries(comparisons).some(
        ([key, values]) => pinningKeys.has(key.toLowerCase()) && many(values).every((value) => isFixed(String(value))),
      ),
  );
}

/** A pattern that fits anything pins nothing; neither does one whose value the caller brings along. */
function isFixed(value: string): boolean {
  return !/^[*?:]*$/.test(value) && !value.includes('${') && !/^0\.0\.0\.0\/0$|^::\/0$/.test(value);
}

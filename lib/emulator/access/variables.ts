/**
 * Policy variables: `${aws:PrincipalTag/team, 'default'}` in resources and condition values, and `${*}`, `${?}`, `${$}` for
 * those characters themselves. Only policies of Version 2012-10-17 have them; elsewhere they are plain text.
 */

import { literalMark } from './glob.js';
import type { ConditionKeys } from './request-keys.js';

const variable = /\$\{([^}]*)\}/g;
const inner = /^\s*(.+?)\s*(?:,\s*'([^']*)')?\s*$/;

/** A text with its variables filled in, or undefined when one has no value: nothing is equal to that, and nothing like it. */
export type Resolve = (text: string, form: 'pattern' | 'plain') => string | undefined;

export function resolverOf(version: string | undefined, keys: ConditionKeys): Resolve {
  // Without a Version a policy is one of 2008.
  if (version !== '2012-10-17') return (text) => text;
  return (text, form) => {
    if (!text.includes('${')) return text;
    let complete = true;
    const resolved = text.replace(variable, (_, content: string) => {
      const value = filledIn(content, keys);
      if (value === undefined) complete = false;
      // A wildcard in a value is a character like any other.
      return form === 'plain' ? (value ?? '') : (value ?? '').replace(/[*?]/g, (wildcard) => literalMark + wildcard);
    });
    return complete ? resolved : undefined;
  };
}

/** A key with several values has none here, and no default either [recorded-authority C17]. */
function filledIn(content: string, keys: ConditionKeys): string | undefined {
  if (content === '*' || content === '?' || content === '$') return content;
  const [, name = '', otherwise] = inner.exec(content) ?? [];
  const found = keys.get(name.toLowerCase());
  if (found === undefined) return otherwise;
  return typeof found === 'string' ? found : undefined;
}

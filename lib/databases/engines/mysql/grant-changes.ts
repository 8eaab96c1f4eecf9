import { ALL, GLOBAL, type Grants, type Level } from './grants.js';

/** Statements, each a verb and what follows it, to which `TO account` or `FROM account` is added. */
export interface GrantChange {
  readonly sql: string;
  /** What it is about, for messages. */
  readonly what: string;
  /** The pieces that it could be made of, where one of them may be about what is not there any more. */
  readonly pieces?: readonly GrantChange[];
  /** The mode in which MariaDB knows the grammar. */
  readonly mode?: 'ORACLE';
}

const NOTHING: Level = { privileges: new Set(), grantOption: false };

/** What to take from the account that has `target`, so that it has nothing that `source` lacks: `SELECT ON ….* FROM`. */
export function revocations(source: Grants, target: Grants): readonly GrantChange[] {
  return [
    // An option that is too much goes with what it is for, which is granted again without it.
    ...surplus(source.roles, target.roles).map((role) => change(role, 'FROM')),
    ...surplus(source.proxies, target.proxies).map((proxied) => change(`PROXY ON ${proxied}`, 'FROM')),
    ...surplus(source.dynamic, target.dynamic).map((privilege) => change(`${privilege} ON ${GLOBAL}`, 'FROM')),
    ...[...target.levels].flatMap(([object, level]) =>
      surplusPrivileges(source.levels.get(object) ?? NOTHING, level).map((privileges) =>
        change(`${privileges} ON ${object}`, 'FROM', object),
      ),
    ),
  ];
}

/** What to give to the account that has `target` and has lost its `revocations`: `SELECT ON ….* TO`. */
export function additions(source: Grants, target: Grants): readonly GrantChange[] {
  return [
    ...[...source.levels].flatMap(([object, level]) => missingPrivileges(object, level, target.levels.get(object))),
    ...missing(source.dynamic, target.dynamic, 'GRANT').map(({ item, option }) =>
      change(`${item} ON ${GLOBAL}`, `TO${option}`),
    ),
    ...missing(source.proxies, target.proxies, 'GRANT').map(({ item, option }) =>
      change(`PROXY ON ${item}`, `TO${option}`),
    ),
    ...missing(source.roles, target.roles, 'ADMIN').map(({ item, option }) => change(item, `TO${option}`)),
  ];
}

/** Placeholder for the account. */
export const ACCOUNT = '\0account\0';

function change(what: string, preposition: string, object?: string): GrantChange {
  const [word = '', ...options] = preposition.split(' ');
  const sql = [what, word, ACCOUNT, ...options].join(' ');
  return { sql, what, ...(object !== undefined && isPackage(object) && { mode: 'ORACLE' as const }) };
}

const isPackage = (object: string) => object.startsWith('PACKAGE ');

/** Lists of privileges, one for each statement. */
function surplusPrivileges(source: Level, target: Level): readonly string[] {
  const option = target.grantOption && !source.grantOption ? ['GRANT OPTION'] : [];
  if (source.privileges.has(ALL)) return option;
  // ALL is taken as a whole: what it was made of is not told. It has to stand alone.
  if (target.privileges.has(ALL)) return [...option, ALL];
  const surplus = [...target.privileges].filter((privilege) => !source.privileges.has(privilege));
  const all = [...option, ...surplus].join(', ');
  return all === '' ? [] : [all];
}

function missingPrivileges(object: string, source: Level, target: Level = NOTHING): readonly GrantChange[] {
  const privileges = target.privileges.has(ALL)
    ? []
    : [...source.privileges].filter((privilege) => !target.privileges.has(privilege));
  const option = source.grantOption && !target.grantOption ? ' WITH GRANT OPTION' : '';
  if (privileges.length === 0 && option === '') return [];
  const grant = (list: readonly string[]) =>
    change(`${list.length > 0 ? list.join(', ') : 'USAGE'} ON ${object}`, `TO${option}`, object);
  return [{ ...grant(privileges), ...(privileges.length > 1 && { pieces: privileges.map((each) => grant([each])) }) }];
}

function surplus(source: ReadonlyMap<string, boolean>, target: ReadonlyMap<string, boolean>): readonly string[] {
  return [...target].flatMap(([item, option]) => (source.has(item) && !(option && !source.get(item)) ? [] : [item]));
}

function missing(
  source: ReadonlyMap<string, boolean>,
  target: ReadonlyMap<string, boolean>,
  optionName: string,
): readonly { readonly item: string; readonly option: string }[] {
  return [...source].flatMap(([item, option]) =>
    target.has(item) && (!option || target.get(item) === true)
      ? []
      : [{ item, option: option ? ` WITH ${optionName} OPTION` : '' }],
  );
}

/** MySQL's partial revokes, which are what an account is refused although it has the global privilege: by database, what is in `one` and not in `other`. */
export function restrictionsOnlyIn(
  one: Grants['restrictions'],
  other: Grants['restrictions'],
): readonly { readonly object: string; readonly privileges: readonly string[] }[] {
  return [...one].flatMap(([object, all]) => {
    const privileges = [...all].filter((privilege) => other.get(object)?.has(privilege) !== true);
    return privileges.length > 0 ? [{ object, privileges }] : [];
  });
}

/** Each condition operator by itself, with what AWS's reference says of it: a value that fits, one that does not, none. */
import { describe, expect, it } from '@jest/globals';
import { comparisons } from '../../../lib/emulator/access/comparisons.js';
import { failedTest } from '../../../lib/emulator/access/conditions.js';
import { resolverOf } from '../../../lib/emulator/access/variables.js';

type Value = string | readonly string[] | undefined;

function holds(operator: string, wanted: string | readonly string[], found: Value): boolean {
  const keys = new Map(found === undefined ? [] : [['a:key', found] as const]);
  return failedTest({ [operator]: { 'A:Key': wanted } }, keys, resolverOf('2012-10-17', keys)) === undefined;
}

const arn = 'arn:aws:iam::111122223333:role/app';
const morning = '2026-09-24T06:00:00Z';
const noon = '2026-09-24T12:00:00Z';
const inSeconds = String(Date.parse(noon) / 1000);

/** Of each operator: what a policy wants, values that fit, values that do not. */
const table: readonly (readonly [string, string | readonly string[], readonly string[], readonly string[]])[] = [
  ['StringEquals', ['Blue', 'red'], ['Blue', 'red'], ['blue', 'Blu', '', 'Blue*']],
  ['StringNotEquals', ['Blue', 'red'], ['blue', ''], ['Blue', 'red']],
  ['StringEqualsIgnoreCase', 'Blue', ['blue', 'BLUE'], ['blu', 'blue*']],
  ['StringNotEqualsIgnoreCase', 'Blue', ['green'], ['blue', 'BLUE']],
  ['StringLike', 'a*c?', ['acd', 'a:b/cd'], ['ac', 'Acd', 'xacd']],
  ['StringNotLike', 'a*c?', ['ac', 'Acd'], ['acd', 'a:b/cd']],
  ['ArnEquals', 'arn:aws:iam::*:role/*', [arn, `${arn}/more:parts`], ['arn:aws:sts::1:role/x', 'role/app', '*']],
  ['ArnNotEquals', 'arn:aws:iam::*:role/*', ['arn:aws:sts::1:role/x'], [arn]],
  // A star does not reach beyond its part, unlike in StringLike.
  ['ArnLike', 'arn:aws:*:role/app', [], [arn]],
  ['ArnLike', arn, [arn], [`${arn}2`]],
  ['ArnNotLike', arn, [`${arn}2`], [arn]],
  ['NumericEquals', '7', ['7', '7.0', '+7'], ['8', 'seven', '']],
  ['NumericNotEquals', '7', ['8', '-7'], ['7', '7.0']],
  ['NumericLessThan', '7', ['6.9', '-8'], ['7', '10']],
  ['NumericLessThanEquals', '7', ['7', '6'], ['7.1', 'six']],
  ['NumericGreaterThan', '7', ['7.1', '10'], ['7', '6']],
  ['NumericGreaterThanEquals', '7', ['7', '10'], ['6.9', 'eight']],
  ['DateEquals', noon, [noon, inSeconds, '2026-09-24T14:00:00+02:00'], [morning, 'noon']],
  ['DateEquals', inSeconds, [noon], [morning]],
  ['DateNotEquals', noon, [morning], [noon, inSeconds]],
  ['DateLessThan', noon, [morning], [noon]],
  ['DateLessThanEquals', noon, [morning, noon], ['2026-09-24T12:00:01Z']],
  ['DateGreaterThan', morning, [noon], [morning]],
  ['DateGreaterThanEquals', noon, [noon, '2027-01-01'], [morning, 'later']],
  ['Bool', 'true', ['true', 'True'], ['false', '1']],
  ['Bool', 'yes', [], ['yes', 'true']],
  ['BinaryEquals', 'QmxhdQ==', ['QmxhdQ=='], ['qmxhdq==', 'QmxhdQ']],
  ['IpAddress', ['10.0.0.0/8', '2001:db8::/32'], ['10.1.2.3', '2001:db8::1'], ['11.0.0.1', '::1', 'ten']],
  ['IpAddress', '10.1.2.3', ['10.1.2.3'], ['10.1.2.4']],
  ['NotIpAddress', '10.0.0.0/8', ['11.0.0.1'], ['10.1.2.3']],
];
const negated = (operator: string) => operator.includes('Not');

describe('condition operators', () => {
  it('are all here', () => {
    expect(new Set(table.map(([operator]) => operator))).toEqual(new Set(comparisons.keys()));
  });

  it.each(table)('%s %j', (operator, wanted, fitting, others) => {
    const answers = (values: readonly string[], form: string) => values.map((value) => holds(form, wanted, value));
    for (const form of [operator, `${operator}IfExists`]) {
      expect(answers(fitting, form)).toEqual(fitting.map(() => true));
      expect(answers(others, form)).toEqual(others.map(() => false));
    }
    // Of several values: all of them, or any; and an operator without a set matches none [C17].
    const all = [...fitting, ...others];
    expect(holds(`ForAllValues:${operator}`, wanted, fitting)).toBe(true);
    expect(holds(`ForAllValues:${operator}`, wanted, all)).toBe(others.length === 0);
    expect(holds(`ForAnyValue:${operator}`, wanted, all)).toBe(fitting.length > 0);
    expect(holds(`ForAnyValue:${operator}`, wanted, others)).toBe(false);
    expect(holds(operator, wanted, fitting)).toBe(false);
  });

  it.each(table)('%s %j, without the key [C17]', (operator, wanted) => {
    expect(holds(operator, wanted, undefined)).toBe(negated(operator));
    expect(holds(`${operator}IfExists`, wanted, undefined)).toBe(true);
    expect(holds(`ForAllValues:${operator}`, wanted, undefined)).toBe(true);
    expect(holds(`ForAnyValue:${operator}`, wanted, undefined)).toBe(false);
  });

  it('Null goes by presence, whatever the value [C17]', () => {
    for (const [found, isNull] of [
      [undefined, 'true'],
      ['', 'false'],
      [['x'], 'false'],
    ] as const) {
      expect(holds('Null', isNull, found)).toBe(true);
      expect(holds('Null', isNull === 'true' ? 'false' : 'true', found)).toBe(false);
    }
  });

  it('every line must hold, and any of its values will do', () => {
    const keys = new Map([
      ['a', 'x'],
      ['b', 'y'],
    ]);
    const failed = (condition: object) => failedTest(condition as never, keys, resolverOf(undefined, keys));
    expect(failed({ StringEquals: { a: ['w', 'x'], b: 'y' }, StringLike: { b: '?' } })).toBeUndefined();
    expect(failed({ StringEquals: { a: 'x', b: 'z' } })).toEqual({ operator: 'StringEquals', key: 'b', wanted: ['z'] });
    expect(failed({ StringEquals: { a: 'x' }, Bool: { b: true } })).toMatchObject({ operator: 'Bool' });
  });
});

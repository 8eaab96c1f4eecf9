/** Thousands of made-up schedules, against another implementation of cron, and against the check at synth. */
import { describe, expect, it } from '@jest/globals';
import { Cron } from 'croner';
import fc from 'fast-check';
import { parseCron } from '../../../infra/constructs/cron.js';
import { RuleBook } from '../../../lib/emulator/rotation/rules.js';
import { everyDays, parseSchedule } from '../../../lib/emulator/rotation/schedule.js';

const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

/** One element of a field's list, in AWS's words and in the oracle's. */
interface Spelling {
  readonly aws: string;
  readonly oracle: string;
}

/** Values, ranges and steps. AWS lets a step begin at a value, or nowhere; the oracle wants a range there. */
function elements(low: number, high: number, spell: (value: number) => Spelling): fc.Arbitrary<Spelling> {
  const value = fc.integer({ min: low, max: high });
  const range = fc.tuple(value, value).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
  // The oracle knows no step that is longer than its field.
  const step = fc.integer({ min: 1, max: high - low });
  // From a day to itself is that day; the oracle takes Sunday to Sunday for a week.
  const between = ([a, b]: readonly [number, number], every = '') => ({
    aws: `${spell(a).aws}-${spell(b).aws}${every}`,
    oracle: a === b ? spell(a).oracle : `${spell(a).oracle}-${spell(b).oracle}${every}`,
  });
  return fc.oneof(
    value.map(spell),
    range.map((r) => between(r)),
    fc.constant({ aws: '*', oracle: '*' }),
    step.map((n) => ({ aws: `*/${n}`, oracle: `*/${n}` })),
    step.map((n) => ({ aws: `/${n}`, oracle: `*/${n}` })),
    fc.tuple(range, step).map(([r, n]) => between(r, `/${n}`)),
    fc.tuple(value, step).map(([a, n]) => ({
      aws: `${spell(a).aws}/${n}`,
      oracle: between([a, high], `/${n}`).oracle,
    })),
  );
}

const listOf = (element: fc.Arbitrary<Spelling>) =>
  fc.array(element, { minLength: 1, maxLength: 3 }).map((list) => ({
    aws: list.map(({ aws }) => aws).join(','),
    oracle: list.map(({ oracle }) => oracle).join(','),
  }));

const asNumber = (value: number): Spelling => ({ aws: String(value), oracle: String(value) });
/** Days are 1 to 7 with AWS, 0 to 6 elsewhere: the oracle is told names. */
const asWeekday = (value: number): Spelling => ({ aws: String(value), oracle: weekdays[value - 1] ?? '' });
const asName =
  (names: readonly string[]) =>
  (value: number): Spelling => ({ aws: names[value - 1] ?? '', oracle: names[value - 1] ?? '' });

const hours = listOf(elements(0, 23, asNumber));
const month = fc.oneof(
  { weight: 2, arbitrary: fc.constant({ aws: '*', oracle: '*' }) },
  { weight: 1, arbitrary: listOf(elements(1, 12, asNumber)) },
  { weight: 1, arbitrary: listOf(elements(1, 12, asName(months))) },
);
const monthDay = fc.oneof(
  { weight: 1, arbitrary: fc.constant({ aws: 'L', oracle: 'L' }) },
  { weight: 3, arbitrary: listOf(elements(1, 31, asNumber)) },
);
const oneWeekday = fc.tuple(fc.integer({ min: 1, max: 7 }), fc.constantFrom(asWeekday, asName(weekdays)));
const weekday = fc.oneof(
  fc.constant({ aws: 'L', oracle: 'SAT' }),
  oneWeekday.map(([day, spell]) => ({ aws: `${spell(day).aws}L`, oracle: `${spell(day).oracle}#L` })),
  fc.tuple(oneWeekday, fc.integer({ min: 1, max: 5 })).map(([[day, spell], nth]) => ({
    aws: `${spell(day).aws}#${nth}`,
    oracle: `${spell(day).oracle}#${nth}`,
  })),
  listOf(elements(1, 7, asWeekday)),
  listOf(elements(1, 7, asName(weekdays))),
);
/** `?` is `*` elsewhere. */
const days = fc.oneof(
  monthDay.map(({ aws, oracle }) => ({ aws: [aws, '?'], oracle: [oracle, '*'] })),
  weekday.map(({ aws, oracle }) => ({ aws: ['?', aws], oracle: ['*', oracle] })),
);
const schedules = fc.tuple(hours, month, days).map(([hour, inMonth, on]) => ({
  aws: `0 ${hour.aws} ${on.aws[0]} ${inMonth.aws} ${on.aws[1]} *`,
  oracle: `0 0 ${hour.oracle} ${on.oracle[0]} ${inMonth.oracle} ${on.oracle[1]}`,
}));

/** Anywhere in the century, and just before and after the turns where calendars go wrong. */
const moments = fc.oneof(
  fc.date({ min: new Date('2024-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }),
  fc
    .tuple(
      fc.constantFrom('2024-02-29', '2027-02-28', '2028-02-29', '2026-12-31', '2027-01-01', '2026-09-30', '2028-10-29'),
      fc.integer({ min: 0, max: 24 * 60 }),
    )
    .map(([day, minutes]) => new Date(Date.parse(day) + minutes * 60_000)),
);

const nineYears = 9 * 365 * 86_400_000;

describe('cron against an oracle', () => {
  it('opens the same windows, whatever the expression and the date', () => {
    let compared = 0;
    fc.assert(
      fc.property(schedules, moments, ({ aws, oracle }, moment) => {
        const schedule = parseSchedule(`cron(${aws})`, 'from the last rotation');
        const cron = new Cron(oracle, { utcOffset: 0, paused: true });
        let after = moment;
        for (let i = 0; i < 4; i++) {
          const expected = cron.nextRun(after);
          const next = schedule.next(after);
          if (next === undefined) {
            expect(expected === null || expected.getTime() - after.getTime() > nineYears).toBe(true);
            return;
          }
          expect(next).toEqual(expected);
          after = next;
          compared += 1;
        }
      }),
      { numRuns: 3000 },
    );
    expect(compared).toBeGreaterThan(9_000);
  });
});

describe('rates', () => {
  it('in days: a NextRotationDate at the end of the UTC day so many days on [A11]', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999 }), moments, (n, moment) => {
        const start = everyDays(n).next(moment);
        const [year, month, day] = [moment.getUTCFullYear(), moment.getUTCMonth(), moment.getUTCDate()];
        expect(start).toEqual(new Date(Date.UTC(year, month, day + n)));
        expect(parseSchedule(`rate(${n} days)`, 'from midnight').next(moment)).toEqual(start);
      }),
    );
  });

  it('in hours: on the hour, never drifting, never nearer than an hour short of the rate', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 999 * 24 }), moments, (n, moment) => {
        const schedule = parseSchedule(`rate(${n} hours)`, 'from the last rotation');
        const first = schedule.next(moment);
        expect(first).toEqual(new Date((Math.floor(moment.getTime() / 3_600_000) + n) * 3_600_000));
        const since = first ?? moment;
        // However late in its window a rotation was, the next window is a whole rate after that one.
        const late = new Date(since.getTime() + 3_599_999);
        expect(schedule.next(late, since)).toEqual(new Date(since.getTime() + n * 3_600_000));
      }),
    );
  });
});

describe('the check at synth', () => {
  /** Also what is no schedule: pieces of all fields, anywhere. */
  const piece = fc.constantFrom('0', '1', '5', '7', '12', '23', '24', '31', '32', '*', '?', 'L', '5L', 'SUN#1', '3#6');
  const field = fc.oneof(
    piece,
    fc.constantFrom(
      'MON-FRI',
      'FRI-MON',
      'JAN',
      '2-4',
      '4/12',
      '/8',
      '*/5',
      '1/7',
      'LW',
      '15W',
      '1,',
      '',
      '-',
      '5-2',
      '0/0',
    ),
  );
  const anything = fc
    .tuple(fc.constantFrom('0', '0', '0', '5', '*'), field, field, field, field, fc.constantFrom('*', '*', '*', '2027'))
    .map((fields) => fields.join(' '));
  const refusedBy = (check: () => unknown): boolean => {
    try {
      check();
      return false;
    } catch {
      return true;
    }
  };

  it('refuses what the emulator refuses, and nothing else', () => {
    const rules = new RuleBook('from the last rotation');
    const refused = { yes: 0, no: 0 };
    fc.assert(
      fc.property(
        fc.oneof(
          anything,
          schedules.map(({ aws }) => aws),
        ),
        (body) => {
          const here = refusedBy(() => rules.check({ ScheduleExpression: `cron(${body})` }));
          expect(refusedBy(() => parseCron(body))).toBe(here);
          refused[here ? 'yes' : 'no'] += 1;
        },
      ),
      { numRuns: 600 },
    );
    expect(refused.yes).toBeGreaterThan(50);
    expect(refused.no).toBeGreaterThan(50);
  });
});

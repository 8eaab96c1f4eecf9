import { describe, expect, it } from '@jest/globals';
import { Duration } from 'aws-cdk-lib';
import { parseCron } from '../../../infra/constructs/cron.js';
import { RotationScheduleExpression, RotationSpread } from '../../../infra/constructs/index.js';

const { rate, cron, expression } = {
  rate: (interval: Duration) => RotationScheduleExpression.rate(interval).expressionString,
  cron: (fields: Parameters<typeof RotationScheduleExpression.cron>[0]) =>
    RotationScheduleExpression.cron(fields).expressionString,
  expression: (text: string) => RotationScheduleExpression.expression(text).expressionString,
};

describe('rate', () => {
  it.each([
    [Duration.hours(4), 'rate(4 hours)'],
    [Duration.hours(24), 'rate(1 day)'],
    [Duration.hours(36), 'rate(36 hours)'],
    [Duration.minutes(360), 'rate(6 hours)'],
    [Duration.days(999), 'rate(999 days)'],
  ])('%s is %s', (interval, text) => {
    expect(rate(interval)).toBe(text);
  });

  it.each([Duration.hours(3), Duration.days(1000), Duration.minutes(250), Duration.days(0)])(
    'throws for %s, and names the prop',
    (interval) => {
      expect(() => rate(interval)).toThrow(/^`schedule`: an interval is /);
    },
  );
});

describe('cron', () => {
  it.each([
    [{ hour: '2' }, 'cron(0 2 * * ? *)'],
    [{ hour: '0/8' }, 'cron(0 0/8 * * ? *)'],
    [{ hour: '/6' }, 'cron(0 /6 * * ? *)'],
    [{ hour: '9,17', weekDay: 'MON-FRI' }, 'cron(0 9,17 ? * MON-FRI *)'],
    [{ hour: '0', weekDay: 'SUN#1' }, 'cron(0 0 ? * SUN#1 *)'],
    [{ hour: '0', weekDay: '5L' }, 'cron(0 0 ? * 5L *)'],
    [{ hour: '0', weekDay: 'SUNL' }, 'cron(0 0 ? * SUNL *)'],
    [{ hour: '23', day: 'L', month: 'JAN,JUL' }, 'cron(0 23 L JAN,JUL ? *)'],
    [{ hour: '1', day: '1', month: '*/3' }, 'cron(0 1 1 */3 ? *)'],
  ])('%j is %s', (fields, text) => {
    expect(cron(fields)).toBe(text);
  });

  it.each([
    [{ hour: '2', day: '1', weekDay: 'SUN' }, /`day` or `weekDay`, not both/],
    [{ hour: '24' }, /hours is 0 to 23/],
    [{ hour: '1 2' }, /six fields/],
    [{ hour: '2', day: '32' }, /day-of-month is 1 to 31/],
    [{ hour: '2', day: '15W' }, /day-of-month cannot be read/],
    [{ hour: '2', month: '13' }, /month is 1 to 12/],
    [{ hour: '2', weekDay: 'SUN#6' }, /day-of-week cannot be read/],
    [{ hour: '2', weekDay: '0' }, /day-of-week is 1 to 7/],
    [{ hour: '2', day: '31', month: 'FEB' }, /no such day exists/],
    [{ hour: '2', day: '29', month: 'FEB' }, /at most 999 days/],
    [{ hour: '*' }, /at least 4 hours between two rotations, not 1/],
    [{ hour: '0,22' }, /at least 4 hours between two rotations, not 2/],
    [{ hour: '5-1' }, /hours is 0 to 23/],
    [{ hour: '' }, /hours cannot be read/],
    [{ hour: '1', day: '1', month: 'JANFEB' }, /month cannot be read/],
    [{ hour: '1', weekDay: 'SUNMON' }, /day-of-week cannot be read/],
  ])('throws for %j, and names the prop', (fields, why) => {
    expect(() => cron(fields)).toThrow(why);
    expect(() => cron(fields)).toThrow(/^`schedule`/);
  });

  it('takes L in day-of-week for the last day of the week', () => {
    const saturdays = parseCron('0 1 ? * L *');
    expect([saturdays.shortestGap, saturdays.longestGap]).toEqual([7 * 24, 7 * 24]);
  });

  it('admits hours that lie close together across days which never follow each other', () => {
    expect(cron({ hour: '1,23', weekDay: 'SUN' })).toBe('cron(0 1,23 ? * SUN *)');
  });
});

describe('expression', () => {
  it.each(['rate(10 days)', 'rate(1 day)', 'rate(4 hours)', 'cron(0 16 1,15 * ? *)'])('takes %s', (text) => {
    expect(expression(text)).toBe(text);
  });

  it.each([
    ['cron(30 2 * * ? *)', /the minutes are 0/],
    ['cron(0 2 * * ? 2027)', /the year is \*/],
    ['cron(0 2 * * * *)', /one of day-of-month and day-of-week is \?/],
    ['cron(0 2 ? * ? *)', /one of day-of-month and day-of-week is \?/],
    ['rate(3 hours)', /4 hours to 999 days/],
    ['rate(1000 days)', /4 hours to 999 days/],
    ['rate(2 weeks)', /neither rate/],
    ['every sunday', /neither rate/],
  ])('throws for %s', (text, why) => {
    expect(() => expression(text)).toThrow(why);
  });
});

describe('the window', () => {
  const check = (schedule: RotationScheduleExpression, window: Duration) => () => schedule._checkWindow(window);
  const nightly = RotationScheduleExpression.cron({ hour: '22' });
  const often = RotationScheduleExpression.cron({ hour: '0/6' });

  it('fits until the end of the UTC day, or until the next window', () => {
    expect(check(nightly, Duration.hours(2))).not.toThrow();
    expect(check(often, Duration.hours(6))).not.toThrow();
    expect(check(RotationScheduleExpression.rate(Duration.days(30)), Duration.hours(24))).not.toThrow();
  });

  it.each([
    [nightly, Duration.hours(3), /^`window` of 3 h that opens at 22:00 UTC reaches into the next UTC day.*at most 2 h/],
    [often, Duration.hours(7), /^`window` of 7 h reaches into the next window.*at most 6 h/],
    [RotationScheduleExpression.rate(Duration.hours(4)), Duration.hours(5), /^`window` of 5 h reaches into the next/],
    [RotationScheduleExpression.rate(Duration.days(1)), Duration.hours(25), /^`window` of 25 h/],
    [nightly, Duration.minutes(90), /^`window` is whole hours/],
    [nightly, Duration.minutes(0), /^`window` is whole hours, at least one/],
  ])('throws when it does not fit', (schedule, window, why) => {
    expect(check(schedule, window)).toThrow(why);
  });

  it('is known where none is given: the rest of the day, or an hour', () => {
    expect(nightly._windowHours(undefined)).toBe(2);
    expect(often._windowHours(undefined)).toBe(1);
    expect(RotationScheduleExpression.rate(Duration.days(1))._windowHours(undefined)).toBe(24);
    expect(RotationScheduleExpression.rate(Duration.hours(4))._windowHours(undefined)).toBe(1);
  });
});

describe('the spread', () => {
  const sunday = RotationScheduleExpression.cron({ hour: '1', weekDay: 'SUN' });
  const placed = (schedule: RotationScheduleExpression, spread: RotationSpread) =>
    new Set(
      Array.from({ length: 500 }, (_, index) => schedule._placedIn(spread, `App/Secret${index}`).expressionString),
    );

  it('gives each secret the same time every time', () => {
    const spread = RotationSpread.overDaysAndHours(Duration.days(7), Duration.hours(6));
    expect(sunday._placedIn(spread, 'App/Secret').expressionString).toBe(
      sunday._placedIn(spread, 'App/Secret').expressionString,
    );
  });

  it('uses all of the span, and nothing else', () => {
    expect([...placed(sunday, RotationSpread.overHours(Duration.hours(3)))].sort()).toEqual([
      'cron(0 1 ? * SUN *)',
      'cron(0 2 ? * SUN *)',
      'cron(0 3 ? * SUN *)',
    ]);
    expect(placed(sunday, RotationSpread.overDays(Duration.days(7))).size).toBe(7);
    const monthly = RotationScheduleExpression.cron({ hour: '23', day: '1' });
    expect(placed(monthly, RotationSpread.overDays(Duration.days(28)))).toContain('cron(0 23 28 * ? *)');
    expect(placed(sunday, RotationSpread.overDaysAndHours(Duration.days(2), Duration.hours(2))).size).toBe(4);
  });

  it.each([
    [
      RotationScheduleExpression.rate(Duration.days(30)),
      RotationSpread.overHours(Duration.hours(2)),
      /needs a cron schedule with one hour/,
    ],
    [
      RotationScheduleExpression.cron({ hour: '0/8' }),
      RotationSpread.overHours(Duration.hours(2)),
      /needs a cron schedule with one hour/,
    ],
    [
      RotationScheduleExpression.cron({ hour: '22' }),
      RotationSpread.overHours(Duration.hours(3)),
      /reaches into the next UTC day/,
    ],
    [sunday, RotationSpread.overDays(Duration.days(8)), /7 days at most/],
    [
      RotationScheduleExpression.cron({ hour: '1', day: '20' }),
      RotationSpread.overDays(Duration.days(10)),
      /ends on the 28th/,
    ],
    [
      RotationScheduleExpression.cron({ hour: '1', weekDay: 'MON-FRI' }),
      RotationSpread.overDays(Duration.days(2)),
      /one weekday/,
    ],
  ])('throws when the schedule cannot be moved so far', (schedule, spread, why) => {
    expect(() => schedule._placedIn(spread, 'App/Secret')).toThrow(why);
  });

  it('throws for no span', () => {
    expect(() => RotationSpread.overHours(Duration.hours(0))).toThrow(/^`spread`/);
  });
});

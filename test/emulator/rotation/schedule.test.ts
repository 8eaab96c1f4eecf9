import { describe, expect, it } from '@jest/globals';
import { parseSchedule, type Schedule } from '../../../lib/emulator/rotation/schedule.js';

/** A Thursday. */
const now = new Date('2026-09-24T06:11:41Z');
const read = (expression: string): Schedule => parseSchedule(expression, 'from the last rotation');

describe('schedule expressions', () => {
  it.each([
    ['rate(4 hours)', '2026-09-24T10:00:00Z', 1],
    ['rate(1 day)', '2026-09-25T00:00:00Z', 24],
    ['rate(10 days)', '2026-10-04T00:00:00Z', 24],
    ['cron(0 0 1 * ? *)', '2026-10-01T00:00:00Z', 24],
    ['cron(0 22 ? * THU *)', '2026-09-24T22:00:00Z', 2],
    ['cron(0 22 ? * MON-FRI *)', '2026-09-24T22:00:00Z', 2],
    ['cron(0 6 24 9 ? *)', '2027-09-24T06:00:00Z', 18],
    ['cron(0 */8 * * ? *)', '2026-09-24T08:00:00Z', 1],
    ['cron(0 /8 * * ? *)', '2026-09-24T08:00:00Z', 1],
    ['cron(0 4/12 * * ? *)', '2026-09-24T16:00:00Z', 1],
    ['cron(0 1/12 * * ? *)', '2026-09-24T13:00:00Z', 1],
    ['cron(0 2-4 * * ? *)', '2026-09-25T02:00:00Z', 1],
    ['cron(0 8 1/7 * ? *)', '2026-09-29T08:00:00Z', 16],
    ['cron(0 10 L * ? *)', '2026-09-30T10:00:00Z', 14],
    ['cron(0 10 ? * L *)', '2026-09-26T10:00:00Z', 14],
    ['cron(0 10 ? * 5L *)', '2026-09-24T10:00:00Z', 14],
    ['cron(0 10 ? * SUNL *)', '2026-09-27T10:00:00Z', 14],
    ['cron(0 10 ? * SUN#1 *)', '2026-10-04T10:00:00Z', 14],
    ['cron(0 10 ? * 5#5 *)', '2026-10-29T10:00:00Z', 14],
    ['cron(0 10 ? JAN,MAR 2-6 *)', '2027-01-01T10:00:00Z', 14],
    ['cron(0 10 29 2 ? *)', '2028-02-29T10:00:00Z', 14],
  ])('%s opens next at %s, for %i hours unless told', (expression, next, hours) => {
    const schedule = read(expression);
    const start = schedule.next(now);
    expect(start).toEqual(new Date(next));
    expect(schedule.defaultMillis(start ?? now) / 3_600_000).toBe(hours);
  });

  it('a day that never comes', () => {
    expect(read('cron(0 10 31 2 ? *)').next(now)).toBeUndefined();
  });

  it('the hour that has just begun is not the next one', () => {
    expect(read('cron(0 6 * * ? *)').next(new Date('2026-09-24T06:00:00Z'))).toEqual(new Date('2026-09-25T06:00:00Z'));
  });

  it('steps of hours begin anew each day, rates go on', () => {
    const after = new Date('2026-09-24T20:30:00Z');
    expect(read('cron(0 /5 * * ? *)').next(after)).toEqual(new Date('2026-09-25T00:00:00Z'));
    expect(read('rate(5 hours)').next(after, new Date('2026-09-24T20:00:00Z'))).toEqual(
      new Date('2026-09-25T01:00:00Z'),
    );
    expect(parseSchedule('rate(5 hours)', 'from midnight').next(after)).toEqual(new Date('2026-09-25T01:00:00Z'));
    expect(parseSchedule('rate(4 hours)', 'from midnight').next(now)).toEqual(new Date('2026-09-24T08:00:00Z'));
  });

  it.each([
    ['every day', 'it is rate(value unit) or cron('],
    ['rate(3 hours)', 'a rate is at least 4 hours'],
    ['rate(23977 hours)', 'a rate is at least 4 hours'],
    ['rate(0 days)', '1 to 999 days'],
    ['rate(1000 days)', '1 to 999 days'],
    ['rate(2 weeks)', 'a whole number of hours or days'],
    ['rate(1.5 days)', 'a whole number of hours or days'],
    ['rate(7days)', 'a whole number of hours or days'],
    ['cron(0 0 1 * *)', 'six fields'],
    ['cron(0  0 1 * ? *)', 'six fields'],
    ['cron(5 0 1 * ? *)', 'the minutes are 0'],
    ['cron(* 0 1 * ? *)', 'the minutes are 0'],
    ['cron(0 0 1 * ? 2027)', 'the year is *'],
    ['cron(0 0 1 * 1 *)', 'one of day-of-month and day-of-week'],
    ['cron(0 0 * * * *)', 'one of day-of-month and day-of-week'],
    ['cron(0 0 ? * ? *)', 'one of day-of-month and day-of-week'],
    ['cron(0 ? 1 * ? *)', "hours cannot be read: '?'"],
    ['cron(0 0 1 ? ? *)', "month cannot be read: '?'"],
    ['cron(0 24 1 * ? *)', "hours is 0 to 23, and '24' is not"],
    ['cron(0 0 0 * ? *)', "day-of-month is 1 to 31, and '0' is not"],
    ['cron(0 0 1 13 ? *)', "month is 1 to 12, and '13' is not"],
    ['cron(0 0 ? * 0 *)', "day-of-week is 1 to 7, and '0' is not"],
    ['cron(0 0 ? * 8 *)', "day-of-week is 1 to 7, and '8' is not"],
    ['cron(0 0 ? * 8L *)', "day-of-week is 1 to 7, and '8' is not"],
    ['cron(0 0 ? * 2#6 *)', 'day-of-week cannot be read'],
    ['cron(0 0 ? * SUN#1,MON#1 *)', 'day-of-week cannot be read'],
    ['cron(0 0 ? * SUNMON *)', 'day-of-week cannot be read'],
    ['cron(0 0 ? * sun *)', 'day-of-week cannot be read'],
    ['cron(0 0 1 JANFEB ? *)', 'month cannot be read'],
    ['cron(0 0 1 SUN ? *)', "month is 1 to 12, and 'SUN' is not"],
    ['cron(0 0 15W * ? *)', 'day-of-month cannot be read'],
    ['cron(0 0 LW * ? *)', 'day-of-month cannot be read'],
    ['cron(0 0 L-3 * ? *)', 'day-of-month cannot be read'],
    ['cron(0 0 1,L * ? *)', 'day-of-month cannot be read'],
    ['cron(0 0 1, * ? *)', 'day-of-month cannot be read'],
    ['cron(0 0 20-10 * ? *)', 'does not go backwards'],
    ['cron(0 0 ? * FRI-MON *)', 'does not go backwards'],
    ['cron(0 0/0 1 * ? *)', 'a step in hours is at least 1'],
    ['cron(0 0 */-2 * ? *)', 'day-of-month cannot be read'],
  ])('%s is refused: %s', (expression, why) => {
    expect(() => read(expression)).toThrow(RangeError);
    expect(() => read(expression)).toThrow(why);
  });
});

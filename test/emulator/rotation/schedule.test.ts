import { describe, expect, it } from '@jest/globals';
import { parseSchedule } from '../../../lib/emulator/rotation/schedule.js';

/** A Thursday. */
const now = new Date('2026-09-24T06:11:41Z');

describe('schedule expressions', () => {
  it.each([
    ['rate(4 hours)', '2026-09-24T10:00:00Z', 1],
    ['rate(1 day)', '2026-09-25T00:00:00Z', 24],
    ['rate(10 days)', '2026-10-04T00:00:00Z', 24],
    ['cron(0 0 1 * ? *)', '2026-10-01T00:00:00Z', 24],
    ['cron(0 22 ? * THU *)', '2026-09-24T22:00:00Z', 2],
    ['cron(0 6 24 9 ? *)', '2027-09-24T06:00:00Z', 18],
    ['cron(0 */8 * * ? *)', '2026-09-24T08:00:00Z', 1],
    ['cron(0 1/12 * * ? *)', '2026-09-24T13:00:00Z', 1],
    ['cron(0 2-4 * * ? *)', '2026-09-25T02:00:00Z', 1],
    ['cron(0 10 L * ? *)', '2026-09-30T10:00:00Z', 14],
    ['cron(0 10 ? * L *)', '2026-09-26T10:00:00Z', 14],
    ['cron(0 10 ? * 5L *)', '2026-09-24T10:00:00Z', 14],
    ['cron(0 10 ? * SUN#1 *)', '2026-10-04T10:00:00Z', 14],
    ['cron(0 10 ? JAN,MAR 2-6 *)', '2027-01-01T10:00:00Z', 14],
    ['cron(0 10 29 2 ? *)', '2028-02-29T10:00:00Z', 14],
  ])('%s opens next at %s, for %i hours unless told', (expression, next, hours) => {
    const schedule = parseSchedule(expression);
    const start = schedule.next(now);
    expect(start).toEqual(new Date(next));
    expect(schedule.defaultWindowMillis(start ?? now) / 3_600_000).toBe(hours);
  });

  it('a day that never comes', () => {
    expect(parseSchedule('cron(0 10 31 2 ? *)').next(now)).toBeUndefined();
  });
});

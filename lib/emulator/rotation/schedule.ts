/** When Secrets Manager's rotation windows open and how long they stay open. All in UTC, all on the hour. */
import { parseCron } from './cron.js';

const hour = 3_600_000;
const day = 24 * hour;
/** From a leap year on, this is long enough to meet the 29th of February three times. */
const horizon = 9 * 366 * day;
const leapYear = Date.UTC(2024, 0, 1);

/** From its start up to, not including, its end. */
export interface Window {
  readonly start: Date;
  readonly end: Date;
}

export interface Schedule {
  /**
   * The start of the first window after a moment; undefined when none comes within nine years.
   * @param since The start of the window that a rate goes on from. Without it the rate begins anew at `after`.
   */
  next(after: Date, since?: Date): Date | undefined;
  /** How long a window stays open when no Duration is given: an hour, or with one window a day the rest of the day. */
  defaultMillis(start: Date): number;
  /** At most one window a day, which may not reach into the next. */
  readonly daily: boolean;
  /** The latest hour of the day at which a window opens. */
  readonly latestHour: number;
  /** Between the starts of two windows, in hours; infinite when there are no two. */
  gaps(): { readonly shortest: number; readonly longest: number };
}

/**
 * Where the windows of a rate in hours lie: a whole number of hours after the hour of the last rotation, or after the
 * midnight before it.
 */
export type HourlyRates = 'from the last rotation' | 'from midnight';

/** @throws RangeError that says what is wrong with the expression */
export function parseSchedule(expression: string, hourlyRates: HourlyRates): Schedule {
  const [, form, body = ''] = /^(rate|cron)\((.*)\)$/.exec(expression) ?? [];
  if (form === 'rate') return rate(body, hourlyRates);
  if (form === 'cron') return cron(body);
  throw new RangeError('it is rate(value unit) or cron(minutes hours day-of-month month day-of-week year)');
}

/** Days open at midnight and last to the end of the day, as AutomaticallyAfterDays does [recorded-rotation A11]. */
export function everyDays(days: number): Schedule {
  return {
    next: (after, since) => following(after, since?.getTime() ?? floor(after, day), days * day),
    defaultMillis: () => day,
    daily: true,
    latestHour: 0,
    gaps: () => ({ shortest: days * 24, longest: days * 24 }),
  };
}

/** The first of the times that lie whole intervals after another, after a moment. */
function following(after: Date, from: number, interval: number): Date {
  return new Date(from + (Math.floor((after.getTime() - from) / interval) + 1) * interval);
}

function rate(body: string, hourlyRates: HourlyRates): Schedule {
  const [, digits, unit] = /^(\d{1,5}) (hours?|days?)$/.exec(body) ?? [];
  const value = Number(digits);
  if (unit === undefined) throw new RangeError('a rate is a whole number of hours or days');
  if (unit.startsWith('day')) {
    if (value < 1 || value > 999) throw new RangeError('a rate is 1 to 999 days');
    return everyDays(value);
  }
  if (value < 4 || value > 999 * 24) throw new RangeError('a rate is at least 4 hours and at most 999 days');
  const unitOfOrigin = hourlyRates === 'from midnight' ? day : hour;
  return {
    next: (after, since) => following(after, since?.getTime() ?? floor(after, unitOfOrigin), value * hour),
    defaultMillis: () => hour,
    daily: false,
    latestHour: 23,
    gaps: () => ({ shortest: value, longest: value }),
  };
}

function cron(body: string): Schedule {
  const { hours, fits } = parseCron(body);
  const daily = hours.length === 1;
  function* days(from: number): Generator<number> {
    for (let date = from; date < from + horizon; date += day) if (fits(new Date(date))) yield date;
  }
  return {
    next(after) {
      for (const date of days(floor(after, day))) {
        const at = hours.find((each) => date + each * hour > after.getTime());
        if (at !== undefined) return new Date(date + at * hour);
      }
      return undefined;
    },
    defaultMillis: (start) => (daily ? day - (start.getTime() % day) : hour),
    daily,
    latestHour: hours.at(-1) ?? 0,
    gaps() {
      const within = hours.slice(1).map((at, i) => at - (hours[i] ?? 0));
      const overnight = 24 + (hours[0] ?? 0) - (hours.at(-1) ?? 0);
      const dates = [...days(leapYear)];
      const between = dates.slice(1).map((date, i) => (date - (dates[i] ?? 0)) / hour - 24 + overnight);
      if (between.length === 0) return { shortest: Number.POSITIVE_INFINITY, longest: Number.POSITIVE_INFINITY };
      return { shortest: Math.min(...within, ...between), longest: Math.max(...within, ...between) };
    },
  };
}

function floor(date: Date, unit: number): number {
  return Math.floor(date.getTime() / unit) * unit;
}

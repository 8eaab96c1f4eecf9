/** Secrets Manager's cron: what is valid, and when windows open. All in UTC. */

/** When windows open, in hours. */
export interface Times {
  /** The hours of the day at which windows open; empty where they wander through the day. */
  readonly starts: readonly number[];
  readonly shortestGap: number;
  readonly longestGap: number;
  /** At most one window a day, which may not reach into the next day. */
  readonly daily: boolean;
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/** Long enough to meet the 29th of February twice. */
const FROM = Date.UTC(2024, 0, 1);
const DAYS = 9 * 366;

/**
 * @param body What stands between the parentheses: minutes hours day-of-month month day-of-week year.
 * @throws RangeError that says what is wrong
 */
export function parseCron(body: string): Times {
  const fields = body.split(' ');
  const [minutes, hours = '', dayOfMonth = '', month = '', dayOfWeek = '', year] = fields;
  if (fields.length !== 6)
    throw new RangeError('cron has six fields, minutes hours day-of-month month day-of-week year');
  if (minutes !== '0') throw new RangeError('the minutes are 0, since windows open on the hour');
  if (year !== '*') throw new RangeError('the year is *');
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) {
    throw new RangeError('one of day-of-month and day-of-week is ?, and the other is not');
  }
  const starts = [...numbers('hours', hours, 0, 23)].sort((a, b) => a - b);
  const months = numbers('month', named(month, MONTHS), 1, 12);
  const fits = dayOfMonth === '?' ? weekdayFits(named(dayOfWeek, WEEKDAYS)) : monthDayFits(dayOfMonth);

  let previous: number | undefined;
  let shortestGap = Number.POSITIVE_INFINITY;
  let longestGap = 0;
  for (let day = 0; day < DAYS; day += 1) {
    const date = new Date(FROM + day * 86_400_000);
    if (!months.has(date.getUTCMonth() + 1) || !fits(date)) continue;
    for (const start of starts) {
      const now = day * 24 + start;
      if (previous !== undefined) {
        shortestGap = Math.min(shortestGap, now - previous);
        longestGap = Math.max(longestGap, now - previous);
      }
      previous = now;
    }
  }
  if (previous === undefined) throw new RangeError('no such day exists');
  if (shortestGap < 4) throw new RangeError(`there are at least 4 hours between two rotations, not ${shortestGap}`);
  if (longestGap === 0 || longestGap > 999 * 24)
    throw new RangeError('there are at most 999 days between two rotations');
  return { starts, shortestGap, longestGap, daily: starts.length === 1 };
}

function monthDayFits(field: string): (date: Date) => boolean {
  if (field === 'L') return (date) => date.getUTCDate() === daysIn(date);
  const days = numbers('day-of-month', field, 1, 31);
  return (date) => days.has(date.getUTCDate());
}

/** `5L` is the month's last Thursday, `3#2` its second Tuesday, and `L` alone the week's last day; 1 is Sunday. */
function weekdayFits(field: string): (date: Date) => boolean {
  if (field === 'L') return (date) => date.getUTCDay() === 6;
  const [, last] = /^([1-7])L$/.exec(field) ?? [];
  if (last !== undefined) {
    return (date) => date.getUTCDay() + 1 === Number(last) && date.getUTCDate() > daysIn(date) - 7;
  }
  const [, weekday, nth] = /^([1-7])#([1-5])$/.exec(field) ?? [];
  if (weekday !== undefined) {
    return (date) => date.getUTCDay() + 1 === Number(weekday) && Math.ceil(date.getUTCDate() / 7) === Number(nth);
  }
  const days = numbers('day-of-week', field, 1, 7);
  return (date) => days.has(date.getUTCDay() + 1);
}

/** Lists, ranges and steps of whole numbers; `/8` is `0/8`. */
function numbers(name: string, field: string, low: number, high: number): Set<number> {
  const found = new Set<number>();
  for (const part of field.split(',')) {
    const [, star, from, to, step] = /^(?:(\*)|(\d{1,2})(?:-(\d{1,2}))?|(?=\/))(?:\/(\d{1,2}))?$/.exec(part) ?? [];
    if (part === '' || (star === undefined && from === undefined && step === undefined)) {
      throw new RangeError(`${name} cannot be read: '${part}'`);
    }
    const first = from === undefined ? low : Number(from);
    const last = to !== undefined ? Number(to) : from === undefined || step !== undefined ? high : first;
    const every = step === undefined ? 1 : Number(step);
    if (first < low || last > high || first > last || every < 1) {
      throw new RangeError(`${name} is ${low} to ${high}, and '${part}' is not`);
    }
    for (let value = first; value <= last; value += every) found.add(value);
  }
  return found;
}

function named(field: string, names: readonly string[]): string {
  return field.replace(/(?<![A-Z0-9])[A-Z]{3}(?![A-KM-Z0-9])/g, (name) => {
    const index = names.indexOf(name);
    return index < 0 ? name : String(index + 1);
  });
}

function daysIn(date: Date): number {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
}

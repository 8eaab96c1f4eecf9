/** Secrets Manager's schedule expressions: what is valid, and when the next window opens. All in UTC. */

const hour = 3_600_000;
const day = 24 * hour;

export interface Schedule {
  /** The start of the first window after a moment; undefined when there is none within five years. */
  next(after: Date): Date | undefined;
  /** How long a window stays open when no Duration is given. */
  readonly defaultWindowMillis: (start: Date) => number;
}

/** @throws RangeError that says what is wrong with the expression */
export function parseSchedule(expression: string): Schedule {
  const [, form, body = ''] = /^(rate|cron)\((.*)\)$/.exec(expression) ?? [];
  if (form === 'rate') return parseRate(body);
  if (form === 'cron') return parseCron(body);
  throw new RangeError('it is rate(value unit) or cron(minutes hours day-of-month month day-of-week year)');
}

/** Days open at midnight and last to the end of the day, as AutomaticallyAfterDays does [recorded-rotation A11]. */
export function everyDays(days: number): Schedule {
  return {
    next: (after) => new Date(Math.floor(after.getTime() / day) * day + days * day),
    defaultWindowMillis: () => day,
  };
}

function parseRate(body: string): Schedule {
  const [, digits, unit] = /^(\d{1,5}) (hours?|days?)$/.exec(body) ?? [];
  const value = Number(digits);
  if (unit === undefined) throw new RangeError('a rate is a whole number of hours or days');
  if (unit.startsWith('day')) {
    if (value < 1 || value > 999) throw new RangeError('a rate is 1 to 999 days');
    return everyDays(value);
  }
  if (value < 4 || value > 999 * 24) throw new RangeError('a rate is at least 4 hours');
  return {
    next: (after) => new Date(Math.floor(after.getTime() / hour) * hour + value * hour),
    defaultWindowMillis: () => hour,
  };
}

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

function parseCron(body: string): Schedule {
  const fields = body.split(' ');
  const [minutes, hours = '', dayOfMonth = '', month = '', dayOfWeek = '', year] = fields;
  if (fields.length !== 6) throw new RangeError('a cron expression has six fields');
  if (minutes !== '0') throw new RangeError('minutes are 0: windows open on the hour');
  if (year !== '*') throw new RangeError('the year is *');
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) {
    throw new RangeError('one of day-of-month and day-of-week is ?, and the other is not');
  }
  const hourFits = numbers(hours, 0, 23);
  const monthFits = numbers(named(month, months), 1, 12);
  const dayFits = dayOfMonth === '?' ? weekdayFits(named(dayOfWeek, weekdays)) : monthDayFits(dayOfMonth);
  const oncePerDay = /^\d+$/.test(hours);
  return {
    next(after) {
      const start = Math.floor(after.getTime() / hour) * hour + hour;
      for (let time = start; time < start + 5 * 366 * day; ) {
        const date = new Date(time);
        const rightDay = monthFits(date.getUTCMonth() + 1) && dayFits(date);
        if (rightDay && hourFits(date.getUTCHours())) return date;
        time = rightDay ? time + hour : Math.floor(time / day) * day + day;
      }
      return undefined;
    },
    defaultWindowMillis: (start) => (oncePerDay ? day - (start.getTime() % day) : hour),
  };
}

function monthDayFits(field: string): (date: Date) => boolean {
  if (field === 'L') return (date) => date.getUTCDate() === daysIn(date);
  const fits = numbers(field, 1, 31);
  return (date) => fits(date.getUTCDate());
}

/** `5L` is the month's last Thursday, `3#2` its second Tuesday; 1 is Sunday. */
function weekdayFits(field: string): (date: Date) => boolean {
  const [, last] = /^([1-7]?)L$/.exec(field) ?? [];
  if (last !== undefined) {
    const wanted = Number(last || 7);
    return (date) => date.getUTCDay() + 1 === wanted && date.getUTCDate() > daysIn(date) - 7;
  }
  const [, weekday, nth] = /^([1-7])#([1-5])$/.exec(field) ?? [];
  if (weekday !== undefined) {
    return (date) => date.getUTCDay() + 1 === Number(weekday) && Math.ceil(date.getUTCDate() / 7) === Number(nth);
  }
  const fits = numbers(field, 1, 7);
  return (date) => fits(date.getUTCDay() + 1);
}

/** Lists, ranges and steps of whole numbers. */
function numbers(field: string, low: number, high: number): (value: number) => boolean {
  const parts = field.split(',').map((part) => {
    const [, star, from, to, step] = /^(?:(\*)|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(part) ?? [];
    if (star === undefined && from === undefined) throw new RangeError(`a field cannot be read: ${part}`);
    const first = star ? low : Number(from);
    const last = to !== undefined ? Number(to) : star || step !== undefined ? high : first;
    const every = step === undefined ? 1 : Number(step);
    if (first < low || last > high || first > last || every < 1) {
      throw new RangeError(`a field is ${low} to ${high}: ${part}`);
    }
    return (value: number) => value >= first && value <= last && (value - first) % every === 0;
  });
  return (value) => parts.some((fits) => fits(value));
}

function named(field: string, names: readonly string[]): string {
  return field.replace(/[A-Z]{3}/g, (name) => {
    const index = names.indexOf(name);
    return index < 0 ? name : String(index + 1);
  });
}

function daysIn(date: Date): number {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
}

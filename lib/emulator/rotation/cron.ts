/** The six fields of Secrets Manager's cron, read strictly. All in UTC. */

export interface Cron {
  /** The hours at which windows open, 0 to 23, ascending. */
  readonly hours: readonly number[];
  /** Whether windows open on this day. */
  fits(day: Date): boolean;
}

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

interface Field {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  /** Spellings of the values, from `low` on. */
  readonly names?: readonly string[];
}

const hourField: Field = { name: 'hours', low: 0, high: 23 };
const monthField: Field = { name: 'month', low: 1, high: 12, names: months };
const dayField: Field = { name: 'day-of-month', low: 1, high: 31 };
const weekdayField: Field = { name: 'day-of-week', low: 1, high: 7, names: weekdays };

/**
 * @param body What stands between the parentheses: minutes hours day-of-month month day-of-week year.
 * @throws RangeError that says what is wrong
 */
export function parseCron(body: string): Cron {
  const fields = body.split(' ');
  const [minutes, hours = '', dayOfMonth = '', month = '', dayOfWeek = '', year] = fields;
  if (fields.length !== 6) {
    throw new RangeError('cron has six fields: minutes hours day-of-month month day-of-week year');
  }
  if (minutes !== '0') throw new RangeError('the minutes are 0: windows open on the hour');
  if (year !== '*') throw new RangeError('the year is *');
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) {
    throw new RangeError('one of day-of-month and day-of-week is ?, and the other is not');
  }
  const monthFits = values(monthField, month);
  const dayFits = dayOfMonth === '?' ? weekdayFits(dayOfWeek) : monthDayFits(dayOfMonth);
  return {
    hours: [...values(hourField, hours)].sort((a, b) => a - b),
    fits: (day) => monthFits.has(day.getUTCMonth() + 1) && dayFits(day),
  };
}

function monthDayFits(field: string): (day: Date) => boolean {
  if (field === 'L') return (day) => day.getUTCDate() === daysIn(day);
  const days = values(dayField, field);
  return (day) => days.has(day.getUTCDate());
}

/**
 * `5L` and `THUL` are the month's last Thursday, `3#2` and `TUE#2` its second Tuesday; 1 is Sunday. A bare `L` is the
 * last day of the week, Saturday, as in the cron of EventBridge.
 */
function weekdayFits(field: string): (day: Date) => boolean {
  const [, last] = /^(\d|[A-Z]{3})L$/.exec(field) ?? [];
  if (last !== undefined) {
    const weekday = fieldValue(weekdayField, last);
    return (day) => day.getUTCDay() + 1 === weekday && day.getUTCDate() > daysIn(day) - 7;
  }
  const [, name, nth] = /^(\d|[A-Z]{3})#([1-5])$/.exec(field) ?? [];
  if (name !== undefined) {
    const weekday = fieldValue(weekdayField, name);
    return (day) => day.getUTCDay() + 1 === weekday && Math.ceil(day.getUTCDate() / 7) === Number(nth);
  }
  const days = values(weekdayField, field === 'L' ? '7' : field);
  return (day) => days.has(day.getUTCDay() + 1);
}

/** Lists, ranges and steps: `1,3`, `2-5`, `*`, `4/12` from 4 on, `/8` from the lowest on. */
function values(field: Field, text: string): Set<number> {
  const found = new Set<number>();
  for (const part of text.split(',')) {
    const [whole, from, to, step] =
      /^(?:\*|(\d{1,2}|[A-Z]{3})(?:-(\d{1,2}|[A-Z]{3}))?|(?=\/))(?:\/(\d{1,2}))?$/.exec(part) ?? [];
    if (whole === undefined || part === '') throw new RangeError(`${field.name} cannot be read: '${part}'`);
    const first = from === undefined ? field.low : fieldValue(field, from);
    const single = from !== undefined && step === undefined;
    const last = to !== undefined ? fieldValue(field, to) : single ? first : field.high;
    const every = step === undefined ? 1 : Number(step);
    if (first > last) throw new RangeError(`${field.name} does not go backwards, as '${part}' does`);
    if (every < 1) throw new RangeError(`a step in ${field.name} is at least 1, and '${part}' is not`);
    for (let value = first; value <= last; value += every) found.add(value);
  }
  return found;
}

function fieldValue({ name, low, high, names = [] }: Field, text: string): number {
  const named = names.indexOf(text);
  const value = named < 0 ? Number(text) : low + named;
  if (!(value >= low && value <= high)) throw new RangeError(`${name} is ${low} to ${high}, and '${text}' is not`);
  return value;
}

function daysIn(day: Date): number {
  return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate();
}

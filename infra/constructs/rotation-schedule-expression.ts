import { type Duration, Token } from 'aws-cdk-lib';
import { parseCron, type Times } from './cron.js';
import type { RotationSpread } from './rotation-spread.js';

/** When windows open, in the fields of Secrets Manager's cron. All in UTC. */
export interface CronSchedule {
  /** 0 to 23, with `,` `-` `/`: `'2'`, `'0/8'`. */
  readonly hour: string;
  /**
   * Day of the month, 1 to 31, with `,` `-` `/`, or `L` for the last. Not together with `weekDay`.
   * @default - every day, or those that `weekDay` names
   */
  readonly day?: string;
  /**
   * 1 to 12 or JAN to DEC, with `,` `-` `/`.
   * @default - every month
   */
  readonly month?: string;
  /**
   * Day of the week, 1 to 7 or SUN to SAT (1 is Sunday), with `,` `-` `/`; `SUN#1` is the month's first Sunday, `SUNL` its last. Not together with `day`.
   * @default - any
   */
  readonly weekDay?: string;
}

const HOUR = 1;
const DAY = 24;

/**
 * When a secret rotates, in Secrets Manager's own dialect (which is not that of EventBridge). Everything that Secrets Manager demands is checked at synth.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
 */
export class RotationScheduleExpression {
  /**
   * At intervals of 4 hours to 999 days. Whole days open at 00:00 UTC, hours on the hour; Secrets Manager chooses the first occurrence.
   * @throws Error naming `schedule`
   */
  public static rate(interval: Duration): RotationScheduleExpression {
    if (interval.isUnresolved()) return new RotationScheduleExpression(`rate(${interval.toDays()} days)`);
    const hours = interval.toHours({ integral: false });
    if (!Number.isInteger(hours))
      throw refused(`an interval is whole hours or days, and ${interval.toHumanString()} is not`);
    if (hours < 4 || hours > 999 * DAY) {
      throw refused(`an interval is 4 hours to 999 days, and ${interval.toHumanString()} is not`);
    }
    const [value, unit] = hours % DAY === 0 ? [hours / DAY, 'day'] : [hours, 'hour'];
    const times =
      unit === 'day'
        ? { starts: [0], shortestGap: hours, longestGap: hours, daily: true }
        : { starts: [], shortestGap: hours, longestGap: hours, daily: false };
    return new RotationScheduleExpression(`rate(${value} ${unit}${value === 1 ? '' : 's'})`, times);
  }

  /**
   * At hours and days of your choice.
   * @throws Error naming `schedule`
   */
  public static cron(cron: CronSchedule): RotationScheduleExpression {
    const { hour, day, month = '*', weekDay } = cron;
    if (day !== undefined && weekDay !== undefined && day !== '?' && weekDay !== '?') {
      throw refused('give `day` or `weekDay`, not both: Secrets Manager wants one of them to be ?');
    }
    const byWeekDay = weekDay !== undefined && weekDay !== '?';
    return RotationScheduleExpression.expression(
      `cron(0 ${hour} ${byWeekDay ? '?' : (day ?? '*')} ${month} ${byWeekDay ? weekDay : '?'} *)`,
    );
  }

  /**
   * As Secrets Manager spells it: `rate(10 days)`, `cron(0 2 ? * SUN#1 *)`.
   * @throws Error naming `schedule`
   */
  public static expression(expression: string): RotationScheduleExpression {
    if (Token.isUnresolved(expression)) return new RotationScheduleExpression(expression);
    const [, value, unit] = /^rate\((\d{1,5}) (hour|day)s?\)$/.exec(expression) ?? [];
    if (value !== undefined) {
      const hours = Number(value) * (unit === 'day' ? DAY : HOUR);
      if (hours < 4 || hours > 999 * DAY) throw refused(`an interval is 4 hours to 999 days, and ${expression} is not`);
      const daily = unit === 'day';
      const times = { starts: daily ? [0] : [], shortestGap: hours, longestGap: hours, daily };
      return new RotationScheduleExpression(expression, times);
    }
    const [, body] = /^cron\((.*)\)$/.exec(expression) ?? [];
    if (body === undefined) {
      throw refused(`${expression} is neither rate(value unit) nor cron(0 hours day-of-month month day-of-week *)`);
    }
    try {
      return new RotationScheduleExpression(expression, parseCron(body));
    } catch (error) {
      if (error instanceof RangeError) throw refused(`${expression}: ${error.message}`);
      throw error;
    }
  }

  readonly #times: Times | undefined;

  private constructor(expressionString: string, times?: Times) {
    this.expressionString = expressionString;
    this.#times = times;
  }

  /** As it stands in the template. */
  public readonly expressionString: string;

  /**
   * The longest time between two windows' starts.
   * @internal
   */
  public get _longestGapHours(): number | undefined {
    return this.#times?.longestGap;
  }

  /**
   * How long a window stays open: as said, else until the end of the UTC day, or an hour where there are several windows a day.
   * @internal
   */
  public _windowHours(window: Duration | undefined): number | undefined {
    if (window !== undefined) return window.isUnresolved() ? undefined : window.toHours();
    if (this.#times === undefined) return undefined;
    return this.#times.daily ? DAY - Math.min(...this.#times.starts) : 1;
  }

  /**
   * @throws Error naming `window` when it doesn't fit
   * @internal
   */
  public _checkWindow(window: Duration): void {
    if (window.isUnresolved()) return;
    const hours = window.toHours({ integral: false });
    if (!Number.isInteger(hours) || hours < 1) {
      throw new Error(`\`window\` is whole hours, at least one, and ${window.toHumanString()} is not.`);
    }
    if (this.#times === undefined) return;
    const { starts, shortestGap, daily } = this.#times;
    const latest = Math.max(...starts);
    if (daily && latest + hours > DAY) {
      throw new Error(
        `\`window\` of ${hours} h that opens at ${latest}:00 UTC reaches into the next UTC day, which Secrets Manager refuses: at most ${DAY - latest} h.`,
      );
    }
    if (hours > shortestGap) {
      throw new Error(
        `\`window\` of ${hours} h reaches into the next window, which Secrets Manager refuses: at most ${shortestGap} h with ${this.expressionString}.`,
      );
    }
  }

  /**
   * The schedule of one secret of a fleet.
   * @throws Error naming `spread` when the schedule cannot be moved so far
   * @internal
   */
  public _placedIn(spread: RotationSpread, identity: string): RotationScheduleExpression {
    return this.#moved(spread, spread._placeOf(identity));
  }

  /**
   * The schedule of the secret that comes latest in the day.
   * @internal
   */
  public _latestIn(spread: RotationSpread): RotationScheduleExpression {
    return this.#moved(spread, { day: 0, hour: spread._hours - 1 });
  }

  #moved(spread: RotationSpread, by: { readonly day: number; readonly hour: number }): RotationScheduleExpression {
    const [, hour, day, month, weekDay] =
      /^cron\(0 (\d{1,2}) (\S+) (\S+) (\S+) \*\)$/.exec(this.expressionString) ?? [];
    if (hour === undefined || day === undefined || weekDay === undefined) {
      throw new Error(
        '`spread` needs a cron schedule with one hour: Secrets Manager gives a rate no place in the day (days open at 00:00 UTC).',
      );
    }
    if (Number(hour) + spread._hours > DAY) {
      throw new Error(`\`spread\` over ${spread._hours} hours from ${hour}:00 UTC reaches into the next UTC day.`);
    }
    const moved =
      day === '?' ? ['?', movedWeekDay(weekDay, spread._days, by.day)] : [movedDay(day, spread._days, by.day), '?'];
    return RotationScheduleExpression.expression(
      `cron(0 ${Number(hour) + by.hour} ${moved[0]} ${month} ${moved[1]} *)`,
    );
  }
}

const WEEK = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

function movedDay(day: string, days: number, by: number): string {
  if (days === 1) return day;
  if (!/^\d{1,2}$/.test(day) || Number(day) + days - 1 > 28) {
    throw new Error(
      `\`spread\` over ${days} days needs a schedule on one day of the month or week, and ends on the 28th at the latest, since months differ. The schedule's day: ${day}.`,
    );
  }
  return String(Number(day) + by);
}

function movedWeekDay(weekDay: string, days: number, by: number): string {
  if (days === 1) return weekDay;
  const index = /^[1-7]$/.test(weekDay) ? Number(weekDay) - 1 : WEEK.indexOf(weekDay);
  if (index < 0 || days > 7) {
    throw new Error(
      `\`spread\` over ${days} days needs a schedule on one weekday, and is 7 days at most. The schedule's weekday: ${weekDay}.`,
    );
  }
  return WEEK[(index + by) % 7] ?? weekDay;
}

function refused(why: string): Error {
  return new Error(`\`schedule\`: ${why}.`);
}

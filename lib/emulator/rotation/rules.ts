import { refusals } from '../refusals.js';
import type { RotationRules } from '../secrets/secret.js';
import { everyDays, type HourlyRates, parseSchedule, type Schedule } from './schedule.js';

/** What RotateSecret was sent. */
type SentRules = { readonly [K in keyof RotationRules]?: RotationRules[K] };

/** So many schedules are remembered: fleets share a few, and to check one takes a walk through nine years. */
const remembered = 1000;

/** Turns RotationRules into schedules, and refuses those that Secrets Manager would. */
export class RuleBook {
  readonly #hourlyRates: HourlyRates;
  readonly #checked = new Map<string, Schedule>();

  constructor(hourlyRates: HourlyRates) {
    this.#hourlyRates = hourlyRates;
  }

  /** @throws Fault InvalidParameterException that says what is wrong */
  check({ AutomaticallyAfterDays, ScheduleExpression, Duration }: SentRules): void {
    if (AutomaticallyAfterDays !== undefined && ScheduleExpression !== undefined) throw refusals.daysAndExpression();
    const hours = Duration === undefined ? undefined : hoursOf(Duration);
    if (hours !== undefined && (hours < 1 || hours > 24)) throw refusals.badSchedule('Duration is 1 to 24 hours');
    try {
      const schedule = this.scheduleOf({
        ...(AutomaticallyAfterDays !== undefined && { AutomaticallyAfterDays }),
        ...(ScheduleExpression !== undefined && { ScheduleExpression }),
      });
      if (schedule !== undefined && hours !== undefined) checkWindow(schedule, hours);
    } catch (error) {
      throw error instanceof RangeError ? refusals.badSchedule(error.message) : error;
    }
  }

  /** @throws RangeError for an expression that was never checked and is none */
  scheduleOf({ ScheduleExpression, AutomaticallyAfterDays }: RotationRules): Schedule | undefined {
    if (ScheduleExpression === undefined) {
      return AutomaticallyAfterDays === undefined ? undefined : everyDays(AutomaticallyAfterDays);
    }
    const known = this.#checked.get(ScheduleExpression);
    if (known !== undefined) return known;
    const schedule = parseSchedule(ScheduleExpression, this.#hourlyRates);
    checkGaps(schedule);
    if (this.#checked.size >= remembered) this.#checked.clear();
    this.#checked.set(ScheduleExpression, schedule);
    return schedule;
  }
}

/** `3h` is 3. */
export function hoursOf(duration: string): number {
  return Number.parseInt(duration, 10);
}

/** "As often as every four hours", and at most 999 days apart: what the documents say of rates is held to hold for cron. */
function checkGaps(schedule: Schedule): void {
  const { shortest, longest } = schedule.gaps();
  if (longest === Number.POSITIVE_INFINITY) throw new RangeError('no such day comes again');
  if (shortest < 4) throw new RangeError(`at least 4 hours lie between two rotations, not ${shortest}`);
  if (longest > 999 * 24) throw new RangeError('at most 999 days lie between two rotations');
}

function checkWindow(schedule: Schedule, hours: number): void {
  if (schedule.daily && schedule.latestHour + hours > 24) {
    throw new RangeError(`a window of ${hours}h from ${schedule.latestHour}:00 reaches into the next UTC day`);
  }
  if (hours > schedule.gaps().shortest) throw new RangeError(`a window of ${hours}h reaches into the next window`);
}

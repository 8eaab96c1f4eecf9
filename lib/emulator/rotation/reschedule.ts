import type { RotationRules, Secret } from '../secrets/secret.js';
import { everyDays, parseSchedule } from './schedule.js';

const second = 1000;
const day = 86_400_000;

/**
 * Sets NextRotationDate: the last second of the next window, counted from now [recorded-rotation A11, C8]. For an
 * expression AWS also keeps AutomaticallyAfterDays, the days until then, rounded up [C8], and renews it after each success.
 */
export function reschedule(secret: Secret, now: Date): void {
  const rules = secret.rotationRules;
  const schedule = rules && scheduleOf(rules);
  const start = schedule?.next(now);
  if (!secret.rotationEnabled || rules === undefined || schedule === undefined || start === undefined) {
    delete secret.nextRotationDate;
    return;
  }
  const window = rules.Duration ? Number.parseInt(rules.Duration, 10) * 3_600_000 : schedule.defaultWindowMillis(start);
  secret.nextRotationDate = new Date(start.getTime() + window - second);
  if (rules.ScheduleExpression !== undefined) {
    rules.AutomaticallyAfterDays = Math.max(1, Math.ceil((start.getTime() - now.getTime()) / day));
  }
}

function scheduleOf({ ScheduleExpression, AutomaticallyAfterDays }: RotationRules) {
  if (ScheduleExpression !== undefined) return parseSchedule(ScheduleExpression);
  return AutomaticallyAfterDays === undefined ? undefined : everyDays(AutomaticallyAfterDays);
}

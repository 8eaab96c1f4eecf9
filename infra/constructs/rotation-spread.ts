import { createHash } from 'node:crypto';
import type { Duration } from 'aws-cdk-lib';

/**
 * Gives each secret a stable time of its own, so that a fleet doesn't rotate at once: the schedule's time plus an offset that follows from the secret's place in the app (its
 * ARN, where that is known at synth), and stays the same from deployment to deployment. For cron schedules with one hour.
 */
export class RotationSpread {
  /**
   * Each secret starts in one of the hours from the schedule's on.
   * @param span Whole hours, up to the end of the UTC day.
   */
  public static overHours(span: Duration): RotationSpread {
    return new RotationSpread(1, span.toHours());
  }

  /**
   * Each secret starts on one of the days from the schedule's on, at the schedule's hour.
   * @param span Whole days: up to 7 with a weekday, up to the 28th with a day of the month.
   */
  public static overDays(span: Duration): RotationSpread {
    return new RotationSpread(span.toDays(), 1);
  }

  /**
   * Each secret starts on one of the days from the schedule's on, in one of the hours from the schedule's on.
   * @param days As for `overDays`.
   * @param hours As for `overHours`.
   */
  public static overDaysAndHours(days: Duration, hours: Duration): RotationSpread {
    return new RotationSpread(days.toDays(), hours.toHours());
  }

  /** @internal */
  public readonly _days: number;
  /** @internal */
  public readonly _hours: number;

  private constructor(days: number, hours: number) {
    if (days < 1 || hours < 1) throw new Error('`spread` is at least one hour or one day.');
    this._days = days;
    this._hours = hours;
  }

  /** @internal */
  public _placeOf(identity: string): { readonly day: number; readonly hour: number } {
    const slot = createHash('sha256').update(identity).digest().readUInt32BE(0) % (this._days * this._hours);
    return { day: Math.floor(slot / this._hours), hour: slot % this._hours };
  }
}

import type { Appointment, Clock } from '../clock.js';
import type { EventLog } from '../events.js';
import { Fault } from '../fault.js';
import type { FunctionTable } from '../functions/function-table.js';
import type { Randomness } from '../random.js';
import { refusals } from '../refusals.js';
import type { Secret } from '../secrets/secret.js';
import type { SecretTable } from '../secrets/secret-table.js';
import type { UndocumentedBehaviour } from '../undocumented.js';
import { incompleteVersion, registerVersion } from './register-version.js';
import type { Rotations } from './rotations.js';
import { hoursOf, type RuleBook } from './rules.js';
import type { Schedule, Window } from './schedule.js';

const second = 1000;
const day = 86_400_000;

/** What is to happen to one secret. */
interface Plan {
  readonly secret: Secret;
  /** The window that comes next or is open; none without a schedule. */
  window?: Window;
  /** Attempts after the first, in this window. */
  retries: number;
  /** The version of an attempt that could not even begin. */
  versionId?: string;
  appointment?: Appointment;
}

/**
 * Rotates each secret in its windows. A rotation that failed is tried again while its window is open, and then in the
 * next one, always with the same version, until it succeeds: "That rotation will be reattempted".
 */
export class Timetable {
  readonly #plans = new Map<string, Plan>();
  readonly #clock: Clock;
  readonly #rules: RuleBook;
  readonly #secrets: SecretTable;
  readonly #functions: FunctionTable;
  readonly #events: EventLog;
  readonly #rotations: Rotations;
  readonly #random: Randomness;
  readonly #undocumented: UndocumentedBehaviour;

  constructor(parts: {
    clock: Clock;
    rules: RuleBook;
    secrets: SecretTable;
    functions: FunctionTable;
    events: EventLog;
    rotations: Rotations;
    random: Randomness;
    undocumented: UndocumentedBehaviour;
  }) {
    this.#clock = parts.clock;
    this.#rules = parts.rules;
    this.#secrets = parts.secrets;
    this.#functions = parts.functions;
    this.#events = parts.events;
    this.#rotations = parts.rotations;
    this.#random = parts.random;
    this.#undocumented = parts.undocumented;
  }

  /**
   * RotateSecret configured rotation. NextRotationDate is the last second of the next window [recorded-rotation A11, C8].
   * Of an expression AWS also tells AutomaticallyAfterDays, the days until that window, rounded up [C8].
   */
  configured(secret: Secret): void {
    this.#begin(secret, undefined);
  }

  /** A rotation succeeded, or someone wrote a new current value, which counts as one. Nothing happens without a schedule. */
  rotated(secret: Secret): void {
    const window = this.#plans.get(secret.arn)?.window;
    // What succeeds in its window leaves the windows of a rate where they are, however late in the window it was.
    if (secret.rotationEnabled)
      this.#begin(secret, window && isOpen(window, this.#clock.now()) ? window.start : undefined);
  }

  cancelled(secret: Secret): void {
    this.#forget(secret);
    delete secret.nextRotationDate;
  }

  /** A rotation of the secret failed, whoever began it. NextRotationDate stays, and may so come to lie in the past. */
  failed(secret: Secret): void {
    const plan = this.#plans.get(secret.arn);
    if (plan === undefined) return;
    const now = this.#clock.now();
    const { window } = plan;
    if (window !== undefined && now >= window.start) {
      this.#callOff(plan);
      if (!this.#retry(plan, window.end)) this.#planWindow(plan, now, window.start);
    } else if (this.#undocumented.manualRetries === 'at once') {
      this.#callOff(plan);
      if (!this.#retry(plan, window?.start) && window !== undefined) this.#awaitWindow(plan, window);
    }
  }

  /** @returns whether there is another attempt before the limit */
  #retry(plan: Plan, limit: Date | undefined): boolean {
    const seconds = this.#undocumented.retryDelaysSeconds[plan.retries];
    if (seconds === undefined) return false;
    const time = new Date(this.#clock.now().getTime() + seconds * second);
    if (limit !== undefined && time >= limit) return false;
    plan.retries += 1;
    this.#appoint(plan, time);
    return true;
  }

  #begin(secret: Secret, since: Date | undefined): void {
    this.#forget(secret);
    const plan: Plan = { secret, retries: 0 };
    this.#plans.set(secret.arn, plan);
    this.#planWindow(plan, this.#clock.now(), since);
    this.#tell(plan);
  }

  #tell({ secret, window }: Plan): void {
    if (window === undefined) {
      delete secret.nextRotationDate;
      return;
    }
    secret.nextRotationDate = new Date(window.end.getTime() - second);
    if (secret.rotationRules?.ScheduleExpression === undefined) return;
    const days = Math.ceil((window.start.getTime() - this.#clock.now().getTime()) / day);
    secret.rotationRules.AutomaticallyAfterDays = Math.max(1, days);
  }

  #planWindow(plan: Plan, after: Date, since: Date | undefined): void {
    delete plan.window;
    const { rotationRules } = plan.secret;
    const schedule = rotationRules && this.#rules.scheduleOf(rotationRules);
    const start = schedule?.next(after, since);
    if (schedule === undefined || start === undefined) return;
    plan.window = { start, end: new Date(start.getTime() + windowMillis(schedule, start, rotationRules?.Duration)) };
    this.#awaitWindow(plan, plan.window);
  }

  #awaitWindow(plan: Plan, window: Window): void {
    plan.retries = 0;
    this.#appoint(plan, this.#momentIn(window));
  }

  #momentIn({ start, end }: Window): Date {
    if (this.#undocumented.rotationMoment === 'as the window opens') return start;
    return new Date(start.getTime() + this.#random.below(end.getTime() - start.getTime()));
  }

  #appoint(plan: Plan, time: Date): void {
    plan.appointment = this.#clock.at(time, () => this.#keep(plan));
  }

  #callOff(plan: Plan): void {
    if (plan.appointment !== undefined) this.#clock.cancel(plan.appointment);
    delete plan.appointment;
  }

  #forget(secret: Secret): void {
    const plan = this.#plans.get(secret.arn);
    if (plan !== undefined) this.#callOff(plan);
    this.#plans.delete(secret.arn);
  }

  /** The time of an appointment has come, or the clock was set beyond it. */
  async #keep(plan: Plan): Promise<void> {
    const { secret, window } = plan;
    delete plan.appointment;
    const now = this.#clock.now();
    // It may be gone, or another may have taken its place, as a replica does with `ForceOverwriteReplicaSecret`.
    if (this.#secrets.find(secret.arn, secret.accountId, secret.region) !== secret) {
      this.#plans.delete(secret.arn);
    } else if (window !== undefined && now >= window.end && this.#undocumented.missedWindows === 'skipped') {
      this.#planWindow(plan, now, window.start);
      this.#tell(plan);
    } else if (secret.deletion !== undefined) {
      // Nothing rotates that waits for its end. It may be restored before the next window.
      this.#planWindow(plan, now, window?.start);
    } else if (this.#rotations.inFlight(secret) !== undefined) {
      await this.#rotations.settled(secret);
      // How that ended has led to plans of its own, unless it was a test.
      if (this.#plans.get(secret.arn) === plan && plan.appointment === undefined) await this.#keep(plan);
    } else {
      await this.#rotate(plan);
    }
  }

  async #rotate(plan: Plan): Promise<void> {
    const { secret } = plan;
    // Without a function a vendor rotates it, or the service that owns it: the attempt fails and says so.
    const functionArn = secret.rotationFunctionArn ?? '';
    const incomplete = incompleteVersion(secret);
    const fresh =
      plan.versionId === undefined || secret.versions.has(plan.versionId) ? this.#random.uuid() : plan.versionId;
    const versionId = incomplete ?? fresh;
    plan.versionId = versionId;
    try {
      if (functionArn === '') throw refusals.rotationNotModelled();
      if (!this.#functions.invokableFor(functionArn, secret)) throw refusals.functionNotInvokable();
      if (incomplete === undefined) registerVersion(secret, versionId, this.#clock.now(), this.#events);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.#rotations.refuse(secret, versionId, functionArn, error.message);
      return;
    }
    await this.#rotations.start(secret, versionId, functionArn, 'Rotation');
  }
}

function isOpen({ start, end }: Window, now: Date): boolean {
  return now >= start && now < end;
}

function windowMillis(schedule: Schedule, start: Date, duration: string | undefined): number {
  return duration === undefined ? schedule.defaultMillis(start) : hoursOf(duration) * 3_600_000;
}

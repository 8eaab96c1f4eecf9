import { Agenda, type Appointment } from './agenda.js';

export type { Appointment } from './agenda.js';

/** A timer looks again this often, so that a clock that was set, or a computer that slept, is noticed. */
const longestWait = 60_000;
/** What falls due at one time runs side by side as functions do on Lambda, but never more of it than a computer bears. */
const atOnce = 50;

/** What keeps dates of its own, and carries them out whenever anyone looks; `advance` looks at each of them. */
export interface Chore {
  readonly nextDue: Date | undefined;
  /** Does what is due, and leaves a later `nextDue`. */
  carryOut(): void;
}

/**
 * The emulator's one clock: the base clock, plus what it was advanced by. Whatever is to happen later is an appointment
 * here. Appointments are kept when the base clock reaches them by itself, or on the way of `advance`.
 */
export class Clock {
  readonly #base: () => Date;
  readonly #agenda = new Agenda();
  readonly #chores: Chore[] = [];
  #ahead = 0;
  #advance: Promise<void> = Promise.resolve();
  #advancing = false;
  #running = 0;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;
  /** What the timer waits for. */
  #awaited = Number.POSITIVE_INFINITY;

  constructor(base: () => Date) {
    this.#base = base;
  }

  readonly now = (): Date => new Date(this.#base().getTime() + this.#ahead);

  /** @param action Must neither throw nor reject. What it returns is waited for, if only by `advance`. */
  at(time: Date, action: () => unknown): Appointment {
    const appointment = this.#agenda.add(time.getTime(), action);
    if (appointment.time < this.#awaited) this.#wait();
    return appointment;
  }

  also(chore: Chore): void {
    this.#chores.push(chore);
  }

  cancel(appointment: Appointment): void {
    this.#agenda.remove(appointment);
  }

  /**
   * Moves the clock, from appointment to appointment: it stands at each one's time, and waits for the end of what
   * happens there, before it goes on. Calls queue.
   * @throws RangeError for a time that is negative, no number, or beyond the last date there is
   */
  async advance(millis: number): Promise<void> {
    const advance = this.#advance.then(() => this.#moveBy(millis));
    this.#advance = advance.catch(() => undefined);
    await advance;
  }

  /** Nothing happens by itself any more; an `advance` under way ends with what is happening. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #moveBy(millis: number): Promise<void> {
    const target = this.now().getTime() + millis;
    if (!(millis >= 0) || Number.isNaN(new Date(target).getTime())) {
      throw new RangeError('a clock is advanced by a number of milliseconds, zero or more, and never back');
    }
    this.#advancing = true;
    try {
      for (let next = this.#takeDue(target); next !== undefined; next = this.#takeDue(target)) {
        this.#doChores(next.time);
        this.#moveTo(next.time);
        await next.action();
      }
      this.#doChores(target);
      this.#moveTo(target);
    } finally {
      this.#advancing = false;
      this.#wait();
    }
  }

  #doChores(until: number): void {
    for (let chore = this.#nextChore(); chore !== undefined && chore.due <= until; chore = this.#nextChore()) {
      this.#moveTo(chore.due);
      chore.carryOut();
    }
  }

  #nextChore(): { readonly due: number; carryOut(): void } | undefined {
    const dues = this.#chores.flatMap((chore) =>
      chore.nextDue === undefined ? [] : [{ due: chore.nextDue.getTime(), carryOut: () => chore.carryOut() }],
    );
    return dues.sort((a, b) => a.due - b.due)[0];
  }

  /** Never back: a base clock that runs may have passed the time already. */
  #moveTo(time: number): void {
    this.#ahead += Math.max(0, time - this.now().getTime());
  }

  #takeDue(until: number): Appointment | undefined {
    const next = this.#agenda.earliest;
    if (this.#stopped || next === undefined || next.time > until) return undefined;
    this.#agenda.remove(next);
    return next;
  }

  /** Sets the timer for the next appointment. It keeps no process alive, and a clock that stands still keeps it waiting. */
  #wait(): void {
    clearTimeout(this.#timer);
    this.#awaited = Number.POSITIVE_INFINITY;
    const next = this.#agenda.earliest;
    if (this.#stopped || this.#advancing || next === undefined) return;
    this.#awaited = next.time;
    const millis = Math.min(Math.max(0, next.time - this.now().getTime()), longestWait);
    this.#timer = setTimeout(() => this.#keep(), millis).unref();
  }

  #keep(): void {
    if (this.#advancing) return;
    while (this.#running < atOnce) {
      const due = this.#takeDue(this.now().getTime());
      if (due === undefined) break;
      this.#running += 1;
      void Promise.resolve(due.action()).finally(() => {
        this.#running -= 1;
        if (this.#running === atOnce - 1) this.#keep();
      });
    }
    // With all hands full, whoever is done first comes back here.
    if (this.#running < atOnce) this.#wait();
  }
}

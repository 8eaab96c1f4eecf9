/** One thing to do at one time. */
export interface Appointment {
  /** Epoch milliseconds. */
  readonly time: number;
  readonly action: () => unknown;
}

interface Entry extends Appointment {
  /** Of two at the same time the one that was made first comes first. */
  readonly order: number;
  /** Where it stands in the heap; -1 once it is gone. */
  place: number;
}

/**
 * Appointments, the earliest first. A binary heap whose entries know their places, so that one can be called off as
 * cheaply as it was made: a secret makes a new one at every change, and none may be left behind for months.
 */
export class Agenda {
  readonly #heap: Entry[] = [];
  #made = 0;

  get size(): number {
    return this.#heap.length;
  }

  get earliest(): Appointment | undefined {
    return this.#heap[0];
  }

  add(time: number, action: () => unknown): Appointment {
    const entry: Entry = { time, action, order: this.#made++, place: this.#heap.length };
    this.#heap.push(entry);
    this.#rise(entry);
    return entry;
  }

  /** Calls it off; one that is gone stays gone. */
  remove(appointment: Appointment): void {
    // Only `add` makes appointments.
    const entry = appointment as Entry;
    if (entry.place < 0) return;
    const { place } = entry;
    entry.place = -1;
    const last = this.#heap.pop();
    if (last === undefined || last === entry) return;
    this.#put(last, place);
    this.#rise(last);
    this.#sink(last);
  }

  #rise(entry: Entry): void {
    while (entry.place > 0) {
      const place = (entry.place - 1) >> 1;
      const parent = this.#heap[place];
      if (parent === undefined || !before(entry, parent)) return;
      this.#put(parent, entry.place);
      this.#put(entry, place);
    }
  }

  #sink(entry: Entry): void {
    for (;;) {
      const left = this.#heap[2 * entry.place + 1];
      const right = this.#heap[2 * entry.place + 2];
      const child = right !== undefined && left !== undefined && before(right, left) ? right : left;
      if (child === undefined || !before(child, entry)) return;
      const { place } = child;
      this.#put(child, entry.place);
      this.#put(entry, place);
    }
  }

  #put(entry: Entry, place: number): void {
    this.#heap[place] = entry;
    entry.place = place;
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}

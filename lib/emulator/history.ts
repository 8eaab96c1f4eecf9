/** The newest of something, oldest first: what runs for days must not remember everything. */
export class History<T> {
  /** One and the same array throughout, so that whoever holds it sees what comes. */
  readonly all: T[] = [];
  readonly #limit: number;
  #forgotten = 0;

  /** @param limit how many are kept: a whole number from 0, or Infinity for all of them */
  constructor(limit: number) {
    this.#limit = limit;
  }

  add(item: T): void {
    this.all.push(item);
    if (this.all.length <= this.#limit) return;
    this.all.shift();
    this.#forgotten += 1;
  }

  /** How many there were before the oldest that is kept: each keeps its number. */
  get forgotten(): number {
    return this.#forgotten;
  }
}

import type { Secret } from './secret.js';

interface Deadline {
  readonly at: number;
  readonly secret: Secret;
}

/** Secrets that wait for their end, the nearest first: whoever asks what is due does not look at all the others. */
export class Deletions {
  readonly #waiting: Deadline[] = [];

  /** To be told each time that a secret's `deletion` was set. Nobody has to tell when it is taken back. */
  add(secret: Secret): void {
    const at = secret.deletion?.goneAt.getTime();
    if (at === undefined) return;
    let low = 0;
    let high = this.#waiting.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#waiting[middle]?.at ?? Number.POSITIVE_INFINITY) <= at) low = middle + 1;
      else high = middle;
    }
    this.#waiting.splice(low, 0, { at, secret });
  }

  get nextDue(): Date | undefined {
    const next = this.#waiting[0];
    return next && new Date(next.at);
  }

  /** Those whose time has come, in its order, each once: they are the caller's to remove. */
  takeDue(now: number): Secret[] {
    const due: Secret[] = [];
    for (let next = this.#waiting[0]; next !== undefined && next.at <= now; next = this.#waiting[0]) {
      this.#waiting.shift();
      // A deletion that was taken back, or brought forward, is not this one.
      if (next.secret.deletion?.goneAt.getTime() === next.at && !due.includes(next.secret)) due.push(next.secret);
    }
    return due;
  }
}

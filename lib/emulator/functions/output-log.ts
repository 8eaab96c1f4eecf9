/** Characters kept of one function: far more than anyone reads, and far less than a function in a loop can write. */
const limit = 4 * 1024 * 1024;

const cut = '[earlier output was dropped]\n';

/** What a function wrote: all of it, or the last 4 Mi characters of it. */
export class OutputLog {
  #chunks: string[] = [];
  #size = 0;
  #isCut = false;

  add(text: string): void {
    this.#chunks.push(text);
    this.#size += text.length;
    // Cut at twice the limit, not at each chunk: a function that writes megabytes must not copy them each time.
    if (this.#size > 2 * limit) this.#keepTheLast();
  }

  get text(): string {
    if (this.#size > limit) this.#keepTheLast();
    return (this.#isCut ? cut : '') + this.#chunks.join('');
  }

  #keepTheLast(): void {
    this.#chunks = [this.#chunks.join('').slice(-limit)];
    this.#size = limit;
    this.#isCut = true;
  }
}

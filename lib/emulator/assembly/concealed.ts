/** Shorter ones are no secrets, and would blot out half of every message. */
const shortest = 4;

/** Values of one deployment that no message repeats: parameters with NoEcho, and what dynamic references read. */
export class Concealed {
  readonly #values = new Set<string>();

  add(value: string): void {
    if (value.length >= shortest) this.#values.add(value);
  }

  /** The text with asterisks in their place, as CloudFormation shows NoEcho. */
  hide(text: string): string {
    const longestFirst = [...this.#values].sort((a, b) => b.length - a.length);
    return longestFirst.reduce((rest, value) => rest.replaceAll(value, '****'), text);
  }
}

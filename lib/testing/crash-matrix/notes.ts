/** What is noted of a cell while it runs: it is there also when the cell comes to no end. */
import { scrub } from './leaks.js';
import type { CrashFinding } from './report.js';

export class Notes {
  readonly #story: string[] = [];
  readonly #findings: CrashFinding[] = [];
  /** Those that the function was given; not to be told. */
  rotationTokens: ReadonlySet<string> = new Set();

  /** @param sentence What happened, in the order of events. */
  tell(sentence: string): void {
    this.#story.push(sentence);
  }

  find(findings: readonly CrashFinding[]): void {
    this.#findings.push(...findings);
  }

  /** Without what is secret. */
  published(secretTexts: ReadonlySet<string>): { readonly story: string[]; readonly findings: CrashFinding[] } {
    const hidden = [...secretTexts, ...this.rotationTokens];
    return {
      story: this.#story.map((sentence) => scrub(sentence, hidden)),
      findings: distinct(this.#findings).map(({ invariant, text }) => ({ invariant, text: scrub(text, hidden) })),
    };
  }
}

/** What was seen after the rotation is often seen again after the later one. */
export function distinct(findings: readonly CrashFinding[]): readonly CrashFinding[] {
  return findings.filter(
    (one, i) => findings.findIndex(({ invariant, text }) => invariant === one.invariant && text === one.text) === i,
  );
}

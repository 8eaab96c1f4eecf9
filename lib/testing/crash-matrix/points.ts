/** The points of a rotation: what identifies them, and how they are counted. */
import type { RotationStep } from '../../emulator/index.js';
import type { CrashPoint } from './report.js';

/** A point before anybody asks for a side of it. */
export type Call = Omit<CrashPoint, 'index' | 'when'>;

/** Which call of its kind in its step: the order among different ones may vary, where a function asks two things at once. */
export class CallCounter {
  readonly #counts = new Map<string, number>();

  next(step: RotationStep, kind: CrashPoint['kind'], name: string): Call {
    const key = `${step} ${kind} ${name}`;
    const occurrence = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, occurrence);
    return { step, kind, name, occurrence };
  }
}

export function isSameCall(a: Call, b: Call): boolean {
  return a.step === b.step && a.kind === b.kind && a.name === b.name && a.occurrence === b.occurrence;
}

/** As it is written in ids and stories: `setSecret GetSecretValue 2`. */
export function callName({ name, occurrence }: Call): string {
  return occurrence === 1 ? name : `${name}-${occurrence}`;
}

/** THE CONTRACT OF A BENCHMARK. */
export interface Benchmark {
  readonly name: string;
  /** A line for the help. */
  readonly what: string;
  run(size: Size): Promise<Measurement>;
}

export interface Size {
  /** So many of something that a full run has `full` of; at least one. */
  times(full: number): number;
  /** Whether the floor counts: only at full size does a number mean something by itself. */
  readonly judged: boolean;
}

export interface Measurement {
  readonly value: number;
  readonly unit: string;
  /** The same thing against something that the same run measured: this says more about the code than about the machine. */
  readonly ratio: { readonly value: number; readonly to: string };
  /** What must hold, in words. */
  readonly floor?: string;
  /** False when the floor is missed. */
  readonly ok: boolean;
  /** What the value is the mean of, by name. */
  readonly parts?: Readonly<Record<string, number>>;
}

export interface BenchmarkResult extends Measurement {
  readonly name: string;
}

/** Three digits are more than a machine repeats. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

/** The cells of a report, put in order: by subject, and within it by fault and point. */
import type { CrashCell, CrashReport } from '../lib/testing/index.js';

export interface SubjectCells {
  readonly name: string;
  /** Of the subject where the report knows no engine. */
  readonly engine: string;
  readonly strategy: string;
  readonly accounts: string;
  /** Its points in the order of the rotation. */
  readonly points: readonly CrashCell['point'][];
  /** Its faults in the order of the report. */
  readonly faults: readonly CrashCell['fault'][];
  readonly cells: readonly CrashCell[];
  at(fault: CrashCell['fault'], index?: number): readonly CrashCell[];
}

/** In the order in which the report first names them. */
export function subjectsOf({ cells }: CrashReport): SubjectCells[] {
  return [...groupBy(cells, ({ subject }) => subject)].map(([name, own]) => {
    const points = new Map<number, CrashCell['point']>();
    for (const { point } of own) if (!points.has(point.index)) points.set(point.index, point);
    const byFault = groupBy(own, ({ fault }) => fault);
    const byPlace = groupBy(own, ({ fault, point }) => `${fault} ${point.index}`);
    const [first] = own;
    return {
      name,
      engine: first?.engine ?? name,
      strategy: first?.strategy ?? '',
      accounts: first?.accounts === 'two' ? 'across two accounts' : 'one account',
      points: [...points.values()].sort((a, b) => a.index - b.index),
      faults: faultsOf(own),
      cells: own,
      at: (fault, index) => (index === undefined ? byFault.get(fault) : byPlace.get(`${fault} ${index}`)) ?? [],
    };
  });
}

/** `GetSecretValue`, and `GetSecretValue 2` for the second in its step. */
export function pointName({ name, occurrence }: CrashCell['point']): string {
  return occurrence === 1 ? name : `${name} ${occurrence}`;
}

/** The faults of these cells, in the order in which they first come. */
export function faultsOf(cells: readonly CrashCell[]): CrashCell['fault'][] {
  return [...new Set(cells.map(({ fault }) => fault))];
}

export function recoveredOf(cells: readonly CrashCell[]): number {
  return cells.filter(({ result }) => result === 'recovered').length;
}

export function largest(cells: readonly CrashCell[], of: (cell: CrashCell) => number): number {
  return cells.reduce((most, cell) => Math.max(most, of(cell)), 0);
}

function groupBy<K>(cells: readonly CrashCell[], key: (cell: CrashCell) => K): Map<K, CrashCell[]> {
  const groups = new Map<K, CrashCell[]>();
  for (const cell of cells) {
    const group = groups.get(key(cell));
    if (group === undefined) groups.set(key(cell), [cell]);
    else group.push(cell);
  }
  return groups;
}

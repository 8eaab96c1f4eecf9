/** Chooses cells by seed: every fault and every step is among them, however few. */
import { createHash } from 'node:crypto';
import type { PlannedCell } from './rehearsal.js';

/**
 * @param sample Above 0 and up to 1: that share of them; above 1: so many.
 * @returns in their order; more than asked for where not every fault and step would be represented otherwise
 */
export function sampled(cells: readonly PlannedCell[], sample: number, seed: number): readonly PlannedCell[] {
  const wanted = Math.ceil(sample <= 1 ? cells.length * sample : sample);
  const shuffled = cells
    .map((cell) => ({ cell, order: orderOf(cell, seed) }))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .map(({ cell }) => cell);
  const chosen = new Set<PlannedCell>();
  const choose = (news: (cell: PlannedCell) => readonly string[], most: number) => {
    const seen = new Set([...chosen].flatMap(news));
    for (const cell of shuffled) {
      if (chosen.size >= most) return;
      if (news(cell).every((one) => seen.has(one))) continue;
      chosen.add(cell);
      for (const one of news(cell)) seen.add(one);
    }
  };
  choose(({ fault }) => [fault.name], Number.POSITIVE_INFINITY);
  choose(({ point }) => [point.step], Number.POSITIVE_INFINITY);
  choose(({ fault, point }) => [`${fault.name} ${point.step}`], wanted);
  choose(({ id }) => [id], wanted);
  return cells.filter((cell) => chosen.has(cell));
}

/** By its id, not by its place: calls that a function makes at once are recorded in another order each time. */
function orderOf({ id }: PlannedCell, seed: number): string {
  return createHash('sha256').update(`${seed} ${id}`).digest('hex');
}

/** Chooses cells by seed: every fault and every step is among them, however few. */
import type { PlannedCell } from './rehearsal.js';

/**
 * @param sample Above 0 and up to 1: that share of them; above 1: so many.
 * @returns in their order; more than asked for where not every fault and step would be represented otherwise
 */
export function sampled(cells: readonly PlannedCell[], sample: number, seed: number): readonly PlannedCell[] {
  const wanted = Math.ceil(sample <= 1 ? cells.length * sample : sample);
  const random = generator(seed);
  const shuffled = cells
    .map((cell) => ({ cell, order: random() }))
    .sort((a, b) => a.order - b.order)
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

/** Numbers from 0 to 1 that a seed fixes: Marsaglia's xorshift, which is plenty for a shuffle. */
function generator(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}

/** Puts the subjects through the matrix, one after the other, several cells at a time. */
import { readFile } from 'node:fs/promises';
import { crashFaults } from '../lib/testing/crash-matrix/faults.js';
import {
  type CrashCell,
  type CrashMatrix,
  CrashPlaceError,
  type CrashReport,
  crashMatrix,
} from '../lib/testing/index.js';
import { type Options, UsageError } from './command-line.js';
import type { Fixture } from './fixtures/fixture.js';
import { openWorkshop } from './workshop.js';

/** Who looks on. */
export interface Witness {
  /** Told before the first cell, with their number. */
  planned(cells: number): void;
  done(cell: CrashCell): void;
}

/**
 * @param signal Ends it with the cells that run; the report then has what was done. So does a subject without a place to run in.
 * @throws UsageError when nothing is chosen
 */
export async function runMatrix(
  fixtures: readonly Fixture[],
  options: Options,
  witness: Witness,
  signal: AbortSignal,
): Promise<CrashReport> {
  const began = performance.now();
  const startedAt = new Date().toISOString();
  const { version } = JSON.parse(await readFile('package.json', 'utf8'));
  const cells: CrashCell[] = [];
  const matrices: CrashMatrix[] = [];
  let planned = 0;
  let why: string | undefined;
  await using workshop = await openWorkshop();
  try {
    for (const fixture of chosen(fixtures, options)) {
      if (signal.aborted) break;
      const matrix = crashMatrix(await fixture.prepare(workshop), settingsOf(options));
      matrices.push(matrix);
      planned += (await matrix.plan()).length;
    }
    if (planned === 0 && !signal.aborted) throw new UsageError(`there is no ${nothingFound(options)}`);
    witness.planned(planned);
    for (const matrix of matrices) {
      for await (const cell of untilAborted(matrix, signal)) {
        cells.push(cell);
        witness.done(cell);
      }
      await matrix.close();
    }
    if (signal.aborted) why = 'interrupted';
  } catch (error) {
    if (!(error instanceof CrashPlaceError)) throw error;
    why = error.message;
  } finally {
    await Promise.all(matrices.map((matrix) => matrix.close()));
  }
  const millis = Math.round(performance.now() - began);
  const endedEarly = why === undefined ? {} : { endedEarly: `${cells.length} of ${planned} were run: ${why}` };
  const { seed } = options;
  return { startedAt, seed, version, node: process.version, millis, ...endedEarly, cells: inOrder(cells) };
}

async function* untilAborted(matrix: CrashMatrix, signal: AbortSignal): AsyncGenerator<CrashCell, void, undefined> {
  if (signal.aborted) return;
  for await (const cell of matrix.run()) {
    yield cell;
    if (signal.aborted) return;
  }
}

function chosen(fixtures: readonly Fixture[], { only, subjects }: Options): readonly Fixture[] {
  if (only !== undefined) return fixtures.filter(({ name }) => only.startsWith(`${name}/`));
  return fixtures.filter(({ name, onlyWhenNamed }) =>
    subjects.length === 0 ? !onlyWhenNamed : subjects.includes(name),
  );
}

function settingsOf({ seed, sample, workers, faults, only }: Options) {
  return {
    seed,
    ...(sample !== undefined && { sample }),
    workers: only === undefined ? workers : 1,
    ...(faults.length > 0 && { faults }),
    ...(only !== undefined && { only: [only] }),
    replay: (id: string) => `npm run crash-matrix -- --only ${id}`,
  };
}

function nothingFound({ only }: Options): string {
  return only === undefined ? 'point at which these faults can strike' : `cell '${only}'`;
}

/** As they were planned: they end in another order each time. Subjects are together already. */
function inOrder(cells: readonly CrashCell[]): CrashCell[] {
  const subjects = [...new Set(cells.map(({ subject }) => subject))];
  const faults = crashFaults.map(({ name }) => name);
  return [...cells].sort(
    (a, b) =>
      subjects.indexOf(a.subject) - subjects.indexOf(b.subject) ||
      faults.indexOf(a.fault) - faults.indexOf(b.fault) ||
      a.point.index - b.point.index,
  );
}

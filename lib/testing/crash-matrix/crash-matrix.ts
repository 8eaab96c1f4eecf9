/**
 * The crash matrix: a rotation of a subject is recorded, and then disturbed at each point of it, by each fault that can strike
 * there. Every cell says whether it recovered as it must.
 */
import { type CellContext, runCell } from './cell.js';
import { messageOf } from './error-message.js';
import { crashFaults } from './faults.js';
import { type PlannedCell, plan, rehearse, rehearseWarm, slug } from './rehearsal.js';
import type { CrashCell, CrashFaultName } from './report.js';
import { sampled } from './sample.js';
import { openStage, type Stage } from './stage.js';
import type { CrashSubject } from './subject.js';

export interface CrashMatrixOptions {
  /** What chooses the cells of a sample. An integer. @default 1 */
  readonly seed?: number;
  /** Above 0 and up to 1: this share of the cells; above 1: so many. Every fault and step is among them. @default 1, all */
  readonly sample?: number;
  /** Only these faults. @default all */
  readonly faults?: readonly CrashFaultName[];
  /** Only these cells, by id. @default all */
  readonly only?: readonly string[];
  /** Cells at a time, each in a place of its own: 1 and up. @default 2 */
  readonly workers?: number;
  /** What is to be told in a cell of how to run it alone. @default nothing */
  readonly replay?: (id: string) => string;
}

/** What a case found: all cells of one fault. */
export interface CrashOutcome {
  readonly cells: readonly CrashCell[];
}

/** All cells of one fault, as one test. */
export interface CrashCase {
  readonly name: string;
  readonly fault: CrashFaultName;
  /**
   * @throws CrashMatrixError when a point did not recover
   * @throws CrashPlaceError when there is no place left to run in
   */
  run(): Promise<CrashOutcome>;
}

/** Points that did not recover, with their stories. */
export class CrashMatrixError extends Error {
  override readonly name = 'CrashMatrixError';
  readonly cells: readonly CrashCell[];

  constructor(cells: readonly CrashCell[]) {
    super(`${cells.length} did not recover\n${cells.map(described).join('\n')}`);
    this.cells = cells;
  }
}

/** A place can no longer start afresh, or another one cannot be opened: what has not run yet is not run. */
export class CrashPlaceError extends Error {
  override readonly name = 'CrashPlaceError';

  constructor(subject: string, why: string) {
    super(`${subject} has no place left to run in: ${why}`);
  }
}

export interface CrashMatrix extends AsyncDisposable {
  /** One for each fault, known before anything runs, as test runners want them. A fault that strikes nowhere finds nothing. */
  readonly cases: readonly CrashCase[];
  /**
   * The cells that there are, in order: records rotations, once.
   * @throws UnsoundSubjectError
   */
  plan(): Promise<readonly { readonly id: string; readonly fault: CrashFaultName }[]>;
  /**
   * Runs all of them, several at a time, and gives each as it ends. What the place could not do makes a cell fail.
   * @throws UnsoundSubjectError before any of them
   * @throws CrashPlaceError after those that could be run
   */
  run(): AsyncIterableIterator<CrashCell>;
  /** Stops everything that was started. May be called twice. */
  close(): Promise<void>;
}

/**
 * Puts a rotation function through every fault at every point. Runner-agnostic; nothing starts before the first case runs.
 *
 * @throws RangeError for options that are none
 * @example
 * const matrix = crashMatrix(subject);
 * afterAll(() => matrix.close());
 * it.each(matrix.cases)('$name', ({ run }) => run(), 120_000);
 */
export function crashMatrix(subject: CrashSubject, options: CrashMatrixOptions = {}): CrashMatrix {
  const { seed = 1, sample = 1, workers = 2, faults, only, replay = () => '' } = options;
  if (!Number.isInteger(seed)) throw new RangeError('seed is an integer');
  if (!(sample > 0)) throw new RangeError('sample is above 0');
  if (!Number.isInteger(workers) || workers < 1) throw new RangeError('workers is 1 or more');

  const stages: Promise<CellContext>[] = [];
  const idle: CellContext[] = [];
  const waiting: ((context: CellContext) => void)[] = [];
  let planned: Promise<readonly PlannedCell[]> | undefined;
  /** Nothing more is begun. */
  let lost: CrashPlaceError | undefined;
  let closed: Promise<void> | undefined;

  async function open(): Promise<CellContext> {
    const stage = await openStage(subject);
    const rehearsal = await rehearse(subject, stage).catch((error: unknown) => closeAnd(stage, error));
    return { subject, stage, rehearsal, replay };
  }

  /** Lends a stage; the first ones are opened for it. */
  async function borrow(): Promise<CellContext> {
    const free = idle.pop();
    if (free !== undefined) return free;
    if (stages.length >= workers) return new Promise((resolve) => waiting.push(resolve));
    const opening = open();
    stages.push(opening);
    return opening;
  }

  function giveBack(context: CellContext): void {
    const next = waiting.shift();
    if (next === undefined) idle.push(context);
    else next(context);
  }

  async function record(): Promise<readonly PlannedCell[]> {
    const context = await borrow();
    try {
      // The function is warm now: what it does not do again, only a cold one does.
      const warm = await rehearseWarm(subject, context.stage);
      const { restartable } = context.stage;
      const all = plan(subject, context.rehearsal.calls, warm, restartable).filter(
        ({ fault }) => faults === undefined || faults.includes(fault.name),
      );
      const chosen = sample === 1 ? all : sampled(all, sample, seed);
      return only === undefined ? chosen : all.filter(({ id }) => only.includes(id));
    } finally {
      giveBack(context);
    }
  }

  const cells = () => {
    planned ??= record();
    return planned;
  };

  async function lendTo(cell: PlannedCell): Promise<CellContext> {
    try {
      return await borrow();
    } catch (error) {
      lost ??= new CrashPlaceError(subject.name, `${cell.id} could not be begun: ${messageOf(error)}`);
      throw lost;
    }
  }

  /** @throws CrashPlaceError when it was not begun */
  async function runOne(cell: PlannedCell): Promise<CrashCell> {
    const context = await lendTo(cell);
    try {
      if (lost !== undefined) throw lost;
      const ran = await runCell(context, cell);
      if (ran.lost !== undefined) lost ??= new CrashPlaceError(subject.name, ran.lost);
      return ran.cell;
    } finally {
      giveBack(context);
    }
  }

  async function* run(): AsyncGenerator<CrashCell, undefined, undefined> {
    const queue = [...(await cells())];
    const running = new Map<PlannedCell, Promise<{ cell: PlannedCell; ended?: CrashCell }>>();
    for (;;) {
      while (running.size < workers && lost === undefined) {
        const cell = queue.shift();
        if (cell === undefined) break;
        const ending = runOne(cell).then(
          (ended) => ({ cell, ended }),
          (error: unknown) => {
            if (error === lost) return { cell };
            throw error;
          },
        );
        running.set(cell, ending);
      }
      if (running.size === 0) break;
      const { cell, ended } = await Promise.race(running.values());
      running.delete(cell);
      if (ended !== undefined) yield ended;
    }
    if (lost !== undefined) throw lost;
    return undefined;
  }

  async function close(): Promise<void> {
    const opened = await Promise.allSettled(stages);
    await Promise.all(
      opened.map((each) => (each.status === 'fulfilled' ? each.value.stage[Symbol.asyncDispose]() : undefined)),
    );
  }
  const closeOnce = () => {
    closed ??= close();
    return closed;
  };

  return {
    cases: crashFaults.map(({ name, text }) => ({
      name: `${slug(subject.name)}: ${name}: ${text}`,
      fault: name,
      async run() {
        const own = (await cells()).filter(({ fault }) => fault.name === name);
        const ends = await Promise.allSettled(own.map(runOne));
        const ended = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
        const failed = ended.filter(({ result }) => result === 'failed');
        if (failed.length > 0) throw new CrashMatrixError(failed);
        const unrun = ends.find((end) => end.status === 'rejected');
        if (unrun !== undefined) throw unrun.reason;
        return { cells: ended };
      },
    })),
    plan: async () => (await cells()).map(({ id, fault }) => ({ id, fault: fault.name })),
    run,
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  };
}

async function closeAnd(stage: Stage, error: unknown): Promise<never> {
  await stage[Symbol.asyncDispose]();
  throw error;
}

function described({ id, findings, story, replay }: CrashCell): string {
  return [
    `- ${id}`,
    ...findings.map(({ invariant, text }) => `  ${invariant}: ${text}`),
    ...story.map((sentence) => `    ${sentence}`),
    ...(replay === '' ? [] : [`    replay: ${replay}`]),
  ].join('\n');
}

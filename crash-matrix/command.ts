/** What `npm run crash-matrix` does. */
import { writeFile } from 'node:fs/promises';
import { type CrashCell, type CrashReport, UnsoundSubjectError } from '../lib/testing/index.js';
import { help, type Options, parseCommandLine, UsageError } from './command-line.js';
import type { Fixture } from './fixtures/fixture.js';
import { renderPage } from './page.js';
import { type Progress, type Screen, showProgress } from './progress.js';
import { runMatrix } from './run.js';
import { describeFailure, renderCell, renderTable } from './table.js';

export interface Surroundings {
  readonly fixtures: readonly Fixture[];
  /** Where the result goes. */
  readonly out: { write(text: string): unknown };
  /** Where the progress goes. */
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

/** Or not run. */
const NOT_RECOVERED = 1;
const NOT_UNDERSTOOD = 2;
const INTERRUPTED = 130;

/** @returns the exit code */
export async function runCommand(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { fixtures, out, screen } = surroundings;
  try {
    const options = parseCommandLine(args, fixtures);
    if (options !== 'help') return await run(options, surroundings);
    out.write(help(fixtures));
    return 0;
  } catch (error) {
    if (error instanceof UnsoundSubjectError) {
      screen.write(`Nothing was run. ${error.message}\n`);
      return NOT_RECOVERED;
    }
    if (!(error instanceof UsageError)) throw error;
    screen.write(`${error.message}\n\n${help(fixtures)}`);
    return NOT_UNDERSTOOD;
  }
}

async function run(options: Options, { fixtures, out, screen, signal }: Surroundings): Promise<number> {
  const { only } = options;
  if (only === undefined)
    screen.write('Getting ready: servers, bundles, and rotations of each subject that nothing disturbs.\n');
  let progress: Progress | undefined;
  const witness = {
    planned(cells: number) {
      if (only === undefined) progress = showProgress(cells, screen);
    },
    done(cell: CrashCell) {
      progress?.done(cell);
      if (cell.result === 'failed') progress?.say(describeFailure(cell).join('\n'));
    },
  };
  const report = await runMatrix(fixtures, options, witness, signal);
  progress?.end();
  out.write(only === undefined ? renderTable(report) : report.cells.map(renderCell).join('\n'));
  await write(report, options, out);
  if (signal.aborted) return INTERRUPTED;
  const recovered = report.cells.every(({ result }) => result === 'recovered');
  return recovered && report.endedEarly === undefined ? 0 : NOT_RECOVERED;
}

async function write(report: CrashReport, { json, html }: Options, out: Surroundings['out']): Promise<void> {
  if (json !== undefined) {
    await writeFile(json, `${JSON.stringify(report, undefined, 1)}\n`);
    out.write(`Report: ${json}\n`);
  }
  if (html !== undefined) {
    await writeFile(html, renderPage(report));
    out.write(`Page: ${html}\n`);
  }
}

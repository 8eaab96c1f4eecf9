/** `npm run crash-matrix`: see HELP. */
import { writeFile } from 'node:fs/promises';
import type { CrashCell } from '../lib/testing/index.js';
import { HELP, type Options, parseCommandLine, UsageError } from './command-line.js';
import { renderPage } from './page.js';
import { type Progress, showProgress } from './progress.js';
import { runMatrix } from './run.js';
import { describeFailure, renderCell, renderTable } from './table.js';

const NOT_RECOVERED = 1;
const NOT_UNDERSTOOD = 2;
const INTERRUPTED = 130;

/** @returns the exit code */
async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseCommandLine(args);
    if (options !== 'help') return await run(options);
    process.stdout.write(HELP);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n\n${HELP}`);
    return NOT_UNDERSTOOD;
  }
}

async function run(options: Options): Promise<number> {
  const { only, json, html } = options;
  const interruption = onInterruption();
  let progress: Progress | undefined;
  const report = await runMatrix(
    options,
    {
      planned(cells) {
        if (only === undefined) progress = showProgress(cells);
      },
      done(cell: CrashCell) {
        progress?.done(cell);
        if (cell.result === 'failed') for (const line of describeFailure(cell)) progress?.say(line);
      },
    },
    interruption,
  );
  progress?.end();
  process.stdout.write(only === undefined ? renderTable(report) : report.cells.map(renderCell).join('\n'));
  const written: [string | undefined, string, string][] = [
    [json, 'Report', `${JSON.stringify(report, undefined, 1)}\n`],
    [html, 'Page', renderPage(report)],
  ];
  for (const [file, what, text] of written) {
    if (file === undefined) continue;
    await writeFile(file, text);
    process.stdout.write(`${what}: ${file}\n`);
  }
  if (interruption.aborted) return INTERRUPTED;
  return report.cells.every(({ result }) => result === 'recovered') ? 0 : NOT_RECOVERED;
}

/** Ctrl-C ends it with the cells that run; a second one at once. */
function onInterruption(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGINT', () => {
    process.stderr.write('\nInterrupted: the cells that run are the last ones.\n');
    controller.abort();
  });
  return controller.signal;
}

// Else the AWS SDK's notice about Node 20 lands between the lines.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

process.exitCode = await main(process.argv.slice(2));

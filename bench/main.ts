/** `npm run bench`: see HELP. */
import { cpus } from 'node:os';
import type { BenchmarkResult } from './benchmark.js';
import { benchmarks } from './benchmarks.js';
import { HELP, type Options, parseCommandLine, UsageError } from './command-line.js';

const BELOW_FLOOR = 1;
const NOT_UNDERSTOOD = 2;

/** @returns the exit code */
async function main(args: readonly string[]): Promise<number> {
  let options: Options | 'help';
  try {
    options = parseCommandLine(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n\n${HELP}`);
    return NOT_UNDERSTOOD;
  }
  if (options === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  const { json, only, scale } = options;
  const results: BenchmarkResult[] = [];
  for (const { name, run } of benchmarks.filter(({ name }) => only === undefined || name === only)) {
    const result = {
      name,
      ...(await run({ times: (full) => Math.max(1, Math.round(full * scale)), judged: scale >= 1 })),
    };
    results.push(result);
    if (!json) process.stdout.write(lineOf(result, scale >= 1));
  }
  const ok = results.every((result) => result.ok);
  const report = { node: process.version, cores: cpus().length, scale, ok, benchmarks: results };
  if (json) process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  return ok ? 0 : BELOW_FLOOR;
}

function lineOf({ name, value, unit, ratio, floor, ok, parts = {} }: BenchmarkResult, judged: boolean): string {
  const verdict = floor === undefined || !judged ? '' : `  [${ok ? 'ok' : 'MISSED'}: ${floor}]`;
  const line = `${name.padEnd(20)} ${String(value).padStart(8)} ${unit}, ${ratio.value} × ${ratio.to}${verdict}\n`;
  const width = Math.max(...Object.keys(parts).map(({ length }) => length));
  return [line, ...Object.entries(parts).map(([part, each]) => `  ${part.padEnd(width)}  ${each}\n`)].join('');
}

// Else the AWS SDK's notice about Node 20 lands between the lines.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

process.exitCode = await main(process.argv.slice(2));

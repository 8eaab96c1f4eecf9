import { parseArgs } from 'node:util';
import { benchmarks } from './benchmarks.js';

export interface Options {
  readonly json: boolean;
  /** The one benchmark to run; all without it. */
  readonly only?: string;
  /** Share of the full sizes. */
  readonly scale: number;
}

const list = benchmarks.map(({ name, what }) => `  ${name.padEnd(22)}${what}\n`).join('');

export const HELP = `Usage: npm run bench -- [--json] [--only NAME] [--scale SHARE]

Measures the emulator under load, and the prebuilt rotators; each number against something else that the same run measured.

${list}
  --only NAME    run one of these (default: all, one after the other)
  --scale SHARE  of the full sizes, above 0 to 1; below 1 nothing is held against the floors (default: 1)
  --json         print one JSON document (npm run --silent bench -- --json: and nothing else)
  --help         print this

Exit code: 0 if every floor holds, 1 if one is missed, 2 for arguments that are not understood.
`;

/** The arguments are not understood; the message says which. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @throws UsageError */
export function parseCommandLine(args: readonly string[]): Options | 'help' {
  const { help, json, only, scale: share } = read(args);
  if (help) return 'help';
  if (only !== undefined && !benchmarks.some(({ name }) => name === only)) {
    throw new UsageError(`there is no benchmark '${only}'`);
  }
  const scale = Number(share);
  if (!(scale > 0 && scale <= 1)) throw new UsageError(`--scale is above 0 and at most 1, not '${share}'`);
  return { json, scale, ...(only !== undefined && { only }) };
}

function read(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        json: { type: 'boolean', default: false },
        only: { type: 'string' },
        scale: { type: 'string', default: '1' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

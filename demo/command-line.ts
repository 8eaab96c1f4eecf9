import { parseArgs } from 'node:util';

export interface Options {
  readonly json: boolean;
  /** Path of the Node that runs the rotation functions. */
  readonly node: string;
}

export const HELP = `Usage: npm run demo -- [--json] [--node PATH]

Rotates secrets of a real PostgreSQL server and of a small HTTP service through the bundled functions of lambda/, in one
account and across two, against a local Secrets Manager. Needs no AWS account and leaves nothing behind.

  --json       print one JSON document instead of progress and table (npm run --silent demo -- --json: and nothing else)
  --node PATH  run the functions with this Node (default: the one that runs the demo)
  --help       print this

Exit code: 0 if everything came out as expected, 1 if not, 2 for arguments that are not understood, 130 after Ctrl-C.
`;

/** The arguments are not understood; the message says which. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @throws UsageError */
export function parseCommandLine(args: readonly string[]): Options | 'help' {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        json: { type: 'boolean', default: false },
        node: { type: 'string', default: process.execPath },
        help: { type: 'boolean', default: false },
      },
    });
    return values.help ? 'help' : { json: values.json, node: values.node };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

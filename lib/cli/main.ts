#!/usr/bin/env node
import { emulate } from './emulate.js';
import type { Terminal } from './terminal.js';
import { UsageError } from './usage-error.js';
import { version } from './version.js';

const help = `Usage: keyturn <command> [options]

  emulate    serve AWS Secrets Manager and STS locally

  --help     print this, or the help of a command
  --version  print the version
`;

async function run([command, ...args]: readonly string[], terminal: Terminal): Promise<number> {
  switch (command) {
    case 'emulate':
      return emulate(args, terminal);
    case '--help':
      terminal.out(help);
      return 0;
    case '--version':
      terminal.out(`${version}\n`);
      return 0;
    case undefined:
      throw new UsageError('a command is missing');
    default:
      throw new UsageError(`there is no command '${command}'`);
  }
}

const terminal: Terminal = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  interrupted: new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  }),
};

run(process.argv.slice(2), terminal).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    if (!(error instanceof UsageError)) throw error;
    terminal.err(`keyturn: ${error.message}\nTry 'keyturn --help'.\n`);
    process.exitCode = 2;
  },
);

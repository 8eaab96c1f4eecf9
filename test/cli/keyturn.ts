/** Runs the `keyturn` command in a process of its own, from its sources. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { afterEach } from '@jest/globals';
import { bundledCommand } from '../support/bundled-command.js';

export interface Keyturn {
  /** All that it has printed so far. */
  readonly out: string;
  readonly err: string;
  /** Waits until the output fits, and gives what did. Fails when the process ends before. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  signal(name: 'SIGINT' | 'SIGTERM'): void;
  readonly exitCode: Promise<number | null>;
}

const running = new Set<ChildProcessByStdio<null, Readable, Readable>>();
// A test that failed half-way leaves no server behind.
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
});

const main = bundledCommand('lib/cli/main.ts');

export function keyturn(...args: string[]): Keyturn {
  const child: ChildProcessByStdio<null, Readable, Readable> = spawn(process.execPath, [main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const exitCode = once(child, 'close').then(([code]: (number | null)[]) => code ?? null);

  return {
    get out() {
      return out;
    },
    get err() {
      return err;
    },
    async until(pattern) {
      for (;;) {
        const match = pattern.exec(out);
        if (match !== null) return match;
        const ended = await Promise.race([once(child.stdout, 'data').then(() => false), exitCode.then(() => true)]);
        if (ended) throw new Error(`ended without ${pattern}: ${out}${err}`);
      }
    },
    signal: (name) => void child.kill(name),
    exitCode,
  };
}

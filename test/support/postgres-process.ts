/** Processes of PostgreSQL: whose they are, what they print and how they end. */
import type { ChildProcess } from 'node:child_process';

export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** What processes have written to stdout and stderr. */
export class Output {
  #chunks: Buffer[] = [];

  follow(child: ChildProcess): void {
    child.stdout?.on('data', (chunk) => this.#chunks.push(chunk));
    child.stderr?.on('data', (chunk) => this.#chunks.push(chunk));
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }

  forget(): void {
    this.#chunks = [];
  }
}

export function exitOf(child: ChildProcess): Promise<number | string | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
}

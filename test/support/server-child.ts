/** Processes of database servers: whose they are, what they print, when they are ready and how they end. */
import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';

export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** Database servers refuse to run as root: then they run as `nobody`. */
export async function serverUser(): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const nobody = users.find(([name]) => name === 'nobody');
  if (!nobody) throw new Error('Database servers do not run as root, and this system has no user "nobody" for them.');
  return { uid: Number(nobody[2]), gid: Number(nobody[3]) };
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

const START_TIMEOUT_MILLIS = 30_000;

/** @returns false when the process ends first, or takes too long */
export async function isReady(
  says: RegExp,
  output: () => string | Promise<string>,
  exited: Promise<unknown>,
): Promise<boolean> {
  let running = true;
  exited.then(
    () => (running = false),
    () => (running = false),
  );
  const end = Date.now() + START_TIMEOUT_MILLIS;
  while (running && Date.now() < end) {
    if (says.test(await output())) return true;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return false;
}

export function exitOf(child: ChildProcess): Promise<number | string | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
}

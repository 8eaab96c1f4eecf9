/** A server in a process of its own, which ends with this one. */
import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from 'node:net';

const START_TIMEOUT_MILLIS = 30_000;

export interface ServerProcess {
  /** What it has written to stdout and stderr so far. */
  output(): string;
  forgetOutput(): void;
  /** Sends the signal and waits for the end. Default: SIGTERM. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Resolves when the server takes connections. @throws Error with all that it wrote, if it ends before */
export async function startProcess(
  command: string,
  args: readonly string[],
  at: { readonly host: string; readonly port: number },
): Promise<ServerProcess> {
  // A pipe as stdin: Samba ends when it is closed.
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let chunks: Buffer[] = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  child.stderr.on('data', (chunk) => chunks.push(chunk));
  child.stdin.on('error', () => {});
  const output = () => Buffer.concat(chunks).toString();
  const killAtExit = () => child.kill('SIGKILL');
  process.once('exit', killAtExit);
  let running = true;
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve());
  }).finally(() => {
    running = false;
    process.off('exit', killAtExit);
  });
  ended.catch(() => {});

  const handles = [child, child.stdin, child.stdout, child.stderr] as Partial<Pick<ChildProcess, 'ref' | 'unref'>>[];
  async function stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    for (const handle of handles) handle.ref?.();
    child.kill(signal);
    const timer = setTimeout(killAtExit, 5_000);
    await ended;
    clearTimeout(timer);
  }

  const end = Date.now() + START_TIMEOUT_MILLIS;
  while (!(await takesConnections(at))) {
    if (running && Date.now() < end) continue;
    if (running) await stop('SIGKILL');
    throw new Error(`${command} did not start: ${output()}`);
  }
  // A test that hangs or forgets to stop its server must not keep this process alive.
  for (const handle of handles) handle.unref?.();
  return {
    output,
    forgetOutput: () => {
      chunks = [];
    },
    stop,
  };
}

async function takesConnections(at: { readonly host: string; readonly port: number }): Promise<boolean> {
  const connected = await new Promise<boolean>((resolve) => {
    const socket = connect(at, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
  if (!connected) await new Promise((resolve) => setTimeout(resolve, 10));
  return connected;
}

import { type ChildProcess, spawn } from 'node:child_process';
import { exited, type FunctionError } from './execution.js';
import { withinLimit } from './time-limit.js';

export interface ProcessGroup {
  /** Resolves once the command and all that it started are gone and their output is read: undefined for exit status 0. */
  readonly ended: Promise<FunctionError | undefined>;
  /** Whether the command itself is there. */
  readonly running: boolean;
  /** Kills the command with all that it started. Resolves when they are gone. May be called twice. */
  kill(): Promise<void>;
}

export interface Command {
  readonly command: readonly string[];
  readonly cwd?: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** What standard input holds. @default - nothing */
  readonly input?: string;
  readonly output: (text: string) => void;
}

/** A process that left its group may hold the pipes open for as long as it likes. */
const drainMillis = 1000;

/**
 * A command, without a shell, as the head of a process group: `sh -c 'sleep 1000'` has children, and whoever kills the shell
 * alone leaves them running. Never throws: a command that cannot be started has ended.
 */
export function processGroup({ command, cwd, environment, input, output }: Command): ProcessGroup {
  const [file = '', ...args] = command;
  let child: ChildProcess;
  try {
    child = spawn(file, args, {
      cwd,
      env: { ...environment },
      detached: true,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
  } catch {
    // Without Node's own words, which quote the variables.
    const error = { errorType: 'Runtime.InvalidEntrypoint', errorMessage: 'The process could not be started.' };
    return { running: false, ended: Promise.resolve(error), kill: async () => undefined };
  }
  living.add(child);
  if (living.size === 1) process.on('exit', killAll);
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', output);
  // A command need not read its event: the pipe breaks, and its exit tells the story.
  child.stdin?.on('error', () => undefined).end(input);

  let running = true;
  const closed = new Promise<void>((resolve) => void child.once('close', () => resolve()));
  const ended = new Promise<FunctionError | undefined>((resolve) => {
    child.once('error', (error) => {
      running = false;
      resolve({ errorType: 'Runtime.InvalidEntrypoint', errorMessage: error.message });
    });
    child.once('exit', (code, signal) => {
      running = false;
      // What it left running in the background dies with it, as with an execution environment.
      killGroup(child);
      void withinLimit(drainMillis, closed).then(() => resolve(code === 0 ? undefined : exited(code, signal)));
    });
  }).then((error) => {
    living.delete(child);
    if (living.size === 0) process.off('exit', killAll);
    for (const stream of [child.stdout, child.stderr]) stream?.destroy();
    return error;
  });

  return {
    ended,
    get running() {
      return running;
    },
    async kill() {
      if (running) killGroup(child);
      await ended;
    },
  };
}

/** A group of its own gets no Ctrl-C from the terminal: whoever ends this process must end them. */
const living = new Set<ChildProcess>();

function killAll(): void {
  for (const child of living) killGroup(child);
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nobody is left in the group, or this system has no groups.
    child.kill('SIGKILL');
  }
}

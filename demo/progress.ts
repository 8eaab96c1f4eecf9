/** Shows what runs: a task list in a terminal, plain lines elsewhere, nothing at all when silent. */
import { Listr } from 'listr2';

export interface Task {
  readonly title: string;
  /**
   * A throw marks the task as failed; the tasks after it run all the same, unless the work was interrupted.
   * @param say Shows what is going on right now.
   * @returns how it ended, which is added to the title
   */
  run(say: (line: string) => void): Promise<string>;
}

/** @throws Interrupted */
export async function runTasks(tasks: readonly Task[], silent: boolean, signal: AbortSignal): Promise<void> {
  const list = tasks.map(({ title, run }) => ({
    title,
    exitOnError: async () => signal.aborted,
    task: async (_: unknown, task: { title: string; output: string }) => {
      const ending = await run((line) => {
        task.output = line;
      });
      task.title = `${title}: ${ending}`;
    },
  }));
  await new Listr(list, show(silent)).run();
}

/** One task that everything after it needs. @throws what it throws */
export async function runTask<T>(
  title: string,
  silent: boolean,
  run: () => Promise<T>,
  ending: (done: T) => string,
): Promise<T> {
  const done: T[] = [];
  const task = async (_: unknown, shown: { title: string }) => {
    const result = await run();
    done.push(result);
    shown.title = `${title}: ${ending(result)}`;
  };
  await new Listr({ title, task }, show(silent)).run();
  return done[0] as T;
}

function show(silent: boolean) {
  return {
    rendererOptions: { collapseErrors: false },
    fallbackRenderer: 'simple' as const,
    silentRendererCondition: silent,
    // The demo stops its servers when it is interrupted; listr2 would end the process at once.
    registerSignalListeners: false,
  };
}

/** Ctrl-C and the like: lets whatever waits stop waiting, so that everything that was started is stopped. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** One Ctrl-C reaches the demo several times: from the terminal, and handed on by npm and by tsx. */
const SAME_KEYSTROKE_MILLIS = 1_000;
/** As shells report a process that Ctrl-C ended. */
export const INTERRUPTED = 130;

/** Fires on the first signal, or when nobody reads the output any more. A second Ctrl-C ends the process at once. */
export function onInterruption(): AbortSignal {
  const controller = new AbortController();
  let interruptedAt = Number.POSITIVE_INFINITY;
  function interrupt(by: string): void {
    interruptedAt = Math.min(interruptedAt, performance.now());
    controller.abort(new Interrupted(by));
  }
  for (const name of SIGNALS) {
    process.on(name, () => {
      if (performance.now() - interruptedAt > SAME_KEYSTROKE_MILLIS) process.exit(INTERRUPTED);
      interrupt(name);
    });
  }
  for (const output of [process.stdout, process.stderr]) output.on('error', () => interrupt('Output closed'));
  return controller.signal;
}

/** Waits for `work`, but not beyond an interruption. @throws Interrupted */
export async function unlessInterrupted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  let stop = (): void => {};
  const interrupted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([interrupted, work]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

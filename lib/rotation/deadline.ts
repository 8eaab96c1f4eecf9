import { DeadlineExceededError } from './errors.js';

/** Kept back of the time limit, so that the error can still be logged and returned. */
const RESERVE_MILLIS = 500;

/** The time that is left for an invocation, and what it is being spent on. */
export interface Deadline extends Disposable {
  /** Fires shortly before the time limit, with the DeadlineExceededError as its reason. */
  readonly signal: AbortSignal;
  /** Waits for `work`; rejects when the time is over, naming whichever wait began last. @throws DeadlineExceededError */
  waitFor<T>(what: string, work: PromiseLike<T>): Promise<T>;
}

/** @param remainingMillis Lambda's remaining time; undefined where there is no limit. */
export function startDeadline(remainingMillis: number | undefined): Deadline {
  const controller = new AbortController();
  const waits: { what: string }[] = [];
  const timer =
    remainingMillis === undefined
      ? undefined
      : setTimeout(
          () => {
            const what = waits.at(-1)?.what ?? 'the rotator';
            controller.abort(
              new DeadlineExceededError(
                what,
                `The function's time limit is near (${seconds(remainingMillis)} were left when the step began) and ${what} has not answered. ` +
                  'If it is only slow, raise the timeout of the function; if it hangs, check route, security groups and endpoints on the way there. ' +
                  'The step can be run again as it is.',
              ),
            );
          },
          Math.max(0, remainingMillis - Math.min(RESERVE_MILLIS, remainingMillis / 10)),
        );

  async function waitFor<T>(what: string, work: PromiseLike<T>): Promise<T> {
    const wait = { what };
    waits.push(wait);
    let stop = (): void => {};
    const expired = new Promise<never>((_resolve, reject) => {
      stop = () => reject(controller.signal.reason);
      if (controller.signal.aborted) stop();
      else controller.signal.addEventListener('abort', stop, { once: true });
    });
    try {
      return await Promise.race([work, expired]);
    } finally {
      controller.signal.removeEventListener('abort', stop);
      waits.splice(waits.indexOf(wait), 1);
    }
  }

  return { signal: controller.signal, waitFor, [Symbol.dispose]: () => clearTimeout(timer) };
}

function seconds(millis: number): string {
  return `${(millis / 1000).toFixed(1)} s`;
}

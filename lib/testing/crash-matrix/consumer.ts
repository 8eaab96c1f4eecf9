/** An application that uses the secret: reads AWSCURRENT and logs in, over and over. */
import { setTimeout as delay } from 'node:timers/promises';

/** From the beginning of something to its end, in `performance.now()`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** An attempt that was refused. */
export interface Refusal extends Span {
  /** The attempt before it was refused as well: nobody got in between. */
  readonly again: boolean;
}

export interface Consumer {
  /** The attempts that were refused. Those that could not ask are not among them. */
  readonly refused: readonly Refusal[];
  /** Something may have changed: it attempts at once, and again when the attempt under way began before. */
  notice(): void;
  /**
   * Waits for an attempt that begins from now on and succeeds.
   * @param withinMillis 0 and up. @default 5000
   * @returns false after that time without one
   */
  works(withinMillis?: number): Promise<boolean>;
  stop(): Promise<void>;
}

/** Between two attempts when nothing is noticed, in milliseconds: 0 and up. */
export interface Pauses {
  /** After one that was accepted. */
  readonly accepted: number;
  /** After any other: the time in which nobody gets in is known as exactly as this. */
  readonly otherwise: number;
}

const WORKS_WITHIN_MILLIS = 5_000;

/** @param logIn Whether AWSCURRENT was accepted; throws when it could not ask. */
export function startConsumer(logIn: () => Promise<boolean>, pauses: Pauses): Consumer {
  const refused: Refusal[] = [];
  let lastWasRefused = false;
  let lastSuccessBegan = 0;
  let stopped = false;
  let wake = (): void => {};

  /** @returns whether it was accepted */
  async function attempt(): Promise<boolean> {
    const from = performance.now();
    const accepted = await logIn().catch(() => undefined);
    if (accepted === true) lastSuccessBegan = from;
    if (accepted === false) refused.push({ from, to: performance.now(), again: lastWasRefused });
    if (accepted !== undefined) lastWasRefused = !accepted;
    return accepted === true;
  }

  const running = (async () => {
    while (!stopped) {
      const noticed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const pause = (await attempt()) ? pauses.accepted : pauses.otherwise;
      const timer = setTimeout(wake, pause);
      await noticed;
      clearTimeout(timer);
    }
  })();

  return {
    refused,
    notice: () => wake(),
    async works(withinMillis = WORKS_WITHIN_MILLIS) {
      const asked = performance.now();
      wake();
      while (lastSuccessBegan < asked) {
        if (stopped || performance.now() - asked > withinMillis) return false;
        await delay(3);
      }
      return true;
    },
    async stop() {
      stopped = true;
      wake();
      await running;
    },
  };
}

/** The time in which nobody got in, in whole milliseconds: refused attempts, and what lies between two in a row. */
export function refusedMillis(refused: readonly Refusal[]): number {
  let millis = 0;
  let last: Refusal | undefined;
  for (const refusal of refused) {
    millis += refusal.to - (refusal.again && last !== undefined ? last.to : refusal.from);
    last = refusal;
  }
  return Math.round(millis);
}

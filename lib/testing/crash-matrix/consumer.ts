/** An application that uses the secret: reads AWSCURRENT and logs in, over and over. */
import { setTimeout as delay } from 'node:timers/promises';

/** From the beginning of an attempt to its end, in `performance.now()`. */
export interface Attempt {
  readonly from: number;
  readonly to: number;
}

export interface Consumer {
  readonly attempts: number;
  /** The attempts that were refused. Those that could not ask are not among them. */
  readonly refused: readonly Attempt[];
  /** Waits for an attempt that begins from now on and succeeds. @returns false after 5 s without one */
  works(): Promise<boolean>;
  stop(): Promise<void>;
}

const WORKS_TIMEOUT_MILLIS = 5_000;
/** Between two attempts: enough of a break for the function on a machine of one core. */
const PAUSE_MILLIS = 3;

/** @param logIn Whether AWSCURRENT was accepted; throws when it could not ask. */
export function startConsumer(logIn: () => Promise<boolean>): Consumer {
  const refused: Attempt[] = [];
  let attempts = 0;
  let lastSuccessBegan = 0;
  let stopped = false;

  async function attempt(): Promise<void> {
    const from = performance.now();
    const accepted = await logIn().catch(() => undefined);
    attempts += 1;
    if (accepted === true) lastSuccessBegan = from;
    if (accepted === false) refused.push({ from, to: performance.now() });
  }

  const running = (async () => {
    while (!stopped) {
      await attempt();
      await delay(PAUSE_MILLIS);
    }
  })();

  return {
    get attempts() {
      return attempts;
    },
    refused,
    async works() {
      const asked = performance.now();
      while (lastSuccessBegan < asked) {
        if (stopped || performance.now() - asked > WORKS_TIMEOUT_MILLIS) return false;
        await delay(PAUSE_MILLIS);
      }
      return true;
    },
    async stop() {
      stopped = true;
      await running;
    },
  };
}

/** The time that refused attempts cover, in whole milliseconds; what lies between two of them counts where nobody got in meanwhile. */
export function refusedMillis(refused: readonly Attempt[]): number {
  let millis = 0;
  let last: Attempt | undefined;
  for (const attempt of refused) {
    const adjoins = last !== undefined && attempt.from - last.to < 10 * PAUSE_MILLIS;
    millis += attempt.to - (adjoins && last !== undefined ? last.to : attempt.from);
    last = attempt;
  }
  return Math.round(millis);
}

/** An application that uses a secret: reads AWSCURRENT and uses it, again and again, as fast as it can. */
export interface Consumer {
  /** Counts since the last call. */
  take(): ConsumerCounts;
  /** Waits for an attempt that begins from now on and succeeds. False after 5 s, or when the consumer was stopped. */
  works(): Promise<boolean>;
  stop(): Promise<void>;
}

export interface ConsumerCounts {
  readonly attempts: number;
  readonly failures: number;
  /** From the beginning of the first failed attempt to the end of the last one. */
  readonly failingMillis: number;
  /** What went wrong besides a refused credential: nothing should. */
  readonly troubles: readonly string[];
}

const WORKS_TIMEOUT_MILLIS = 5_000;

/** @param use One attempt: whether AWSCURRENT was accepted. */
export function startConsumer(use: () => Promise<boolean>): Consumer {
  let attempts = 0;
  let failures = 0;
  let failing: { from: number; to: number } | undefined;
  let troubles: string[] = [];
  let lastSuccessBegan = 0;
  let stopped = false;

  async function attempt(): Promise<void> {
    const began = performance.now();
    const accepted = await use().catch((error: unknown) => {
      troubles.push(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
      return false;
    });
    attempts += 1;
    if (accepted) {
      lastSuccessBegan = began;
    } else {
      failures += 1;
      failing = { from: failing?.from ?? began, to: performance.now() };
    }
  }

  const running = (async () => {
    while (!stopped) await attempt();
  })();

  return {
    take() {
      const counts = {
        attempts,
        failures,
        failingMillis: failing ? Math.round(failing.to - failing.from) : 0,
        troubles,
      };
      attempts = 0;
      failures = 0;
      failing = undefined;
      troubles = [];
      return counts;
    },
    async works() {
      const asked = performance.now();
      while (lastSuccessBegan < asked) {
        if (stopped || performance.now() - asked > WORKS_TIMEOUT_MILLIS) return false;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return true;
    },
    async stop() {
      stopped = true;
      await running;
    },
  };
}

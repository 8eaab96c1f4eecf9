import type { RuntimeFunction } from '../emulator.js';
import {
  type ExecutionEnvironment,
  exited,
  type FunctionError,
  type Invocation,
  initMillis,
  timedOut,
} from './execution.js';
import { type ProcessGroup, processGroup } from './process-group.js';
import { type RuntimeApi, runtimeApi } from './runtime-api.js';
import { withinLimit } from './time-limit.js';

/** A command that fetches its events from a Runtime API of its own, one after the other, and stays warm between them. */
export function runtimeProcess(
  { runtime, cwd }: RuntimeFunction,
  environment: Readonly<Record<string, string>>,
  output: (text: string) => void,
): ExecutionEnvironment {
  let usable = true;
  let process: ProcessGroup | undefined;
  const started = start();

  async function start(): Promise<{ api: RuntimeApi; process: ProcessGroup }> {
    const api = await runtimeApi();
    process = processGroup({
      command: runtime,
      cwd,
      environment: { ...environment, AWS_LAMBDA_RUNTIME_API: api.address },
      output,
    });
    return { api, process };
  }

  async function stop(): Promise<void> {
    usable = false;
    const { api, process } = await started;
    await process.kill();
    await api.close();
  }

  /** What the runtime says within the time limit; when it ends instead, that is the error. */
  async function answerWithin<T>(
    millis: number,
    answer: Promise<T>,
    invocation: Invocation,
  ): Promise<T | { readonly failed: FunctionError }> {
    const { process } = await started;
    const end = process.ended.then((error) => ({ failed: error ?? exited(0, null) }));
    const result = await withinLimit(millis, Promise.race([answer, end]));
    if (result !== 'limit') return result;
    await stop();
    return { failed: timedOut({ ...invocation, timeoutMillis: millis }) };
  }

  return {
    get usable() {
      return usable && process?.running !== false;
    },
    async invoke(event, invocation) {
      const { api } = await started;
      const init = await answerWithin(initMillis, api.initialised, invocation);
      if (init.failed !== undefined) {
        usable = false;
        return init.failed;
      }
      const deadline = performance.now() + invocation.timeoutMillis;
      const { failed } = await answerWithin(invocation.timeoutMillis, api.hand(event, invocation), invocation);
      // An environment is free once it asks for its next event, and until then the clock runs on; what it answered stands.
      await answerWithin(Math.max(0, deadline - performance.now()), api.askedForNext(), invocation);
      return failed;
    },
    stop,
  };
}

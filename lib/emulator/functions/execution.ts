import type { FunctionEvent } from '../emulator.js';

/** How an invocation ended: nothing, or the function's error as Lambda reports it. */
export type InvocationResult = undefined | { readonly errorType: string; readonly errorMessage: string };

/** What a function is told of its invocation; the rest of the context object follows from it. */
export interface Invocation {
  readonly requestId: string;
  readonly functionArn: string;
  readonly functionName: string;
  readonly memoryMegabytes: number;
  readonly timeoutMillis: number;
}

/** One execution environment: started cold, then warm. It takes one event at a time. */
export interface ExecutionEnvironment {
  invoke(event: FunctionEvent, invocation: Invocation): Promise<InvocationResult>;
  /** False once it crashed, timed out or was stopped: the next event needs a new one. */
  readonly usable: boolean;
  stop(): Promise<void>;
}

export function timedOut({ requestId, timeoutMillis }: Invocation): InvocationResult {
  const seconds = (timeoutMillis / 1000).toFixed(2);
  return {
    errorType: 'Sandbox.Timedout',
    errorMessage: `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`,
  };
}

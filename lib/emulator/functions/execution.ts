import type { FunctionEvent } from '../emulator.js';

/** How an invocation ended: nothing, or the function's error as Lambda reports it. */
export type InvocationResult = undefined | FunctionError;

export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
}

/** What a function is told of its invocation; the rest of the context object follows from it. */
export interface Invocation {
  readonly requestId: string;
  readonly functionArn: string;
  readonly functionName: string;
  readonly functionVersion: string;
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

/** Lambda allows 10 s for the start of a function, apart from the time limit of its invocations. */
export const initMillis = 10_000;

export function timedOut({ requestId, timeoutMillis }: Invocation): FunctionError {
  const seconds = (timeoutMillis / 1000).toFixed(2);
  return {
    errorType: 'Sandbox.Timedout',
    errorMessage: `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`,
  };
}

/** What Lambda says of a process that ends when it should not. */
export function exited(code: number | null, signal: string | null): FunctionError {
  return {
    errorType: 'Runtime.ExitError',
    errorMessage: `Error: Runtime exited with error: ${signal ? `signal: ${signal}` : `exit status ${code}`}`,
  };
}

import { types } from 'node:util';
import type { FunctionContext, FunctionEvent, InProcessFunction } from '../emulator.js';
import { type ExecutionEnvironment, exited, type Invocation, type InvocationResult, timedOut } from './execution.js';
import { withinLimit } from './time-limit.js';

/** A handler in this process. Its cold start is the call that makes the handler. */
export function inProcess(
  definition: InProcessFunction,
  environment: Readonly<Record<string, string>>,
): ExecutionEnvironment {
  let usable = true;
  let handler: ReturnType<InProcessFunction['handler']> | undefined;
  let giveUp: ((why: 'stopped') => void) | undefined;

  async function run(event: FunctionEvent, context: FunctionContext): Promise<InvocationResult> {
    try {
      handler ??= definition.handler(environment);
      await handler(event, context);
      return undefined;
    } catch (error) {
      return thrown(error);
    }
  }

  return {
    get usable() {
      return usable;
    },
    async invoke(event, invocation) {
      // One for each event: a promise that lives as long as the environment would keep the trace of every one.
      const stopped = new Promise<'stopped'>((resolve) => {
        giveUp = resolve;
      });
      const answer = Promise.race([run(event, contextOf(invocation, environment)), stopped]);
      const result = await withinLimit(invocation.timeoutMillis, answer);
      if (result !== 'limit' && result !== 'stopped') return result;
      // Code in this process cannot be killed: it is left to itself and its environment is not used again.
      usable = false;
      return result === 'stopped' ? exited(null, 'SIGKILL') : timedOut(invocation);
    },
    async stop() {
      usable = false;
      giveUp?.('stopped');
    },
  };
}

function thrown(error: unknown): InvocationResult {
  // Not instanceof: under a test runner, Node's own errors come from another realm.
  return types.isNativeError(error)
    ? { errorType: error.name, errorMessage: error.message }
    : { errorType: typeof error, errorMessage: String(error) };
}

function contextOf(invocation: Invocation, environment: Readonly<Record<string, string>>): FunctionContext {
  const deadline = performance.now() + invocation.timeoutMillis;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: invocation.functionName,
    functionVersion: invocation.functionVersion,
    invokedFunctionArn: invocation.functionArn,
    memoryLimitInMB: String(invocation.memoryMegabytes),
    awsRequestId: invocation.requestId,
    logGroupName: environment.AWS_LAMBDA_LOG_GROUP_NAME ?? '',
    logStreamName: environment.AWS_LAMBDA_LOG_STREAM_NAME ?? '',
    getRemainingTimeInMillis: () => Math.max(0, deadline - performance.now()),
    done: ignored,
    fail: ignored,
    succeed: ignored,
  };
}

/** Node functions of today answer with a promise; the three old ways out are there for the type alone. */
function ignored(): void {}

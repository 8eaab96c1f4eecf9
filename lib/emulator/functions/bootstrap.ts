/**
 * What runs inside a function's own process before the bundle does. It is a text, given to `node --eval`, so that it works
 * the same from ESM, from CommonJS and under a test runner, where no file of ours has a path to rely on.
 * The text must stay free of backticks and dollar-brace.
 */
export const bootstrap = `
import { pathToFileURL } from 'node:url';

const [, bundle, handlerName] = process.argv;
const say = (message) => new Promise((sent) => process.send(message, sent));
const errorOf = (error) => error instanceof Error
  ? { errorType: error.name, errorMessage: error.message }
  : { errorType: typeof error, errorMessage: String(error) };

// The emulator is gone: nobody is left to answer to.
process.on('disconnect', () => process.exit(1));

let handler;
let initError;
try {
  const module = await import(pathToFileURL(bundle).href);
  handler = module[handlerName] ?? module.default?.[handlerName];
} catch (error) {
  console.error(error);
  initError = { ...errorOf(error), errorType: 'Runtime.ImportModuleError' };
}
if (initError === undefined && typeof handler !== 'function') {
  initError = { errorType: 'Runtime.HandlerNotFound', errorMessage: 'index.' + handlerName + ' is undefined or not exported' };
}

process.on('message', async ({ event, invocation }) => {
  const deadline = performance.now() + invocation.timeoutMillis;
  const context = {
    callbackWaitsForEmptyEventLoop: true,
    functionName: invocation.functionName,
    functionVersion: invocation.functionVersion,
    invokedFunctionArn: invocation.functionArn,
    memoryLimitInMB: String(invocation.memoryMegabytes),
    awsRequestId: invocation.requestId,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => Math.max(0, deadline - performance.now()),
    done() {},
    fail() {},
    succeed() {},
  };
  let error;
  try {
    await handler(event, context);
  } catch (thrown) {
    // Lambda writes an invocation's error to the function's log, stack and all.
    console.error(thrown);
    error = errorOf(thrown);
  }
  await say({ kind: 'done', error });
});
// After a failed start the process waits to be killed: a message must not race with an exit.
await say(initError === undefined ? { kind: 'ready' } : { kind: 'initFailed', error: initError });
`;

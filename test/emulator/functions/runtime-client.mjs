// A Lambda runtime interface client: it loads the handler named `module.export` and asks the Runtime API for one event after the other.
import { pathToFileURL } from 'node:url';

const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;

const post = (path, body, type) =>
  fetch(`${api}/${path}`, {
    method: 'POST',
    headers: type === undefined ? {} : { 'Lambda-Runtime-Function-Error-Type': type },
    body: JSON.stringify(body),
  });
const errorOf = (error) => ({ errorType: error.name, errorMessage: error.message, stackTrace: [] });

const [file, name] = process.env._HANDLER.split('#');
let handler;
try {
  handler = (await import(pathToFileURL(file).href))[name];
  if (typeof handler !== 'function') throw new TypeError(`${name} is not exported`);
} catch (error) {
  await post('init/error', errorOf(error), 'Runtime.InitFailed');
  process.exit(1);
}

for (;;) {
  const next = await fetch(`${api}/invocation/next`);
  const id = next.headers.get('lambda-runtime-aws-request-id');
  const event = await next.json();
  try {
    const result = await handler(event, {
      awsRequestId: id,
      invokedFunctionArn: next.headers.get('lambda-runtime-invoked-function-arn'),
      traceId: next.headers.get('lambda-runtime-trace-id'),
      millisLeft: Number(next.headers.get('lambda-runtime-deadline-ms')) - Date.now(),
    });
    await post(`invocation/${id}/response`, result ?? null);
  } catch (error) {
    await post(`invocation/${id}/error`, errorOf(error), 'Unhandled');
  }
}

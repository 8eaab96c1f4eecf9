import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FunctionEvent } from '../emulator.js';
import { closeServer } from '../wire/close-server.js';
import type { FunctionError, Invocation } from './execution.js';

/** An answer of the function, or of its start: `failed` is absent when all went well. */
export interface RuntimeAnswer {
  readonly failed?: FunctionError;
}

export interface RuntimeApi {
  /** `127.0.0.1:PORT`, the value of AWS_LAMBDA_RUNTIME_API. */
  readonly address: string;
  /** Resolves when the runtime asks for its first event, or reports that it cannot start. */
  readonly initialised: Promise<RuntimeAnswer>;
  /** Gives the runtime an event as soon as it asks for one. Resolves with its response or error. One at a time. */
  hand(event: FunctionEvent, invocation: Invocation): Promise<RuntimeAnswer>;
  /** Resolves when the runtime waits for an event. */
  askedForNext(): Promise<RuntimeAnswer>;
  close(): Promise<void>;
}

interface Task {
  readonly event: FunctionEvent;
  readonly invocation: Invocation;
  readonly settle: (answer: RuntimeAnswer) => void;
  handed: boolean;
}

/** Lambda's quota for a response: 6 MiB and a little for what wraps it. */
const responseLimit = 6_291_556;

const paths =
  /^\/2018-06-01\/runtime\/(?:(?<next>invocation\/next)|(?<init>init\/error)|invocation\/(?<id>[^/?]+)\/(?<kind>response|error))$/;

/**
 * The Lambda Runtime API of one execution environment, on loopback, on a port of its own: its address has no path by which
 * environments could be told apart, and a runtime is entitled to one server that speaks to it alone.
 * Source: AWS Lambda developer guide, "Using the Lambda runtime API for custom runtimes", version 2018-06-01.
 */
export async function runtimeApi(): Promise<RuntimeApi> {
  let task: Task | undefined;
  let waiting: ServerResponse | undefined;
  let isInitialised = false;
  let initialise: (answer: RuntimeAnswer) => void = () => undefined;
  const initialised = new Promise<RuntimeAnswer>((resolve) => {
    initialise = resolve;
  });
  const whenWaiting: (() => void)[] = [];

  function next(response: ServerResponse): void {
    if (waiting !== undefined || task?.handed) {
      refuse(response, 403, 'InvalidStateTransition', 'The runtime has an event, or waits for one already.');
      return;
    }
    waiting = response;
    response.once('close', () => {
      if (waiting === response) waiting = undefined;
    });
    isInitialised = true;
    initialise({});
    for (const resolve of whenWaiting.splice(0)) resolve();
    handOver();
  }

  function handOver(): void {
    if (task === undefined || waiting === undefined) return;
    const { event, invocation } = task;
    task.handed = true;
    const digits = invocation.requestId.replaceAll('-', '');
    const response = waiting;
    waiting = undefined;
    response.writeHead(200, {
      'Content-Type': 'application/json',
      'Lambda-Runtime-Aws-Request-Id': invocation.requestId,
      // The function compares it with the clock of this machine, whatever the emulator's shows.
      'Lambda-Runtime-Deadline-Ms': String(Math.floor(Date.now() + invocation.timeoutMillis)),
      'Lambda-Runtime-Invoked-Function-Arn': invocation.functionArn,
      'Lambda-Runtime-Trace-Id': `Root=1-${digits.slice(0, 8)}-${digits.slice(8)};Parent=${digits.slice(0, 16)};Sampled=0`,
    });
    response.end(JSON.stringify(event));
  }

  function settle(answer: RuntimeAnswer): void {
    const answered = task;
    task = undefined;
    answered?.settle(answer);
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { next: isNext, init, id, kind } = paths.exec(request.url ?? '')?.groups ?? {};
    const body = await readBody(request);
    if (isNext !== undefined && request.method === 'GET') return next(response);
    if (request.method !== 'POST' || (init === undefined && id === undefined)) {
      return refuse(response, 404, 'NotFound', 'The Runtime API has no such path.');
    }
    if (init !== undefined) {
      if (isInitialised) return refuse(response, 403, 'InvalidStateTransition', 'The runtime has started already.');
      accept(response);
      return initialise({ failed: errorOf(request, body) });
    }
    if (!task?.handed || task.invocation.requestId !== id) {
      return refuse(response, 400, 'InvalidRequestID', 'No invocation of this id is running.');
    }
    if (body === undefined) {
      refuse(response, 413, 'RequestEntityTooLarge', `A response has at most ${responseLimit} bytes.`);
      return settle({ failed: { errorType: 'Function.ResponseSizeTooLarge', errorMessage: tooLarge } });
    }
    accept(response);
    settle(kind === 'error' ? { failed: errorOf(request, body) } : {});
  }

  const server = createServer((request, response) => {
    if (!isFromTheRuntime(request, address)) {
      refuse(response, 403, 'Forbidden', 'The Runtime API is for the runtime alone.');
      return;
    }
    serve(request, response).catch(() => response.destroy());
  });
  // A warm environment may wait for hours; its connection must not be closed under it.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    address,
    initialised,
    hand: (event, invocation) =>
      new Promise((resolve) => {
        task = { event, invocation, settle: resolve, handed: false };
        handOver();
      }),
    askedForNext: () =>
      new Promise((resolve) => {
        if (waiting === undefined) whenWaiting.push(() => resolve({}));
        else resolve({});
      }),
    close: () => closeServer(server),
  };
}

const tooLarge = `Response payload size exceeded maximum allowed payload size (${responseLimit} bytes).`;

/** Events carry RotationTokens: no page in a browser gets one, be it through a name that was made to point here. */
function isFromTheRuntime({ headers }: IncomingMessage, address: string): boolean {
  return headers.host === address && headers.origin === undefined && headers['sec-fetch-site'] === undefined;
}

/** @returns undefined when it is larger than a response may be */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= responseLimit) chunks.push(chunk);
  }
  return size > responseLimit ? undefined : Buffer.concat(chunks);
}

/** The error as the body tells it, or at least its type as the header does. */
function errorOf(request: IncomingMessage, body: Buffer | undefined): FunctionError {
  const header = request.headers['lambda-runtime-function-error-type'];
  const fields = fieldsOf(body);
  return {
    errorType: text(fields.errorType) ?? text(header) ?? 'Unhandled',
    errorMessage: text(fields.errorMessage) ?? '',
  };
}

function fieldsOf(body: Buffer | undefined): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(body?.toString('utf8') ?? ''));
  } catch {
    return {};
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function accept(response: ServerResponse): void {
  answer(response, 202, { status: 'OK' });
}

function refuse(response: ServerResponse, status: number, errorType: string, errorMessage: string): void {
  answer(response, status, { errorType, errorMessage });
}

function answer(response: ServerResponse, status: number, body: Readonly<Record<string, string>>): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

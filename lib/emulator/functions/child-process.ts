import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { BundledFunction } from '../emulator.js';
import { bootstrap } from './bootstrap.js';
import {
  type ExecutionEnvironment,
  exited,
  type FunctionError,
  type Invocation,
  type InvocationResult,
  initMillis,
  timedOut,
} from './execution.js';
import { withinLimit } from './time-limit.js';

type Message = { readonly kind: 'ready' } | { readonly kind: 'done' | 'initFailed'; readonly error?: FunctionError };

/** A bundle in a Node process of its own, which sees Lambda's variables alone. Events and results go over IPC. */
export function childProcess(
  definition: BundledFunction,
  environment: Readonly<Record<string, string>>,
  output: (text: string) => void,
): ExecutionEnvironment {
  const child = spawn(
    definition.nodePath ?? process.execPath,
    [
      '--input-type=module',
      '--eval',
      bootstrap,
      '--',
      path.resolve(definition.bundle),
      definition.handlerName ?? 'handler',
    ],
    { env: { ...environment }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
  );
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', output);
  // A message that a dying process did not take is an 'error' too; its exit tells the story.
  child.on('error', () => undefined);
  const ready = firstWord(child);
  let usable = true;

  async function kill(): Promise<void> {
    usable = false;
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  async function answerWithin(
    millis: number,
    answer: Promise<Message>,
    invocation: Invocation,
  ): Promise<InvocationResult> {
    const message = await withinLimit(millis, answer);
    if (message === 'limit') {
      await kill();
      return timedOut({ ...invocation, timeoutMillis: millis });
    }
    if (message.kind === 'initFailed') usable = false;
    return message.kind === 'ready' ? undefined : message.error;
  }

  return {
    get usable() {
      return usable && child.connected;
    },
    async invoke(event, invocation) {
      const failed = await answerWithin(initMillis, ready, invocation);
      if (failed !== undefined) return failed;
      const answer = firstWord(child);
      if (child.connected) child.send({ event, invocation });
      const result = await answerWithin(invocation.timeoutMillis, answer, invocation);
      // What the function printed before it answered is in the pipes by now; let it be read first.
      await new Promise(setImmediate);
      return result;
    },
    stop: kill,
  };
}

/** The next message of the process, or what Lambda says of one that ends instead. */
function firstWord(child: ChildProcess): Promise<Message> {
  return new Promise((resolve) => {
    const ended = (error: FunctionError) => settle({ kind: 'initFailed', error });
    const onMessage = (message: unknown) => settle(message as Message);
    const onExit = (code: number | null, signal: string | null) => ended(exited(code, signal));
    const onError = ({ message }: Error) => ended({ errorType: 'Runtime.InvalidEntrypoint', errorMessage: message });
    function settle(message: Message): void {
      child.off('message', onMessage).off('exit', onExit).off('error', onError);
      resolve(message);
    }
    child.on('message', onMessage).on('exit', onExit).on('error', onError);
    if (child.exitCode !== null || child.signalCode !== null) onExit(child.exitCode, child.signalCode);
  });
}

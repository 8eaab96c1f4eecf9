import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A server in a process of its own, which ends with the one that started it. */
export interface ChildServer extends AsyncDisposable {
  readonly endpoint: string;
}

/** @param file beside this one; it sends its endpoint and exits when its parent goes away */
export async function startChild(file: string, ...args: readonly string[]): Promise<ChildServer> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = fork(path, args, { execArgv: ['--import', 'tsx'] });
  const exited = once(child, 'exit');
  const [endpoint] = await Promise.race([
    once(child, 'message'),
    exited.then(([code]) => Promise.reject(new Error(`${file} ended with ${code}`))),
  ]);
  return {
    endpoint: String(endpoint),
    async [Symbol.asyncDispose]() {
      child.disconnect();
      await exited;
    },
  };
}

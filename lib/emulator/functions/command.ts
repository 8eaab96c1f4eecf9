import type { CommandFunction } from '../emulator.js';
import { type ExecutionEnvironment, timedOut } from './execution.js';
import { type ProcessGroup, processGroup } from './process-group.js';
import { withinLimit } from './time-limit.js';

/** A command that is started for each event, which it finds on its standard input. */
export function commandPerEvent(
  { command, cwd }: CommandFunction,
  environment: Readonly<Record<string, string>>,
  output: (text: string) => void,
): ExecutionEnvironment {
  let usable = true;
  let current: ProcessGroup | undefined;
  return {
    get usable() {
      return usable;
    },
    async invoke(event, invocation) {
      const input = `${JSON.stringify(event)}\n`;
      current = processGroup({ command, cwd, environment, input, output });
      const result = await withinLimit(invocation.timeoutMillis, current.ended);
      if (result !== 'limit') return result;
      await current.kill();
      return timedOut(invocation);
    },
    async stop() {
      usable = false;
      await current?.kill();
    },
  };
}

/** What came out of a function, and of all that it spoke to, while a cell ran: searched for secrets. */
import type { RotationOutcome } from '../../emulator/index.js';
import { since, textSince } from './history.js';
import { nothingCameOut } from './invariants.js';
import type { CrashFinding } from './report.js';
import type { Stage } from './stage.js';

export interface Traces {
  /** What was found in all that came out since the traces began. @throws PlaceError */
  search(sought: {
    readonly secretTexts: Iterable<string>;
    readonly rotationTokens: Iterable<string>;
    readonly outcomes: readonly RotationOutcome[];
  }): Promise<readonly CrashFinding[]>;
}

/** @throws PlaceError */
export async function beginTraces({ emulator, functionArn, serverLog }: Stage): Promise<Traces> {
  const output = emulator.functionOutput(functionArn);
  const request = emulator.requests.at(-1);
  const event = emulator.events.at(-1);
  const log = await serverLog();
  return {
    search: async ({ secretTexts, rotationTokens, outcomes }) =>
      nothingCameOut({
        secrets: { 'a secret value': secretTexts, 'a RotationToken': rotationTokens },
        places: {
          "the function's output": textSince(emulator.functionOutput(functionArn), output),
          "the function's errors": JSON.stringify(outcomes),
          'the record of requests': JSON.stringify(since(emulator.requests, request)),
          'the event log': JSON.stringify(since(emulator.events, event)),
          "the target's log": textSince(await serverLog(), log),
        },
      }),
  };
}

/** What is done besides, when a fault strikes: by an operator, or by an accident. */
import type { CrashFault } from './faults.js';
import type { Notes } from './notes.js';
import { callName } from './points.js';
import type { CrashPoint } from './report.js';
import type { Stage, StagedSecret } from './stage.js';

export interface ReadyDeed {
  /** Done when the fault strikes. It never rejects: the call in which it strikes goes on as the fault has it. */
  deed(): Promise<void>;
  /** Resolves when the deed is over, at once where it never began. @throws PlaceError when it could not be done */
  settled(): Promise<void>;
}

/** Makes the deed of a fault ready, which is told when it is done. */
export function readyDeed(
  fault: CrashFault,
  point: CrashPoint,
  { stage, secret, notes }: { readonly stage: Stage; readonly secret: StagedSecret; readonly notes: Notes },
): ReadyDeed {
  let done = Promise.resolve();
  return {
    deed() {
      done = doDeed(fault.deed, stage, secret).then((more) =>
        notes.tell(`In ${point.step}, ${callName(point)}: ${fault.text}${more}.`),
      );
      return done.catch(() => undefined);
    },
    settled: () => done,
  };
}

/** @returns what is to be added to the story */
async function doDeed(deed: CrashFault['deed'], stage: Stage, secret: StagedSecret): Promise<string> {
  switch (deed) {
    case 'kill':
      stage.emulator.killFunction(stage.functionArn);
      return '';
    case 'restart the target':
      await stage.restart();
      return '';
    case 'strip AWSPENDING':
      return (await stage.stripPending(secret)) ? '' : ', where it was no longer';
    case 'write AWSCURRENT':
      await stage.writeCurrent(secret);
      return '';
    case 'expire sessions':
      stage.emulator.expireSessions(stage.workingRole);
      return '';
    default:
      return '';
  }
}

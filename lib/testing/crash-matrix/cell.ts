/** Runs one cell: plays it, again where that is no verdict yet, and says what came of it. */
import { messageOf } from './error-message.js';
import { distinct, Notes } from './notes.js';
import { type Played, play, type Scene } from './play.js';
import type { PlannedCell } from './rehearsal.js';
import type { CrashCell } from './report.js';
import type { Stage, StagedSecret } from './stage.js';

/** A rotation that takes another way past its point is no verdict: it is run again. */
const TRIES_TO_REACH = 4;

export interface CellContext extends Pick<Scene, 'subject' | 'stage' | 'rehearsal'> {
  /** The command that runs a cell alone. */
  readonly replay: (id: string) => string;
}

export interface RanCell {
  readonly cell: CrashCell;
  /** Why nothing more can be run in the place, if so. */
  readonly lost?: string;
}

/** What the place could not do is a finding. */
export async function runCell(context: CellContext, planned: PlannedCell): Promise<RanCell> {
  for (let tries = 1; ; tries += 1) {
    // A machine that is busy may need more than the time that a hang is given to come to it.
    const hangSeconds = (context.subject.hangSeconds ?? 1) * 2 ** (tries - 1);
    const { cell, played } = await tryCell(context, planned, { hangSeconds, afterDone: 'no attempt' });
    if (played === undefined) return { cell, ...(await lostPlace(context.stage)) };
    if (played.cutOffWhenDone) {
      const other = await tryCell(context, planned, { hangSeconds, afterDone: 'an attempt' });
      return { cell: both(cell, other.cell), ...(other.played === undefined && (await lostPlace(context.stage))) };
    }
    if (played.reached || tries === TRIES_TO_REACH) return { cell };
  }
}

/** One cell of two runs. */
function both(one: CrashCell, other: CrashCell): CrashCell {
  const findings = distinct([...one.findings, ...other.findings]);
  return {
    ...one,
    result: findings.length === 0 ? 'recovered' : 'failed',
    attempts: Math.max(one.attempts, other.attempts),
    millis: one.millis + other.millis,
    unavailableMillis: Math.max(one.unavailableMillis, other.unavailableMillis),
    findings,
    story: [...one.story, 'The same where Secrets Manager does not take that for a success:', ...other.story],
  };
}

/** Whatever failed, a place that can start afresh is as good as new. */
async function lostPlace(stage: Stage): Promise<Pick<RanCell, 'lost'>> {
  try {
    await stage.forget(await stage.reset());
    return {};
  } catch (error) {
    return { lost: messageOf(error) };
  }
}

async function tryCell(
  { replay, ...context }: CellContext,
  planned: PlannedCell,
  circumstances: Pick<Scene, 'hangSeconds' | 'afterDone'>,
): Promise<{ readonly cell: CrashCell; readonly played: Played | undefined }> {
  const { subject, stage } = context;
  const { id, fault, point } = planned;
  const began = performance.now();
  const notes = new Notes();
  const played = await playedFrom(stage, { ...context, planned, ...circumstances, notes });
  const { story, findings } = notes.published(stage.secretTexts);
  const cell: CrashCell = {
    id,
    subject: subject.name,
    ...(subject.engine !== undefined && { engine: subject.engine }),
    ...(subject.strategy !== undefined && { strategy: subject.strategy }),
    accounts: subject.accounts ?? 'one',
    fault: fault.name,
    point,
    result: findings.length === 0 ? 'recovered' : 'failed',
    attempts: played?.attempts ?? 0,
    millis: Math.round(performance.now() - began),
    unavailableMillis: played?.unavailableMillis ?? 0,
    findings,
    story,
    replay: replay(id),
  };
  return { cell, played };
}

/** From a fresh start. @returns undefined when something that the cell needs failed, which is noted */
async function playedFrom(stage: Stage, scene: Scene): Promise<Played | undefined> {
  let secret: StagedSecret | undefined;
  try {
    secret = await stage.reset();
    const played = await play(scene, secret);
    await stage.forget(secret);
    return played;
  } catch (error) {
    // What was made meanwhile is secret too, and may be in what is told.
    if (secret !== undefined) await stage.versions(secret);
    scene.notes.find([{ invariant: 'error', text: messageOf(error) }]);
    return undefined;
  }
}

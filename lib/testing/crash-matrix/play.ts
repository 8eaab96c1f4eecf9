/** Plays a cell once: the disturbed rotation, its recovery, the next rotation, and what is seen of them. */
import type { RotationOutcome } from '../../emulator/index.js';
import { type Consumer, type Pauses, refusedMillis, startConsumer } from './consumer.js';
import { readyDeed } from './deeds.js';
import { currentLogsIn, leftBehind } from './inspection.js';
import { currentWorks, isAvailable, laterRotationWorks, wasAvailable } from './invariants.js';
import type { Notes } from './notes.js';
import { errorOf } from './outcomes.js';
import { callName } from './points.js';
import { type AfterDone, type Recovery, rotateAndRecover } from './recovery.js';
import type { PlannedCell, Rehearsal } from './rehearsal.js';
import type { Stage, StagedSecret } from './stage.js';
import type { CrashSubject } from './subject.js';
import { beginTraces } from './traces.js';
import { Watch } from './watch.js';

/** Between two logins of the consumer while no call of the function has an effect: who was let in is let in until one has. */
const PAUSES: Pauses = { accepted: 250, otherwise: 25 };
/** The same where nobody sees what the function does to the target. */
const PAUSES_UNSEEN: Pauses = { accepted: 3, otherwise: 3 };

/** What a cell is played with. */
export interface Scene {
  readonly subject: CrashSubject;
  readonly stage: Stage;
  readonly rehearsal: Rehearsal;
  readonly planned: PlannedCell;
  /** The function's time limit in the step in which a call hangs. */
  readonly hangSeconds: number;
  readonly afterDone: AfterDone;
  readonly notes: Notes;
}

/** What a cell came to, besides its notes. */
export interface Played {
  /** Whether the disturbance struck. */
  readonly reached: boolean;
  readonly cutOffWhenDone: boolean;
  readonly attempts: number;
  readonly unavailableMillis: number;
}

/** @throws PlaceError */
export async function play(scene: Scene, secret: StagedSecret): Promise<Played> {
  const { subject, stage, planned, hangSeconds, notes } = scene;
  const { fault, point } = planned;
  for (let i = 0; i < (subject.rotationsBefore ?? 0); i += 1) await stage.rotate(secret);
  if (planned.cold) stage.emulator.killFunction(stage.functionArn);
  const traces = await beginTraces(stage);
  const consumer = startConsumer(
    async () => stage.login(await stage.current(secret)),
    stage.watched ? PAUSES : PAUSES_UNSEEN,
  );
  const { deed, settled } = readyDeed(fault, point, { stage, secret, notes });
  const watch = new Watch(stage, { fault, point, hangSeconds, deed, settled }, consumer.notice);
  notes.rotationTokens = watch.rotationTokens;
  try {
    const recovery = await rotateAndRecover(stage, secret, { afterDone: scene.afterDone, settled, notes });
    watch.disarm();
    notes.find(isAvailable(await consumer.works()));
    await lookAfter(recovery, scene, secret);
    const laterFrom = performance.now();
    const later = await rotateLater(scene, secret);
    await consumer.stop();

    const unavailableMillis = findRefusals(scene, { consumer, watch, laterFrom });
    await stage.versions(secret);
    const { secretTexts } = stage;
    const outcomes = [...recovery.outcomes, later];
    notes.find(await traces.search({ secretTexts, rotationTokens: watch.rotationTokens, outcomes }));
    const reached = watch.struckAt !== undefined;
    if (!reached) {
      notes.find([{ invariant: 'point', text: `the rotation never came to ${point.step}, ${callName(point)}` }]);
    }
    return {
      reached,
      cutOffWhenDone: recovery.cutOffWhenDone,
      attempts: recovery.outcomes.length,
      unavailableMillis,
    };
  } finally {
    watch.end();
    await consumer.stop();
  }
}

/** What is there after the recovery. */
async function lookAfter(recovery: Recovery, scene: Scene, secret: StagedSecret): Promise<void> {
  const { subject, stage, rehearsal, notes } = scene;
  notes.find(
    currentWorks({
      attempts: recovery.outcomes.length,
      succeeded: recovery.complete,
      lastError: recovery.lastError,
      labels: await stage.labels(secret),
      login: await currentLogsIn(stage, secret),
    }),
  );
  notes.find(await leftBehind(subject, stage, secret, rehearsal.snapshot));
}

/** A rotation that nothing disturbs any more, and what is there after it. */
async function rotateLater(scene: Scene, secret: StagedSecret): Promise<RotationOutcome> {
  const { subject, stage, rehearsal, notes } = scene;
  const later = await stage.rotate(secret);
  notes.tell(`A later rotation: ${later.status}.`);
  const findings = laterRotationWorks({
    succeeded: later.status === 'Succeeded',
    error: errorOf(later),
    login: await currentLogsIn(stage, secret),
  });
  notes.find(findings);
  if (findings.length === 0) notes.find(await leftBehind(subject, stage, secret, rehearsal.laterSnapshot));
  return later;
}

/** @returns for how long consumers were refused before the later rotation, which has a gap of its own. */
function findRefusals(
  { subject: { availability }, notes }: Scene,
  seen: { readonly consumer: Consumer; readonly watch: Watch; readonly laterFrom: number },
): number {
  const { refused } = seen.consumer;
  const { invocations } = seen.watch;
  const disturbed = refused.filter(({ from }) => from < seen.laterFrom);
  const later = refused.slice(disturbed.length);
  notes.find(wasAvailable({ availability, rotation: 'the disturbed rotation', refused: disturbed, invocations }));
  notes.find(wasAvailable({ availability, rotation: 'the next rotation', refused: later, invocations }));
  const millis = refusedMillis(disturbed);
  if (millis > 0) notes.tell(`Consumers of AWSCURRENT were refused for ${millis} ms.`);
  return millis;
}

/** Rotations that nothing disturbs: where the points are, and what the target looks like afterwards. */
import type { CrashFault } from './faults.js';
import { crashFaults, strikesAt } from './faults.js';
import { currentLogsIn } from './inspection.js';
import { scrub } from './leaks.js';
import { type Call, callName, isSameCall } from './points.js';
import type { CrashPoint } from './report.js';
import { PlaceError, type Stage, type StagedSecret } from './stage.js';
import type { CrashSubject } from './subject.js';
import { Watch } from './watch.js';

/** What was seen of a rotation from a fresh start. */
export interface Rehearsal {
  readonly calls: readonly Call[];
  /** Users and privileges after it, if the place tells. */
  readonly snapshot: readonly string[] | undefined;
  /** And after another one. */
  readonly laterSnapshot: readonly string[] | undefined;
}

/** The subject cannot even rotate undisturbed, or its fixture is wrong. */
export class UnsoundSubjectError extends Error {
  override readonly name = 'UnsoundSubjectError';
}

/** @throws UnsoundSubjectError */
export function rehearse(subject: CrashSubject, stage: Stage): Promise<Rehearsal> {
  return soundly(subject, async () => {
    const { secret, calls } = await recorded(subject, stage);
    await assertLogin(subject, stage, secret, 'AWSCURRENT does not log in after a rotation that succeeded');
    const snapshot = await stage.snapshot();
    await rotate(subject, stage, secret);
    const laterSnapshot = await stage.snapshot();
    await stage.forget(secret);
    return { calls, snapshot, laterSnapshot };
  });
}

/** The calls of a function that is warm from a rehearsal. @throws UnsoundSubjectError */
export function rehearseWarm(subject: CrashSubject, stage: Stage): Promise<readonly Call[]> {
  return soundly(subject, async () => {
    const { secret, calls } = await recorded(subject, stage);
    await stage.forget(secret);
    return calls;
  });
}

/** What the place cannot do before anything is disturbed is wrong with its subject. */
async function soundly<T>({ name }: CrashSubject, rehearsing: () => Promise<T>): Promise<T> {
  try {
    return await rehearsing();
  } catch (error) {
    throw error instanceof PlaceError ? new UnsoundSubjectError(`${name}: ${error.message}`) : error;
  }
}

/** A rotation from a fresh start, and the calls in it. */
async function recorded(
  subject: CrashSubject,
  stage: Stage,
): Promise<Pick<Rehearsal, 'calls'> & { secret: StagedSecret }> {
  const secret = await stage.reset();
  await assertLogin(subject, stage, secret, 'the first value does not log in');
  for (let before = 0; before < (subject.rotationsBefore ?? 0); before += 1) await rotate(subject, stage, secret);
  const watch = new Watch(stage);
  await rotate(subject, stage, secret);
  watch.end();
  return { secret, calls: watch.calls };
}

async function rotate(subject: CrashSubject, stage: Stage, secret: StagedSecret): Promise<void> {
  const outcome = await stage.rotate(secret);
  if (outcome.status === 'Succeeded') return;
  const failed = outcome.steps.at(-1);
  const why = `ended as ${outcome.status} in ${failed?.step}: ${failed?.error ?? outcome.message}`;
  // What the function says may hold what it has just made.
  await stage.versions(secret);
  throw new UnsoundSubjectError(`${subject.name}: a rotation that nothing disturbs ${scrub(why, stage.secretTexts)}`);
}

async function assertLogin(subject: CrashSubject, stage: Stage, secret: StagedSecret, otherwise: string) {
  const login = await currentLogsIn(stage, secret);
  if (login === true) return;
  const why = login === false ? '' : `: ${scrub(login.message, stage.secretTexts)}`;
  throw new UnsoundSubjectError(`${subject.name}: ${otherwise}${why}`);
}

/** A fault at a point: what a cell is made of. */
export interface PlannedCell {
  readonly id: string;
  readonly fault: CrashFault;
  readonly point: CrashPoint;
  /** Whether the function must start cold for the rotation to come to the point: what it keeps when warm, it does not ask for. */
  readonly cold: boolean;
}

/** @param cold The calls of a function that starts cold. @param warm Those of one that is warm. */
export function plan(
  subject: CrashSubject,
  cold: readonly Call[],
  warm: readonly Call[],
  restartable: boolean,
): readonly PlannedCell[] {
  const cells: PlannedCell[] = [];
  for (const fault of crashFaults) {
    if (fault.deed === 'restart the target' && !restartable) continue;
    for (const [index, call] of cold.entries()) {
      if (!strikesAt(fault, call)) continue;
      const id = `${slug(subject.name)}/${fault.name}/${call.step}/${callName(call)}`;
      const point: CrashPoint = { index, ...call, when: fault.when };
      cells.push({ id, fault, point, cold: !warm.some((other) => isSameCall(call, other)) });
    }
  }
  return cells;
}

export function slug(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

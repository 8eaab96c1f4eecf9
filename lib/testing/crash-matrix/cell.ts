/** Runs one cell: a rotation that is disturbed at one point, its recovery, and the invariants. */
import type { RotationOutcome } from '../../emulator/index.js';
import { refusedMillis, startConsumer } from './consumer.js';
import { since, textSince } from './history.js';
import {
  currentWorks,
  laterRotationWorks,
  nothingCameOut,
  nothingLeftBehind,
  onlyKnownValuesLogIn,
  wasAvailable,
} from './invariants.js';
import { defaultPublicFields, scrub, secretTexts } from './leaks.js';
import { callName } from './points.js';
import type { PlannedCell, Rehearsal } from './rehearsal.js';
import type { CrashCell, CrashFinding } from './report.js';
import type { Stage, StagedSecret } from './stage.js';
import type { CrashSubject } from './subject.js';
import { type Disturbance, Watch } from './watch.js';

/** Secrets Manager tries again by itself; how often, AWS does not say. */
const MOST_ATTEMPTS = 5;
/** A rotation that takes another way past its point is no verdict: it is run again. */
const TRIES_TO_REACH = 4;
/** Between two logins of the consumer while no call of the function has an effect. */
const PAUSE_MILLIS = 25;
/** The same where nobody sees what the function does to the target. */
const PAUSE_UNSEEN_MILLIS = 3;

export interface CellContext {
  readonly subject: CrashSubject;
  readonly stage: Stage;
  readonly rehearsal: Rehearsal;
  /** The command that runs a cell alone. */
  readonly replay: (id: string) => string;
}

export async function runCell(context: CellContext, planned: PlannedCell): Promise<CrashCell> {
  for (let tries = 1; ; tries += 1) {
    // A machine that is busy may need more than the time that a hang is given to come to it.
    const hangSeconds = (context.subject.hangSeconds ?? 1) * 2 ** (tries - 1);
    const { cell, reached, cutOffWhenDone } = await tryCell(context, planned, { hangSeconds, afterDone: 'no attempt' });
    if (cutOffWhenDone) {
      const { cell: other } = await tryCell(context, planned, { hangSeconds, afterDone: 'an attempt' });
      return both(cell, other);
    }
    if (reached || tries === TRIES_TO_REACH) return cell;
  }
}

interface Circumstances {
  /** The function's time limit in the step in which a call hangs. */
  readonly hangSeconds: number;
  /**
   * ASSUMPTION: what Secrets Manager does when the function was cut off between the move of AWSCURRENT and its answer was
   * never recorded. It may see a success in the labels, or an error in the invocation, and try again with the same token. So
   * each such cell runs twice, and both must end well.
   */
  readonly afterDone: 'no attempt' | 'an attempt';
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

async function tryCell(
  { subject, stage, rehearsal, replay }: CellContext,
  { id, fault, point, cold }: PlannedCell,
  { hangSeconds, afterDone }: Circumstances,
): Promise<{ cell: CrashCell; reached: boolean; cutOffWhenDone: boolean }> {
  const { place, emulator, functionArn } = stage;
  const began = performance.now();
  const story: string[] = [];
  const findings: CrashFinding[] = [];
  const publicFields = subject.publicFields ?? defaultPublicFields;
  const where = `${point.step}, ${callName(point)}`;

  const secret = await stage.reset();
  for (let i = 0; i < (subject.rotationsBefore ?? 0); i += 1) await stage.rotate(secret);
  if (cold) emulator.killFunction(functionArn);
  const before = {
    output: emulator.functionOutput(functionArn),
    request: emulator.requests.at(-1),
    event: emulator.events.at(-1),
    log: (await place.serverLog?.()) ?? '',
  };
  const consumer = startConsumer(
    async () => place.login(await stage.current(secret)),
    place.target === undefined ? PAUSE_UNSEEN_MILLIS : PAUSE_MILLIS,
  );
  const outcomes: RotationOutcome[] = [];
  let struck: Promise<void> | undefined;
  const disturbance: Disturbance = {
    fault,
    point,
    hangSeconds,
    deed() {
      struck = doDeed(stage, secret, fault.deed, functionArn).then(
        (more) => void story.push(`In ${where}: ${fault.text}${more}.`),
      );
      return struck;
    },
  };
  const watch = new Watch(stage, disturbance, consumer.notice);
  let later: RotationOutcome;
  let works: boolean;
  let labels: ReadonlyMap<string, string>;
  let login: boolean | Error;
  let cutOffWhenDone = false;
  try {
    // ---- The rotation, disturbed, and what Secrets Manager does about it
    let outcome = await stage.rotate(secret);
    // The function may fail while the target still restarts. Secrets Manager does not try again within milliseconds.
    await struck;
    outcomes.push(outcome);
    tell(story, outcome);
    // Where AWSPENDING is gone there is nothing to try again.
    cutOffWhenDone =
      outcome.status !== 'Succeeded' &&
      (await isComplete(stage, secret, outcome)) &&
      (await stage.labels(secret)).get('AWSPENDING') === outcome.versionId;
    if (cutOffWhenDone && afterDone === 'an attempt') {
      story.push('The labels stand as after a success; Secrets Manager tries again with the same token.');
      outcome = await emulator.reattemptRotation(secret.arn);
      outcomes.push(outcome);
      tell(story, outcome);
      if (outcome.status !== 'Succeeded') {
        findings.push({ invariant: 'I1', text: `an attempt after the labels moved failed: ${errorOf(outcome)}` });
      }
    }
    while (!(await isComplete(stage, secret, outcome)) && outcomes.length < MOST_ATTEMPTS) {
      const stuck = isStuck(await stage.labels(secret));
      story.push(stuck ? 'Secrets Manager tries again with the same token.' : 'RotateSecret again, with a new token.');
      outcome = stuck ? await emulator.reattemptRotation(secret.arn) : await stage.rotate(secret);
      outcomes.push(outcome);
      tell(story, outcome);
    }
    watch.disarm();
    works = await consumer.works();
    await consumer.stop();

    // ---- Looking at what is there
    labels = await stage.labels(secret);
    login = await asked(place.login(await stage.current(secret)));
    const last = outcomes.at(-1);
    findings.push(
      ...currentWorks({
        attempts: outcomes.length,
        succeeded: last !== undefined && (await isComplete(stage, secret, last)),
        lastError: errorOf(last),
        labels,
        login,
      }),
      ...wasAvailable({
        availability: subject.availability,
        refused: consumer.refused,
        invocations: watch.invocations,
        works,
      }),
      ...(await passwords(subject, stage, secret)),
      ...(await users(stage, rehearsal.snapshot)),
    );

    // ---- A later rotation
    later = await stage.rotate(secret);
    story.push(`A later rotation: ${later.status}.`);
    const laterLogin = await asked(place.login(await stage.current(secret)));
    const laterSteps = laterRotationWorks({
      succeeded: later.status === 'Succeeded',
      error: errorOf(later),
      login: laterLogin,
    });
    findings.push(...laterSteps);
    if (laterSteps.length === 0) {
      findings.push(...(await passwords(subject, stage, secret)), ...(await users(stage, rehearsal.laterSnapshot)));
    }
  } finally {
    watch.end();
    await consumer.stop();
  }

  // ---- What came out meanwhile
  const values = [...secret.firstValues, ...(await stage.versions(secret)).map(({ value }) => value)];
  const texts = new Set(values.flatMap((value) => secretTexts(value, publicFields)));
  findings.push(
    ...nothingCameOut({
      secrets: { 'a secret value': texts, 'a RotationToken': watch.rotationTokens },
      places: {
        "the function's output": textSince(emulator.functionOutput(functionArn), before.output),
        "the function's errors": JSON.stringify([...outcomes, later]),
        'the record of requests': JSON.stringify(since(emulator.requests, before.request)),
        'the event log': JSON.stringify(since(emulator.events, before.event)),
        "the target's log": textSince((await place.serverLog?.()) ?? '', before.log),
      },
    }),
  );
  await stage.forget(secret);

  const reached = watch.struckAt !== undefined;
  if (!reached) findings.push({ invariant: 'point', text: `the rotation never came to ${where}` });
  const unavailableMillis = refusedMillis(consumer.refused);
  if (unavailableMillis > 0) story.push(`Consumers of AWSCURRENT were refused for ${unavailableMillis} ms.`);
  const hidden = [...texts, ...watch.rotationTokens];
  return {
    reached,
    cutOffWhenDone,
    cell: {
      id,
      subject: subject.name,
      ...(subject.engine !== undefined && { engine: subject.engine }),
      ...(subject.strategy !== undefined && { strategy: subject.strategy }),
      accounts: subject.accounts ?? 'one',
      fault: fault.name,
      point,
      result: findings.length === 0 ? 'recovered' : 'failed',
      attempts: outcomes.length,
      millis: Math.round(performance.now() - began),
      unavailableMillis,
      findings: distinct(findings).map(({ invariant, text }) => ({ invariant, text: scrub(text, hidden) })),
      story: story.map((sentence) => scrub(sentence, hidden)),
      replay: replay(id),
    },
  };
}

/** @returns what is to be added to the story. */
async function doDeed(
  stage: Stage,
  secret: StagedSecret,
  deed: Disturbance['fault']['deed'],
  functionArn: string,
): Promise<string> {
  switch (deed) {
    case 'kill':
      stage.emulator.killFunction(functionArn);
      return '';
    case 'restart the target':
      await stage.place.restart?.();
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

/**
 * Whether there is nothing left to do: it succeeded, or its function was cut off when the labels stood as after a success
 * (see `Circumstances.afterDone`).
 */
async function isComplete(stage: Stage, secret: StagedSecret, outcome: RotationOutcome): Promise<boolean> {
  if (outcome.status === 'Succeeded') return true;
  const labels = await stage.labels(secret);
  return labels.get('AWSCURRENT') === outcome.versionId && !isStuck(labels);
}

/** A version waits in AWSPENDING. */
function isStuck(labels: ReadonlyMap<string, string>): boolean {
  const pending = labels.get('AWSPENDING');
  return pending !== undefined && pending !== labels.get('AWSCURRENT');
}

function tell(story: string[], outcome: RotationOutcome): void {
  const failed = outcome.steps.find(({ error }) => error !== undefined);
  const why = failed === undefined ? outcome.message : `${failed.step}: ${failed.errorType}: ${failed.error}`;
  story.push(
    outcome.status === 'Succeeded' ? 'The rotation succeeded.' : `The rotation ended as ${outcome.status}: ${why}`,
  );
}

function errorOf(outcome: RotationOutcome | undefined): string | undefined {
  if (outcome === undefined || outcome.status === 'Succeeded') return undefined;
  const failed = outcome.steps.find(({ error }) => error !== undefined);
  return failed === undefined ? outcome.message : `${failed.step}: ${failed.error}`;
}

async function asked(login: Promise<boolean>): Promise<boolean | Error> {
  return login.catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
}

async function passwords(subject: CrashSubject, stage: Stage, secret: StagedSecret): Promise<readonly CrashFinding[]> {
  const { availability, previous = availability === 'always' ? 'logs in' : 'is refused' } = subject;
  const versions = await stage.versions(secret);
  return onlyKnownValuesLogIn({ versions, previous, login: (value) => stage.place.login(value) });
}

async function users(stage: Stage, undisturbed: readonly string[] | undefined): Promise<readonly CrashFinding[]> {
  const now = await stage.place.snapshot?.();
  return now === undefined || undisturbed === undefined ? [] : nothingLeftBehind({ undisturbed, now });
}

/** What was seen after the rotation is often seen again after the later one. */
function distinct(findings: readonly CrashFinding[]): readonly CrashFinding[] {
  return findings.filter(
    (one, i) => findings.findIndex(({ invariant, text }) => invariant === one.invariant && text === one.text) === i,
  );
}

/** What must hold after a rotation was disturbed and recovered. Each gives its findings; none is the good one. */
import { type Refusal, refusedMillis, type Span } from './consumer.js';
import { messageOf } from './error-message.js';
import { spellings } from './leaks.js';
import type { CrashFinding, Invariant } from './report.js';
import type { FilledVersion } from './stage.js';
import type { Availability } from './subject.js';
import type { SeenInvocation } from './watch.js';

/** I1: the rotation reached a success state and AWSCURRENT logs in. */
export function currentWorks(seen: {
  /** How many rotations were tried, and how the last one ended. */
  readonly attempts: number;
  readonly succeeded: boolean;
  readonly lastError: string | undefined;
  readonly labels: ReadonlyMap<string, string>;
  /** Whether AWSCURRENT logs in, or why nobody could ask. */
  readonly login: boolean | Error;
}): readonly CrashFinding[] {
  const { attempts, succeeded, lastError = 'no error', labels, login } = seen;
  const found = findings('I1');
  if (!succeeded) found.add(`no success within ${attempts} attempts; the last one: ${lastError}`);
  const pending = labels.get('AWSPENDING');
  if (succeeded && pending !== undefined && pending !== labels.get('AWSCURRENT')) {
    found.add('the rotation succeeded, and AWSPENDING is on a version that is not AWSCURRENT');
  }
  if (login === false) found.add('AWSCURRENT is refused');
  if (login instanceof Error) found.add(`AWSCURRENT could not be tried: ${login.message}`);
  return found.all;
}

/** I2: consumers of AWSCURRENT were refused only when the strategy says that they may be. */
export function wasAvailable(seen: {
  readonly availability: Availability;
  readonly rotation: 'the disturbed rotation' | 'the next rotation';
  readonly refused: readonly Refusal[];
  readonly invocations: readonly SeenInvocation[];
}): readonly CrashFinding[] {
  const { availability, rotation, refused, invocations } = seen;
  const found = findings('I2');
  const within = availability === 'always' ? [] : gaps(invocations);
  const outside = refused.filter(({ from, to }) => !within.some((gap) => from <= gap.to && to >= gap.from));
  if (outside.length > 0) {
    const when = availability === 'always' ? '' : ', outside of setSecret to finishSecret';
    found.add(`consumers were refused ${outside.length} times in ${rotation}${when}, for ${refusedMillis(outside)} ms`);
  }
  return found.all;
}

/** I2: a consumer gets in when the rotation is over. @param works Whether it did. */
export function isAvailable(works: boolean): readonly CrashFinding[] {
  const found = findings('I2');
  if (!works) found.add('consumers did not get in within 5 s after the end');
  return found.all;
}

/** From the first setSecret to the end of the finishSecret that followed; what failed between prolongs it. */
function gaps(invocations: readonly SeenInvocation[]): readonly Span[] {
  const all: Span[] = [];
  let from: number | undefined;
  for (const { step, error, ...time } of invocations) {
    if (step === 'setSecret') from ??= time.from;
    if (step === 'finishSecret' && from !== undefined && error === undefined) {
      all.push({ from, to: time.to ?? Number.POSITIVE_INFINITY });
      from = undefined;
    }
  }
  return from === undefined ? all : [...all, { from, to: Number.POSITIVE_INFINITY }];
}

/** I3, passwords: no version logs in but AWSCURRENT, and AWSPREVIOUS where it is to. */
export async function onlyKnownValuesLogIn(seen: {
  readonly versions: readonly FilledVersion[];
  readonly previous: 'logs in' | 'is refused';
  login(value: string): Promise<boolean>;
}): Promise<readonly CrashFinding[]> {
  const { versions, previous, login } = seen;
  const found = findings('I3');
  const mayLogIn = versions.filter(
    ({ labels }) => labels.includes('AWSCURRENT') || (previous === 'logs in' && labels.includes('AWSPREVIOUS')),
  );
  const allowed = new Set(mayLogIn.map(({ value }) => value));
  const others = versions.filter(({ value }) => !allowed.has(value));
  for (const { labels, value } of others) {
    const name = labels.length === 0 ? 'a value without labels' : `the value of ${labels.join(', ')}`;
    try {
      if (await login(value)) found.add(`${name} still logs in`);
    } catch (error) {
      found.add(`${name} could not be tried: ${messageOf(error)}`);
    }
  }
  return found.all;
}

/** I3, users and privileges: as after a rotation that nothing disturbed. */
export function nothingLeftBehind(seen: {
  readonly undisturbed: readonly string[];
  readonly now: readonly string[];
}): readonly CrashFinding[] {
  const found = findings('I3');
  const missing = [...seen.undisturbed];
  for (const line of seen.now) {
    const at = missing.indexOf(line);
    if (at === -1) found.add(`there is, and was not to be: ${line}`);
    else missing.splice(at, 1);
  }
  for (const line of missing) found.add(`there is no longer: ${line}`);
  return found.all;
}

/** I4: nothing secret in what came out. */
export function nothingCameOut(seen: {
  /** Secrets by what they are. */
  readonly secrets: Readonly<Record<string, Iterable<string>>>;
  /** Texts by where they were found. */
  readonly places: Readonly<Record<string, string>>;
}): readonly CrashFinding[] {
  const found = findings('I4');
  for (const [kind, texts] of Object.entries(seen.secrets)) {
    const spelled = [...texts].flatMap(spellings);
    for (const [place, text] of Object.entries(seen.places)) {
      if (spelled.some((spelling) => text.includes(spelling))) found.add(`${kind} in ${place}`);
    }
  }
  return found.all;
}

/** I5: the next rotation works, at once. */
export function laterRotationWorks(seen: {
  readonly succeeded: boolean;
  readonly error: string | undefined;
  readonly login: boolean | Error;
}): readonly CrashFinding[] {
  const { succeeded, error = 'no error', login } = seen;
  const found = findings('I5');
  if (!succeeded) found.add(`the next rotation failed: ${error}`);
  if (login === false) found.add('AWSCURRENT is refused after the next rotation');
  if (login instanceof Error) found.add(`AWSCURRENT could not be tried after the next rotation: ${login.message}`);
  return found.all;
}

function findings(invariant: Invariant): { readonly all: CrashFinding[]; add(text: string): void } {
  const all: CrashFinding[] = [];
  return { all, add: (text) => void all.push({ invariant, text }) };
}

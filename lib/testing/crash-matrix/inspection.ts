/** Looks at what is there once a rotation is over. */
import { messageOf } from './error-message.js';
import { nothingLeftBehind, onlyKnownValuesLogIn } from './invariants.js';
import type { CrashFinding } from './report.js';
import type { Stage, StagedSecret } from './stage.js';
import type { CrashSubject } from './subject.js';

/** Whether AWSCURRENT logs in, or why nobody could ask. */
export async function currentLogsIn(stage: Stage, secret: StagedSecret): Promise<boolean | Error> {
  const value = await stage.current(secret);
  return stage.login(value).catch((error: unknown) => new Error(messageOf(error)));
}

/** I3. @param undisturbed Users and privileges after a rotation that nothing disturbed. @throws PlaceError */
export async function leftBehind(
  { availability, previous = availability === 'always' ? 'logs in' : 'is refused' }: CrashSubject,
  stage: Stage,
  secret: StagedSecret,
  undisturbed: readonly string[] | undefined,
): Promise<readonly CrashFinding[]> {
  const versions = await stage.versions(secret);
  const passwords = await onlyKnownValuesLogIn({ versions, previous, login: stage.login });
  const now = await stage.snapshot();
  const users = now === undefined || undisturbed === undefined ? [] : nothingLeftBehind({ undisturbed, now });
  return [...passwords, ...users];
}

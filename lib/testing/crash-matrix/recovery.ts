/** A rotation that may be disturbed, and what Secrets Manager does about it until it is complete. */
import type { RotationOutcome } from '../../emulator/index.js';
import type { Notes } from './notes.js';
import { errorOf, sentenceOf } from './outcomes.js';
import type { Stage, StagedSecret } from './stage.js';

/** Secrets Manager tries again by itself; how often, AWS does not say. */
const MOST_ATTEMPTS = 5;

/**
 * ASSUMPTION: what Secrets Manager does when the function was cut off between the move of AWSCURRENT and its answer was never
 * recorded. It may see a success in the labels, or an error in the invocation, and try again with the same token. So each such
 * cell runs twice, and both must end well.
 */
export type AfterDone = 'no attempt' | 'an attempt';

export interface Recovery {
  /** Of all attempts, the disturbed one included. */
  readonly outcomes: readonly RotationOutcome[];
  readonly complete: boolean;
  /** Why the last attempt failed, if it did. */
  readonly lastError: string | undefined;
  /** The function was cut off when the labels stood as after a success. */
  readonly cutOffWhenDone: boolean;
}

/** @param settled Resolves when what the disturbance did besides is over. */
export async function rotateAndRecover(
  stage: Stage,
  secret: StagedSecret,
  { afterDone, settled, notes }: { readonly afterDone: AfterDone; readonly notes: Notes; settled(): Promise<void> },
): Promise<Recovery> {
  const outcomes: RotationOutcome[] = [];
  const ended = (outcome: RotationOutcome) => {
    outcomes.push(outcome);
    notes.tell(sentenceOf(outcome));
    return outcome;
  };

  const disturbed = await stage.rotate(secret);
  // The function may fail while the target still restarts. Secrets Manager does not try again within milliseconds.
  await settled();
  let last = ended(disturbed);

  const cutOffWhenDone = await wasCutOffWhenDone(stage, secret, last);
  if (cutOffWhenDone && afterDone === 'an attempt') {
    notes.tell('The labels stand as after a success; Secrets Manager tries again with the same token.');
    last = ended(await stage.emulator.reattemptRotation(secret.arn));
    const error = errorOf(last);
    if (error !== undefined) {
      notes.find([{ invariant: 'I1', text: `an attempt after the labels moved failed: ${error}` }]);
    }
  }
  while (!(await isComplete(stage, secret, last)) && outcomes.length < MOST_ATTEMPTS) {
    const stuck = isStuck(await stage.labels(secret));
    notes.tell(stuck ? 'Secrets Manager tries again with the same token.' : 'RotateSecret again, with a new token.');
    last = ended(stuck ? await stage.emulator.reattemptRotation(secret.arn) : await stage.rotate(secret));
  }
  return { outcomes, complete: await isComplete(stage, secret, last), lastError: errorOf(last), cutOffWhenDone };
}

/** Where AWSPENDING is gone there is nothing to try again. */
async function wasCutOffWhenDone(stage: Stage, secret: StagedSecret, outcome: RotationOutcome): Promise<boolean> {
  if (outcome.status === 'Succeeded') return false;
  const labels = await stage.labels(secret);
  return labels.get('AWSCURRENT') === outcome.versionId && labels.get('AWSPENDING') === outcome.versionId;
}

/** Whether there is nothing left to do: it succeeded, or its function was cut off when the labels stood as after a success. */
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

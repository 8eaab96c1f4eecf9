/** How the end of a rotation is told. */
import type { RotationOutcome } from '../../emulator/index.js';

export function sentenceOf(outcome: RotationOutcome): string {
  if (outcome.status === 'Succeeded') return 'The rotation succeeded.';
  const failed = failedStep(outcome);
  const why = failed === undefined ? outcome.message : `${failed.step}: ${failed.errorType}: ${failed.error}`;
  return `The rotation ended as ${outcome.status}: ${why}`;
}

/** undefined: it succeeded. */
export function errorOf(outcome: RotationOutcome): string | undefined {
  if (outcome.status === 'Succeeded') return undefined;
  const failed = failedStep(outcome);
  return failed === undefined ? outcome.message : `${failed.step}: ${failed.error}`;
}

function failedStep({ steps }: RotationOutcome) {
  return steps.find(({ error }) => error !== undefined);
}

import { RotationError } from './errors.js';
import { type Invocation, rotatorWork, stepContext } from './invocation.js';
import type { SecretValue } from './rotator.js';

/** Whether the target takes the value, by the rotator's testSecret. Throws where it could not be asked. */
export async function accepted<T extends SecretValue>(invocation: Invocation<T>, pending: T): Promise<boolean> {
  const context = { ...stepContext(invocation), pending };
  try {
    await rotatorWork(invocation, 'testSecret', () => invocation.rotator.testSecret(context));
    return true;
  } catch (error) {
    if (!isRefusal(invocation, error)) throw error;
    return false;
  }
}

/** "Refused" and "could not ask" are different things: only the first calls for another value. */
export function isRefusal<T extends SecretValue>({ deadline }: Invocation<T>, error: unknown): boolean {
  const refused = !(error instanceof RotationError) || error.code === 'LoginRejected' || error.code === 'StepFailed';
  return refused && !deadline.signal.aborted;
}

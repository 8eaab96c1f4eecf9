import { types } from 'node:util';

/** A request to the control API that is not carried out. Its message goes to the caller: never a secret value. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const notFound = (message: string) => new Refused(404, 'NotFound', message);
export const conflict = (message: string) => new Refused(409, 'Conflict', message);

/** Carries out what refuses, with TypeError or RangeError, what it was given. */
export function given<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw asRefusal(error);
  }
}

/** The error of a method that was given something wrong, as a refusal; any other as it is. */
export function asRefusal(error: unknown): unknown {
  // Not instanceof: under a test runner, Node's own errors come from another realm.
  const isOfInput = types.isNativeError(error) && (error.name === 'TypeError' || error.name === 'RangeError');
  return isOfInput ? new Refused(400, 'InvalidInput', error.message) : error;
}

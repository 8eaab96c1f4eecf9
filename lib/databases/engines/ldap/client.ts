import { types } from 'node:util';
import { InvalidOptionsError } from '../../../rotation/errors.js';

export type Ldapts = typeof import('ldapts');

/** @param factory Which function needs it, for the message. @throws InvalidOptionsError */
export async function loadClient(factory: string): Promise<Ldapts> {
  try {
    return await import('ldapts');
  } catch (error) {
    if (!types.isNativeError(error) || !('code' in error) || !/MODULE_NOT_FOUND$/.test(String(error.code))) throw error;
    throw new InvalidOptionsError(factory, 'needs the npm package ldapts, which was not found: npm install ldapts', {
      cause: error,
    });
  }
}

import { types } from 'node:util';
import { InvalidOptionsError } from '../../../rotation/errors.js';

/** @returns What to throw when a package could not be imported: an InvalidOptionsError that says what to install, or the error itself if it is about something else. */
export function asMissingPackage(error: unknown, name: string, purpose = ''): unknown {
  if (!types.isNativeError(error) || !('code' in error) || !/MODULE_NOT_FOUND$/.test(String(error.code))) return error;
  return new InvalidOptionsError(
    'mysql() and mariadb()',
    `need the npm package ${name}${purpose && ` ${purpose}`}, which was not found: npm install ${name}`,
    { cause: error },
  );
}

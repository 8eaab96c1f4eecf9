import { InvalidSecretError } from '../../../rotation/errors.js';

/**
 * Whether a server keeps the name as it is: both trim spaces at the end and know no characters beyond the Basic Multilingual Plane, so such a name would stand for another user.
 */
export function isUsername(username: string): boolean {
  return !/ $|[\u{10000}-\u{10ffff}]/u.test(username);
}

/** @throws InvalidSecretError */
export function assertUsername(username: string): void {
  if (isUsername(username)) return;
  throw new InvalidSecretError(
    `The database has no user "${username}": names end in no space, and hold no characters beyond U+FFFF. Correct username in the secret.`,
    ['username is none that the database can have'],
  );
}

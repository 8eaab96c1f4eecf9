import { InvalidSecretError } from '../../../rotation/errors.js';

/**
 * An empty password makes a login anonymous, and a change one in which the server chooses. A half of a surrogate pair has no UTF-8, in which logins send it.
 * @param longest In UTF-16 code units. Default: no limit.
 * @throws InvalidSecretError
 * @see https://www.rfc-editor.org/rfc/rfc4513 section 5.1.2
 */
export function assertSendable(password: string, longest = Number.POSITIVE_INFINITY): void {
  if (password === '') throw unfit('is empty, which directories take for no password at all');
  if (/\p{Surrogate}/u.test(password)) throw unfit('holds half of a character');
  if (password.length > longest) throw unfit(`is longer than the ${longest} characters that the directory takes`);
}

function unfit(problem: string): InvalidSecretError {
  return new InvalidSecretError(`The password ${problem}. Nothing was changed.`, [`password ${problem}`]);
}

import type { Ldapts } from './client.js';

export const PASSWORD_MODIFY = '1.3.6.1.4.1.4203.1.11.1';

export interface PasswordModification {
  readonly user: string;
  /** Of the user itself; left out by an administrator. */
  readonly old?: string;
  readonly password: string;
}

/** The value of the extended request. The server hashes the password as it is set up to. @see https://www.rfc-editor.org/rfc/rfc3062 */
export function passwordModification({ BerWriter }: Ldapts, { user, old, password }: PasswordModification): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeString(user, 0x80);
  if (old !== undefined) writer.writeString(old, 0x81);
  writer.writeString(password, 0x82);
  writer.endSequence();
  return writer.buffer;
}

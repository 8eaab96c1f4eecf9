import type { BerReader, Control } from 'ldapts';
import type { Ldapts } from './client.js';

const OID = '1.3.6.1.4.1.42.2.27.8.5.1';
const ERROR = 0x81;
const REASONS = { 0: 'expired', 1: 'locked', 2: 'must be changed' } as const;

/** Sent along with a login, and written by what the server adds to its answer. */
export interface PasswordPolicyControl {
  readonly control: Control;
  /** What the server's policy says of the user. Undefined: nothing, or the server keeps it to itself (ppolicy_use_lockout). */
  reason(): 'expired' | 'locked' | 'must be changed' | undefined;
}

/** @see https://datatracker.ietf.org/doc/html/draft-behera-ldap-password-policy-11 section 6 */
export function passwordPolicyControl({ Control }: Ldapts): PasswordPolicyControl {
  let error: number | undefined;
  const control = Object.assign(new Control(OID), {
    parseControl(reader: BerReader) {
      reader.readSequence();
      while (reader.remain > 0) {
        const tag = reader.peek() ?? 0;
        if (tag === ERROR) error = reader.readTag(ERROR) ?? undefined;
        else if (reader.readString(tag, true) === null) return;
      }
    },
  });
  return { control, reason: () => (error === undefined ? undefined : REASONS[error as keyof typeof REASONS]) };
}

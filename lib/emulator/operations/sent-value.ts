import { refusals } from '../refusals.js';
import type { SecretValue } from '../secrets/secret.js';

interface ValueMembers {
  readonly SecretString?: string;
  readonly SecretBinary?: string;
}

/** The value that a request carries, if any. @throws Fault InvalidRequestException for both kinds at once */
export function sentValue({ SecretString, SecretBinary }: ValueMembers): SecretValue | undefined {
  if (SecretString !== undefined && SecretBinary !== undefined) throw refusals.oneValue();
  if (SecretString !== undefined) return { kind: 'string', text: SecretString };
  return SecretBinary === undefined ? undefined : { kind: 'binary', base64: SecretBinary };
}

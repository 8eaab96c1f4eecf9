import type { Principal } from './caller.js';
import { many } from './conditions.js';
import type { PolicyStatement } from './policy.js';

/**
 * How a statement of a resource's policy names a caller. 'itself' is the session, root or service; 'role' the role behind
 * a session; 'account' hands the decision to the caller's own policies; 'anyone' is `*`.
 */
export type Naming = 'itself' | 'role' | 'anyone' | 'account';

export function namingOf({ Principal }: PolicyStatement, caller: Principal): Naming | undefined {
  if (Principal === undefined) return undefined;
  if (Principal === '*') return 'anyone';
  if (caller.kind === 'service') return many(Principal.Service).includes(caller.arn) ? 'itself' : undefined;
  const named = many(Principal.AWS);
  if (named.includes(caller.arn)) return 'itself';
  if (caller.kind === 'session' && named.includes(caller.role.roleArn)) return 'role';
  if (named.includes('*')) return 'anyone';
  const account = [caller.accountId, `arn:aws:iam::${caller.accountId}:root`];
  return named.some((name) => account.includes(name)) ? 'account' : undefined;
}

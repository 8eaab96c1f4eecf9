import { callerKeys } from './access.js';
import type { Caller } from './caller.js';
import { type ConditionKeys, conditionsHold, many } from './conditions.js';
import { fitsGlob } from './glob.js';
import type { PolicyStatement } from './policy.js';
import type { Role } from './roles.js';

/**
 * What a role's trust policy says to a caller. 'named' is a caller whose own ARN is trusted; 'delegated' is one whose
 * account is, so that its own policies decide as well, even in the same account.
 */
export type Trust = 'named' | 'delegated' | 'denied' | 'none';

export function trustOf(role: Role, caller: Caller, requestKeys: ConditionKeys): Trust {
  const keys: ConditionKeys = new Map([...callerKeys(caller), ...requestKeys]);
  const statements = many(role.trustPolicy.Statement).filter(
    (statement) => coversAssumeRole(statement) && conditionsHold(statement.Condition, keys),
  );
  const relations = (effect: 'Allow' | 'Deny') =>
    statements.filter((statement) => statement.Effect === effect).map((statement) => relationOf(statement, caller));
  if (relations('Deny').some((relation) => relation !== 'none')) return 'denied';
  const allowed = relations('Allow');
  if (allowed.includes('named')) return 'named';
  return allowed.includes('delegated') ? 'delegated' : 'none';
}

function coversAssumeRole({ Action, NotAction }: PolicyStatement): boolean {
  const fits = (pattern: string) => fitsGlob(pattern.toLowerCase(), 'sts:assumerole');
  return NotAction === undefined ? many(Action).some(fits) : !many(NotAction).some(fits);
}

function relationOf({ Principal }: PolicyStatement, caller: Caller): 'named' | 'delegated' | 'none' {
  if (Principal === undefined) return 'none';
  const trusted = Principal === '*' ? ['*'] : many(Principal.AWS);
  const named = ['*', ...(caller.kind === 'root' ? [] : [caller.arn, caller.role.roleArn])];
  if (trusted.some((principal) => named.includes(principal))) return 'named';
  const account = [caller.accountId, `arn:aws:iam::${caller.accountId}:root`];
  return trusted.some((principal) => account.includes(principal)) ? 'delegated' : 'none';
}

import type { Principal } from './caller.js';
import { many } from './conditions.js';
import type { PolicyStatement, PrincipalElement } from './policy.js';

/**
 * How a statement of a resource's policy names a caller. 'itself' is the session, root or service, be it as one of all (`*`);
 * 'role' is the role behind a session; 'account' hands the decision to the caller's own policies.
 */
export type Naming = 'itself' | 'role' | 'account';

export function namingOf({ Principal, NotPrincipal }: PolicyStatement, caller: Principal): Naming | undefined {
  if (NotPrincipal !== undefined) return isSpared(NotPrincipal, caller) ? undefined : 'itself';
  if (Principal === undefined) return undefined;
  return identitiesOf(caller).find(({ names }) => isListed(Principal, caller, names))?.naming;
}

/**
 * A NotPrincipal spares a session only when it lists the session, its role and its account: AWS's documents ask for all
 * three. Next to a permissions boundary it spares nobody, as they warn as well.
 */
function isSpared(element: PrincipalElement, caller: Principal): boolean {
  if (element === '*') return true;
  if (caller.kind === 'session' && caller.role.permissionsBoundary !== undefined) return false;
  return identitiesOf(caller).every(({ names }) => isListed(element, caller, names));
}

/** What a caller is, from the nearest: a wildcard names it as directly as its own ARN does. */
function identitiesOf(caller: Principal): readonly { readonly naming: Naming; readonly names: readonly string[] }[] {
  if (caller.kind === 'service') return [{ naming: 'itself', names: [caller.arn] }];
  const account = [caller.accountId, `arn:aws:iam::${caller.accountId}:root`];
  if (caller.kind === 'root') return [{ naming: 'itself', names: [...account, '*'] }];
  return [
    { naming: 'itself', names: [caller.arn, '*'] },
    { naming: 'role', names: [caller.role.roleArn] },
    { naming: 'account', names: account },
  ];
}

/** Federated users and canonical users are callers that do not exist here. */
function isListed(element: PrincipalElement, caller: Principal, names: readonly string[]): boolean {
  if (element === '*') return true;
  const listed = many(caller.kind === 'service' ? element.Service : element.AWS);
  return listed.some((name) => names.includes(name));
}

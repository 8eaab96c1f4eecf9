import { Fault } from '../fault.js';
import type { AccessRequest } from './access-request.js';
import type { Decision, PolicyKind } from './decision.js';

/** The words of policies in a refusal [recorded-authority B1 to B9; AWS's documents for trust]. */
const words: Readonly<Record<PolicyKind, string>> = {
  identity: 'identity-based policy',
  'permissions boundary': 'permissions boundary',
  session: 'session policy',
  resource: 'resource-based policy',
  function: 'resource-based policy',
  key: 'resource-based policy',
  grant: 'resource-based policy',
  trust: 'role trust policy',
};

/** A refusal as the caller gets to read it: STS has a code and a status of its own. */
export function refusalOf(
  decision: Decision,
  {
    caller,
    action,
    resource,
    resourceAsSent,
  }: Pick<AccessRequest, 'caller' | 'action' | 'resource' | 'resourceAsSent'>,
): Fault {
  const { missing, statements } = decision;
  const kind = missing ?? statements[0]?.kind ?? 'identity';
  const article = /^[aeiou]/.test(words[kind]) ? 'an' : 'a';
  const reason =
    missing === undefined
      ? `with an explicit deny in ${article} ${words[kind]}`
      : `because no ${words[kind]} allows the ${action} action`;
  // Without a resource the middle of the sentence is left out [B7]; a key of another account is not named [B14].
  const hidden = action.startsWith('kms:') && caller.kind !== 'service' && resource?.accountId !== caller.accountId;
  const named = resourceAsSent === undefined ? '' : ` on resource: ${resourceAsSent}`;
  const message = `User: ${caller.arn} is not authorized to perform: ${action}${hidden ? ' on this resource' : named} ${reason}`;
  return action.startsWith('sts:')
    ? new Fault('AccessDenied', message, 403)
    : new Fault('AccessDeniedException', message);
}

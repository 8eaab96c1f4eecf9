import type { AccessedResource } from './access/access-request.js';
import { type Principal, rootOf } from './access/caller.js';
import type { Decision } from './access/decision.js';
import { parseKeyArn, parseRoleArn, parseSecretArn, sessionArn } from './arns.js';
import type { PolicySimulation } from './emulator.js';
import { coversContext, keyGrant } from './kms/grant.js';
import type { World } from './world.js';

/** Decides a request that nobody makes. @throws RangeError when there is no such caller */
export function simulate(world: World, { callerArn, action, resourceArn, context = {} }: PolicySimulation): Decision {
  const caller = callerOf(world, callerArn);
  const keys = Object.entries(context).map(([key, value]) => [key.toLowerCase(), value] as const);
  const ownAccount = caller.kind === 'service' ? '' : caller.accountId;
  return world.service.access.decide({
    caller,
    action,
    ...(resourceArn !== undefined && { resource: resourceOf(world, resourceArn, ownAccount, context) }),
    keys: new Map(keys),
    decisions: [],
  });
}

function callerOf({ roles }: World, callerArn: string): Principal {
  if (/^[\w.-]+\.amazonaws\.com$/.test(callerArn)) return { kind: 'service', arn: callerArn };
  const [, account] = /^arn:aws[a-z-]*:iam::(\d{12}):root$/.exec(callerArn) ?? [];
  if (account !== undefined) return rootOf(account);
  const role = roles.get(callerArn);
  if (role === undefined) throw new RangeError(`no role, no account's root and no service: ${callerArn}`);
  const { accountId, id } = role;
  return { kind: 'session', accountId, arn: sessionArn(role, session), userId: `${id}:${session}`, role };
}

const session = 'simulation';

/** The resource with its policy, where the emulator has it. An ARN without an account is one of the caller's. */
function resourceOf(
  { service, roles }: World,
  arn: string,
  ownAccount: string,
  context: NonNullable<PolicySimulation['context']>,
): AccessedResource {
  const accountId = arn.split(':')[4] || ownAccount;
  const role = parseRoleArn(arn) && roles.get(arn);
  if (role) return { arn, accountId, policy: { kind: 'trust', of: arn, document: role.trustPolicy } };
  const secret = parseSecretArn(arn) && service.secrets.findAnywhere(arn);
  if (secret?.resourcePolicy) {
    return { arn: secret.arn, accountId, policy: { kind: 'resource', of: arn, document: secret.resourcePolicy } };
  }
  const key = parseKeyArn(arn) && service.keys.get(arn);
  if (key) {
    const grants = [...key.grants.values()]
      .filter((grant) => coversContext(grant, encryptionContext(context)))
      .map(keyGrant);
    return { arn, accountId, policy: { kind: 'key', of: arn, document: key.policy, grants } };
  }
  return service.functions.resource(arn) ?? { arn, accountId };
}

function encryptionContext(context: NonNullable<PolicySimulation['context']>): Record<string, string> {
  const prefix = 'kms:encryptioncontext:';
  return Object.fromEntries(
    Object.entries(context)
      .filter(([key]) => key.toLowerCase().startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), String(value)] as const),
  );
}

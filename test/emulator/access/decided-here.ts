/** What this evaluator makes of a generated case. */
import { Access } from '../../../lib/emulator/access/access.js';
import type { Principal } from '../../../lib/emulator/access/caller.js';
import { globalKeys } from '../../../lib/emulator/access/global-keys.js';
import { RoleTable } from '../../../lib/emulator/access/roles.js';
import type { Decision, PolicyDocument, PolicyStatement } from '../../../lib/emulator/index.js';
import { randomness } from '../../../lib/emulator/random.js';
import { home, roleArn, type Sample, sessionArn } from './iam-samples.js';

export type Outcome = 'Allowed' | 'ExplicitlyDenied' | 'ImplicitlyDenied';

const time = new Date('2026-09-24T06:11:41.825Z');
const access = new Access(() => time, false, 1);
const roles = new RoleTable(randomness(1, 'role ids'));
const trustPolicy: PolicyDocument = {
  Statement: { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
};

export function decisionOf(sample: Sample): { decision: Decision; keys: Record<string, string | string[]> } {
  const { kind, action, resource, resourceAccount, resourcePolicy } = sample;
  const caller = callerOf(sample);
  const request = {
    caller,
    action,
    ...(resource !== '*' && {
      resource: {
        arn: resource,
        accountId: resourceAccount,
        ...(resourcePolicy && { policy: { kind, of: resource, document: resourcePolicy } }),
      },
    }),
    keys: new Map([
      ['aws:requestedregion', 'us-west-2'] as const,
      ...Object.entries(sample.keys).map(([key, value]) => [key.toLowerCase(), value] as const),
    ]),
    decisions: [],
  };
  const keys = [...globalKeys({ ...request, time }), ...request.keys];
  return {
    decision: access.decide(request),
    keys: Object.fromEntries(keys.map(([key, value]) => [key, typeof value === 'string' ? value : [...value]])),
  };
}

function callerOf({ kind, identity, boundary, session }: Sample): Principal {
  if (kind === 'function') return { kind: 'service', arn: 'secretsmanager.amazonaws.com' };
  const role = roles.put({
    roleArn,
    trustPolicy,
    policies: identity,
    tags: { Team: 'blue' },
    ...(boundary && { permissionsBoundary: boundary }),
  });
  return {
    kind: 'session',
    accountId: home,
    arn: sessionArn,
    userId: `${role.id}:me`,
    role,
    ...(session && { sessionPolicy: session }),
  };
}

export function outcomeOf({ allowed, missing }: Decision): Outcome {
  if (allowed) return 'Allowed';
  return missing === undefined ? 'ExplicitlyDenied' : 'ImplicitlyDenied';
}

/** The case once without each of its statements. */
export function withoutOneStatement(sample: Sample): Sample[] {
  const { identity, boundary, session, resourcePolicy } = sample;
  return [
    ...identity.flatMap((policy, i) =>
      shortened(policy).map((less) => ({ ...sample, identity: identity.map((other, j) => (i === j ? less : other)) })),
    ),
    ...(boundary ? shortened(boundary).map((less) => ({ ...sample, boundary: less })) : []),
    ...(session ? shortened(session).map((less) => ({ ...sample, session: less })) : []),
    ...(resourcePolicy ? shortened(resourcePolicy).map((less) => ({ ...sample, resourcePolicy: less })) : []),
  ];
}

const nothing: PolicyDocument['Statement'] = { Effect: 'Allow', Action: 'none:none', Resource: 'arn:aws:none:::none' };

function shortened(policy: PolicyDocument): PolicyDocument[] {
  const statements = [policy.Statement].flat();
  return statements.map((_, i) => {
    const rest = statements.filter((_, j) => j !== i);
    return { ...policy, Statement: rest.length > 0 ? rest : nothing };
  });
}

/** The case once with a statement more in each kind of policy that could lack one. */
export function withOneStatementMore(sample: Sample): Sample[] {
  const { action, kind, identity, boundary, session, resourcePolicy } = sample;
  const more: PolicyStatement = { Effect: 'Allow', Action: action, Resource: '*' };
  const longer = (policy: PolicyDocument | undefined, statement = more): PolicyDocument => ({
    Version: '2012-10-17',
    Statement: [...[policy?.Statement ?? []].flat(), statement],
  });
  const { Resource: _, ...anywhere } = more;
  const named: PolicyStatement = { ...(kind === 'trust' ? anywhere : more), Principal: '*' };
  return [
    ...(kind === 'function' ? [] : [{ ...sample, identity: [...identity, longer(undefined)] }]),
    ...(boundary ? [{ ...sample, boundary: longer(boundary) }] : []),
    ...(session ? [{ ...sample, session: longer(session) }] : []),
    ...(resourcePolicy ? [{ ...sample, resourcePolicy: longer(resourcePolicy, named) }] : []),
  ];
}

import type { Caller } from '../access/caller.js';
import type { PolicyDocument } from '../access/policy.js';
import { policyDefect } from '../access/policy-check.js';
import type { Role } from '../access/roles.js';
import { sessionArn } from '../arns.js';
import { Fault } from '../fault.js';
import type { Members } from '../shapes/shape.js';
import { stsOperation } from './operation.js';

const input = {
  RoleArn: { kind: 'string', min: 20, max: 2048, required: true },
  RoleSessionName: { kind: 'string', min: 2, max: 64, pattern: /^[\w+=,.@-]*$/, required: true },
  DurationSeconds: { kind: 'integer', min: 900, max: 43_200 },
  // Whoever knows it may be one of those it keeps out.
  ExternalId: { kind: 'string', min: 2, max: 1224, pattern: /^[\w+=,.@:/-]*$/, sensitive: true },
  Policy: { kind: 'string', min: 1, max: 2048 },
} as const satisfies Members;

const anHour = 3600;

/** Hands out a session of a role to whom its trust policy lets in. Roots may assume roles here, unlike on AWS. */
export const assumeRole = stsOperation({
  name: 'AssumeRole',
  input,
  run({ input, caller, region, roles, sessions, access, decisions }) {
    const role = roles.get(input.RoleArn);
    // [recorded-authority B15]: a role that STS does not (yet) see is refused in the same words, without a reason.
    if (role === undefined) throw refused(caller, input.RoleArn);
    const keys = new Map([
      ['aws:requestedregion', region],
      ['sts:rolesessionname', input.RoleSessionName],
    ]);
    if (input.ExternalId !== undefined) keys.set('sts:externalid', input.ExternalId);
    access.authorize({
      caller,
      action: 'sts:AssumeRole',
      resource: {
        arn: role.roleArn,
        accountId: role.accountId,
        policy: { kind: 'trust', of: role.roleArn, document: role.trustPolicy },
      },
      resourceAsSent: role.roleArn,
      keys,
      decisions,
    });
    const policy = input.Policy === undefined ? undefined : parsePolicy(input.Policy);
    const seconds = input.DurationSeconds ?? anHour;
    checkDuration(seconds, role, caller);
    const credentials = sessions.open(role, input.RoleSessionName, {
      seconds,
      ...(policy !== undefined && { policy }),
      // A rotation function's requests stay its own, through whichever role it makes them.
      ...(caller.kind === 'session' && caller.functionArn !== undefined && { functionArn: caller.functionArn }),
    });
    return {
      AssumedRoleUser: {
        AssumedRoleId: `${role.id}:${input.RoleSessionName}`,
        Arn: sessionArn(role, input.RoleSessionName),
      },
      Credentials: {
        AccessKeyId: credentials.accessKeyId,
        SecretAccessKey: credentials.secretAccessKey,
        SessionToken: credentials.sessionToken ?? '',
        Expiration: `${credentials.expiration?.toISOString().slice(0, 19)}Z`,
      },
      PackedPolicySize: packedPolicySize(input.Policy),
    };
  },
});

function refused(caller: Caller, roleArn: string): Fault {
  const message = `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`;
  return new Fault('AccessDenied', message, 403);
}

function parsePolicy(text: string): PolicyDocument {
  let document: PolicyDocument | undefined;
  try {
    document = JSON.parse(text);
  } catch {
    throw new Fault('MalformedPolicyDocument', 'This policy contains invalid Json');
  }
  const defect = policyDefect(document, 'identity');
  if (defect !== undefined || document === undefined) {
    throw new Fault('MalformedPolicyDocument', `Syntax errors in policy: ${defect}.`);
  }
  return document;
}

function checkDuration(seconds: number, role: Role, caller: Caller): void {
  if (caller.kind === 'session' && seconds > anHour) {
    throw new Fault(
      'ValidationError',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    );
  }
  if (seconds > (role.maxSessionSeconds ?? anHour)) {
    throw new Fault(
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    );
  }
}

/** A percentage of a limit on a packed form that AWS keeps to itself: recorded 18 without a policy, 22 to 28 with one. */
function packedPolicySize(policy: string | undefined): number {
  return policy === undefined ? 18 : Math.min(100, 22 + Math.floor(policy.length / 64));
}

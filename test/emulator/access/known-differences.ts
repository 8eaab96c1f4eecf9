/**
 * Where this evaluator and IAM Simulate are meant to differ, and why. Each is told as a rewriting that takes the disputed part out
 * of a case, with the same effect here: what is left must be decided alike.
 */
import { many } from '../../../lib/emulator/access/conditions.js';
import { type Finding, findingsIn } from '../../../lib/emulator/access/evaluate.js';
import { fitsGlob } from '../../../lib/emulator/access/glob.js';
import { resolverOf } from '../../../lib/emulator/access/variables.js';
import type { OneOrMany, PolicyDocument, PolicyStatement } from '../../../lib/emulator/index.js';
import { home, roleArn, type Sample, sessionArn, variable } from './iam-samples.js';

export type Keys = Readonly<Record<string, string | readonly string[]>>;

interface KnownDifference {
  readonly name: string;
  readonly because: string;
  /** A case that the two decide differently; the rest of it is `plainCase`. */
  readonly example: Partial<Sample>;
  rewrite(sample: Sample, keys: Keys): Sample;
}

const noArn = 'arn:aws:iam::000000000000:role/none';

const secretPrefix = `arn:aws:secretsmanager:us-west-2:${home}:secret:`;

/** A session reads a secret, and nothing allows it. */
export const plainCase: Sample = {
  kind: 'resource',
  action: 'secretsmanager:GetSecretValue',
  resource: `${secretPrefix}app/db-a1B2c3`,
  resourceAccount: home,
  keys: {},
  identity: [],
  boundary: undefined,
  session: undefined,
  resourcePolicy: undefined,
};

function allowing(rest: Partial<PolicyStatement>): PolicyDocument {
  const about = rest.NotResource === undefined ? { Resource: '*' } : {};
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: plainCase.action, ...about, ...rest }] };
}

function whenTeam(value: string): Partial<PolicyStatement> {
  return { Condition: { StringEquals: { 'aws:PrincipalTag/Team': value } } };
}

export const knownDifferences: readonly KnownDifference[] = [
  {
    name: 'a star crosses colons',
    because: 'recorded-authority C17: `*` in a resource crosses ":" and "/". The simulator matches part by part.',
    example: { identity: [allowing({ Resource: 'arn:aws:secretsmanager:*:app/db-a1B2c3' })] },
    rewrite: (sample) =>
      eachStatement(sample, (statement) =>
        eachResource(statement, (pattern) =>
          pattern.startsWith('arn:') && pattern.split(':').length < 6
            ? fitsGlob(pattern, sample.resource)
              ? '*'
              : noArn
            : pattern,
        ),
      ),
  },
  {
    name: 'variables of 2008',
    because: "AWS's guide, Version: in a policy of 2008-10-17 (or without a Version) variables are plain text.",
    example: { identity: [{ ...allowing(whenTeam(variable('aws:PrincipalTag/Team'))), Version: '2008-10-17' }] },
    rewrite: (sample) =>
      eachPolicy(sample, (policy) =>
        policy.Version === '2008-10-17'
          ? withStatements(policy, (statement) =>
              eachValue(
                eachResource(statement, (pattern) => (pattern.includes('${') ? noArn : pattern)),
                (value, operator) => (value.includes('${') ? otherThanAny(operator) : value),
              ),
            )
          : policy,
      ),
  },
  {
    name: 'NotResource with a variable that has no value',
    because:
      "AWS's guide, policy variables with no value: nothing is like it, so everything is left over by NotResource.",
    example: { identity: [allowing({ NotResource: `${secretPrefix}\${aws:PrincipalTag/None}*` })] },
    rewrite: (sample, keys) =>
      eachStatement(sample, (statement, { Version }) =>
        statement.NotResource === undefined
          ? statement
          : eachResource(statement, (pattern) => (hasNoValue(pattern, Version, keys) ? noArn : pattern)),
      ),
  },
  {
    name: 'negated operator and a variable that has no value',
    because: "AWS's guide, policy variables with no value: nothing is equal to it, so operators with Not match.",
    example: {
      identity: [
        allowing({ Condition: { StringNotEquals: { 'aws:PrincipalTag/Team': variable('aws:PrincipalTag/None') } } }),
      ],
    },
    rewrite: (sample, keys) =>
      eachStatement(sample, (statement, { Version }) =>
        eachValue(statement, (value, operator) =>
          operator.includes('Not') && hasNoValue(value, Version, keys) ? otherThanAny(operator) : value,
        ),
      ),
  },
  {
    name: 'ForAnyValue with IfExists on an absent key',
    because:
      "AWS's guide, IfExists: when the key is absent the condition is true, with whatever operator; as C17 for IfExists.",
    example: { identity: [allowing({ Condition: { 'ForAnyValue:StringEqualsIfExists': { 'aws:TagKeys': 'Team' } } })] },
    rewrite: (sample, keys) =>
      eachStatement(sample, (statement) => {
        const { Condition } = statement;
        if (Condition === undefined) return statement;
        const rest = Object.entries(Condition).filter(
          ([operator, tests]) =>
            !/^ForAnyValue:.*IfExists$/.test(operator) || Object.keys(tests).some((key) => key.toLowerCase() in keys),
        );
        return { ...statement, Condition: Object.fromEntries(rest) };
      }),
  },
  {
    name: 'a silent session policy and a session that is named itself',
    because: 'recorded-authority C3: a resource policy that names the session passes a silent session policy by.',
    example: {
      resourcePolicy: allowing({ Principal: { AWS: sessionArn } }),
      session: allowing({ Action: 'secretsmanager:ListSecrets' }),
    },
    rewrite: (sample, keys) => {
      const { session, resourceAccount } = sample;
      const names = findingsOnResource(sample, keys).some(
        ({ statement }) => statement.Effect === 'Allow' && namesItself(statement),
      );
      if (session === undefined || resourceAccount !== home || !names) return sample;
      // The statement lets the session policy pass; its denials stay.
      const passing: PolicyStatement = { Effect: 'Allow', Action: sample.action, Resource: '*' };
      return { ...sample, session: { ...session, Statement: [passing, ...many(session.Statement)] } };
    },
  },
  {
    name: 'variables for characters, where nothing is a wildcard',
    because:
      "AWS's guide, policy variables: the three stand for their characters. The simulator takes them as text beside StringEquals.",
    example: {
      keys: { 'aws:ResourceTag/Team': 'b*' },
      identity: [allowing({ Condition: { StringEquals: { 'aws:ResourceTag/Team': `b${variable('*')}` } } })],
    },
    rewrite: (sample) =>
      eachStatement(sample, (statement, { Version }) =>
        eachValue(statement, (value, operator) =>
          Version === '2012-10-17' && operator.includes('Equals') && !operator.includes('Arn')
            ? value.replace(/\$\{([*?$])\}/g, '$1')
            : value,
        ),
      ),
  },
  {
    name: 'a variable for a whole ARN',
    because:
      "AWS's guide, policy variables: they are replaced before values are compared. The simulator takes the text apart at its colons first, those of the variable's name among them.",
    example: {
      identity: [allowing({ Condition: { ArnEquals: { 'aws:PrincipalArn': variable('aws:PrincipalArn') } } })],
    },
    rewrite: (sample, keys) =>
      eachStatement(sample, (statement, { Version }) =>
        eachValue(statement, (value, operator) =>
          operator.includes('Arn') && /^\$\{[^}]*\}$/.test(value) ? (filledIn(value, Version, keys) ?? value) : value,
        ),
      ),
  },
  {
    name: 'NotIpAddress and an address of the other family',
    because:
      "AWS's guide, IP address operators: NotIpAddress is all addresses but those. The simulator knows it of blocks, but takes one IPv6 address to be neither equal nor unequal to an IPv4 address.",
    example: { identity: [allowing({ Condition: { NotIpAddress: { 'aws:SourceIp': '::1' } } })] },
    rewrite: (sample) =>
      eachStatement(sample, (statement) => eachValue(statement, (value) => (value === '::1' ? '::1/128' : value))),
  },
  {
    name: 'NotPrincipal without the session',
    because: "AWS's guide, NotPrincipal: to spare a session, list the session, its role and its account.",
    example: { identity: [allowing({})], resourcePolicy: allowing({ Effect: 'Deny', NotPrincipal: { AWS: roleArn } }) },
    rewrite: (sample) =>
      eachStatement(sample, (statement) => {
        const { NotPrincipal, ...rest } = statement;
        const listed = typeof NotPrincipal === 'object' ? many(NotPrincipal.AWS) : [];
        return listed.includes(roleArn) && !listed.includes(sessionArn) ? { ...rest, Principal: '*' } : statement;
      }),
  },
];

/** A value that no key here has. */
function otherThanAny(operator: string): string {
  return operator.includes('Arn') ? noArn : 'none';
}

/** Statements of the resource's policy that speak of the request: others let nobody pass. */
function findingsOnResource({ kind, action, resource, resourcePolicy }: Sample, keys: Keys): readonly Finding[] {
  if (resourcePolicy === undefined) return [];
  const policy = { kind, of: resource, document: resourcePolicy };
  return findingsIn([policy], { action, resource, keys: new Map(Object.entries(keys)) });
}

function namesItself({ Principal }: PolicyStatement): boolean {
  if (Principal === undefined || Principal === '*') return Principal === '*';
  return many(Principal.AWS).some((name) => name === '*' || name === sessionArn);
}

function hasNoValue(text: string, version: string | undefined, keys: Keys): boolean {
  return filledIn(text, version, keys) === undefined;
}

function filledIn(text: string, version: string | undefined, keys: Keys): string | undefined {
  return resolverOf(version, new Map(Object.entries(keys)))(text, 'plain');
}

function each<T, U>(values: OneOrMany<T>, rewrite: (value: T) => U): OneOrMany<U> {
  return isList(values) ? values.map(rewrite) : rewrite(values);
}

function isList<T>(values: OneOrMany<T>): values is readonly T[] {
  return Array.isArray(values);
}

function eachPolicy(sample: Sample, rewrite: (policy: PolicyDocument) => PolicyDocument): Sample {
  const optional = (policy: PolicyDocument | undefined) => policy && rewrite(policy);
  return {
    ...sample,
    identity: sample.identity.map(rewrite),
    boundary: optional(sample.boundary),
    session: optional(sample.session),
    resourcePolicy: optional(sample.resourcePolicy),
  };
}

function withStatements(
  policy: PolicyDocument,
  rewrite: (statement: PolicyStatement) => PolicyStatement,
): PolicyDocument {
  return { ...policy, Statement: each(policy.Statement, rewrite) };
}

function eachStatement(
  sample: Sample,
  rewrite: (statement: PolicyStatement, policy: PolicyDocument) => PolicyStatement,
): Sample {
  return eachPolicy(sample, (policy) => withStatements(policy, (statement) => rewrite(statement, policy)));
}

function eachResource(statement: PolicyStatement, rewrite: (pattern: string) => string): PolicyStatement {
  const { Resource, NotResource } = statement;
  return {
    ...statement,
    ...(Resource !== undefined && { Resource: each(Resource, rewrite) }),
    ...(NotResource !== undefined && { NotResource: each(NotResource, rewrite) }),
  };
}

function eachValue(statement: PolicyStatement, rewrite: (value: string, operator: string) => string): PolicyStatement {
  if (statement.Condition === undefined) return statement;
  const Condition = Object.fromEntries(
    Object.entries(statement.Condition).map(([operator, tests]) => [
      operator,
      Object.fromEntries(
        Object.entries(tests).map(([key, values]) => [key, each(values, (value) => rewrite(String(value), operator))]),
      ),
    ]),
  );
  return { ...statement, Condition };
}

/** Requests, and policies that are about them: nearly every part fits, or misses by little. */
import fc from 'fast-check';
import type { PolicyDocument, PolicyStatement } from '../../../lib/emulator/index.js';

export const home = '111122223333';
export const abroad = '444455556666';
const region = 'us-west-2';
export const roleArn = `arn:aws:iam::${home}:role/app`;
export const sessionArn = `arn:aws:sts::${home}:assumed-role/app/me`;

export interface Sample {
  readonly kind: 'resource' | 'key' | 'trust' | 'function';
  readonly action: string;
  /** `*` for an action without a resource. */
  readonly resource: string;
  readonly resourceAccount: string;
  readonly keys: Readonly<Record<string, string | readonly string[]>>;
  readonly identity: readonly PolicyDocument[];
  readonly boundary: PolicyDocument | undefined;
  readonly session: PolicyDocument | undefined;
  readonly resourcePolicy: PolicyDocument | undefined;
}

interface Scene {
  readonly kind: Sample['kind'];
  readonly actions: readonly string[];
  /** The last part of the ARN, which differs little from its neighbours'. */
  readonly resources: readonly string[];
  readonly service: string;
  readonly region: string;
  /** What a request may have, by key, with values that are near each other. */
  readonly keys: Readonly<Record<string, readonly (string | readonly string[])[]>>;
}

const secretArn = (account: string) => `arn:aws:secretsmanager:${region}:${account}:secret:app/db-a1B2c3`;
const functionArn = `arn:aws:lambda:${region}:${home}:function:rotate`;

const secretScene: Scene = {
  kind: 'resource',
  actions: ['secretsmanager:GetSecretValue', 'secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'],
  resources: ['secret:app/db-a1B2c3', 'secret:app/db-x9Y8z7', 'secret:app/db-2-a1B2c3', 'secret:app-db'],
  service: 'secretsmanager',
  region,
  keys: {
    'secretsmanager:SecretId': [secretArn(home), secretArn(abroad)],
    'secretsmanager:resource/AllowRotationLambdaArn': [functionArn, `${functionArn}2`],
    'secretsmanager:SecretPrimaryRegion': [region, 'us-west-1'],
    'aws:ResourceTag/Team': ['blue', 'red', 'Blue', 'b*'],
  },
};

const scenes: readonly Scene[] = [
  secretScene,
  {
    ...secretScene,
    actions: ['secretsmanager:GetSecretValue'],
    keys: {
      ...secretScene.keys,
      'secretsmanager:VersionStage': ['AWSCURRENT', 'AWSPENDING', 'awscurrent'],
      'secretsmanager:VersionId': ['11111111-1111-1111-1111-111111111111', '11111111-1111-1111-1111-111111111112'],
    },
  },
  {
    ...secretScene,
    actions: ['secretsmanager:TagResource'],
    keys: {
      ...secretScene.keys,
      'aws:RequestTag/Team': ['blue', 'red'],
      'aws:TagKeys': [['Team'], ['Team', 'Stage'], ['Stage']],
    },
  },
  {
    ...secretScene,
    actions: ['secretsmanager:DeleteSecret'],
    keys: {
      ...secretScene.keys,
      'secretsmanager:RecoveryWindowInDays': ['7', '8', '30'],
      'secretsmanager:ForceDeleteWithoutRecovery': ['true', 'false'],
    },
  },
  {
    ...secretScene,
    actions: ['secretsmanager:RotateSecret'],
    keys: {
      ...secretScene.keys,
      'secretsmanager:RotationLambdaARN': [functionArn, `${functionArn}2`],
      'secretsmanager:RotateImmediately': ['true', 'false'],
      'secretsmanager:ModifyRotationRules': ['true'],
    },
  },
  {
    kind: 'resource',
    actions: ['secretsmanager:ListSecrets', 'secretsmanager:GetRandomPassword'],
    resources: ['*'],
    service: 'secretsmanager',
    region,
    keys: {},
  },
  {
    kind: 'key',
    actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
    resources: ['key/11111111-aaaa-1111-aaaa-111111111111', 'key/11111111-aaaa-1111-aaaa-111111111112'],
    service: 'kms',
    region,
    keys: {
      'kms:ViaService': ['secretsmanager.us-west-2.amazonaws.com', 'secretsmanager.us-west-1.amazonaws.com'],
      'kms:CallerAccount': [home, abroad],
      'kms:EncryptionAlgorithm': ['SYMMETRIC_DEFAULT', 'RSAES_OAEP_SHA_1'],
      'kms:EncryptionContextKeys': [['SecretARN', 'SecretVersionId'], ['SecretARN']],
    },
  },
  {
    kind: 'trust',
    actions: ['sts:AssumeRole'],
    resources: ['role/SecretRotation', 'role/SecretRotation2', 'role/path/SecretRotation'],
    service: 'iam',
    region: '',
    keys: {
      'sts:ExternalId': ['ticket-42', 'ticket-43'],
      'sts:RoleSessionName': ['rotate@1', 'rotate@2'],
    },
  },
  {
    kind: 'function',
    actions: ['lambda:InvokeFunction'],
    resources: ['function:rotate', 'function:rotate2'],
    service: 'lambda',
    region,
    keys: {
      'aws:SourceAccount': [home, abroad],
      'aws:SourceArn': [secretArn(home), secretArn(abroad)],
    },
  },
];

/** Keys that every request can be asked for; `globalKeys` sets most of them. */
const common: Scene['keys'] = {
  'aws:PrincipalArn': [roleArn, `${roleArn}2`],
  'aws:PrincipalAccount': [home, abroad],
  'aws:PrincipalType': ['AssumedRole', 'Account'],
  'aws:PrincipalTag/Team': ['blue', 'red'],
  'aws:RequestedRegion': [region, 'us-west-1'],
  'aws:ResourceAccount': [home, abroad],
  'aws:SecureTransport': ['true', 'false'],
  'aws:CurrentTime': ['2026-09-24T06:11:41.825Z', '2026-09-24T06:11:41.826Z', '2026-09-23T00:00:00Z'],
  'aws:EpochTime': ['1790230301', '1790230302', '1790230300'],
  'aws:SourceIp': ['127.0.0.1', '127.0.0.0/8', '127.0.1.0/24', '10.0.0.0/8', '::1'],
  'aws:MultiFactorAuthPresent': ['true', 'false'],
};

const pick = <T>(values: readonly T[]) => fc.constantFrom(...values);
const mostly = <T, U>(usual: fc.Arbitrary<T>, other: fc.Arbitrary<U>, weight = 3): fc.Arbitrary<T | U> =>
  fc.oneof<[{ weight: number; arbitrary: fc.Arbitrary<T> }, { weight: number; arbitrary: fc.Arbitrary<U> }]>(
    { weight, arbitrary: usual },
    { weight: 1, arbitrary: other },
  );

const comparedAs: readonly (readonly [RegExp, readonly string[]])[] = [
  [/:(SecureTransport|MultiFactorAuthPresent|ForceDelete\w+|RotateImmediately|ModifyRotationRules)$/, ['Bool']],
  [/:CurrentTime$|:EpochTime$/, orders('Date')],
  [/:RecoveryWindowInDays$/, orders('Numeric')],
  [/:SourceIp$/, ['IpAddress', 'NotIpAddress']],
  [/Arn$|ARN$|:SecretId$/, ['ArnEquals', 'ArnLike', 'ArnNotEquals', 'ArnNotLike', 'StringEquals', 'StringLike']],
];
const asText = ['Equals', 'EqualsIgnoreCase', 'Like'].flatMap((form) => [`String${form}`, `StringNot${form}`]);

function orders(of: string): string[] {
  return ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'].map(
    (order) => of + order,
  );
}

/** A value that is wanted: the key's own, a neighbour's, a pattern of one, or a variable. */
function wantedOf(key: string, values: readonly (string | readonly string[])[]): fc.Arbitrary<string> {
  const plain = pick(values.flat());
  const [, operators = asText] = comparedAs.find(([keys]) => keys.test(key)) ?? [];
  if (!operators.includes('StringEquals')) return plain;
  const isArn = operators.includes('ArnLike');
  const patterns = plain.chain((value) =>
    pick([
      `${value.slice(0, -1)}?`,
      `${value.slice(0, -2)}*`,
      ...(isArn ? [value.replace(/\d{12}/, '*'), `${value}*`] : [value.replace(/[a-z]+/i, '*'), `*${value.slice(3)}`]),
    ]),
  );
  const variables = isArn ? arnVariables : textVariables;
  return fc.oneof(
    { weight: 5, arbitrary: plain },
    { weight: 2, arbitrary: patterns },
    { weight: 1, arbitrary: pick([variable(key), ...variables]) },
  );
}

export const variable = (content: string) => `\${${content}}`;
const textVariables = [
  variable('aws:PrincipalTag/Team'),
  variable("aws:PrincipalTag/None, 'blue'"),
  variable('aws:PrincipalAccount'),
  variable('aws:TagKeys'),
  `b${variable('*')}`,
  `b${variable('?')}u${variable('$')}`,
];
const arnVariables = [
  variable('aws:PrincipalArn'),
  `arn:aws:iam::111122223333:role/${variable('aws:PrincipalTag/None')}`,
  `arn:aws:iam::111122223333:role/${variable("aws:PrincipalTag/None, 'app'")}`,
];

function conditionOn(keys: Scene['keys']): fc.Arbitrary<NonNullable<PolicyStatement['Condition']>> {
  return pick(Object.entries(keys)).chain(([key, values]) => {
    const base = comparedAs.find(([pattern]) => pattern.test(key))?.[1] ?? [...asText, 'BinaryEquals'];
    const manyValued = values.some((value) => Array.isArray(value));
    const set = mostly(fc.constant(manyValued ? 'ForAnyValue:' : ''), pick(['', 'ForAnyValue:', 'ForAllValues:']));
    const compared = fc
      .tuple(
        set,
        pick(base),
        pick(['', '', 'IfExists']),
        fc.array(wantedOf(key, values), { minLength: 1, maxLength: 3 }),
      )
      .map(([prefix, operator, suffix, wanted]) => ({ [prefix + operator + suffix]: { [key]: single(wanted) } }));
    return mostly(
      compared,
      pick(['true', 'false']).map((absent) => ({ Null: { [key]: absent } })),
      8,
    );
  });
}

function single<T>(values: readonly T[]): T | readonly T[] {
  const [only] = values;
  return values.length === 1 && only !== undefined ? only : values;
}

function actionsNear(scene: Scene, action: string): fc.Arbitrary<Pick<PolicyStatement, 'Action' | 'NotAction'>> {
  const [service = '', name = ''] = action.split(':');
  const near = pick([
    ...scene.actions,
    `${service}:Get*`,
    `${service}:DescribeSecret`,
    `${service}:${name.slice(0, -1)}`,
    `${service}:${name}s`,
  ]);
  const fitting = pick([
    action,
    action.toUpperCase(),
    '*',
    `${service}:*`,
    `${service}:${name.slice(0, 4)}*`,
    `${service}:${name.slice(0, -1)}?`,
    `${service}:*${name.slice(2)}`,
  ]);
  const lists = (one: fc.Arbitrary<string>) => fc.array(one, { minLength: 1, maxLength: 2 }).map(single);
  return fc.oneof(
    { weight: 8, arbitrary: lists(fitting).map((Action) => ({ Action })) },
    { weight: 2, arbitrary: lists(near).map((Action) => ({ Action })) },
    { weight: 1, arbitrary: lists(near).map((NotAction) => ({ NotAction })) },
  );
}

function resourcesNear(scene: Scene, arn: string): fc.Arbitrary<Pick<PolicyStatement, 'Resource' | 'NotResource'>> {
  if (arn === '*') {
    const list = pick(['*', '*', secretArn(home), `arn:aws:secretsmanager:*:*:secret:*`]);
    return mostly(
      list.map((Resource) => ({ Resource })),
      list.map((NotResource) => ({ NotResource })),
      6,
    );
  }
  const [prefix, last] = [arn.split(':').slice(0, 5).join(':'), arn.split(':').slice(5).join(':')];
  const type = /^\w+[:/]/.exec(last)?.[0] ?? '';
  const anyPlace = ['arn', 'aws', scene.service, scene.region === '' ? '' : '*', '*'].join(':');
  const fitting = pick([
    arn,
    '*',
    `${prefix}:${last.slice(0, -6)}??????`,
    `${prefix}:${last.slice(0, -3)}*`,
    `${prefix}:${type}*`,
    `${anyPlace}:${type}*`,
    `${anyPlace}:${last}`,
    `${prefix}:${type}*${last.slice(-4)}`,
  ]);
  const near = pick([
    ...scene.resources.map((other) => `${prefix}:${other}`),
    `${prefix}:${last.slice(0, -6)}?????`,
    `${prefix}:${last}?`,
    arn.replace(home, abroad),
    arn.replace(region, 'us-west-1'),
    `${prefix}:${type}\${aws:PrincipalTag/Team}*`,
    `${prefix}:${last.slice(0, -6)}\${aws:PrincipalTag/None, '${last.slice(-6)}'}`,
    `${prefix}:${last.slice(0, -6)}\${aws:PrincipalTag/None}*`,
    `arn:aws:${scene.service}:${scene.region}:\${aws:PrincipalAccount}:${last}`,
    // One star for Region, account and type.
    `arn:aws:${scene.service}:*${last.slice(-8)}`,
  ]);
  const lists = (one: fc.Arbitrary<string>) => fc.array(one, { minLength: 1, maxLength: 2 }).map(single);
  return fc.oneof(
    { weight: 8, arbitrary: lists(fitting).map((Resource) => ({ Resource })) },
    { weight: 3, arbitrary: lists(near).map((Resource) => ({ Resource })) },
    { weight: 1, arbitrary: lists(near).map((NotResource) => ({ NotResource })) },
  );
}

const root = (account: string) => `arn:aws:iam::${account}:root`;
const service = 'secretsmanager.amazonaws.com';

function principals(
  kind: Sample['kind'],
  effect: string,
): fc.Arbitrary<Pick<PolicyStatement, 'Principal' | 'NotPrincipal'>> {
  const fitting: PolicyStatement['Principal'][] =
    kind === 'function'
      ? [{ Service: service }, { Service: ['lambda.amazonaws.com', service] }, '*']
      : [{ AWS: sessionArn }, { AWS: roleArn }, { AWS: root(home) }, { AWS: home }, { AWS: '*' }, '*'];
  const near: PolicyStatement['Principal'][] = [
    { AWS: [`${roleArn}2`, roleArn] },
    { AWS: `${sessionArn}2` },
    { AWS: root(abroad) },
    { Service: 'lambda.amazonaws.com' },
    { Federated: 'cognito-identity.amazonaws.com' },
    { CanonicalUser: 'a'.repeat(64) },
  ];
  const named = mostly(pick(fitting), pick(near)).map((Principal) => ({ ...(Principal && { Principal }) }));
  if (effect === 'Allow' || kind === 'function') return named;
  const spared = pick([
    { AWS: [sessionArn, roleArn, root(home)] },
    { AWS: [`${sessionArn}2`, `${roleArn}2`, root(abroad)] },
    { AWS: [roleArn, root(home)] },
    { AWS: [roleArn] },
  ]);
  return mostly(
    named,
    spared.map((NotPrincipal) => ({ NotPrincipal })),
    1,
  );
}

function statementOn(
  scene: Scene,
  request: { readonly action: string; readonly arn: string },
  where: 'identity' | 'resource',
): fc.Arbitrary<PolicyStatement> {
  const effect = mostly(fc.constant<'Allow' | 'Deny'>('Allow'), fc.constant<'Allow' | 'Deny'>('Deny'), 10);
  const condition = conditionOn({ ...common, ...scene.keys });
  const conditions = fc.oneof(
    { weight: 5, arbitrary: fc.constant({}) },
    { weight: 4, arbitrary: condition.map((Condition) => ({ Condition })) },
    { weight: 1, arbitrary: fc.tuple(condition, condition).map(([a, b]) => ({ Condition: { ...a, ...b } })) },
  );
  return effect.chain((Effect) =>
    fc
      .tuple(
        actionsNear(scene, request.action),
        where === 'resource' && scene.kind === 'trust' ? fc.constant({}) : resourcesNear(scene, request.arn),
        where === 'resource' ? principals(scene.kind, Effect) : fc.constant({}),
        conditions,
      )
      .map(([action, resource, principal, Condition]) => ({
        Effect,
        ...principal,
        ...action,
        ...resource,
        ...Condition,
      })),
  );
}

function policyOf(statement: fc.Arbitrary<PolicyStatement>, maxLength: number): fc.Arbitrary<PolicyDocument> {
  const version = mostly(fc.constant('2012-10-17' as const), fc.constant('2008-10-17' as const), 12);
  return fc
    .tuple(version, fc.array(statement, { minLength: 1, maxLength }))
    .map(([Version, Statement]) => ({ Version, Statement }));
}

/** Some of the keys that the scene knows, each with one of its values. */
function keysOf(scene: Scene): fc.Arbitrary<Record<string, string | readonly string[]>> {
  const some = Object.entries(scene.keys).map(([key, values]) =>
    fc.option(pick(values).map((value): [string, string | readonly string[]] => [key, value])),
  );
  return fc.tuple(...some).map((entries) => Object.fromEntries(entries.filter((entry) => entry !== null)));
}

export const samples: fc.Arbitrary<Sample> = pick(scenes).chain((scene) => {
  const account = scene.kind === 'function' ? fc.constant(home) : mostly(fc.constant(home), fc.constant(abroad), 2);
  return fc.tuple(pick(scene.actions), account, pick(scene.resources)).chain(([action, resourceAccount, last]) => {
    const arn = last === '*' ? '*' : `arn:aws:${scene.service}:${scene.region}:${resourceAccount}:${last}`;
    const own = policyOf(statementOn(scene, { action, arn }, 'identity'), 3);
    const ofResource = policyOf(statementOn(scene, { action, arn }, 'resource'), 3);
    const isService = scene.kind === 'function';
    const needsPolicy = scene.kind === 'key' || scene.kind === 'trust' || isService || resourceAccount === abroad;
    return fc.record({
      kind: fc.constant(scene.kind),
      action: fc.constant(action),
      resource: fc.constant(arn),
      resourceAccount: fc.constant(last === '*' ? home : resourceAccount),
      keys: keysOf(scene),
      identity: isService ? fc.constant([]) : mostly(fc.array(own, { minLength: 1, maxLength: 2 }), fc.constant([]), 5),
      boundary: isService ? fc.constant(undefined) : fc.option(own, { nil: undefined, freq: 4 }),
      session: isService ? fc.constant(undefined) : fc.option(own, { nil: undefined, freq: 4 }),
      resourcePolicy:
        last === '*'
          ? fc.constant(undefined)
          : needsPolicy
            ? ofResource
            : fc.option(ofResource, { nil: undefined, freq: 2 }),
    });
  });
});

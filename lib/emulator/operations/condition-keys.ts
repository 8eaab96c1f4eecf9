import type { ConditionKeys } from '../access/request-keys.js';
import type { KeyTable } from '../kms/key-table.js';
import type { Secret } from '../secrets/secret.js';
import type { RawInput } from '../shapes/read-input.js';
import type { Operation } from './operation.js';

interface Subject {
  readonly operation: Pick<Operation, 'conditionMembers'>;
  readonly input: RawInput;
  /** Where the request is made. */
  readonly home: { readonly accountId: string; readonly region: string };
  readonly secret: Secret | undefined;
  readonly keys: KeyTable;
}

type Entry = readonly [string, string | readonly string[]];

/** What policies can ask of a request to Secrets Manager: AWS's service authorization reference, as recorded in C4 to C9. */
export function conditionKeys({ operation, input, home, secret, keys }: Subject): ConditionKeys {
  const entries: Entry[] = [
    ['aws:RequestedRegion', home.region],
    ...operation.conditionMembers.flatMap((member) => {
      const value = input[member];
      return value === undefined ? [] : sentKeys(member, value, (keyId) => keys.resolve(keyId, home));
    }),
    ...(secret === undefined ? [] : secretKeys(secret)),
    ...tagKeys(input),
  ];
  return new Map(entries.map(([key, value]) => [key.toLowerCase(), value]));
}

/** Keys that are there when, and only when, their member was sent [C5, C6]. */
function sentKeys(member: string, value: unknown, resolve: (keyId: string) => object): Entry[] {
  if (member === 'RotationRules') return [['secretsmanager:ModifyRotationRules', 'true']];
  if (member === 'AddReplicaRegions') return [[`secretsmanager:${member}`, regionsOf(value)]];
  const entries: Entry[] = [[`secretsmanager:${member}`, String(value)]];
  if (member === 'KmsKeyId') {
    const key = resolve(String(value));
    if ('arn' in key) entries.push(['secretsmanager:KmsKeyArn', String(key.arn)]);
  }
  return entries;
}

function secretKeys(secret: Secret): Entry[] {
  return [
    // Always the ARN, whatever was sent [C7].
    ['secretsmanager:SecretId', secret.arn],
    ['secretsmanager:SecretPrimaryRegion', secret.replicaOf ?? secret.region],
    ...optional('secretsmanager:resource/AllowRotationLambdaArn', secret.rotationFunctionArn),
    ...optional('secretsmanager:resource/Type', secret.type),
    ...(secret.tags ?? []).flatMap(({ Key = '', Value = '' }): Entry[] => [
      [`aws:ResourceTag/${Key}`, Value],
      [`secretsmanager:ResourceTag/${Key}`, Value],
    ]),
  ];
}

/** Of tags that are sent, and of the keys of tags that are to go. */
function tagKeys({ Tags, TagKeys }: RawInput): Entry[] {
  const tags: readonly { readonly Key?: string; readonly Value?: string }[] = Array.isArray(Tags) ? Tags : [];
  const names: readonly unknown[] = Array.isArray(TagKeys) ? TagKeys : tags.map((tag) => tag?.Key ?? '');
  return [
    ...tags.map((tag): Entry => [`aws:RequestTag/${tag?.Key ?? ''}`, tag?.Value ?? '']),
    ...(names.length === 0 ? [] : [['aws:TagKeys', names.map(String)] as const]),
  ];
}

function regionsOf(value: unknown): string[] {
  const replicas: readonly { readonly Region?: string }[] = Array.isArray(value) ? value : [];
  return replicas.map((replica) => replica?.Region ?? '');
}

function optional(key: string, value: string | undefined): Entry[] {
  return value === undefined ? [] : [[key, value]];
}

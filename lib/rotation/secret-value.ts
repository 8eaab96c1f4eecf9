import type { StandardSchemaV1 } from '@standard-schema/spec';
import { InvalidSecretError } from './errors.js';
import { replaceMembers } from './json-members.js';
import type { SecretChanges, SecretSchema, SecretValue } from './rotator.js';

/** What Secrets Manager stores: SecretString or SecretBinary. */
export type StoredValue = string | Uint8Array;

/** The most that Secrets Manager stores: characters of a string, bytes of a binary. */
const MAX_LENGTH = 65_536;

/** A secret whose value is plain text, not JSON. Pass a schema to check it further. */
export function plainText(schema?: StandardSchemaV1<unknown, string>): SecretSchema<string> {
  return { format: 'text', ...wholeValue('text', (value): value is string => typeof value === 'string', schema) };
}

/** A secret whose value is bytes (SecretBinary). Pass a schema to check it further. */
export function binary(schema?: StandardSchemaV1<unknown, Uint8Array>): SecretSchema<Uint8Array> {
  return {
    format: 'binary',
    ...wholeValue('binary', (value): value is Uint8Array => value instanceof Uint8Array, schema),
  };
}

function wholeValue<T extends string | Uint8Array>(
  format: 'text' | 'binary',
  fits: (value: unknown) => value is T,
  schema: StandardSchemaV1<unknown, T> | undefined,
): StandardSchemaV1<unknown, T> {
  return {
    '~standard': {
      version: 1,
      vendor: 'keyturn',
      validate: (value) => {
        if (!fits(value)) return { issues: [{ message: `is not ${format}` }] };
        return schema === undefined ? { value } : schema['~standard'].validate(value);
      },
    },
  };
}

/**
 * Reads a stored value by its schema.
 * @param label How messages call it, `AWSCURRENT` for instance.
 * @throws InvalidSecretError with key paths only: schema libraries echo the received value in their messages.
 */
export async function readValue<T extends SecretValue>(
  label: string,
  stored: StoredValue,
  schema: SecretSchema<T>,
): Promise<T> {
  return validate(label, decode(label, stored, schema.format), schema);
}

function decode(label: string, stored: StoredValue, format: 'text' | 'binary' | undefined): unknown {
  if (format === 'binary') {
    if (typeof stored !== 'string') return stored;
    throw new InvalidSecretError(`${label} is a SecretString, but the rotator handles binary secrets.`);
  }
  if (typeof stored !== 'string') {
    throw new InvalidSecretError(`${label} is a SecretBinary, but the rotator does not handle binary secrets.`);
  }
  return format === 'text' ? stored : parseObject(label, stored);
}

function parseObject(label: string, text: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // The parser's message quotes the text.
    throw new InvalidSecretError(
      `${label} is not JSON. Store a JSON object, or declare the secret as plainText() if it is meant to be plain text.`,
    );
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, unknown>;
  throw new InvalidSecretError(
    `${label} is JSON, but not an object. Store a JSON object, or declare the secret as plainText().`,
  );
}

async function validate<T extends SecretValue>(label: string, value: unknown, schema: SecretSchema<T>): Promise<T> {
  const standard = schema['~standard'];
  let result: StandardSchemaV1.Result<T>;
  try {
    result = await standard.validate(value);
  } catch {
    throw new InvalidSecretError(
      `${label} could not be checked: the schema itself threw an error (not shown, it may hold the value).`,
    );
  }
  if (result.issues === undefined) return result.value;
  const issues = result.issues.map((issue) => describeIssue(issue, value, standard.vendor));
  throw new InvalidSecretError(`${label} does not fit the rotator's schema: ${issues.join('; ')}.`, issues);
}

function describeIssue(issue: StandardSchemaV1.Issue, value: unknown, vendor: string): string {
  const keys = (issue.path ?? []).map((segment) => (typeof segment === 'object' ? segment.key : segment));
  const path = keys.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
  const subject = path === '' ? 'the value' : path;
  if (vendor === 'keyturn') return `${subject} ${issue.message}`;
  return isMissing(value, keys) ? `${subject} is missing` : `${subject} is not valid`;
}

function isMissing(value: unknown, keys: readonly PropertyKey[]): boolean {
  let at = value;
  for (const key of keys) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return true;
    at = (at as Record<PropertyKey, unknown>)[key];
  }
  return false;
}

/**
 * Lays what createSecret returned over the stored AWSCURRENT value. Keys that nobody mentions survive as they are.
 * @throws InvalidSecretError if nothing changes, a key is unknown to both the schema and AWSCURRENT, or the result does not fit.
 */
export async function applyChanges<T extends SecretValue>(
  stored: StoredValue,
  changes: SecretChanges<T>,
  schema: SecretSchema<T>,
): Promise<StoredValue> {
  const result = schema.format === undefined ? await mergeObject(stored, changes, schema) : changes;
  if (typeof result !== 'string' && !(result instanceof Uint8Array)) {
    throw new InvalidSecretError(`createSecret must return the whole new ${schema.format} value.`);
  }
  await validate('The value that createSecret returned', decode('It', result, schema.format), schema);
  if (result.length < 1 || result.length > MAX_LENGTH) {
    throw new InvalidSecretError(
      `The new value has ${result.length} characters; Secrets Manager stores 1 to ${MAX_LENGTH}.`,
    );
  }
  if (same(stored, result))
    throw new InvalidSecretError('createSecret changed nothing: the new value equals AWSCURRENT.');
  return result;
}

async function mergeObject<T extends SecretValue>(stored: StoredValue, changes: unknown, schema: SecretSchema<T>) {
  const text = stored as string;
  if (typeof changes !== 'object' || changes === null || Array.isArray(changes) || changes instanceof Uint8Array) {
    throw new InvalidSecretError('createSecret must return an object with the fields that change.');
  }
  const members = new Map<string, string>();
  for (const [key, value] of Object.entries(changes)) members.set(key, toJson(key, value));
  const merged = replaceMembers(text, members);
  const known = await validate('The value that createSecret returned', JSON.parse(merged), schema);
  const current = parseObject('AWSCURRENT', text);
  const unknown = [...members.keys()].filter(
    (key) => !Object.hasOwn(current, key) && !Object.hasOwn(known as object, key),
  );
  if (unknown.length > 0) {
    throw new InvalidSecretError(
      `createSecret returned ${unknown.join(', ')}, which neither the schema nor AWSCURRENT knows.`,
      unknown.map((key) => `${key} is unknown`),
    );
  }
  return merged;
}

function toJson(key: string, value: unknown): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch {
    json = undefined;
  }
  if (json !== undefined) return json;
  throw new InvalidSecretError(`createSecret returned no JSON value for ${key} (undefined, a function or the like).`, [
    `${key} has no value`,
  ]);
}

function same(a: StoredValue, b: StoredValue): boolean {
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

import { types } from 'node:util';
import { RotationError, StepFailedError } from './errors.js';
import type { LogFields, RotationLog } from './log.js';

const MASK = '***';
/** Below this a value is too short to be searched for in prose: masking every "a" would leave no message at all. */
const SHORT = 4;
/** Drivers and servers cut long texts off, so a part of a secret counts too, from this length on. */
const FRAGMENT = 8;
/** Longer values are searched for whole and in encoded forms, not in fragments. */
const LONGEST_FRAGMENTED = 1024;
const DEPTH = 8;

/**
 * Knows every secret string of one invocation and masks them in whatever leaves it. No driver and no rotator redacts by hand.
 *
 * A value is found as it is, URL-encoded, base64 (alone or inside a longer text such as a Basic header), hex, JSON- and SQL-escaped, and in part when at
 * least half of it stands there.
 */
export interface Redactor {
  /** Adds a secret: a string, bytes, or every leaf of an object but those under `publicFields` of its top level. */
  protect(value: unknown, publicFields?: readonly string[]): void;
  /** Identifiers that messages must keep even if a secret stands inside them: the secret's ARN, the version id. */
  keep(identifier: string): void;
  text(text: string): string;
  /** A RotationError stays itself, scrubbed in place; anything else becomes a StepFailedError with a scrubbed copy as its cause. */
  error(thrown: unknown): RotationError;
  log(log: RotationLog, fixed: LogFields): RotationLog;
}

export function createRedactor(): Redactor {
  const values = new Set<string>();
  const kept = new Set<string>();
  let needles: Needles | undefined;

  function protect(value: unknown, publicFields: readonly string[] = []): void {
    for (const leaf of leaves(value, publicFields)) {
      if (values.has(leaf)) continue;
      values.add(leaf);
      needles = undefined;
    }
  }

  function mask(text: string): string {
    needles ??= compile(values);
    return maskFragments(needles.fragmented, maskShort(needles.short, maskWhole(needles.whole, text)));
  }

  function text(input: string): string {
    // Identifiers are public whatever stands inside them; only what is between them is searched.
    const identifiers = [...kept].sort((a, b) => b.length - a.length).map(escapePattern);
    if (identifiers.length === 0) return mask(input);
    const parts = input.split(new RegExp(`(${identifiers.join('|')})`));
    return parts.map((part, index) => (index % 2 === 1 ? part : mask(part))).join('');
  }

  /** `seen` keeps a graph with cycles (a client, a socket) from being walked for ever. */
  function clean(value: unknown, depth = 0, seen = new Set<unknown>()): unknown {
    if (typeof value === 'string') return text(value);
    if (typeof value === 'number' || typeof value === 'bigint') {
      const masked = text(String(value));
      return typeof value === 'number' && masked === String(value) ? value : masked;
    }
    if (typeof value === 'function' || typeof value === 'symbol') return undefined;
    if (typeof value !== 'object' || value === null) return value;
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.toISOString();
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return MASK;
    if (depth >= DEPTH || seen.has(value)) return '…';
    seen.add(value);
    const within = (item: unknown) => clean(item, depth + 1, seen);
    try {
      if (types.isNativeError(value)) return describe(value, depth + 1);
      if (Array.isArray(value)) return value.map(within);
      if (value instanceof Map || value instanceof Set) return [...value].map(within);
      if (value instanceof URL) return text(value.href);
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [text(key), within(item)]));
    } catch {
      // A getter threw; a log line must not end a rotation.
      return '…';
    }
  }

  function describe(error: Error, depth: number): unknown {
    const copy = copyError(error, depth);
    return { name: copy.name, message: copy.message, ...('code' in copy ? { code: copy.code } : {}) };
  }

  /** Foreign errors carry requests, responses, sockets and statements; only what helps a reader is copied. */
  function copyError(thrown: unknown, depth: number): Error {
    if (!types.isNativeError(thrown)) {
      return new Error(typeof thrown === 'string' ? text(thrown) : `a ${typeof thrown} was thrown, not an Error`);
    }
    const message = text(readString(thrown, 'message') ?? '');
    const errors = read(thrown, 'errors');
    const copy = Array.isArray(errors)
      ? new AggregateError(depth >= DEPTH ? [] : errors.map((error) => copyError(error, depth + 1)), message)
      : new Error(message);
    define(copy, 'name', text(readString(thrown, 'name') ?? 'Error'));
    define(copy, 'stack', text(readString(thrown, 'stack') ?? ''));
    for (const field of ['code', 'errno', 'syscall'] as const) {
      const value = read(thrown, field);
      if (typeof value === 'string' || typeof value === 'number') Object.assign(copy, { [field]: clean(value) });
    }
    const cause = read(thrown, 'cause');
    if (cause !== undefined && depth < DEPTH) define(copy, 'cause', copyError(cause, depth + 1));
    return copy;
  }

  function error(thrown: unknown): RotationError {
    try {
      if (thrown instanceof RotationError) return scrub(thrown);
    } catch {
      // It is frozen, so it cannot be scrubbed in place.
    }
    const cause = copyError(thrown, 0);
    return new StepFailedError(cause.message === '' ? cause.name : cause.message, { cause });
  }

  function scrub(known: RotationError): RotationError {
    for (const field of Object.keys(known)) {
      if (field !== 'name' && field !== 'code') define(known, field, clean(read(known, field)), true);
    }
    define(known, 'message', text(known.message));
    define(known, 'stack', text(readString(known, 'stack') ?? ''));
    if (known.cause !== undefined) define(known, 'cause', copyError(known.cause, 0));
    return known;
  }

  function log(target: RotationLog, fixed: LogFields): RotationLog {
    const fields = (more: LogFields = {}) => ({ ...(clean(more) as LogFields), ...fixed });
    return {
      info: (message, more) => target.info(text(message), fields(more)),
      warn: (message, more) => target.warn(text(message), fields(more)),
      error: (message, more) => target.error(text(message), fields(more)),
    };
  }

  return { protect, keep: (identifier) => kept.add(identifier), text, error, log };
}

function define(target: object, field: string, value: unknown, enumerable = false): void {
  Object.defineProperty(target, field, { value, enumerable, configurable: true, writable: true });
}

function read(target: object, field: string): unknown {
  try {
    return (target as Record<string, unknown>)[field];
  } catch {
    // A getter of a foreign error may throw; the error being reported matters more.
    return undefined;
  }
}

function readString(target: object, field: string): string | undefined {
  const value = read(target, field);
  return typeof value === 'string' ? value : undefined;
}

// ---- Which strings to look for ---------------------------------------------------------------------------------------

function* leaves(value: unknown, publicFields: readonly string[], seen = new Set<unknown>()): Generator<string> {
  if (typeof value === 'string') {
    if (value !== '') yield value;
  } else if (typeof value === 'number' || typeof value === 'bigint') {
    // Small numbers (a version, a count) stand in every message; a secret number has at least four digits.
    if (String(value).length >= SHORT) yield String(value);
  } else if (value instanceof Uint8Array) {
    const bytes = Buffer.from(value);
    yield bytes.toString('base64');
    yield bytes.toString('hex');
    yield bytes.toString('utf8');
  } else if (typeof value === 'object' && value !== null && !seen.has(value)) {
    const top = seen.size === 0;
    seen.add(value);
    for (const [key, item] of Object.entries(value)) {
      if (!top || !publicFields.includes(key)) yield* leaves(item, publicFields, seen);
    }
  }
}

interface Needles {
  /** Longest first, so that a value is not masked in part by a shorter one inside it. */
  readonly whole: readonly string[];
  readonly short: RegExp | undefined;
  readonly fragmented: readonly string[];
}

function compile(values: ReadonlySet<string>): Needles {
  const whole = new Set<string>();
  const short: string[] = [];
  for (const value of values) {
    if (value.length < SHORT) short.push(value);
    else for (const form of encodings(value)) whole.add(form);
  }
  const longestFirst = [...whole].filter((form) => form.length >= SHORT).sort((a, b) => b.length - a.length);
  return {
    whole: longestFirst,
    short:
      short.length === 0
        ? undefined
        : new RegExp(`(["'\`=:]\\s?)(?:${short.map(escapePattern).join('|')})(?![\\p{L}\\p{N}_])`, 'gu'),
    fragmented: [...values].filter((value) => value.length > FRAGMENT && value.length <= LONGEST_FRAGMENTED),
  };
}

/** A value may be escaped inside a text (JSON, SQL), and that text encoded as a whole. */
function* encodings(value: string): Generator<string> {
  for (const text of new Set(escapedForms(value))) {
    yield text;
    for (const form of percentForms(text)) {
      yield form;
      yield form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
    }
    const bytes = Buffer.from(text, 'utf8');
    yield bytes.toString('hex');
    yield bytes.toString('hex').toUpperCase();
    for (const offset of [0, 1, 2]) {
      const form = base64At(bytes, offset);
      yield form;
      yield form.replaceAll('+', '-').replaceAll('/', '_');
    }
  }
}

function escapedForms(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const backslashed = value.replaceAll('\\', '\\\\');
  return [
    value,
    value.normalize('NFKC'),
    json,
    json.replaceAll('/', '\\/'),
    JSON.stringify(json).slice(1, -1),
    json.replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
    value.replaceAll("'", "''"),
    value.replaceAll('"', '""'),
    backslashed.replaceAll("'", "\\'"),
    backslashed.replaceAll("'", "''"),
  ];
}

/** Encoders differ in what they leave as it is. */
function percentForms(value: string): string[] {
  // A lone surrogate has no percent form.
  const component = encodeURIComponent(value.replace(/\p{Surrogate}/gu, '\ufffd'));
  const strict = component.replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  const form = new URLSearchParams([['', value]]).toString().slice(1);
  return [component, component.replaceAll('%20', '+'), strict, form];
}

/** The base64 characters that depend on nothing but the value, when `offset` bytes stand before it in its group of three. */
function base64At(bytes: Buffer, offset: number): string {
  const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
  const start = offset === 0 ? 0 : offset + 1;
  const partial = (offset + bytes.length) % 3;
  const end = partial === 0 ? encoded.length : encoded.length - (partial === 1 ? 3 : 2);
  return encoded.slice(start, end);
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

// ---- Masking ---------------------------------------------------------------------------------------------------------

function maskWhole(forms: readonly string[], text: string): string {
  return forms.reduce((masked, form) => masked.replaceAll(form, MASK), text);
}

/** A short value is masked only where a value is plainly being shown: quoted, or after `=` or `:`. */
function maskShort(pattern: RegExp | undefined, text: string): string {
  return pattern === undefined ? text : text.replace(pattern, `$1${MASK}`);
}

function maskFragments(values: readonly string[], text: string): string {
  let result = text;
  for (const value of values) {
    const size = Math.max(FRAGMENT, Math.ceil(value.length / 2));
    for (let start = 0; start + size <= value.length; start += 1) {
      const at = result.indexOf(value.slice(start, start + size));
      if (at === -1) continue;
      let end = size;
      while (start + end < value.length && result[at + end] === value[start + end]) end += 1;
      result = `${result.slice(0, at)}${MASK}${result.slice(at + end)}`;
      start -= 1;
    }
  }
  return result;
}

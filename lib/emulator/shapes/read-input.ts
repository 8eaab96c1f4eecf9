import { isUtf8 } from 'node:buffer';
import { Fault } from '../fault.js';
import type { Members, Shape } from './shape.js';

/** Members of a request, of the right types; not yet of the right lengths. */
export type RawInput = Readonly<Record<string, unknown>>;

/**
 * The first gate: JSON of the right types. It stands before permissions [recorded-rotation H4].
 * Members that the operation does not know are ignored and null is absent, as AWS's services do.
 * @throws Fault SerializationException
 */
export function readInput(members: Members, body: Buffer): RawInput {
  // Decoding would put U+FFFD for what is not, and so keep another value than was sent.
  if (!isUtf8(body)) throw serialization('The request body is not UTF-8.');
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString('utf8'));
  } catch {
    // Without the parser's own words, which quote the body.
    throw serialization('The request body is not valid JSON.');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw serialization('The request body is not a JSON object.');
  }
  return readMembers(members, parsed);
}

function readMembers(members: Members, value: object): RawInput {
  const given = new Map<string, unknown>(Object.entries(value));
  const read: Record<string, unknown> = {};
  for (const [name, shape] of Object.entries(members)) {
    const member = given.get(name);
    if (member !== undefined && member !== null) read[name] = readValue(shape, member);
  }
  return read;
}

function readValue(shape: Shape, value: unknown): unknown {
  const fits =
    (typeof value === 'string' && (shape.kind === 'string' || shape.kind === 'blob')) ||
    (typeof value === 'number' && shape.kind === 'integer') ||
    (typeof value === 'boolean' && shape.kind === 'boolean');
  if (fits) {
    if (shape.kind === 'blob' && !isBase64(String(value))) throw serialization('A blob is not valid base64.');
    // A JSON number with a fraction is cut off where AWS wants an integer.
    return shape.kind === 'integer' ? Math.trunc(Number(value)) : value;
  }
  if (Array.isArray(value) && shape.kind === 'list') {
    // A null in a list stays, as the empty member that the limits then refuse.
    return value.map((item: unknown) => (item === null ? null : readValue(shape.of, item)));
  }
  if (shape.kind === 'structure' && typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return readMembers(shape.members, value);
  }
  throw serialization(mismatch(shape, value));
}

/** Only the first text is recorded [H4]; the others are what AWS's other JSON services say. */
function mismatch(shape: Shape, value: unknown): string {
  if (Array.isArray(value)) return 'Start of list found where not expected.';
  if (typeof value === 'object') return 'Start of structure or map found where not expected.';
  const found = typeof value === 'boolean' ? `${value}`.toUpperCase() : (typeof value).toUpperCase();
  const wanted = { string: 'String', blob: 'Blob', integer: 'Integer', boolean: 'Boolean' } as const;
  return shape.kind === 'list' || shape.kind === 'structure'
    ? 'Unexpected field type.'
    : `${found}_VALUE cannot be converted to ${wanted[shape.kind]}.`;
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

function serialization(message: string): Fault {
  return new Fault('SerializationException', message);
}

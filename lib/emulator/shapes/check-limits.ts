import { Fault } from '../fault.js';
import type { RawInput } from './read-input.js';
import { type Members, type Shape, wireName } from './shape.js';

/**
 * The third gate, after permissions [recorded-authority F1]: lengths, ranges, patterns and required members.
 * Violations of one request are reported together, in the order of the members (only single ones were recorded).
 * @throws Fault ValidationException in AWS's words
 */
export function checkLimits(members: Members, input: RawInput, code = 'ValidationException'): void {
  const violations = violationsOf(members, input, '');
  if (violations.length > 0) {
    const errors = violations.length === 1 ? 'error' : 'errors';
    throw new Fault(code, `${violations.length} validation ${errors} detected: ${violations.join('; ')}`);
  }
}

function violationsOf(members: Members, input: RawInput, prefix: string): string[] {
  return Object.entries(members).flatMap(([name, shape]) => {
    const path = prefix + wireName(name);
    const value = input[name];
    if (value !== undefined) return valueViolations(shape, value, path);
    return shape.required ? [`Value null at '${path}' failed to satisfy constraint: Member must not be null`] : [];
  });
}

function valueViolations(shape: Shape, value: unknown, path: string): string[] {
  const own = constraintsBroken(shape, value).map((constraint) => violation(shape, value, path, constraint));
  if (shape.kind === 'structure') return violationsOf(shape.members, Object(value), `${path}.`);
  if (shape.kind !== 'list' || !Array.isArray(value)) return own;
  const items: unknown[] = value;
  if (shape.of.kind === 'structure') {
    return [...own, ...items.flatMap((item, i) => valueViolations(shape.of, item ?? {}, `${path}.${i + 1}.member`))];
  }
  // A list of strings answers for its items in one sentence that prints the list as Java does, so [''] is '[]' [H2].
  const broken = items.some((item) => constraintsBroken(shape.of, item ?? '').length > 0);
  const rules = allConstraints(shape.of).join(', ');
  return broken ? [...own, violation(shape, items, path, `Member must satisfy constraint: [${rules}]`)] : own;
}

function violation(shape: Shape, value: unknown, path: string, constraint: string): string {
  const shown = 'sensitive' in shape ? 'Value' : `Value '${printed(value)}'`;
  return `${shown} at '${path}' failed to satisfy constraint: ${constraint}`;
}

function printed(value: unknown): string {
  return Array.isArray(value) ? `[${value.join(', ')}]` : String(value);
}

/** The rules of a shape, in the order in which AWS lists them: the upper bound first [H2]. */
function allConstraints(shape: Shape): string[] {
  const rules: string[] = [];
  if (shape.kind === 'string' && shape.values)
    rules.push(`Member must satisfy enum value set: [${shape.values.join(', ')}]`);
  if ('max' in shape && shape.max !== undefined) rules.push(atMost(shape, shape.max));
  if ('min' in shape && shape.min !== undefined) rules.push(atLeast(shape, shape.min));
  if (shape.kind === 'string' && shape.pattern) rules.push(matching(shape.pattern));
  return rules;
}

function constraintsBroken(shape: Shape, value: unknown): string[] {
  const broken: string[] = [];
  if (shape.kind === 'string' && shape.values && !shape.values.includes(String(value))) {
    broken.push(`Member must satisfy enum value set: [${shape.values.join(', ')}]`);
  }
  const size = sizeOf(shape, value);
  if ('max' in shape && shape.max !== undefined && size > shape.max) broken.push(atMost(shape, shape.max));
  if ('min' in shape && shape.min !== undefined && size < shape.min) broken.push(atLeast(shape, shape.min));
  if (shape.kind === 'string' && shape.pattern && !shape.pattern.test(String(value)))
    broken.push(matching(shape.pattern));
  return broken;
}

function sizeOf(shape: Shape, value: unknown): number {
  if (shape.kind === 'integer') return Number(value);
  if (shape.kind === 'blob') return Buffer.byteLength(String(value), 'base64');
  return Array.isArray(value) ? value.length : String(value).length;
}

function measure(shape: Shape): string {
  return shape.kind === 'integer' ? 'value' : 'length';
}
function atMost(shape: Shape, limit: number): string {
  return `Member must have ${measure(shape)} less than or equal to ${limit}`;
}
function atLeast(shape: Shape, limit: number): string {
  return `Member must have ${measure(shape)} greater than or equal to ${limit}`;
}
function matching(pattern: RegExp): string {
  return `Member must satisfy regular expression pattern: ${pattern.source}`;
}

import type { JsonSchema } from './json-schema.js';

export interface Defect {
  /** Such as `command[0]`; '' for the whole. */
  readonly field: string;
  /** What it has to be. Never what it is. */
  readonly rule: string;
}

/** Far beyond any policy; a text of brackets must not exhaust the stack. */
const deepest = 100;

/** The first thing about a value that its schema does not allow. */
export function defectOf(schema: JsonSchema, value: unknown, field = '', depth = 0): Defect | undefined {
  const wrong = (rule: string): Defect => ({ field, rule });
  if (depth > deepest) return { field: '', rule: 'is nested too deeply' };
  if (schema.type !== undefined && !isOf[schema.type](value)) return wrong(`has to be ${article(schema.type)}`);
  if (typeof value === 'string') {
    if (schema.enum !== undefined && !schema.enum.includes(value)) return wrong(`is one of ${schema.enum.join(', ')}`);
    if (value.length < (schema.minLength ?? 0)) return wrong('is empty');
    if (schema.pattern !== undefined && !new RegExp(schema.pattern).test(value)) return wrong(`fits ${schema.pattern}`);
  }
  if (typeof value === 'number') {
    const { minimum = value, maximum = value, exclusiveMinimum } = schema;
    if (value < minimum) return wrong(`is at least ${minimum}`);
    if (value > maximum) return wrong(`is at most ${maximum}`);
    if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) return wrong(`is above ${exclusiveMinimum}`);
  }
  if (Array.isArray(value)) {
    if (value.length < (schema.minItems ?? 0)) return wrong('is empty');
    return first(value.map((item, i) => defectOf(schema.items ?? {}, item, `${field}[${i}]`, depth + 1)));
  }
  return isOf.object(value) ? memberDefect(schema, Object(value), field, depth + 1) : undefined;
}

function memberDefect(
  schema: JsonSchema,
  value: Readonly<Record<string, unknown>>,
  field: string,
  depth: number,
): Defect | undefined {
  const { properties = {}, required = [], additionalProperties = true } = schema;
  const pathOf = (name: string) => (field === '' ? name : `${field}.${name}`);
  const missing = required.find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) return { field: pathOf(missing), rule: 'is missing' };
  return first(
    Object.entries(value).map(([name, member]) => {
      if (Object.hasOwn(properties, name)) return defectOf(properties[name] ?? {}, member, pathOf(name), depth);
      if (additionalProperties === false) return { field: pathOf(name), rule: 'is not known' };
      return defectOf(additionalProperties === true ? {} : additionalProperties, member, pathOf(name), depth);
    }),
  );
}

const isOf = {
  object: (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value),
  array: (value: unknown) => Array.isArray(value),
  string: (value: unknown) => typeof value === 'string',
  integer: (value: unknown) => Number.isSafeInteger(value),
  number: (value: unknown) => Number.isFinite(value),
  boolean: (value: unknown) => typeof value === 'boolean',
} as const;

function article(type: keyof typeof isOf): string {
  return `${/^[aio]/.test(type) ? 'an' : 'a'} ${type}`;
}

function first(defects: readonly (Defect | undefined)[]): Defect | undefined {
  return defects.find((defect) => defect !== undefined);
}

/**
 * As much of JSON Schema 2020-12 as the control API needs: what a request is checked with is what its OpenAPI document
 * prints, so that the two cannot differ.
 */
export interface JsonSchema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  /** A schema with a title becomes a component of the OpenAPI document. */
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly format?: 'date-time';
  readonly minLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  /** @default true */
  readonly additionalProperties?: boolean | JsonSchema;
}

/** The members that a type may have, of whichever kind it is. */
export type KeyOf<T> = T extends unknown ? keyof T & string : never;

/**
 * An object that has these members and no others: a mistyped member must not pass for one that is left out.
 * @typeParam K the members of the type that it describes, so that the compiler misses one that is new there
 */
export function members<K extends string>(
  properties: Readonly<Record<K, JsonSchema>>,
  ...required: readonly NoInfer<K>[]
): JsonSchema {
  return { type: 'object', properties, required, additionalProperties: false };
}

export const text: JsonSchema = { type: 'string', minLength: 1 };

export const textByName: JsonSchema = { type: 'object', additionalProperties: { type: 'string' } };

export function oneOf(...values: readonly string[]): JsonSchema {
  return { type: 'string', enum: values };
}

/** A policy document: whether it is one is for those to say who evaluate it. */
export const policy: JsonSchema = { type: 'object', description: 'An IAM policy document.' };

export const accountId: JsonSchema = { type: 'string', pattern: '^[0-9]{12}$', description: 'An account id.' };

export function listOf(items: JsonSchema): JsonSchema {
  return { type: 'array', items };
}

import type { Emulator } from '../emulator.js';
import type { World } from '../world.js';
import type { JsonSchema } from './json-schema.js';

/** What a route works on. */
export interface Subject {
  readonly emulator: Emulator;
  /** What the emulator knows right now: another one after each reset. */
  readonly world: World;
}

/** One route of the control API: the whole truth about it, for those who serve it and those who describe it. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below `/_keyturn`. */
  readonly path: string;
  readonly summary: string;
  /** Parameters of the query, each at most once. */
  readonly query?: Readonly<Record<string, QueryParameter>>;
  /** The JSON object that a POST sends. */
  readonly body?: JsonSchema;
  readonly answer: JsonSchema;
  /** Which of 404 and 409 it may answer, and when. */
  readonly refusals?: { readonly 404?: string; readonly 409?: string };
  run(input: Readonly<Record<string, unknown>>, subject: Subject): unknown;
}

export interface QueryParameter {
  readonly schema: JsonSchema & { readonly type: 'string' | 'integer' };
  readonly required?: boolean;
}

type Unchecked = Readonly<Record<string, unknown>>;

/**
 * A route whose `run` knows what it is given.
 * @typeParam I what `query` and `body` make sure of
 */
export function route<I = Unchecked>(
  definition: Omit<Route, 'run'> & { run(input: I, subject: Subject): unknown },
): Route {
  return { ...definition, run: (input, subject) => definition.run(input as I, subject) };
}

export const nothing: JsonSchema = { type: 'object', properties: {}, additionalProperties: false };

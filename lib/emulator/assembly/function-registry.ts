import { isDeepStrictEqual } from 'node:util';
import type { PolicyStatement } from '../access/policy.js';
import type { FunctionDefinition } from '../emulator.js';
import type { FunctionTable } from '../functions/function-table.js';
import { DeployError, type Place } from './deploy-error.js';

/** A function as its template has it, but for who may invoke it. */
export type FunctionResource =
  | { readonly place: Place; readonly definition: FunctionDefinition }
  /** It cannot be run: an error as soon as a rotation needs it. */
  | { readonly place: Place; readonly problem: DeployError };

/** Functions, and the permissions that other resources add to their policies. They are bound once a stack is complete. */
export class FunctionRegistry {
  /** By ARN, that of a version or alias too. */
  readonly #functions = new Map<string, FunctionResource>();
  /** The number of each function's newest version: numbers are not used twice. */
  readonly #versions = new Map<string, number>();
  /** Statements by the resource that made them, by ARN of the function. */
  readonly #permissions = new Map<string, Map<string, readonly PolicyStatement[]>>();
  readonly #bound = new Map<string, FunctionDefinition>();
  readonly #table: FunctionTable;

  constructor(table: FunctionTable) {
    this.#table = table;
  }

  put(functionArn: string, resource: FunctionResource): void {
    this.#functions.set(functionArn, resource);
  }

  get(functionArn: string): FunctionResource | undefined {
    return this.#functions.get(functionArn);
  }

  nextVersion(functionArn: string): string {
    const version = 1 + (this.#versions.get(functionArn) ?? 0);
    this.#versions.set(functionArn, version);
    return String(version);
  }

  delete(functionArn: string): void {
    this.#functions.delete(functionArn);
    this.#permissions.delete(functionArn);
  }

  allow(key: string, functionArn: string, ...allowed: readonly PolicyStatement[]): void {
    this.disallow(key);
    const statements = this.#permissions.get(functionArn) ?? new Map<string, readonly PolicyStatement[]>();
    this.#permissions.set(functionArn, statements.set(key, allowed));
  }

  disallow(key: string): void {
    for (const statements of this.#permissions.values()) statements.delete(key);
  }

  /** Tells the emulator what has changed. A function whose definition is the same stays warm. */
  bind(): void {
    for (const functionArn of this.#bound.keys()) {
      if (this.#functions.has(functionArn)) continue;
      this.#table.unbind(functionArn);
      this.#bound.delete(functionArn);
    }
    for (const [functionArn, resource] of this.#functions) {
      if ('problem' in resource) continue;
      const statements = [...(this.#permissions.get(functionArn)?.values() ?? [])].flat();
      const policy: Pick<FunctionDefinition, 'invokePermissions' | 'resourcePolicy'> =
        statements.length === 0
          ? { invokePermissions: [] }
          : { resourcePolicy: { Version: '2012-10-17', Statement: statements } };
      const definition: FunctionDefinition = { ...resource.definition, ...policy };
      if (isDeepStrictEqual(this.#bound.get(functionArn), definition)) continue;
      this.#tell(definition, resource.place);
    }
  }

  #tell(definition: FunctionDefinition, place: Place): void {
    try {
      this.#table.bind(definition);
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
      throw new DeployError(error.message, place, { cause: error });
    }
    this.#bound.set(definition.functionArn, definition);
  }
}

import { DeployError, type Place } from './deploy-error.js';
import { isList, isObject, type Json, type JsonObject } from './template.js';

/**
 * The properties of one resource, read by type. Like CloudFormation it takes "60" for 60 and "true" for true. Whatever is
 * wrong is a DeployError that names stack, logical id and property, and never the value.
 */
export class PropertyReader {
  readonly all: JsonObject;
  readonly place: Place;
  readonly #prefix: string;

  constructor(all: JsonObject, place: Place, prefix = '') {
    this.all = all;
    this.place = place;
    this.#prefix = prefix;
  }

  /** @throws DeployError for the first property that is not among these */
  onlyKnows(...names: readonly string[]): this {
    const other = Object.keys(this.all).find((name) => !names.includes(name));
    if (other !== undefined) throw this.wrong(other, 'this property is not understood; a rotation may depend on it');
    return this;
  }

  wrong(name: string, message: string): DeployError {
    return new DeployError(message, { ...this.place, property: `${this.#prefix}${name}` });
  }

  text(name: string): string | undefined {
    const value = this.all[name];
    if (value === undefined) return undefined;
    if (typeof value === 'string') return value;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    throw this.wrong(name, 'this is not a text');
  }

  requiredText(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw this.wrong(name, 'this property is missing');
    return value;
  }

  number(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (!/^-?\d+(\.\d+)?$/.test(value)) throw this.wrong(name, 'this is not a number');
    return Number(value);
  }

  flag(name: string): boolean | undefined {
    const value = this.text(name)?.toLowerCase();
    if (value === undefined || value === 'true' || value === 'false')
      return value === undefined ? value : value === 'true';
    throw this.wrong(name, 'this is neither true nor false');
  }

  list(name: string): readonly Json[] {
    const value = this.all[name] ?? [];
    if (!isList(value)) throw this.wrong(name, 'this is not a list');
    return value;
  }

  texts(name: string): readonly string[] {
    return this.list(name).map((item) => {
      if (typeof item !== 'string') throw this.wrong(name, 'this is not a list of texts');
      return item;
    });
  }

  objects(name: string): readonly PropertyReader[] {
    return this.list(name).map((item, index) => this.#inner(item, `${name}.${index}`));
  }

  object(name: string): PropertyReader | undefined {
    const value = this.all[name];
    return value === undefined ? undefined : this.#inner(value, name);
  }

  /** A policy document; templates may hold it as an object or as a text of JSON. */
  document(name: string): JsonObject | undefined {
    const value = this.all[name];
    if (value === undefined || isObject(value)) return value;
    try {
      const parsed: unknown = JSON.parse(String(value));
      if (isObject(parsed)) return parsed;
    } catch {
      // Said below, for texts of every kind.
    }
    throw this.wrong(name, 'this is not a policy document');
  }

  requiredDocument(name: string): JsonObject {
    const document = this.document(name);
    if (document === undefined) throw this.wrong(name, 'this property is missing');
    return document;
  }

  #inner(value: Json, name: string): PropertyReader {
    if (!isObject(value)) throw this.wrong(name, 'this is not an object');
    return new PropertyReader(value, this.place, `${this.#prefix}${name}.`);
  }
}

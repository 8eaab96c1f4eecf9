/**
 * A client of the control API that believes nothing: whatever is sent and answered has to be as the OpenAPI document says
 * that the API serves of itself.
 */
import { z } from 'zod';

interface Operation {
  readonly summary: string;
  readonly parameters?: readonly { readonly name: string; readonly required: boolean; readonly schema: object }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content: Content }>>;
}

interface Content {
  readonly 'application/json': { readonly schema: object };
}

export interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

export interface ControlAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: JSON; what it is, the document has told already
  readonly body: any;
}

export interface Call {
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** The call is wrong on purpose: what is sent need not fit. */
  readonly wrong?: boolean;
}

/** `POST /clock`: every operation that was called. */
export const called = new Set<string>();

export async function control(endpoint: string, name: string, call: Call = {}): Promise<ControlAnswer> {
  const document = await describedBy(endpoint);
  const [method = '', path = ''] = name.split(' ');
  const operation = document.paths[`/_keyturn${path}`]?.[method.toLowerCase()];
  if (operation === undefined) throw new Error(`the document has no ${name}`);
  called.add(name);
  const fits = (content: Content | undefined, value: unknown) =>
    z.fromJSONSchema(resolved(document, content?.['application/json'].schema ?? {}) as never).parse(value);

  if (!call.wrong) {
    if (call.body !== undefined) fits(operation.requestBody?.content, call.body);
    const known = (operation.parameters ?? []).map((parameter) => parameter.name);
    const unknown = Object.keys(call.query ?? {}).filter((parameter) => !known.includes(parameter));
    if (unknown.length > 0) throw new Error(`the document has no parameter ${unknown} of ${name}`);
  }
  const query = call.query === undefined ? '' : `?${new URLSearchParams(call.query)}`;
  const response = await fetch(`${endpoint}/_keyturn${path}${query}`, {
    method,
    ...(call.body !== undefined && {
      body: JSON.stringify(call.body),
      headers: { 'content-type': 'application/json' },
    }),
  });
  const body: unknown = await response.json();
  const described = operation.responses[response.status];
  if (described === undefined) throw new Error(`the document has no answer ${response.status} of ${name}: ${body}`);
  fits(described.content, body);
  return { status: response.status, body };
}

export async function describedBy(endpoint: string): Promise<Document> {
  const response = await fetch(`${endpoint}/_keyturn/openapi.json`);
  return JSON.parse(await response.text());
}

/** The members of a body, with the document's components in place. */
export async function bodiesOf(endpoint: string): Promise<{ readonly path: string; readonly members: string[] }[]> {
  const document = await describedBy(endpoint);
  return Object.entries(document.paths).flatMap(([path, { post }]) => {
    if (post === undefined) return [];
    const schema = resolved(document, post.requestBody?.content['application/json'].schema ?? {});
    const { properties = {} } = Object(schema);
    return [{ path, members: Object.keys(properties) }];
  });
}

/** The schema with its components in place. */
function resolved(document: Document, schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map((item) => resolved(document, item));
  if (typeof schema !== 'object' || schema === null) return schema;
  if ('$ref' in schema) {
    const name = String(schema.$ref).replace('#/components/schemas/', '');
    const component = document.components.schemas[name];
    if (component === undefined) throw new Error(`the document has no component ${name}`);
    return resolved(document, component);
  }
  return Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, resolved(document, value)]));
}

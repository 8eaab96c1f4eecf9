import { type JsonSchema, members } from './json-schema.js';
import type { Route } from './route.js';

const error: JsonSchema = {
  title: 'Error',
  ...members({ error: members({ code: { type: 'string' }, message: { type: 'string' } }, 'code', 'message') }, 'error'),
};

type Json = { readonly [name: string]: unknown };

/** The OpenAPI 3.1 document of the routes. */
export function openApi(routes: readonly Route[]): Json {
  const schemas: Record<string, unknown> = {};
  const paths: Record<string, Record<string, unknown>> = {};
  /** What has a title is told once, among the components. */
  const told = (schema: JsonSchema): Json => {
    const { title, ...rest } = schema;
    const { properties, items, additionalProperties } = schema;
    const whole: Json = {
      ...rest,
      ...(properties && { properties: mapped(properties, told) }),
      ...(items && { items: told(items) }),
      ...(typeof additionalProperties === 'object' && { additionalProperties: told(additionalProperties) }),
    };
    if (title === undefined) return whole;
    schemas[title] = whole;
    return { $ref: `#/components/schemas/${title}` };
  };
  const json = (schema: JsonSchema) => ({ 'application/json': { schema: told(schema) } });
  const refusal = (description: string) => ({ description, content: json(error) });

  for (const { method, path, summary, query = {}, body, answer, refusals = {} } of routes) {
    const operation = {
      operationId: operationIdOf(method, path),
      summary,
      ...(Object.keys(query).length > 0 && {
        parameters: Object.entries(query).map(([name, { schema, required = false }]) => ({
          name,
          in: 'query',
          required,
          schema: told(schema),
        })),
      }),
      ...(body && { requestBody: { required: (body.required ?? []).length > 0, content: json(body) } }),
      responses: {
        200: { description: 'Done.', content: json(answer) },
        400: refusal('The input is not valid; the message names the field.'),
        ...mapped(refusals as Readonly<Record<string, string>>, refusal),
        default: refusal('403: from a browser. 405, 413, 415: not the method, size or type that is served.'),
      },
    };
    paths[`/_keyturn${path}`] = { ...paths[`/_keyturn${path}`], [method.toLowerCase()]: operation };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Control API of the Keyturn emulator', version: '1' },
    servers: [{ url: '/' }],
    paths,
    components: { schemas },
  };
}

/** `POST /clock/advance` becomes `postClockAdvance`. */
function operationIdOf(method: string, path: string): string {
  const words = path.split(/[^a-z]+/i).filter((word) => word !== '');
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function mapped<A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SideDoor } from '../wire/server.js';
import { defectOf } from './defect.js';
import { turnPagesAway } from './guard.js';
import type { JsonSchema } from './json-schema.js';
import { openApi } from './openapi.js';
import { notFound, Refused } from './refused.js';
import type { Route, Subject } from './route.js';
import { routes } from './routes/index.js';

const controlPath = '/_keyturn';

/** AWS's protocols know one path, `/`. */
const ours = /^\/_keyturn(?:[/?]|$)/;

/** Serves the emulator's own methods as JSON over HTTP, below `/_keyturn/`. @param subject asked for at each request */
export function controlApi(subject: () => Subject): SideDoor {
  return (request, response) => {
    if (!ours.test(request.url ?? '')) return false;
    void answer(request, subject).then(
      (body) => send(response, 200, body),
      (error: unknown) => {
        // Anything else is a defect of the emulator, and its words might quote what it was working on.
        const refused =
          error instanceof Refused ? error : new Refused(500, 'InternalError', 'The emulator failed to answer this.');
        send(response, refused.status, { error: { code: refused.code, message: refused.message } });
      },
    );
    return true;
  };
}

async function answer(request: IncomingMessage, subject: () => Subject): Promise<unknown> {
  turnPagesAway(request.headers);
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://127.0.0.1');
  const path = pathname.slice(controlPath.length);
  if (path === '/' || path === '/openapi.json') {
    if (request.method !== 'GET') throw wrongMethod(['GET']);
    return path === '/' ? overview() : openApi(routes);
  }
  const here = routes.filter((route) => route.path === path);
  const route = here.find(({ method }) => method === request.method);
  if (here.length === 0)
    throw notFound(`There is no ${pathname.slice(0, 200)}: GET ${controlPath}/ lists what there is.`);
  if (route === undefined) throw wrongMethod(here.map(({ method }) => method));
  const input =
    route.method === 'POST' ? await readInput(route, request, searchParams) : readQuery(route, searchParams);
  return route.run(input, subject());
}

function overview() {
  return {
    routes: routes.map(({ method, path, summary }) => ({ method, path: `${controlPath}${path}`, summary })),
    openapi: `${controlPath}/openapi.json`,
  };
}

function wrongMethod(allowed: readonly string[]): Refused {
  return new Refused(405, 'MethodNotAllowed', `The method here is ${allowed.join(' or ')}.`);
}

function readQuery({ query = {} }: Route, sent: URLSearchParams): Readonly<Record<string, unknown>> {
  const input: Record<string, unknown> = {};
  for (const [name, text] of sent) {
    if (!Object.hasOwn(query, name)) throw invalid(name, 'is not known');
    if (Object.hasOwn(input, name)) throw invalid(name, 'is there twice');
    const schema: JsonSchema = query[name]?.schema ?? {};
    const value = schema.type === 'integer' && /^\d{1,15}$/.test(text) ? Number(text) : text;
    const defect = defectOf(schema, value, name);
    if (defect !== undefined) throw invalid(defect.field, defect.rule);
    input[name] = value;
  }
  const missing = Object.keys(query).find((name) => query[name]?.required && !Object.hasOwn(input, name));
  if (missing !== undefined) throw invalid(missing, 'is missing');
  return input;
}

async function readInput(
  { body: schema }: Route,
  request: IncomingMessage,
  query: URLSearchParams,
): Promise<Readonly<Record<string, unknown>>> {
  const [parameter] = query.keys();
  if (parameter !== undefined) throw invalid(parameter, 'is not known: what a POST needs is in its body');
  const body = await readBody(request);
  // Who has nothing to say need not say {}.
  if (body.length === 0 && (schema?.required ?? []).length === 0) return {};
  if (!/^application\/json(?:;|$)/i.test(request.headers['content-type'] ?? '')) {
    throw new Refused(415, 'UnsupportedMediaType', 'The Content-Type of a body is application/json.');
  }
  const value = parse(body);
  const defect = defectOf(schema ?? { type: 'object', additionalProperties: false }, value);
  if (defect !== undefined) throw invalid(defect.field, defect.rule);
  return Object(value);
}

function invalid(field: string, rule: string): Refused {
  return new Refused(400, 'InvalidInput', `${field === '' ? 'The body' : field.slice(0, 200)} ${rule}.`);
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    // Without the parser's own words, which quote the body.
    throw new Refused(400, 'InvalidJson', 'The body is not JSON in UTF-8.');
  }
}

const bodyLimit = 1024 * 1024;

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= bodyLimit) chunks.push(chunk);
  }
  if (size > bodyLimit) throw new Refused(413, 'BodyTooLarge', `A body has at most ${bodyLimit} bytes.`);
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
  });
  response.end(`${JSON.stringify(body)}\n`);
}

/** What the control API turns away: it starts programs, so it matters who asks. */
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { functionArn, functionRole, post, useLocalAws } from '../local-aws.js';
import { bodiesOf } from './described-api.js';

const aws = useLocalAws({ controlApi: true });

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** Node's own client, since `fetch` decides about Host and Origin by itself. */
async function send({ method = 'GET', path = '/_keyturn/clock', headers = {}, body }: Sent) {
  const { port } = new URL(aws.emulator.endpoint);
  const outgoing = request({ host: '127.0.0.1', port, method, path, headers });
  outgoing.end(body);
  const [incoming] = await once(outgoing, 'response');
  return { status: incoming.statusCode, headers: incoming.headers, body: JSON.parse(await text(incoming)) };
}

const bind = {
  method: 'POST',
  path: '/_keyturn/functions',
  body: JSON.stringify({ functionArn, roleArn: functionRole, command: ['true'] }),
};
const json = { 'content-type': 'application/json' };

describe('a caller', () => {
  it.each(['127.0.0.1', '127.0.0.1:4566', 'localhost:1', 'LOCALHOST', '[::1]:65535'])(
    'that asks %s is served',
    async (host) => {
      expect(await send({ ...bind, headers: { ...json, host } })).toMatchObject({ status: 200, body: {} });
    },
  );

  it.each([
    'example.com',
    'localhost.example.com',
    '127.0.0.1.nip.io:4566',
    'example.com:127.0.0.1',
    '127.0.0.2',
    'localhost:4566@example.com',
    '::1',
  ])('that asks %j is not, whatever it asks', async (host) => {
    const refused = { status: 403, body: { error: { code: 'ForeignHost', message: expect.any(String) } } };
    expect(await send({ ...bind, headers: { ...json, host } })).toMatchObject(refused);
    expect(await send({ path: '/_keyturn/', headers: { host } })).toMatchObject(refused);
    expect(await send({ path: '/_keyturn/nowhere', headers: { host } })).toMatchObject(refused);
    expect(aws.emulator.unbindFunction(functionArn)).toBe(false);
  });

  it('that names no host is not', async () => {
    const socket = connect(Number(new URL(aws.emulator.endpoint).port), '127.0.0.1');
    socket.end('GET /_keyturn/clock HTTP/1.0\r\n\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 403 [\s\S]*ForeignHost/);
  });

  it.each([
    { origin: 'http://example.com' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1:4566' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-origin' },
  ])('with %j is a page, and is not', async (headers) => {
    const refused = { status: 403, body: { error: { code: 'FromBrowser', message: expect.any(String) } } };
    expect(await send({ ...bind, headers: { ...json, ...headers } })).toMatchObject(refused);
    expect(await send({ method: 'OPTIONS', headers })).toMatchObject(refused);
    expect(aws.emulator.unbindFunction(functionArn)).toBe(false);
  });

  it('who typed the address is served, and nothing is said of other origins', async () => {
    const answer = await send({ headers: { 'sec-fetch-site': 'none' } });
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('a request', () => {
  it.each<[string, Sent, number, string]>([
    ['to a path that is none', { path: '/_keyturn/secrets' }, 404, 'NotFound'],
    ['to the path without its slash', { path: '/_keyturn' }, 404, 'NotFound'],
    ['to a path that leads out', { path: '/_keyturn/../clock' }, 404, 'NotFound'],
    ['with another method', { method: 'DELETE' }, 405, 'MethodNotAllowed'],
    [
      'with another method, to the document',
      { method: 'POST', path: '/_keyturn/openapi.json' },
      405,
      'MethodNotAllowed',
    ],
    [
      'with a form',
      { ...bind, headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      'UnsupportedMediaType',
    ],
    ['without a type', bind, 415, 'UnsupportedMediaType'],
    ['with nothing where something is needed', { ...bind, body: '', headers: json }, 400, 'InvalidJson'],
    ['with what is no JSON', { ...bind, body: '{"canary"', headers: json }, 400, 'InvalidJson'],
    ['with what is no UTF-8', { ...bind, body: Buffer.from([0x22, 0xff, 0x22]), headers: json }, 400, 'InvalidJson'],
    ['with too much', { ...bind, body: ' '.repeat(1024 * 1024 + 1), headers: json }, 413, 'BodyTooLarge'],
    [
      'with brackets within brackets',
      {
        ...bind,
        body: bind.body.replace('{', `{"resourcePolicy":${'{"a":'.repeat(90_000)}1${'}'.repeat(90_000)},`),
        headers: json,
      },
      400,
      'InvalidInput',
    ],
    [
      'with a query beside its body',
      { ...bind, path: `${bind.path}?functionArn=x`, headers: json },
      400,
      'InvalidInput',
    ],
    ['with a parameter twice', { path: '/_keyturn/events?since=1&since=2' }, 400, 'InvalidInput'],
    ['without a parameter that it needs', { path: '/_keyturn/rotation' }, 400, 'InvalidInput'],
    ['with a member of every object', { path: '/_keyturn/events?constructor=1' }, 400, 'InvalidInput'],
    [
      'with a body where none is known',
      { method: 'POST', path: '/_keyturn/reset', body: '{"all":1}', headers: json },
      400,
      'InvalidInput',
    ],
    [
      'with a prototype',
      { ...bind, body: bind.body.replace('{', '{"__proto__":{"command":["true"]},'), headers: json },
      400,
      'InvalidInput',
    ],
  ])('%s is refused', async (_, sent, status, code) => {
    const answer = await send(sent);
    expect(answer).toMatchObject({ status, body: { error: { code, message: expect.stringMatching(/\.$/) } } });
    expect(JSON.stringify(answer.body)).not.toContain('canary');
    expect(aws.emulator.unbindFunction(functionArn)).toBe(false);
  });

  it('to the control API is no request to AWS, and is not recorded as one', async () => {
    const { status } = await send({ headers: { 'x-amz-target': 'secretsmanager.ListSecrets', authorization: 'AWS4' } });
    expect(status).toBe(200);
    expect(aws.emulator.requests).toEqual([]);
  });

  it.each(['/', '/_keyturning', '/clock'])('to %s is one to AWS', async (path) => {
    const { text: body } = await post(`${aws.emulator.endpoint}${path}`, { body: '{}', operation: 'ListSecrets' });
    expect(JSON.parse(body)).toMatchObject({ SecretList: [] });
  });
});

describe('whatever is sent', () => {
  it('is answered, and never with a failure of the emulator', async () => {
    const posts = await bodiesOf(aws.emulator.endpoint);
    const arn = fc.constantFrom(functionArn, functionRole, '/nowhere', 'arn:aws:kms:us-west-2:111122223333:key/x');
    const value = fc.oneof(arn, fc.jsonValue({ maxDepth: 3 }), fc.array(arn));
    const anything = fc.constantFrom(...posts).chain(({ path, members }) =>
      fc.record({
        path: fc.constant(path),
        body: fc.dictionary(fc.oneof(fc.constantFrom('x', ...members), fc.string()), value, { maxKeys: 6 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(anything, async ({ path, body }) => {
        const { status } = await send({ method: 'POST', path, body: JSON.stringify(body), headers: json });
        expect([200, 400, 404, 409]).toContain(status);
      }),
      { numRuns: 500 },
    );
  });
});

describe('unless it is asked for', () => {
  const closed = useLocalAws();

  it('there is no control API', async () => {
    const { status } = await fetch(`${closed.emulator.endpoint}/_keyturn/`);
    expect(status).toBe(400);
  });
});

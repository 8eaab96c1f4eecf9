/**
 * Requests that make no sense get an answer that makes sense, and change nothing. 10,000 of them: most straight to the
 * front door, the others over HTTP, and some over bare sockets. Each is malformed in at least one way by construction, so
 * each must be refused; the state of the emulator, private fields and all, is then what it was.
 */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { callOperation } from '../../../lib/emulator/operations/call.js';
import { operations } from '../../../lib/emulator/operations/index.js';
import type { Members, Shape } from '../../../lib/emulator/shapes/shape.js';
import { closeServer } from '../../../lib/emulator/wire/close-server.js';
import type { WireAnswer, WireRequest } from '../../../lib/emulator/wire/door.js';
import { listen } from '../../../lib/emulator/wire/server.js';
import { createWorld, type World } from '../../../lib/emulator/world.js';
import { account, authorization, functionArn, functionRole, otherAccount, post, region, token } from '../local-aws.js';
import { wholeState } from './whole-state.js';

let world: World;
let server: Server;
let endpoint = '';

beforeAll(async () => {
  world = createWorld({ seed: 1 }, 'http://127.0.0.1:1');
  server = await listen(0, (...request) => world.door(...request));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  world.roles.put({
    roleArn: functionRole,
    trustPolicy: { Statement: { Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' } },
  });
  world.service.functions.bind({ functionArn, roleArn: functionRole, handler: () => () => undefined });
  const call = (operation: string, input: Record<string, unknown>) =>
    callOperation(world.service, { accountId: account, region, operation, input });
  call('CreateSecret', { Name: 'db', SecretString: 'one', ClientRequestToken: token('v1') });
  call('PutSecretValue', { SecretId: 'db', SecretString: 'two', ClientRequestToken: token('v2') });
  call('CreateSecret', { Name: 'gone', SecretString: 'x' });
  call('DeleteSecret', { SecretId: 'gone' });
});
afterAll(async () => {
  await closeServer(server);
  await world.stop();
});

// ---- What must hold ------------------------------------------------------------------------------------------------------

const nobody = { whenGone: () => undefined };

function ask(request: WireRequest): WireAnswer {
  const answer = world.door(request, nobody);
  if (answer instanceof Promise) throw new Error('in fair weather the door answers at once');
  return answer;
}

interface Plain {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
}

/** One assertion for each answer: ten thousand times seven of them would take longer than what they are about. */
function expectJsonRefusal({ status, type, text }: Plain): void {
  const { __type, Message, message, ...more } = JSON.parse(text);
  const proper =
    status >= 400 &&
    status < 500 &&
    type === 'application/x-amz-json-1.1' &&
    /^[A-Z]\w+Exception$/.test(__type) &&
    typeof (__type === 'ValidationException' ? message : Message) === 'string' &&
    Object.keys(more).length === 0 &&
    !trace.test(text);
  if (!proper) expect({ status, type, text }).toBe('a proper refusal');
}

function expectXmlRefusal({ status, type, text }: Plain): void {
  const proper =
    [400, 403, 413].includes(status) &&
    type === 'text/xml' &&
    /^<ErrorResponse [^>]*><Error><Type>Sender<\/Type><Code>\w+<\/Code><Message>[^<]*<\/Message><\/Error>/.test(text) &&
    /<RequestId>[0-9a-f-]{36}<\/RequestId><\/ErrorResponse>$/.test(text) &&
    !trace.test(text);
  if (!proper) expect({ status, type, text }).toBe('a proper refusal');
}

/** A page, or a line of a stack. */
const trace = /<html|\n\s+at |\.[tj]s:\d|node:internal/i;

const plain = ({ status, headers, body }: WireAnswer): Plain => ({
  status,
  type: headers['content-type'] ?? null,
  text: body,
});

/** Whatever happens in between changes nothing. The records of requests and decisions grow, as they should. */
async function changesNothing(run: () => unknown): Promise<void> {
  const state = () => wholeState(world, ['log', 'history', '#history', 'door']);
  const before = state();
  expect(before.filter((line) => /"?two"?$/.test(line))).toHaveLength(1);
  await run();
  const after = state();
  // The difference, and not thousands of lines.
  expect(after.filter((line, i) => line !== before[i]).slice(0, 20)).toEqual([]);
  expect(after).toHaveLength(before.length);
  expect(Object.keys(Object.prototype)).toEqual([]);
  const answer = ask(request('GetRandomPassword', '{}'));
  expect(answer.status).toBe(200);
}

function request(operation: string, body: string | Buffer, headers: Record<string, string> = {}): WireRequest {
  return {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `secretsmanager.${operation}`,
      authorization: authorization(account),
      ...headers,
    },
    body: Buffer.from(body),
  };
}

// ---- Ways to be malformed ------------------------------------------------------------------------------------------------

const names = fc.constantFrom(...operations.keys());
const anyValue = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.string({ unit: 'binary', maxLength: 40 }));

/** Enough that what is malformed is the only reason to be refused. */
function valid(operation: string): Record<string, unknown> {
  const { subject } = operations.get(operation) ?? {};
  if (subject === 'SecretId') return { SecretId: 'db' };
  return subject === 'Name' ? { Name: 'new', ClientRequestToken: token('new'), SecretString: 'x' } : {};
}

/** A path into the members of an operation, and the shape at its end. */
interface Place {
  readonly path: readonly (string | number)[];
  readonly shape: Shape;
}

function places(members: Members, path: readonly (string | number)[] = []): Place[] {
  return Object.entries(members).flatMap(([name, shape]) => placesOf(shape, [...path, name]));
}
function placesOf(shape: Shape, path: readonly (string | number)[]): Place[] {
  if (shape.kind === 'structure') return [{ path, shape }, ...places(shape.members, path)];
  return shape.kind === 'list' ? [{ path, shape }, ...placesOf(shape.of, [...path, 0])] : [{ path, shape }];
}

function putAt(
  input: Record<string, unknown>,
  [name, ...path]: Place['path'],
  value: unknown,
): Record<string, unknown> {
  return { ...input, [String(name)]: nested(path, value) };
}
function nested([step, ...rest]: Place['path'], value: unknown): unknown {
  if (step === undefined) return value;
  return typeof step === 'number' ? [nested(rest, value)] : { [step]: nested(rest, value) };
}

const everyPlace = [...operations.values()].flatMap(({ name, input }) =>
  places(input).map((place) => ({ operation: name, ...place })),
);

const ofType = {
  string: fc.string({ maxLength: 20 }),
  number: fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })),
  boolean: fc.boolean(),
  list: fc.array(fc.jsonValue({ maxDepth: 1 }), { maxLength: 3 }),
  structure: fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 }),
};

/** JSON of a type that the member is not of. */
function wrongType({ kind }: Shape): fc.Arbitrary<unknown> {
  const own = {
    string: 'string',
    blob: 'string',
    integer: 'number',
    boolean: 'boolean',
    list: 'list',
    structure: 'structure',
  };
  const others = Object.entries(ofType).filter(([type]) => type !== own[kind]);
  const values: fc.Arbitrary<unknown>[] = others.map(([, values]) => values);
  if (kind === 'blob') values.push(fc.constantFrom('a', '====', 'äöü=', 'YQ=', 'YQ== '));
  return fc.oneof(...values);
}

/** Values of the right type beyond the member's limits; empty where it has none. */
function beyond(shape: Shape): unknown[] {
  const values: unknown[] = [];
  if (shape.kind === 'string') {
    if (shape.max !== undefined) values.push('x'.repeat(shape.max + 1), 'é'.repeat(shape.max * 2));
    if (shape.min) values.push('', 'x'.repeat(shape.min - 1));
    if (shape.pattern) values.push('\u0001'.repeat(shape.min ?? 1), '💥'.repeat(Math.max(1, shape.min ?? 1)));
    if (shape.values) values.push('', 'nonsense', '__proto__');
  } else if (shape.kind === 'integer') {
    if (shape.max !== undefined) values.push(shape.max + 1, 1e308, 2 ** 53);
    if (shape.min !== undefined) values.push(shape.min - 1, -1e308);
  } else if (shape.kind === 'blob') {
    values.push('', Buffer.alloc(shape.max + 1).toString('base64'));
  } else if (shape.kind === 'list') {
    if (shape.max !== undefined)
      values.push(Array.from({ length: shape.max + 1 }, () => (shape.of.kind === 'structure' ? {} : 'x')));
    if (shape.min) values.push([]);
  }
  return values;
}

const demanding = [...operations.values()].flatMap(({ name, input }) =>
  Object.entries(input).flatMap(([member, { required }]) => (required ? [{ operation: name, member }] : [])),
);

const wronglyTyped = fc.oneof(
  ...everyPlace.map(({ operation, path, shape }) =>
    wrongType(shape).map((value) => request(operation, JSON.stringify(putAt(valid(operation), path, value)))),
  ),
);

const outOfLimits = fc
  .constantFrom(...everyPlace.flatMap(({ shape, ...place }) => beyond(shape).map((value) => ({ ...place, value }))))
  .map(({ operation, path, value }) => request(operation, JSON.stringify(putAt(valid(operation), path, value))));

const incomplete = fc
  .tuple(
    fc.constantFrom(...demanding),
    fc.dictionary(fc.string({ maxLength: 12 }), anyValue, { maxKeys: 4 }),
    fc.boolean(),
  )
  .map(([{ operation, member }, more, asNull]) => {
    const { [member]: _left, ...rest } = valid(operation);
    const strangers = Object.fromEntries(Object.entries(more).map(([name, value]) => [`${name}?`, value]));
    return request(operation, JSON.stringify({ ...strangers, ...rest, ...(asNull && { [member]: null }) }));
  });

/** No JSON, or no JSON object. */
const noObject = fc
  .tuple(
    names,
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc
        .oneof(fc.array(anyValue, { maxLength: 3 }), fc.integer(), fc.boolean(), fc.constant(null))
        .map((value) => JSON.stringify(value)),
      fc
        .tuple(fc.constantFrom('[', '{"SecretId":', '{"a":[', '"', '{'), fc.nat({ max: 20_000 }))
        .map(([text, n]) => text.repeat(n)),
      fc.nat({ max: 20_000 }).map((n) => `${'['.repeat(n)}${']'.repeat(n)}`),
      fc.constantFrom(
        '',
        '\ufeff{}',
        '{"SecretId":"db"',
        '{"SecretId":"db"}}',
        "{'SecretId':'db'}",
        '{"SecretId":"db",}',
        '{"SecretId":\u0000}',
        '{SecretId:"db"}',
        '{"SecretId":NaN}',
        '{"SecretId":0x1}',
        '{"SecretId":01}',
        '/**/{}',
      ),
      anyValue.map((value) => gzipSync(JSON.stringify({ SecretId: value }))),
    ),
  )
  .filter(([, body]) => !isJsonObject(body))
  .map(([operation, body]) => request(operation, body));

function isJsonObject(body: string | Buffer): boolean {
  try {
    const value: unknown = JSON.parse(String(body));
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

const badBytes = [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82], [0x80], [0xf5, 0x80, 0x80, 0x80]];
const notUtf8 = fc.tuple(names, fc.constantFrom(...badBytes), fc.boolean()).map(([operation, bytes, inName]) => {
  const [head, tail = ''] = JSON.stringify({
    ...valid(operation),
    [inName ? '@' : 'Description']: inName ? 'x' : '@',
  }).split('@');
  return request(operation, Buffer.concat([Buffer.from(head ?? ''), Buffer.from(bytes), Buffer.from(tail)]));
});

const pollution = fc
  .tuple(
    fc.constantFrom(...demanding),
    fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'),
  )
  .map(([{ operation, member }, key]) => {
    const { [member]: stolen, ...rest } = valid(operation);
    const inherited = JSON.stringify({ [member]: stolen ?? 'x', polluted: true });
    return request(
      operation,
      `{"${key}":${inherited},"constructor":{"prototype":${inherited}},${JSON.stringify(rest).slice(1)}`.replace(
        /,}$/,
        '}',
      ),
    );
  });

/** The last of two members of one name counts. */
const twice = fc.constantFrom(...demanding).chain(({ operation, member }) =>
  fc.constantFrom('7', 'true', '-1e9').map((value) => {
    const { [member]: first, ...rest } = valid(operation);
    const body = JSON.stringify({ ...rest, [member]: first ?? 'x' });
    return request(operation, `${body.slice(0, -1)},"${member}":${value}}`);
  }),
);

const header = fc.string({ unit: 'binary', maxLength: 60 });
const unknownTarget = fc
  .tuple(
    fc.oneof(
      header,
      names.map((name) => `secretsmanager.${name} `),
      names.map((name) => `kms.${name}`),
      names,
      fc.constantFrom('secretsmanager.__proto__', 'secretsmanager.constructor', 'secretsmanager.', ''),
    ),
    fc.constantFrom('{}', '', '{"SecretId":"db"}'),
  )
  .map(([target, body]) => request('', body, { 'x-amz-target': target }));
const otherMethod = fc
  .tuple(names, fc.constantFrom('GET', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', '', 'post'))
  .map(([operation, method]) => ({ ...request(operation, JSON.stringify(valid(operation))), method }));

const signature = authorization(account);
const badAuthorization = fc.oneof(
  header,
  fc.nat({ max: signature.indexOf('aws4_request') + 5 }).map((n) => signature.slice(0, n)),
  fc.constantFrom(
    'Basic dXNlcjpwYXNz',
    'Bearer x',
    'AWS4-HMAC-SHA256',
    signature.replace('AWS4', 'AWS3'),
    signature.replace(account, ''),
    signature.replace('20260924', 'today'),
  ),
  fc.constantFrom('nobody', 'ASIAAAAAAAAAAAAAAAAA', '1'.repeat(13), '__proto__').map((key) => authorization(key)),
);
const unauthorized = fc.tuple(names, badAuthorization, header).map(([operation, authorizationHeader, token]) =>
  request(operation, JSON.stringify(valid(operation)), {
    authorization: authorizationHeader,
    'x-amz-security-token': token,
  }),
);

const malformedJson = fc.oneof(
  { weight: 4, arbitrary: wronglyTyped },
  { weight: 3, arbitrary: outOfLimits },
  { weight: 1, arbitrary: incomplete },
  { weight: 2, arbitrary: noObject },
  { weight: 1, arbitrary: notUtf8 },
  { weight: 1, arbitrary: pollution },
  { weight: 1, arbitrary: twice },
  { weight: 1, arbitrary: unknownTarget },
  { weight: 1, arbitrary: otherMethod },
  { weight: 1, arbitrary: unauthorized },
);

/** Forms for STS that ask for nothing it could do: no operation, no such parameter, no such role, or nobody. */
const parameter = fc.constantFrom('RoleArn', 'RoleSessionName', 'Policy', 'DurationSeconds', 'ExternalId');
const formValue = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom(
    '',
    '900',
    '9e2',
    '-1',
    '2147483648',
    '{}',
    '{"Statement":[]}',
    `arn:aws:iam::${account}:role/none`,
    'x'.repeat(5000),
    '\u0000',
    '<![CDATA[',
    '&lol;',
  ),
);
const assume = { Action: 'AssumeRole', Version: '2011-06-15' };
const encoded = (fields: Record<string, string>) => new URLSearchParams(fields).toString();
const stsBody = fc.oneof(
  fc.dictionary(parameter, formValue).map((fields) => encoded({ ...assume, ...fields })),
  fc
    .tuple(fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }), formValue)
    .map(([name, value]) => encoded({ [`${name}.`]: value, Action: 'GetCallerIdentity', Version: '2011-06-15' })),
  fc
    .constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', 'Tags.member.1.Key')
    .map((name) => encoded({ Action: 'GetCallerIdentity', Version: '2011-06-15', [name]: 'x' })),
  fc.string({ unit: 'binary', maxLength: 80 }).map((text) => text.replaceAll('=', '')),
  fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 0x3d))),
  formValue.map((Action) => encoded({ Action: `${Action}!`, Version: '2011-06-15' })),
  formValue.map((Version) => encoded({ Action: 'GetCallerIdentity', Version: `${Version}!` })),
  fc.constantFrom(
    '%',
    '%zz=%',
    '&&&',
    '=',
    'Action=%ff',
    'Action=GetCallerIdentity',
    'Version=2011-06-15',
    'Action=AssumeRole&Version=2011-06-15&Version=2010-05-08',
  ),
  badAuthorizationForms(),
);
function badAuthorizationForms(): fc.Arbitrary<string> {
  return fc
    .constantFrom(account, otherAccount)
    .map((id) => encoded({ ...assume, RoleArn: `arn:aws:iam::${id}:role/none`, RoleSessionName: 'me' }));
}
const malformedForm = fc.tuple(stsBody, fc.option(badAuthorization)).map(([body, authorizationHeader]) => {
  const { 'x-amz-target': _none, ...headers } = request('', '').headers;
  return {
    method: 'POST',
    headers: {
      ...headers,
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
      ...(authorizationHeader !== null && { authorization: authorizationHeader }),
    },
    body: Buffer.from(body),
  };
});

// ---- Bare sockets --------------------------------------------------------------------------------------------------------

function framed(
  headers: readonly string[],
  body: string,
  operation = 'DeleteSecret',
  line = 'POST / HTTP/1.1',
): string {
  const own = [
    `Host: localhost`,
    `X-Amz-Target: secretsmanager.${operation}`,
    `Authorization: ${authorization(account)}`,
  ];
  const length = headers.some((name) => /^(Content-Length|Transfer-Encoding)/i.test(name))
    ? []
    : [`Content-Length: ${body.length}`];
  return `${[line, ...own, ...length, ...headers].join('\r\n')}\r\n\r\n${body}`;
}

const deletion = '{"SecretId":"db"}';
const chunk = fc.constantFrom(
  'zz\r\n',
  '-1\r\n',
  'ffffffffffffffff1\r\n',
  '5\r\nab',
  '3\r\nabcdef\r\n',
  '11;a=\u0000\r\n',
  `${'1'.repeat(50)}\r\n`,
  '\r\n',
  '11\r\n{"SecretId":"db"}',
);
/** Pieces, sent one after the other; then the sending end is closed. */
const hardlyHttp: fc.Arbitrary<readonly (string | Buffer)[]> = fc.oneof(
  // Anything at all, the greeting of TLS, and the preface of HTTP/2.
  fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => [Buffer.from(bytes)]),
  fc.string({ unit: 'binary', minLength: 1 }).map((text) => [`${text}\r\n\r\n`]),
  fc.constantFrom(
    ['\u0016\u0003\u0001\u0002\u0000\u0001'],
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['\r\n\r\n'],
    ['GET\r\n\r\n'],
  ),
  // Request lines and headers that are none.
  fc
    .constantFrom(
      'POST / HTTP/9.9',
      'POST /',
      'POST  HTTP/1.1',
      'FROB / HTTP/1.1',
      'POST / HTTP/1.1 x',
      'CONNECT localhost:1 HTTP/1.1',
      'GET / HTTP/1.1',
      'DELETE /x?y HTTP/1.1',
    )
    .map((line) => [framed([], deletion, undefined, line)]),
  fc
    .constantFrom(
      'Content-Length: -1',
      'Content-Length: x',
      'Content-Length: 1\r\nContent-Length: 2',
      'Content-Length: 17\r\nTransfer-Encoding: chunked',
      'Transfer-Encoding: frob',
      'no colon',
      ': no name',
      'X\u0000Y: z',
      `X: ${'y'.repeat(20_000)}`,
      'Content-Length: 99999999999999999999',
    )
    .map((bad) => [framed([bad], deletion)]),
  // Bodies that end before they should, in one piece, byte by byte, or in chunks that are none.
  fc.nat({ max: 16 }).map((n) => [framed(['Content-Length: 17'], deletion.slice(0, n))]),
  fc.nat({ max: 16 }).map((n) => [framed(['Content-Length: 17'], ''), ...deletion.slice(0, n)]),
  fc
    .array(chunk, { minLength: 1, maxLength: 3 })
    .map((chunks) => [framed(['Transfer-Encoding: chunked'], ''), ...chunks]),
  // A request that is whole, but malformed, after another one on the same connection, and with odd expectations.
  fc.constantFrom('[]', '{', '').map((body) => [framed([], body) + framed(['Connection: close'], body)]),
  fc
    .constantFrom('Expect: 100-continue', 'Expect: frob', 'Upgrade: websocket\r\nConnection: Upgrade')
    .map((more) => [framed([more], '[]')]),
);

/** Sends the pieces, each on its own, and gives all that comes back. */
async function sent(pieces: readonly (string | Buffer)[]): Promise<string> {
  const socket = connect(Number(new URL(endpoint).port), '127.0.0.1');
  const received: Buffer[] = [];
  // A reset tells that the server has hung up, as it may.
  socket.on('error', () => undefined);
  socket.on('data', (data) => received.push(data));
  socket.setNoDelay();
  await once(socket, 'connect');
  const closed = new Promise((resolve) => socket.once('close', resolve));
  for (const piece of pieces) {
    if (socket.writable) socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
    await new Promise(setImmediate);
  }
  socket.end();
  await closed;
  return Buffer.concat(received).toString('latin1');
}

/** The answers in what came over a connection. None is an answer too, to a caller who left before the request was whole. */
function answersIn(received: string): Plain[] {
  const heads = received.split(/(?=HTTP\/1\.1 \d{3} )/).filter((text) => !/^(HTTP\/1\.1 100 |$)/.test(text));
  return heads.map((text) => {
    const [head = '', body = ''] = text.split(/\r\n\r\n(.*)/s);
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
    return { status, type: /^content-type: (.*)$/im.exec(head)?.[1]?.trim() ?? null, text: body };
  });
}

// ---- The properties ------------------------------------------------------------------------------------------------------

describe('malformed requests change nothing and are refused properly', () => {
  it('7,500 of Secrets Manager', () =>
    changesNothing(() => {
      fc.assert(
        fc.property(malformedJson, (malformed) => expectJsonRefusal(plain(ask(malformed)))),
        { numRuns: 7500, seed: 1 },
      );
    }));

  it('1,500 of STS', () =>
    changesNothing(() => {
      fc.assert(
        fc.property(malformedForm, (malformed) => expectXmlRefusal(plain(ask(malformed)))),
        { numRuns: 1500, seed: 2 },
      );
    }));

  it('700 over HTTP', () =>
    changesNothing(() =>
      fc.assert(
        fc.asyncProperty(
          fc.oneof(malformedJson.filter(sendable), malformedForm.filter(sendable)),
          async (malformed) => {
            const { status, headers, text } = await post(endpoint, malformed as Parameters<typeof post>[1]);
            const type = headers.get('content-type');
            (type === 'text/xml' ? expectXmlRefusal : expectJsonRefusal)({ status, type, text });
          },
        ),
        { numRuns: 700, seed: 3 },
      ),
    ));

  it('300 that are hardly HTTP, over bare sockets', () =>
    changesNothing(async () => {
      await fc.assert(
        fc.asyncProperty(hardlyHttp, async (bytes) => {
          for (const answer of answersIn(await sent(bytes))) expectJsonRefusal(answer);
        }),
        { numRuns: 300, seed: 4 },
      );
      // The well-formed frame of those requests does get through.
      expect((await sent([framed(['Connection: close'], '{}', 'GetRandomPassword')])).startsWith('HTTP/1.1 200')).toBe(
        true,
      );
    }));

  /** What `fetch` agrees to send. */
  function sendable({ method, headers }: WireRequest): boolean {
    return (
      method === 'POST' &&
      Object.values(headers).every(
        (value) => value === undefined || /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(value),
      )
    );
  }
});

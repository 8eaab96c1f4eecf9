import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HostUnreachableError, LoginRejectedError, StepFailedError } from '../../lib/rotation/errors.js';
import { createRedactor } from '../../lib/rotation/redact.js';

const SECRET = `p'w"d\\ /%+é=canary&<${'x'.repeat(6)}>`;

function redactorFor(...values: unknown[]) {
  const redactor = createRedactor();
  for (const value of values) redactor.protect(value);
  return redactor;
}

describe('redaction of text', () => {
  const bytes = Buffer.from(SECRET);
  it.each<[string, string]>([
    ['as it is', SECRET],
    ['URL-encoded', encodeURIComponent(SECRET)],
    ['URL-encoded, lower-case hex', encodeURIComponent(SECRET).replace(/%../g, (code) => code.toLowerCase())],
    ['as a form field', new URLSearchParams({ p: SECRET }).toString().slice(2)],
    ['base64', bytes.toString('base64')],
    ['base64url', bytes.toString('base64url')],
    ['hex', bytes.toString('hex')],
    ['JSON-escaped', JSON.stringify(SECRET)],
    ['JSON-escaped twice', JSON.stringify(JSON.stringify({ p: SECRET }))],
    ['an SQL literal', `'${SECRET.replaceAll("'", "''")}'`],
    ['an escape-string literal', `E'${SECRET.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`],
    ['a MySQL literal', `'${SECRET.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`],
    ['cut off at the end', `${SECRET.slice(0, 20)}...`],
    ['cut off at the start', `...${SECRET.slice(-20)}`],
  ])('masks a value that stands there %s', (_how, form) => {
    const text = redactorFor(SECRET).text(`before ${form} after`);
    expect(text).toMatch(/^before .*\*\*\*.* after$/);
    expect(text).not.toMatch(/canary|p'w/);
    expect(text.length).toBeLessThan(32);
  });

  it('masks a value inside a longer base64 text, wherever it falls in the groups of three', () => {
    for (const user of ['a', 'ab', 'abc', 'abcd']) {
      const header = Buffer.from(`${user}:${SECRET}`).toString('base64');
      const text = redactorFor(SECRET).text(`Basic ${header}`);
      const rest = Buffer.from(text.replace('Basic ', ''), 'base64').toString();
      expect(text).toContain('***');
      expect(rest).not.toContain('canary');
    }
  });

  it('masks every string leaf of a secret, but those of public fields', () => {
    const redactor = createRedactor();
    redactor.protect(
      { host: 'db.example.com', password: 'hunter2hunter2', pin: 123456, extra: { deep: ['token-token'] } },
      ['host'],
    );
    expect(redactor.text('db.example.com refused hunter2hunter2 123456 token-token')).toBe(
      'db.example.com refused *** *** ***',
    );
  });

  it('masks a password that equals a public field', () => {
    const redactor = createRedactor();
    redactor.protect({ username: 'same-value', password: 'same-value' }, ['username']);
    expect(redactor.text('user same-value')).toBe('user ***');
  });

  it('does not shred a message for the sake of a short value, yet masks it where a value is shown', () => {
    const redactor = redactorFor('a', 'is', 'abc');
    expect(redactor.text('a user is abcd, an abc at example.com')).toBe('a user is abcd, an abc at example.com');
    expect(redactor.text(`password 'abc' password="a" pass=is {"p":"abc"}`)).toBe(
      `password '***' password="***" pass=*** {"p":"***"}`,
    );
  });

  it('keeps identifiers whole although a secret stands inside them', () => {
    const redactor = redactorFor('prod');
    const arn = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/db-AbCdEf';
    redactor.keep(arn);
    expect(redactor.text(`${arn} holds prod`)).toBe(`${arn} holds ***`);
  });

  it('lets no value of eight characters or more through, whatever it is made of', () => {
    const value = fc
      .string({ minLength: 8, maxLength: 60, unit: 'grapheme' })
      .filter((text) => text.replaceAll('*', '').trim().length > 7);
    fc.assert(
      fc.property(value, fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }), (secret, before, after) => {
        const redactor = redactorFor(secret);
        for (const form of [secret, JSON.stringify(secret), Buffer.from(secret).toString('base64')]) {
          expect(redactor.text(`${before}${form}${after}`)).not.toContain(secret);
          expect(redactor.text(form)).toContain('***');
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('redaction of errors', () => {
  it('scrubs message, stack, cause chain and AggregateError, and drops what else a foreign error carries', () => {
    const inner = Object.assign(new Error(`inner ${SECRET}`), {
      query: `ALTER ROLE x PASSWORD '${SECRET}'`,
      code: '42601',
    });
    const both = new AggregateError([inner, SECRET, { password: SECRET }], `both ${SECRET}`);
    const outer = new TypeError(`outer ${SECRET}`, { cause: both });
    outer.stack = `TypeError: outer ${SECRET}\n    at ${encodeURIComponent(SECRET)}`;
    Object.assign(outer, { request: { headers: { authorization: SECRET } } });

    const error = redactorFor(SECRET).error(outer);

    expect(error).toBeInstanceOf(StepFailedError);
    expect(error.message).toBe('outer ***');
    const everything = inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error);
    expect(everything).not.toMatch(/canary|authorization|ALTER/);
    expect(everything).toContain('42601');
    expect((error.cause as Error).name).toBe('TypeError');
  });

  it('keeps the class and the data of a RotationError', () => {
    const error = redactorFor('secret-host-name').error(
      new HostUnreachableError('refused', 'secret-host-name refused', { cause: new Error('connect secret-host-name') }),
    );
    expect(error).toBeInstanceOf(HostUnreachableError);
    expect(error).toMatchObject({ code: 'HostUnreachable', reason: 'refused', message: '*** refused' });
    expect((error.cause as Error).message).toBe('connect ***');
    expect(error.stack).not.toContain('secret-host-name');
  });

  it('survives whatever is thrown', () => {
    const hostile = Object.create(Error.prototype, {
      message: {
        get: () => {
          throw new Error('no message');
        },
      },
      stack: { value: 7 },
    });
    const cyclic = new Error('cyclic');
    cyclic.cause = cyclic;
    const frozen = Object.freeze(new Error(`frozen ${SECRET}`));
    for (const thrown of [undefined, null, 5, Symbol('s'), { a: 1 }, hostile, cyclic, frozen, () => 1]) {
      const error = redactorFor(SECRET).error(thrown);
      expect(error.code).toBe('StepFailed');
      expect(inspect(error)).not.toContain('canary');
    }
    expect(() => redactorFor(SECRET).error(Object.freeze(new LoginRejectedError(`frozen ${SECRET}`)))).not.toThrow();
  });
});

describe('redaction of logs', () => {
  it('is not stuck on objects that refer to each other', () => {
    const nodes = Array.from({ length: 200 }, (): Record<string, unknown> => ({}));
    for (const node of nodes) for (const [index, other] of nodes.entries()) node[`n${index}`] = other;
    const redactor = createRedactor();
    redactor.protect({ a: nodes[0], secret: SECRET });
    const lines: unknown[] = [];
    redactor.log({ info: (_, fields) => lines.push(fields), warn: () => {}, error: () => {} }, {}).info('x', { nodes });
    expect(lines).toHaveLength(1);
    expect(redactor.text(SECRET)).toBe('***');
  });

  it('scrubs the message and every field, and lets the fixed fields win', () => {
    const lines: unknown[] = [];
    const write = (message: string, fields?: object) => void lines.push([message, fields]);
    const log = redactorFor(SECRET, 1234567).log({ info: write, warn: write, error: write }, { step: 'setSecret' });
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    log.info(`message ${SECRET}`, {
      [SECRET]: SECRET,
      list: [SECRET, { deep: SECRET }],
      map: new Map([[SECRET, SECRET]]),
      bytes: Buffer.from(SECRET),
      error: Object.assign(new Error(SECRET), { secret: SECRET }),
      number: 1234567,
      big: 12345678901n,
      cyclic,
      hostile: Object.defineProperty({}, 'trap', {
        enumerable: true,
        get: () => {
          throw new Error(SECRET);
        },
      }),
      url: new URL(`https://u:${encodeURIComponent(SECRET)}@example.com/`),
      step: 'mine',
      fine: true,
    });
    expect(inspect(lines, { depth: 20 })).not.toMatch(/canary|1234567[^8]/);
    expect(lines).toEqual([['message ***', expect.objectContaining({ step: 'setSecret', fine: true, bytes: '***' })]]);
  });
});

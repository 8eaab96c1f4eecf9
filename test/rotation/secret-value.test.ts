import { describe, expect, it } from '@jest/globals';
import * as v from 'valibot';
import { z } from 'zod';
import { InvalidSecretError } from '../../lib/rotation/errors.js';
import { applyChanges, binary, plainText, readValue } from '../../lib/rotation/secret-value.js';

const CANARY = 'CANARY-value-that-must-not-show';

async function failure(work: Promise<unknown>): Promise<InvalidSecretError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(InvalidSecretError);
  expect(String((error as Error).stack)).not.toContain('CANARY');
  return error as InvalidSecretError;
}

describe('readValue', () => {
  const schemas = [
    ['zod', z.object({ port: z.number(), tags: z.array(z.object({ a: z.string() })), name: z.string() })],
    ['valibot', v.object({ port: v.number(), tags: v.array(v.object({ a: v.string() })), name: v.string() })],
  ] as const;

  it.each(schemas)('names key paths and no values (%s)', async (_library, schema) => {
    const stored = JSON.stringify({ port: CANARY, tags: [{ a: 1 }, { a: 'x' }, {}] });
    const error = await failure(readValue<object>('AWSCURRENT', stored, schema));
    expect(error.issues).toEqual([
      'port is not valid',
      'tags[0].a is not valid',
      'tags[2].a is missing',
      'name is missing',
    ]);
    expect(error.message).toContain('AWSCURRENT');
  });

  it('section 7: a secret that is plain text is a typed error, not a raw JSON error', async () => {
    const error = await failure(readValue('AWSCURRENT', `${CANARY} {`, z.object({})));
    expect(error.message).toContain('not JSON');
  });

  it.each(['[1]', '"text"', 'null', '7'])('refuses JSON that is no object: %s', async (text) => {
    expect((await failure(readValue('AWSCURRENT', text, z.object({})))).message).toContain('not an object');
  });

  it('does not show what a schema throws', async () => {
    const schema = z.object({ a: z.string() }).transform((): { a: string } => {
      throw new Error(CANARY);
    });
    await failure(readValue('AWSCURRENT', '{"a":"b"}', schema));
  });

  it('reads plain text and bytes', async () => {
    await expect(readValue('AWSCURRENT', 'text', plainText())).resolves.toBe('text');
    await expect(readValue('AWSCURRENT', new Uint8Array([1, 2]), binary())).resolves.toEqual(new Uint8Array([1, 2]));
    await failure(readValue('AWSCURRENT', 'text', binary()));
    await failure(readValue('AWSCURRENT', new Uint8Array([1]), plainText()));
    await failure(readValue('AWSCURRENT', new Uint8Array([1]), z.object({})));
    await failure(readValue('AWSCURRENT', 'short', plainText(z.string().min(20))));
  });
});

describe('applyChanges', () => {
  const schema = z.object({ user: z.string(), password: z.string().min(8), port: z.coerce.number().optional() });
  const current = '{"zeta":12345678901234567890,"user":"u","password":"old-password","10":1,"2":{"x":1.0}}';

  it('keeps unknown keys, their order and their digits, though the schema drops them', async () => {
    await expect(applyChanges(current, { password: 'new-password' }, schema)).resolves.toBe(
      current.replace('old-password', 'new-password'),
    );
  });

  it('takes a new key that the schema knows', async () => {
    await expect(applyChanges(current, { port: 5432 }, schema)).resolves.toContain('"port":5432}');
  });

  it.each<[string, object, string]>([
    ['a key that nobody knows', { passwrod: CANARY }, 'passwrod'],
    ['a value that does not fit', { password: 'short' }, 'password is not valid'],
    ['undefined', { password: undefined }, 'password'],
    ['a function', { password: () => CANARY }, 'password'],
    ['a bigint', { password: 5n }, 'password'],
    ['nothing', {}, 'changed nothing'],
    ['the same value', { password: 'old-password' }, 'changed nothing'],
    ['a string', CANARY as unknown as object, 'must return an object'],
    ['too much', { password: 'x'.repeat(65_536) }, '65536'],
  ])('refuses %s', async (_what, changes, words) => {
    expect((await failure(applyChanges(current, changes as { password: string }, schema))).message).toContain(words);
  });

  it('replaces plain text and bytes whole', async () => {
    await expect(applyChanges('old', 'new', plainText())).resolves.toBe('new');
    await expect(applyChanges(new Uint8Array([1]), new Uint8Array([2]), binary())).resolves.toEqual(
      new Uint8Array([2]),
    );
    await failure(applyChanges(new Uint8Array([1]), new Uint8Array([1]), binary()));
    await failure(applyChanges('old', '', plainText()));
  });
});

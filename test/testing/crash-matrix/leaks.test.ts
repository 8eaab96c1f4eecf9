/** A secret that came out is found however it is written, and nothing is found where there is none. */
import { describe, expect, it } from '@jest/globals';
import { defaultPublicFields, scrub, secretTexts, spellings } from '../../../lib/testing/crash-matrix/leaks.js';

const PASSWORD = `p'a"s\\s w%ö\u{1f511}rd+/&~!(x)*`;
const hex = (text: string, encoding: BufferEncoding) => Buffer.from(text, encoding).toString('hex');

const ways: readonly (readonly [string, (secret: string) => string])[] = [
  ['plain', (secret) => `said ${secret} aloud`],
  ['in JSON', (secret) => JSON.stringify({ key: secret })],
  ['in JSON within JSON', (secret) => JSON.stringify({ body: JSON.stringify({ key: secret }) })],
  ['in an address', (secret) => `postgres://app:${encodeURIComponent(secret)}@db/shop`],
  [
    'in an address, in small hexadecimal',
    (secret) => encodeURIComponent(secret).replace(/%../g, (e) => e.toLowerCase()),
  ],
  ['in a form', (secret) => new URLSearchParams({ user: 'app', key: secret }).toString()],
  ['in SQL', (secret) => `ALTER ROLE app PASSWORD '${secret.replaceAll("'", "''")}'`],
  ['in SQL with backslashes', (secret) => `E'${secret.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`],
  ['in hexadecimal', (secret) => `\\x${hex(`a${secret}b`, 'utf8')}`],
  ['in large hexadecimal', (secret) => hex(secret, 'utf8').toUpperCase()],
  ['in hexadecimal UTF-16', (secret) => hex(`"${secret}"`, 'utf16le')],
  ['in UTF-16 that is read as UTF-8', (secret) => Buffer.from(secret, 'utf16le').toString('utf8')],
  ['in base64 UTF-16, as Active Directory takes it', (s) => Buffer.from(`"${s}"`, 'utf16le').toString('base64')],
  ...['', 'x', 'xy', 'app:', 'rotation:'].flatMap((before) =>
    ['', ':', '@host'].map(
      (after) =>
        [
          `in base64, between '${before}' and '${after}'`,
          (secret: string) => Buffer.from(`${before}${secret}${after}`).toString('base64'),
        ] as const,
    ),
  ),
  ['in base64url', (secret) => Buffer.from(`{"key":"${secret}"}`).toString('base64url')],
];

describe('spellings', () => {
  const found = (text: string, secret: string) => spellings(secret).some((spelling) => text.includes(spelling));

  it.each(ways)('find a secret %s', (_, written) => {
    expect(found(written('Kx7fQz2mLp9w'), 'Kx7fQz2mLp9w')).toBe(true);
    expect(found(written('Kx7fQz2mLp9w'), 'Kx7fQy2mLp9w')).toBe(false);
  });

  it.each(ways.filter(([name]) => !name.includes('read as UTF-8')))(
    'find one of quotes, backslashes and unicode %s',
    (_, written) => {
      expect(found(written(PASSWORD), PASSWORD)).toBe(true);
      expect(found(written(PASSWORD.replace('rd', 'dr')), PASSWORD)).toBe(false);
    },
  );
});

describe('secretTexts', () => {
  const texts = (value: unknown) =>
    secretTexts(typeof value === 'string' ? value : JSON.stringify(value), defaultPublicFields);

  it('are all texts but those of public fields, however deep', () => {
    expect(
      texts({ username: 'application', password: 'secret-1', more: { keys: ['secret-2', 'short'], host: 'hostname' } }),
    ).toEqual(['secret-1', 'secret-2']);
  });

  it('are the value itself where it is no object', () => {
    expect(texts('just-a-key')).toEqual(['just-a-key']);
    expect(texts('12345678')).toEqual(['12345678']);
    expect(texts('"quoted-key"')).toEqual(['"quoted-key"']);
  });

  it('are passwords in public addresses too, as they stand there and decoded', () => {
    expect(texts({ url: 'postgres://app:p%40ssword@db/shop' })).toEqual(['p%40ssword', 'p@ssword']);
    expect(texts({ url: 'https://service.example/key' })).toEqual([]);
  });
});

describe('scrub', () => {
  it.each(ways.filter(([name]) => !name.includes('read as UTF-8')))('leaves nothing of a secret %s', (_, written) => {
    const scrubbed = scrub(`before ${written(PASSWORD)} after`, [PASSWORD]);
    expect(scrubbed).toContain('[secret]');
    for (const spelling of spellings(PASSWORD)) expect(scrubbed).not.toContain(spelling);
    expect(scrubbed).toMatch(/^before .* after$/s);
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { quoteIdentifier, quoteLiteral } from '../../../../lib/databases/engines/postgres/quote.js';
import { type PostgresServer, startPostgres } from '../../../support/postgres.js';

describe.each(['on', 'off'])('with standard_conforming_strings %s', (standard) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ settings: { standard_conforming_strings: standard } });
  });
  afterAll(() => server.stop());

  it('any text comes back as it went in, as a literal and as a name', async () => {
    const special = fc.string({ unit: fc.constantFrom(...'\'"\\%$ ;-aÄ漢\n\t'), minLength: 1, maxLength: 10 });
    const strings = fc.oneof(special, fc.string({ unit: 'binary', minLength: 1, maxLength: 10 }));
    await fc.assert(
      fc.asyncProperty(fc.array(strings, { minLength: 20, maxLength: 20 }), async (texts) => {
        fc.pre(texts.every((text) => !text.includes('\0') && Buffer.byteLength(text) <= 60));
        const unique = texts.map((text, index) => `${index}${text}`);
        const columns = unique.map((text) => `${quoteLiteral(text)} AS ${quoteIdentifier(text)}`);
        const [row] = await server.query(`SELECT ${columns.join(', ')}`);
        expect(row).toEqual(Object.fromEntries(unique.map((text) => [text, text])));
      }),
      { numRuns: 8 },
    );
  });
});

it('refuses NUL, at which the protocol would cut the statement', () => {
  expect(() => quoteIdentifier('a\0b')).toThrow(TypeError);
  expect(() => quoteLiteral('a\0b')).toThrow(TypeError);
});

import { describe, expect, it } from '@jest/globals';
import { saslPrep } from '../../../../lib/databases/engines/postgres/sasl-prep.js';
import * as tables from '../../../../lib/databases/engines/postgres/stringprep-tables.js';

describe('SASLprep', () => {
  it.each([
    ['I\u00adX', 'IX', 'soft hyphen mapped to nothing'],
    ['user', 'user', 'no transformation'],
    ['USER', 'USER', 'case preserved'],
    ['\u00aa', 'a', 'NFKC, in ISO 8859-1'],
    ['\u2168', 'IX', 'NFKC, matches the first'],
  ])('%j becomes %j (RFC 4013, section 3: %s)', (input, output) => {
    expect(saslPrep(input)).toBe(output);
  });

  it.each([
    ['\u0007', 'a control character'],
    ['\u0627\u0031', 'right-to-left text that ends left-to-right'],
    ['\u00aa\u0007', 'a control character after one that would change'],
    ['\u05d0a\u00aa\u05d0', 'both directions'],
    ['\u2168\u0378', 'an unassigned code point'],
    ['\u00ad', 'nothing left'],
  ])('%j is refused by RFC 4013, so PostgreSQL takes it as it is (%s)', (input) => {
    expect(saslPrep(input)).toBe(input);
  });

  it('makes every other space the plain one', () => {
    expect(saslPrep('a\u00a0b\u3000c\u200bd')).toBe('a b c d');
  });

  it('leaves right-to-left text alone that is right-to-left throughout', () => {
    expect(saslPrep('\u0627\u0661\u0628')).toBe('\u0627\u0661\u0628');
  });
});

describe('the tables of stringprep', () => {
  // As many as RFC 3454 lists, and as Python's stringprep module has: a range that is cut in two would take in everything after it.
  it.each([
    ['C.1.2', tables.NON_ASCII_SPACES, 17],
    ['B.1', tables.MAPPED_TO_NOTHING, 27],
    ['C.1.2 and C.2.1 to C.9', tables.PROHIBITED, 139_813],
    ['A.1', tables.UNASSIGNED, 879_309],
    ['D.1', tables.RIGHT_TO_LEFT, 1_044],
    ['D.2', tables.LEFT_TO_RIGHT, 229_973],
  ])('%s has its code points', (_name, table, count) => {
    let found = 0;
    for (let codePoint = 0; codePoint <= 0x10ffff; codePoint += 1) if (table.has(codePoint)) found += 1;
    expect(found).toBe(count);
  });

  it('knows U+0CDE, which Unicode 3.2 has, between two that it has not', () => {
    expect([0xcdd, 0xcde, 0xcdf].map((codePoint) => tables.UNASSIGNED.has(codePoint))).toEqual([true, false, true]);
  });
});

import { describe, expect, it } from '@jest/globals';
import { saslPrep } from '../../../../lib/databases/engines/postgres/sasl-prep.js';

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

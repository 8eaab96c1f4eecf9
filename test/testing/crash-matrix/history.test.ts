import { describe, expect, it } from '@jest/globals';
import { since, textSince } from '../../../lib/testing/crash-matrix/history.js';

describe('since', () => {
  const entries = [{ at: 1 }, { at: 2 }, { at: 3 }];

  it('gives what came after an entry', () => {
    expect(since(entries, entries[1])).toEqual([{ at: 3 }]);
    expect(since(entries, entries[2])).toEqual([]);
  });

  it('gives all where there was none before, or it is forgotten', () => {
    expect(since(entries, undefined)).toEqual(entries);
    expect(since(entries, { at: 0 })).toEqual(entries);
  });
});

describe('textSince', () => {
  it('gives what was added', () => {
    expect(textSince('before and after', 'before')).toBe(' and after');
    expect(textSince('before', 'before')).toBe('');
    expect(textSince('all', '')).toBe('all');
  });

  it('gives what was added to a text of which the beginning is gone, of the same length or not', () => {
    const before = 'x'.repeat(9_000) + 'y'.repeat(1_000);
    const after = 'z'.repeat(5_000);
    expect(textSince(`${before}${after}`.slice(-before.length), before)).toBe(after);
  });

  it('gives all where everything from before is gone', () => {
    expect(textSince('new'.repeat(100), 'old'.repeat(100))).toBe('new'.repeat(100));
  });
});

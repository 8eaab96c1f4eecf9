/** The table of operations in the documents names what is served, and nothing else. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { undocumentedDefaults } from '../../../lib/emulator/index.js';
import { operations } from '../../../lib/emulator/operations/index.js';

const text = readFileSync('docs/emulator.md', 'utf8');
const section = (heading: string) => text.split(`\n## ${heading}`)[1]?.split('\n## ')[0] ?? '';

describe('docs/emulator.md', () => {
  it('has one row for each operation that is served, in order, with its evidence', () => {
    const rows = section('Operations')
      .split('\n')
      .map((line) => line.split('|').map((cell) => cell.trim()))
      .filter(([, first]) => /^`\w+`$/.test(first ?? ''));
    expect(rows.map(([, first]) => first?.slice(1, -1))).toEqual([...operations.keys()].sort());
    for (const row of rows) {
      expect(row).toHaveLength(6);
      expect(row[4]).toMatch(/recorded|documented/);
    }
  });

  it('names every answer to what AWS leaves open', () => {
    const missing = Object.keys(undocumentedDefaults).filter((name) => !section('What AWS leaves open').includes(name));
    expect(missing).toEqual([]);
  });
});

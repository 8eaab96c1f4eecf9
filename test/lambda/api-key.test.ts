import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';

const read = (file: string) => readFileSync(path.join(__dirname, '../..', file), 'utf8');

/** The lines of a rotator, without imports and empty lines. */
const linesOf = (source: string) => source.split('\n').filter((line) => line !== '' && !line.startsWith('import '));

describe('the rotator that the documentation shows', () => {
  const deployed = linesOf(read('lambda/api-key.ts'));

  it.each(['README.md', 'docs/writing-a-rotator.md'])('is the one that is deployed: %s', (file) => {
    const [, shown = ''] = /```ts\n([\s\S]*?)```/.exec(read(file)) ?? [];
    expect(linesOf(shown)).toEqual(deployed);
  });

  it('is a dozen lines', () => {
    expect(deployed).toHaveLength(12);
  });
});

/**
 * Every TypeScript block of the documentation compiles, against the sources. Each block is a module of its own; what it takes for granted stands in
 * a comment right before it, which readers do not see: `<!-- ts: declare const url: string; -->`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { complaintsAbout } from '../support/compiler.js';

const root = path.join(__dirname, '../..');

interface Block {
  /** README.md:42, the line of the fence. */
  readonly at: string;
  readonly source: string;
}

function blocksOf(file: string): Block[] {
  const text = readFileSync(path.join(root, file), 'utf8');
  const fence = /^ *(?:<!-- ts: (?<given>[\s\S]*?) -->\n *)?```ts\n(?<code>[\s\S]*?)^ *```$/gm;
  return [...text.matchAll(fence)].map(({ index, groups }) => {
    const given = (groups?.given ?? '').replaceAll('\n', ' ');
    const line = text.slice(0, index).split('\n').length;
    // `export {}` makes a module of it, with a scope of its own; all in one line, so that the lines of the code keep their distance.
    return { at: `${file}:${line}`, source: `export {}; ${given}\n${groups?.code ?? ''}` };
  });
}

const files = ['README.md', ...readdirSync(path.join(root, 'docs')).map((file) => `docs/${file}`), 'infra/README.md'];
const blocks = files.filter((file) => file.endsWith('.md')).flatMap(blocksOf);

const options = {
  // What is told in a few lines need not use everything that it shows.
  noUnusedLocals: false,
  // See infra/tsconfig.json.
  exactOptionalPropertyTypes: false,
  paths: {
    keyturn: [path.join(root, 'lib/index.ts')],
    'keyturn/cdk': [path.join(root, 'infra/constructs/index.ts')],
    'keyturn/emulator': [path.join(root, 'lib/emulator/index.ts')],
    'keyturn/testing': [path.join(root, 'lib/testing/index.ts')],
    'keyturn/engines/*': [path.join(root, 'lib/databases/engines/*.ts')],
    vitest: [path.join(root, 'test/support/vitest.d.ts')],
  },
};

describe('the TypeScript of the documentation compiles:', () => {
  const said = complaintsAbout(
    blocks.map(({ source }) => source),
    options,
  );

  // Lines count from the fence.
  it.each(blocks.map(({ at }, n) => ({ at, complaints: said[n] })))('$at', ({ complaints }) => {
    expect(complaints).toBe('');
  });
});

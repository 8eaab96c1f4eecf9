/** What the documentation shows for node:test, run as it stands there by node's own test runner. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { bundled } from './crash-matrix/support/api-key.js';

const root = path.join(__dirname, '../..');

/** The blocks of a page that use a test runner, by the runner's module. */
async function blocksOf(page: string): Promise<Map<string, string>> {
  const markdown = await readFile(path.join(root, 'docs', page), 'utf8');
  const blocks = [...markdown.matchAll(/^```ts\n(?<code>[\s\S]*?)^```$/gm)].map(({ groups }) => groups?.code ?? '');
  const runner = (code: string) => /from '(node:test|vitest)'/.exec(code)?.[1] ?? 'jest';
  return new Map(blocks.filter((code) => /\b(test|it)\b/.test(code)).map((code) => [runner(code), code]));
}

/** Runs a block in a process of its own. @returns the report, in TAP */
async function runBlock(code: string, given: string): Promise<string> {
  const source = `${given}\n${code.replace("'keyturn/testing'", `'${root}/lib/testing/index.js'`)}`;
  const file = path.join(await mkdtemp(path.join(tmpdir(), 'keyturn-tests-')), 'block.test.mts');
  await writeFile(file, source);
  // Jest's own settings would be those of a test in a test.
  const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, ...env } = process.env;
  const child = spawn(process.execPath, ['--import', 'tsx', '--test', '--test-reporter', 'tap', file], {
    cwd: root,
    env,
  });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return out + err;
}

describe('the documented crash matrix', () => {
  it('is at most ten lines with each test runner', async () => {
    const blocks = await blocksOf('crash-matrix.md');
    expect([...blocks.keys()].sort()).toEqual(['jest', 'node:test', 'vitest']);
    for (const code of blocks.values()) expect(code.trimEnd().split('\n').length).toBeLessThanOrEqual(10);
  });

  it('runs with node:test', async () => {
    const code = (await blocksOf('crash-matrix.md')).get('node:test') ?? '';
    const bundle = await bundled('lambda/api-key.ts');
    const shortened = code
      .replace('dist/api-key.mjs', bundle)
      .replace(/^\}\);$/m, "}, { faults: ['step-delivered-twice'] });");
    const support = path.join(__dirname, 'crash-matrix/support/api-key.ts');
    const report = await runBlock(shortened, `import { openApiService as openPlace } from '${support}';`);
    expect(report).toMatch(/^# pass 14$/m);
    expect(report).toMatch(/^# fail 0$/m);
  });
});

describe('the documented test of a rotator', () => {
  const vendor = `
    import { z } from '${root}/node_modules/zod/index.js';
    import { defineRotator } from '${root}/lib/index.js';
    let key = 'first';
    const vendor = { url: 'https://vendor.example', opensTo: (tried) => tried === key };
    const refuse = (tried) => { if (tried !== key) throw new Error('refused'); };
    const apiKey = defineRotator({
      secret: z.object({ url: z.url(), key: z.string() }),
      createSecret: async ({ generatePassword }) => ({ key: await generatePassword({ length: 40 }) }),
      setSecret({ current, pending }) { refuse(current.key); key = pending.key; },
      testSecret: ({ pending }) => refuse(pending.key),
    });
    import { beforeEach } from 'node:test';
    beforeEach(() => { key = 'first'; });`;

  it('runs with node:test', async () => {
    const code = (await blocksOf('writing-a-rotator.md')).get('node:test') ?? '';
    const report = await runBlock(code, vendor);
    expect(report).toMatch(/^# pass 3$/m);
    expect(report).toMatch(/^# fail 0$/m);
  });
});

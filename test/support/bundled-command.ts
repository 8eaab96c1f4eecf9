/** Commands of this repository, bundled once for a file of tests: to compile one takes longer than to run it. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { build } from 'esbuild';

const root = path.join(__dirname, '../..');

/**
 * To be called where tests are described.
 * @param source Its path from the root: `demo/main.ts`.
 * @returns where the bundle is while they run; packages are found from there
 */
export function bundledCommand(source: string): string {
  const cache = path.join(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(path.join(cache, 'keyturn-command-'));
  const outfile = path.join(folder, 'main.mjs');
  beforeAll(async () => {
    await build({
      absWorkingDir: root,
      entryPoints: [source],
      outfile,
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'esm',
      packages: 'external',
      logLevel: 'silent',
    });
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  return outfile;
}

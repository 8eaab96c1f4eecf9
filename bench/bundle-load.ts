import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bundleRotators, rotators } from '../scripts/rotators.mjs';
import { type Benchmark, rounded } from './benchmark.js';

const strategy = 'single-user';

/** What of a cold start the bundle decides: Lambda's runtime has the SDK, and every function loads it. */
const loader = `
  import '@aws-sdk/client-secrets-manager';
  import '@aws-sdk/client-sts';
  const start = performance.now();
  await import(process.argv[2]);
  console.log(performance.now() - start);
`;

export const bundleLoad: Benchmark = {
  name: 'bundle-load',
  what: 'a cold start: a fresh process loads the single-user rotator of one engine, and the one that carries all engines',
  async run(size) {
    const folder = await mkdtemp(join(tmpdir(), 'keyturn-bench-'));
    try {
      await mkdir(join(folder, 'node_modules'));
      const sdk = fileURLToPath(new URL('../node_modules/@aws-sdk', import.meta.url));
      await symlink(sdk, join(folder, 'node_modules/@aws-sdk'));
      await writeFile(join(folder, 'load.mjs'), loader);
      const engines = rotators[strategy] ?? [];
      const best = new Map<string, number>();
      for (const engine of [...engines, undefined]) {
        const name = engine ?? 'all';
        const { outputFiles } = await bundleRotators([strategy], engine);
        for (const { contents } of outputFiles) await writeFile(join(folder, `${name}.mjs`), contents);
        best.set(name, Number.POSITIVE_INFINITY);
      }
      // In turns, and the best counts: what else the machine does is not to fall on one of them.
      for (let round = 0; round < size.times(12); round++) {
        for (const [name, millis] of best) best.set(name, Math.min(millis, await loadMillis(folder, `${name}.mjs`)));
      }
      const all = best.get('all') ?? Number.NaN;
      const parts = Object.fromEntries(engines.map((engine) => [engine, rounded(best.get(engine) ?? Number.NaN)]));
      const mean = Object.values(parts).reduce((sum, millis) => sum + millis, 0) / engines.length;
      return {
        value: rounded(mean),
        unit: 'ms to load the rotator of one engine, the AWS SDK apart',
        ratio: { value: rounded(mean / all), to: 'that of all engines' },
        ok: true,
        parts,
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

const run = promisify(execFile);

async function loadMillis(folder: string, bundle: string): Promise<number> {
  const { stdout } = await run(process.execPath, ['load.mjs', `./${bundle}`], { cwd: folder });
  return Number(stdout);
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { oneEngine } from '../scripts/one-engine.mjs';
import type { Workshop } from './fixtures/fixture.js';

export async function openWorkshop(): Promise<Workshop & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-crash-matrix-'));
  const ends = [() => rm(folder, { recursive: true, force: true })];
  const bundles = new Map<string, Promise<string>>();
  return {
    folder,
    bundle(source, engine) {
      const name = `${basename(source, '.ts')}${engine === undefined ? '' : `-${engine}`}.mjs`;
      const built = bundles.get(name) ?? bundle(source, engine, join(folder, name));
      bundles.set(name, built);
      return built;
    },
    whenDone: (end) => void ends.push(async () => void (await end())),
    async [Symbol.asyncDispose]() {
      for (const end of ends.splice(0).reverse()) await end();
    },
  };
}

/** The AWS SDK goes in as well: the file lies where no package is found. */
async function bundle(source: string, engine: string | undefined, outfile: string): Promise<string> {
  await build({
    entryPoints: [source],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    // The SDK as modules, of which only what is used goes in: a quarter less to start with.
    mainFields: ['module', 'main'],
    // pg and parts of the SDK are CommonJS, and `require` is what they load Node's own modules with.
    banner: { js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);` },
    external: ['pg-native'],
    legalComments: 'none',
    logLevel: 'silent',
    plugins: engine === undefined ? [] : [oneEngine(engine)],
  });
  return outfile;
}

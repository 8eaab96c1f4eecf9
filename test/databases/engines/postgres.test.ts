/** How the driver comes into a function: through a bundle. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { type PostgresServer, startPostgres } from '../../support/postgres.js';

const SCRIPT = `
  import { postgres } from './lib/databases/engines/postgres.js';
  import { singleUser } from './lib/databases/strategies/single-user.js';
  const { ca, ...pending } = JSON.parse(process.env.LOGIN);
  const context = { pending, signal: new AbortController().signal, waitFor: (_what, work) => work };
  singleUser(postgres(), { ca }).testSecret(context).then(() => console.log('ok'), (error) => console.log(error.name + ': ' + error.message));
`;

let server: PostgresServer;
let folder: string;
beforeAll(async () => {
  server = await startPostgres();
  folder = await mkdtemp(join(tmpdir(), 'keyturn-bundle-'));
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

async function runBundle(name: string, options: Parameters<typeof build>[0]): Promise<string> {
  const file = join(folder, name);
  await build({
    stdin: { contents: SCRIPT, resolveDir: process.cwd() },
    bundle: true,
    platform: 'node',
    target: 'node20',
    outfile: file,
    logLevel: 'silent',
    ...options,
  });
  const login = { engine: 'postgres', host: 'localhost', port: server.port, ca: server.ca, ...server.superuser };
  // The password goes through the environment of a process of our own, not through its command line.
  const env = { PATH: process.env.PATH, LOGIN: JSON.stringify(login) };
  return (await promisify(execFile)(process.execPath, [file], { env, cwd: folder })).stdout.trim();
}

describe('the driver in a bundle', () => {
  it('logs in when pg is bundled, as CommonJS and as a module', async () => {
    expect(await runBundle('bundled.cjs', { format: 'cjs', minify: true })).toBe('ok');
    const banner = {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    };
    expect(await runBundle('bundled.mjs', { format: 'esm', minify: true, banner })).toBe('ok');
  });

  it('says what to install when pg is missing', async () => {
    await writeFile(join(folder, 'package.json'), '{}');
    for (const format of ['cjs', 'esm'] as const) {
      const output = await runBundle(`external.${format === 'cjs' ? 'cjs' : 'mjs'}`, { format, external: ['pg'] });
      expect(output).toBe(
        'InvalidOptionsError: postgres() needs the npm package pg, which was not found: npm install pg.',
      );
    }
  });
});

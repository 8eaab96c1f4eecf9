/** The drivers as deployed: in one file, with their client in it or beside it. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { type MariadbServer, mariadbUnderTest, startMariadb } from '../../support/mariadb.js';

const SCRIPT = `
  import { mariadb } from './lib/databases/engines/mariadb.js';
  import { mysql } from './lib/databases/engines/mysql.js';
  import { singleUser } from './lib/databases/strategies/single-user.js';
  const { ca, ...pending } = JSON.parse(process.env.LOGIN);
  const context = { pending, signal: new AbortController().signal, waitFor: (_what, work) => work };
  singleUser([mysql(), mariadb()], { ca }).testSecret(context).then(() => console.log('ok'), (error) => console.log(error.name + ': ' + error.message));
`;
const BANNER = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyturn-bundle-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function bundle(name: string, options: Parameters<typeof build>[0]): Promise<string> {
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
  return file;
}

async function run(file: string, login: object): Promise<string> {
  // The password goes through the environment of a process of our own, not through its command line.
  const env = { PATH: process.env.PATH, LOGIN: JSON.stringify({ host: 'localhost', ...login }) };
  return (await promisify(execFile)(process.execPath, [file], { env, cwd: folder })).stdout.trim();
}

it('says what to install when mysql2 is missing', async () => {
  await writeFile(join(folder, 'package.json'), '{}');
  const login = { engine: 'mysql', port: 9, username: 'app', password: 'password' };
  for (const format of ['cjs', 'esm'] as const) {
    const file = await bundle(`external.${format === 'cjs' ? 'cjs' : 'mjs'}`, { format, external: ['mysql2'] });
    expect(await run(file, login)).toBe(
      'InvalidOptionsError: mysql() and mariadb() need the npm package mysql2, which was not found: npm install mysql2.',
    );
  }
});

for (const { name } of mariadbUnderTest()) {
  describe(`the drivers in a bundle, with ${name}`, () => {
    let server: MariadbServer;
    beforeAll(async () => {
      server = await startMariadb({ settings: { 'plugin-load-add': 'auth_ed25519' } });
      await server.query("CREATE USER signer@'%' IDENTIFIED VIA ed25519 USING PASSWORD('password')");
    });
    afterAll(() => server.stop());

    it('log in, as CommonJS and as a module, with either plugin', async () => {
      const at = { port: server.port, ca: server.ca };
      const root = { ...at, engine: 'mysql', ...server.superuser, host: '127.0.0.1' };
      const signer = { ...at, engine: 'mariadb', username: 'signer', password: 'password' };
      const files = [
        await bundle('bundled.cjs', { format: 'cjs', minify: true }),
        await bundle('bundled.mjs', { format: 'esm', minify: true, banner: BANNER }),
      ];
      for (const file of files) for (const login of [root, signer]) expect(await run(file, login)).toBe('ok');
    });

    it('say what to install when @noble/ed25519 is missing, to whoever needs it', async () => {
      const login = { engine: 'mariadb', port: server.port, ca: server.ca, username: 'signer', password: 'password' };
      const file = await bundle('unsigned.mjs', { format: 'esm', banner: BANNER, external: ['@noble/ed25519'] });
      expect(await run(file, login)).toMatch(
        /^InvalidOptionsError: .* need the npm package @noble\/ed25519 for a user whose plugin is ed25519, .*: npm install @noble\/ed25519\.$/,
      );
    });
  });
}

/**
 * What the prebuilt rotators carry: one engine, its client and nothing of the others, for every strategy and engine of scripts/rotators.mjs. And that a cold start pays for no client:
 * loading the handler evaluates none before the first login.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { build, type Metafile, type Plugin } from 'esbuild';
import { oneEngine } from '../../scripts/one-engine.mjs';
import { bundleRotators, rotators, strategiesOf } from '../../scripts/rotators.mjs';

const root = path.join(__dirname, '../..');
const { dependencies, peerDependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));

const engineFiles = 'lib/databases/engines/';

const engines = [...new Set(Object.values(rotators).flat())];
const bundles = engines.flatMap((engine) => strategiesOf(engine).map((strategy) => ({ engine, strategy })));

/** `pg` for node_modules/pg/lib/client.js, wherever node_modules is. */
function packageOf(file: string): string | undefined {
  return /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1];
}

/** What esbuild says of the bundles of each engine. */
const metafiles = new Map<string, Metafile>();
beforeAll(async () => {
  await Promise.all(
    engines.map(async (engine) => {
      const { metafile } = await bundleRotators(strategiesOf(engine), engine);
      metafiles.set(engine, metafile);
    }),
  );
});

/** The files and packages of which something is in a bundle, and the packages that it takes from the runtime. */
function carriedBy(engine: string, strategy: string) {
  const { inputs = {}, imports = [] } =
    metafiles.get(engine)?.outputs[`dist/rotators/${strategy}/${engine}/index.mjs`] ?? {};
  const external = imports.flatMap(({ path: target, external: isExternal }) => (isExternal ? [target] : []));
  return { files: Object.keys(inputs), packages: new Set([...Object.keys(inputs).map(packageOf), ...external]) };
}

/** The files that an engine consists of, and the peer dependencies that they name: all that its bundles may have of the engines. */
function partsOf(engine: string) {
  const files = new Set<string>();
  const packages = new Set<string>();
  const walk = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    for (const { path: target, external } of metafiles.get(engine)?.inputs[file]?.imports ?? []) {
      const name = external ? target.split('/', target.startsWith('@') ? 2 : 1).join('/') : packageOf(target);
      if (name !== undefined) packages.add(name);
      else if (target.startsWith(engineFiles)) walk(target);
    }
  };
  walk(`${engineFiles}${engine}.ts`);
  return { files, clients: Object.keys(peerDependencies).filter((name) => packages.has(name)) };
}

describe.each(bundles)('$strategy for $engine', ({ strategy, engine }) => {
  it('carries the files of its engine, and of no other', () => {
    const carried = carriedBy(engine, strategy).files.filter((file) => file.startsWith(engineFiles));
    expect(carried).toContain(`${engineFiles}${engine}.ts`);
    expect(carried.filter((file) => !partsOf(engine).files.has(file))).toEqual([]);
  });

  it("carries its engine's client, and no other's", () => {
    const { clients } = partsOf(engine);
    expect(clients).not.toEqual([]);
    const { packages } = carriedBy(engine, strategy);
    const ofAnyEngine = [...new Set(engines.flatMap((each) => partsOf(each).clients))];
    expect(ofAnyEngine.filter((name) => packages.has(name)).sort()).toEqual(clients.sort());
  });
});

describe('a cold start', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'keyturn-bundles-'));
  beforeAll(() => {
    mkdirSync(path.join(folder, 'node_modules'));
    symlinkSync(path.join(root, 'node_modules/@aws-sdk'), path.join(folder, 'node_modules/@aws-sdk'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(engines.map((engine) => [engine]))(
    'of a function for %s evaluates the client at the first login, not before',
    async (engine) => {
      const [strategy = ''] = strategiesOf(engine);
      const outfile = path.join(folder, `${engine}.mjs`);
      await build({
        absWorkingDir: root,
        stdin: {
          contents: `export { handler } from './lambda/${strategy}.js'; export * as engines from './lib/databases/engines/index.js';`,
          resolveDir: root,
          loader: 'ts',
        },
        outfile,
        plugins: [oneEngine(engine), saysWhatIsEvaluated],
        bundle: true,
        platform: 'node',
        target: 'node20',
        format: 'esm',
        banner: { js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);` },
        external: ['@aws-sdk/*', 'pg-native'],
        logLevel: 'error',
      });
      const script = path.join(folder, `${engine}.login.mjs`);
      writeFileSync(script, login(`./${engine}.mjs`));
      const { stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8', env: {} });
      expect(stderr).toBe('');
      const { whenLoaded, afterLogin } = JSON.parse(stdout);
      const evaluated = (files: string[]) => new Set(files.map(packageOf));
      const always = Object.keys(dependencies);
      expect([...evaluated(whenLoaded)].filter((name) => !always.includes(name ?? ''))).toEqual([]);
      expect(partsOf(engine).clients.filter((name) => evaluated(afterLogin).has(name))).not.toEqual([]);
    },
  );
});

/** Each file of a package says when it has been run. Afterwards, so that what begins a file goes on to begin it. */
const saysWhatIsEvaluated: Plugin = {
  name: 'says-what-is-evaluated',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/node_modules\/.*\.[cm]?js$/ }, ({ path: file }) => ({
      contents: `${readFileSync(file, 'utf8')}\n;(globalThis.evaluated ??= []).push(${JSON.stringify(file)});`,
      loader: 'js',
    })),
};

/** Loads the function, then logs in where nobody listens. */
function login(bundle: string): string {
  return `
    const { handler, engines } = await import('${bundle}');
    if (typeof handler !== 'function') throw new Error('no handler');
    const whenLoaded = [...(globalThis.evaluated ?? [])];
    const [driver] = Object.values(engines).map((engine) => engine());
    const connection = { tls: false, timeoutMillis: 2000, signal: new AbortController().signal, aws: {} };
    // Users of directories have other names.
    for (const username of ['app', 'cn=app,dc=example,dc=org']) {
      const secret = { engine: driver.engines[0], host: '127.0.0.1', port: 1, username, password: 'x' };
      await driver.login(secret, connection).then(() => { throw new Error('let in'); }, () => {});
    }
    console.log(JSON.stringify({ whenLoaded, afterLogin: globalThis.evaluated ?? [] }));
    process.exit();
  `;
}

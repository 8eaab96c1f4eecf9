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
import { bundleRotator, rotators } from '../../scripts/rotators.mjs';

const root = path.join(__dirname, '../..');
const { dependencies, peerDependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));

const engineFiles = 'lib/databases/engines/';
/** Files that list engines, and are of none. */
const lists = /^lib\/databases\/engines\/(index|cloning|dual-password)\.ts$/;

const bundles = Object.entries(rotators).flatMap(([strategy, engines]) =>
  engines.map((engine) => ({ strategy, engine })),
);
const engines = [...new Set(bundles.map(({ engine }) => engine))];

/** `pg` for node_modules/pg/lib/client.js, wherever node_modules is. */
function packageOf(file: string): string | undefined {
  return /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1];
}

interface Bundle {
  readonly strategy: string;
  readonly engine: string;
  readonly metafile: Metafile;
}

let built: readonly Bundle[];
beforeAll(async () => {
  built = await Promise.all(
    bundles.map(async ({ strategy, engine }) => ({
      ...{ strategy, engine },
      metafile: (await bundleRotator(strategy, engine)).metafile,
    })),
  );
});

function metafileOf(strategy: string, engine: string): Metafile {
  const found = built.find((bundle) => bundle.strategy === strategy && bundle.engine === engine);
  if (found === undefined) throw new Error(`no bundle of ${strategy} for ${engine}`);
  return found.metafile;
}

/** The files that an engine consists of, and the peer dependencies that they name: all that its bundles may have of the engines. */
function partsOf(engine: string, { inputs }: Metafile) {
  const files = new Set<string>();
  const packages = new Set<string>();
  const walk = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    for (const { path: target, external } of inputs[file]?.imports ?? []) {
      const name = external ? target.split('/', target.startsWith('@') ? 2 : 1).join('/') : packageOf(target);
      if (name !== undefined) packages.add(name);
      else if (target.startsWith(engineFiles)) walk(target);
    }
  };
  walk(`${engineFiles}${engine}.ts`);
  return { files: [...files].sort(), clients: Object.keys(peerDependencies).filter((name) => packages.has(name)) };
}

/** Every package that some engine needs, and not all. */
function clientsOfEngines(): string[] {
  return [...new Set(built.flatMap(({ engine, metafile }) => partsOf(engine, metafile).clients))];
}

describe.each(bundles)('$strategy for $engine', ({ strategy, engine }) => {
  it('carries the files of its engine, and of no other', () => {
    const metafile = metafileOf(strategy, engine);
    const carried = Object.keys(metafile.inputs).filter((file) => file.startsWith(engineFiles));
    expect(carried.sort()).toEqual(partsOf(engine, metafile).files);
    expect(carried.filter((file) => lists.test(file))).toEqual([]);
  });

  it("carries its engine's client, and no other's", () => {
    const { inputs } = metafileOf(strategy, engine);
    const { clients } = partsOf(engine, { inputs, outputs: {} });
    expect(clients).not.toEqual([]);
    const external = Object.values(inputs).flatMap(({ imports }) =>
      imports.flatMap(({ path: target, external: isExternal }) => (isExternal ? [target] : [])),
    );
    const carried = new Set([...Object.keys(inputs).map(packageOf), ...external]);
    expect(
      clientsOfEngines()
        .filter((name) => carried.has(name))
        .sort(),
    ).toEqual([...clients].sort());
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
      const strategy = bundles.find((each) => each.engine === engine)?.strategy ?? '';
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
      const { clients } = partsOf(engine, metafileOf(strategy, engine));
      expect(clients.filter((name) => evaluated(afterLogin).has(name))).not.toEqual([]);
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
    const secret = { engine: driver.engines[0], host: '127.0.0.1', port: 1, username: 'app', password: 'x' };
    const connection = { tls: false, timeoutMillis: 2000, signal: new AbortController().signal, aws: {} };
    await driver.login(secret, connection).then(() => { throw new Error('let in'); }, () => {});
    console.log(JSON.stringify({ whenLoaded, afterLogin: globalThis.evaluated ?? [] }));
    process.exit();
  `;
}

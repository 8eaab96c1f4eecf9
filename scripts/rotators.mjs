// Bundles the stock rotators of lambda/ into dist/rotators, where the constructs look for them: a folder each, ready to be a Lambda asset.
// Run by the build, by `cdk synth` (cdk.json) and before tests. Files whose content has not changed are left alone, and the others are
// replaced in one move, so that a synth which runs at the same time never sees half a file.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { oneEngine } from './one-engine.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The engines of each strategy, by the names of their files. */
const rotators = {
  'single-user': ['active-directory', 'ldap', 'postgres'],
  'superuser-sets': ['active-directory', 'ldap', 'postgres'],
  'alternating-users': ['postgres'],
  'alternating-pair': ['postgres'],
  directory: ['managed-directory'],
};

export default async function buildRotators() {
  const inputs = new Set();
  for (const [strategy, engines] of Object.entries(rotators)) {
    for (const engine of engines) for (const input of await buildRotator(strategy, engine)) inputs.add(input);
  }
  replace(path.join(root, 'dist/rotators/LICENSES.txt'), Buffer.from(licences([...inputs])));
}

/** @returns the files that went into it */
async function buildRotator(strategy, engine) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [`lambda/${strategy}.ts`],
    outfile: `dist/rotators/${strategy}/${engine}/index.mjs`,
    plugins: [oneEngine(engine)],
    bundle: true,
    minify: true,
    platform: 'node',
    // The oldest Node that Lambda still takes new functions for.
    target: 'node22',
    format: 'esm',
    // pg is CommonJS, and `require` is what it loads Node's own modules with.
    banner: { js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);` },
    // Lambda's runtime has the SDK; pg asks for its native twin and does without.
    external: ['@aws-sdk/*', 'pg-native'],
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
    write: false,
  });
  for (const { path: file, contents } of outputFiles) replace(file, contents);
  return Object.keys(metafile.inputs);
}

function replace(file, contents) {
  if (existsSync(file) && readFileSync(file).equals(contents)) return;
  mkdirSync(path.dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, contents);
  renameSync(draft, file);
}

/** The licences of the packages that went into the bundles: theirs ask to be passed on. */
function licences(inputs) {
  const folders = new Set(inputs.flatMap((file) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []));
  return [...folders].sort().map(licence).join('\n');
}

function licence(folder) {
  const { name, version, license } = JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8'));
  const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'license', 'README.md']
    .map((candidate) => path.join(root, folder, candidate))
    .find((candidate) => existsSync(candidate));
  if (file === undefined) throw new Error(`${name} is bundled and brings no licence along`);
  return `${name} ${version} (${license})\n\n${licenceText(readFileSync(file, 'utf8')).trim()}\n`;
}

/** Some packages have their licence at the end of the README. */
function licenceText(text) {
  return /^#+ licen[cs]e\b/im.exec(text) ? text.slice(text.search(/^#+ licen[cs]e\b/im)) : text;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildRotators();

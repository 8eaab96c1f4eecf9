// Bundles the stock rotators of lambda/ into dist/rotators, where the constructs look for them: a folder each, ready to be a Lambda asset.
// Run by the build, by `cdk synth` (cdk.json) and before tests. Files whose content has not changed are left alone, and the others are
// replaced in one move, so that a synth which runs at the same time never sees half a file.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { oneEngine } from './one-engine.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = path.join(root, 'dist/rotators');

const everyEngine = ['postgres', 'mysql', 'mariadb', 'redis', 'ldap', 'active-directory'];

/** The engines of each strategy, by the names of their files. */
export const rotators = {
  'single-user': everyEngine,
  'superuser-sets': everyEngine,
  'alternating-users': ['postgres', 'mysql', 'mariadb', 'redis'],
  'alternating-pair': everyEngine,
  'dual-password': ['mysql', 'redis'],
  directory: ['managed-directory'],
};

export default async function buildRotators() {
  const engines = [...new Set(Object.values(rotators).flat())];
  const built = await Promise.all(engines.map((engine) => bundleRotators(strategiesOf(engine), engine)));
  const files = built.flatMap(({ outputFiles }) => outputFiles);
  for (const { path: file, contents } of files) replace(file, contents);
  const licensed = path.join(folder, 'LICENSES.txt');
  replace(licensed, Buffer.from(licences(built.flatMap(({ metafile }) => Object.keys(metafile.inputs)))));
  removeAllBut(new Set([licensed, ...files.map(({ path: file }) => file)]));
}

export function strategiesOf(engine) {
  return Object.keys(rotators).filter((strategy) => rotators[strategy].includes(engine));
}

/** All of an engine at once: most of the work is to read what they share. */
export function bundleRotators(strategies, engine) {
  return build({
    absWorkingDir: root,
    entryPoints: strategies.map((strategy) => ({
      in: `lambda/${strategy}.ts`,
      out: path.join(strategy, engine ?? '', 'index'),
    })),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    plugins: engine === undefined ? [] : [oneEngine(engine)],
    bundle: true,
    minify: true,
    platform: 'node',
    // The oldest Node that Lambda still takes new functions for.
    target: 'node22',
    format: 'esm',
    // Clients are CommonJS, and `require` is what they load Node's own modules with.
    banner: { js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);` },
    // Lambda's runtime has the SDK; pg asks for its native twin and does without.
    external: ['@aws-sdk/*', 'pg-native'],
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
    write: false,
  });
}

function replace(file, contents) {
  if (existsSync(file) && readFileSync(file).equals(contents)) return;
  mkdirSync(path.dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, contents);
  renameSync(draft, file);
}

/** What an earlier build left behind would be packed, and offered by the constructs. */
function removeAllBut(made) {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath ?? entry.path, entry.name);
    // A draft may be that of a build that runs at the same time.
    const isDraft = /\.\d+$/.test(file);
    if (entry.isFile() && !made.has(file) && !isDraft) rmSync(file, { force: true });
  }
}

/** The licences of the packages that went into the bundles: theirs ask to be passed on. */
function licences(inputs) {
  const folders = new Set(inputs.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []));
  return [...folders].sort().map(licence).join('\n');
}

function licence(location) {
  const place = path.join(root, location);
  const { name, version, license } = JSON.parse(readFileSync(path.join(place, 'package.json'), 'utf8'));
  const files = readdirSync(place);
  const file =
    files.find((each) => /^licen[cs]e(\.\w+)?$/i.test(each)) ?? files.find((each) => /^readme\.md$/i.test(each));
  if (file === undefined) throw new Error(`${name} is bundled and brings no licence along`);
  return `${name} ${version} (${license})\n\n${licenceText(readFileSync(path.join(place, file), 'utf8')).trim()}\n`;
}

/** Some packages have their licence at the end of the README. */
function licenceText(text) {
  return /^#+ licen[cs]e\b/im.exec(text) ? text.slice(text.search(/^#+ licen[cs]e\b/im)) : text;
}

// Not where it is part of a bundle.
if (path.basename(process.argv[1] ?? '') === 'rotators.mjs') buildRotators();

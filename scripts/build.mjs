// Emits lib/ twice with types, dist/esm for `import` and dist/cjs for `require`; the constructs once, dist/cdk, as CommonJS, which both can load, like
// aws-cdk-lib itself; and bundles the stock rotators into dist/rotators.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import buildRotators from './rotators.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const tsc = 'node_modules/typescript/bin/tsc';
// `module nodenext` takes the format from package.json, so CommonJS has to be asked for by name.
const asCommonJs = ['--module', 'commonjs', '--moduleResolution', 'bundler', '--verbatimModuleSyntax', 'false'];

function compile(project, ...options) {
  const { status } = spawnSync(process.execPath, [tsc, '-p', project, ...options], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

function markCommonJs(folder) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/package.json`, '{ "type": "commonjs" }\n');
}

for (const folder of ['esm', 'cjs', 'cdk']) rmSync(`dist/${folder}`, { recursive: true, force: true });
compile('tsconfig.build.json');
compile('tsconfig.build.json', '--outDir', 'dist/cjs', ...asCommonJs);
compile('tsconfig.cdk.json', ...asCommonJs);
markCommonJs('dist/cjs');
markCommonJs('dist/cdk');
chmodSync('dist/esm/cli/main.js', 0o755);
await buildRotators();

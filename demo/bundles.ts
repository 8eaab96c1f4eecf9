import { stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { oneEngine } from '../scripts/one-engine.mjs';

/** The functions of lambda/ that the demo uses. */
const names = ['single-user', 'alternating-users', 'api-key'];

/** They as they would be deployed, each in one file that carries no engine but PostgreSQL. */
export interface Bundles {
  /** Path of the bundle of `lambda/NAME.ts`. */
  path(name: string): string;
  /** Size in bytes by name. */
  readonly bytes: Readonly<Record<string, number>>;
}

/** The AWS SDK goes in as well: the demo's functions run in a folder that holds nothing else. */
export async function bundleFunctions(folder: string): Promise<Bundles> {
  await build({
    entryPoints: names.map((name) => join('lambda', `${name}.ts`)),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    // pg and parts of the SDK are CommonJS, and `require` is what they load Node's own modules with.
    banner: { js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);` },
    external: ['pg-native'],
    legalComments: 'none',
    logLevel: 'silent',
    plugins: [oneEngine('postgres')],
  });
  const path = (name: string) => join(folder, `${name}.mjs`);
  const sizes = names.map(async (name) => [name, (await stat(path(name))).size] as const);
  return { path, bytes: Object.fromEntries(await Promise.all(sizes)) };
}

/** A function that calls another bundle as it is, but keeps the RotationToken from it. @returns its path */
export async function withholdToken(bundle: string): Promise<string> {
  const path = bundle.replace(/\.mjs$/, '-token-withheld.mjs');
  await writeFile(
    path,
    `import { handler as rotate } from './${basename(bundle)}';
export const handler = ({ RotationToken, ...event }, context) => rotate(event, context);
`,
  );
  return path;
}

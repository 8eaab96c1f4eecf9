import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from './package-root.js';

/**
 * The folder of the rotator of one strategy for one engine, and no other.
 * @param method For messages: `RotationCode.singleUser`.
 * @throws Error that names the engines that can do it
 */
export function prebuiltRotator(method: string, strategy: string, engineName: string): string {
  const rotators = join(packageRoot(), 'dist', 'rotators');
  const hasRotator = (engine: string) => existsSync(join(rotators, strategy, engine, 'index.mjs'));
  // Looked up among what there is: a name from somewhere else must not lead out of the folder.
  const engines = existsSync(join(rotators, strategy)) ? readdirSync(join(rotators, strategy)).filter(hasRotator) : [];
  if (engines.includes(engineName)) return join(rotators, strategy, engineName);
  if (engines.length === 0) {
    throw new Error(
      `\`${method}\`: the prebuilt rotators ${join(rotators, strategy)} are missing. In a clone: npm run build.`,
    );
  }
  throw new Error(`\`${method}\` cannot be had for ${engineName}, but for ${engines.sort().join(', ')}.`);
}

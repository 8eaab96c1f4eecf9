import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * The root of the package. `dist/cdk` (as published) and `infra/constructs` (the sources) both lie two folders below it. Only sources that are run as ES modules have no
 * `__dirname`; there the package is asked for by its own name.
 */
export function packageRoot(): string {
  if (typeof __dirname === 'string') return join(__dirname, '..', '..');
  return dirname(createRequire(join(process.cwd(), 'index.js')).resolve('keyturn/package.json'));
}

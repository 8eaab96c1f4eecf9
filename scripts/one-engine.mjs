// Functions of lambda/ are written for every engine that their strategy fits. Each bundle is for one of them, and carries nothing of the others: wherever a function imports a list of
// engines, it gets the file of the one.
import path from 'node:path';

export function oneEngine(engine) {
  return {
    name: 'one-engine',
    setup(build) {
      build.onResolve({ filter: /\/engines\/(index|cloning|dual-password)\.js$/ }, ({ path: list, resolveDir }) => ({
        path: path.join(resolveDir, path.dirname(list), `${engine}.ts`),
        sideEffects: false,
      }));
    },
  };
}

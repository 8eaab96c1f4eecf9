import { dirname, sep } from 'node:path';
import { bundleRotators, rotators, strategiesOf } from '../scripts/rotators.mjs';
import { type Benchmark, rounded } from './benchmark.js';

/** The strategy that every engine fits, and so the one whose bundle for all engines carries them all. */
const everyEngine = 'single-user';

export const bundles: Benchmark = {
  name: 'bundles',
  what: 'bytes of each prebuilt rotator, beside one that carries all engines',
  async run() {
    const [allEngines] = (await bundleRotators([everyEngine])).outputFiles;
    const all = allEngines?.contents.byteLength ?? Number.NaN;
    const parts: Record<string, number> = {};
    for (const engine of new Set(Object.values(rotators).flat())) {
      const { outputFiles } = await bundleRotators(strategiesOf(engine), engine);
      for (const { path, contents } of outputFiles) parts[nameOf(path)] = contents.byteLength;
    }
    const sizes = Object.values(parts);
    const mean = sizes.reduce((sum, bytes) => sum + bytes, 0) / sizes.length;
    return {
      value: Math.round(mean),
      unit: 'bytes, minified and without the AWS SDK, for one engine',
      ratio: { value: rounded(mean / all), to: `the ${all} bytes for all engines` },
      floor: 'no engine takes more than all of them',
      ok: (rotators[everyEngine] ?? []).every((engine) => (parts[`${everyEngine}/${engine}`] ?? 0) <= all),
      parts,
    };
  },
};

/** `single-user/postgres`, which is its folder. */
function nameOf(file: string): string {
  return dirname(file).split(sep).slice(-2).join('/');
}

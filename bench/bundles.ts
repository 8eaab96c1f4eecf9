import { bundleRotator, rotators } from '../scripts/rotators.mjs';
import { type Benchmark, rounded } from './benchmark.js';

/** The strategy that every engine fits, and so the one whose bundle for all engines carries them all. */
const everyEngine = 'single-user';

export const bundles: Benchmark = {
  name: 'bundles',
  what: 'bytes of each prebuilt rotator, beside one that carries all engines',
  async run() {
    const all = (await bundleRotator(everyEngine)).contents.byteLength;
    const parts: Record<string, number> = {};
    for (const [strategy, engines] of Object.entries(rotators)) {
      for (const engine of engines) {
        parts[`${strategy}/${engine}`] = (await bundleRotator(strategy, engine)).contents.byteLength;
      }
    }
    const sizes = Object.values(parts);
    const mean = sizes.reduce((sum, bytes) => sum + bytes, 0) / sizes.length;
    return {
      value: Math.round(mean),
      unit: 'bytes, minified and without the AWS SDK, for one engine',
      ratio: { value: rounded(mean / all), to: `the ${all} bytes for all engines` },
      floor: 'no engine takes more than all of them',
      ok: (rotators[everyEngine] ?? []).every((engine) => (parts[`${everyEngine}/${engine}`] ?? all) <= all),
      parts,
    };
  },
};

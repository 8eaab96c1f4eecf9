import type { Benchmark } from './benchmark.js';
import { bundleLoad } from './bundle-load.js';
import { bundles } from './bundles.js';
import { fiftyAtOnce } from './fifty-at-once.js';
import { memory } from './memory.js';
import { getSecretValue, getSecretValueBySdk } from './reads.js';
import { rotations, rotationsByFramework } from './rotations.js';

/** All of them, in the order in which they run. */
export const benchmarks: readonly Benchmark[] = [
  getSecretValue,
  getSecretValueBySdk,
  rotations,
  rotationsByFramework,
  memory,
  fiftyAtOnce,
  bundles,
  bundleLoad,
];

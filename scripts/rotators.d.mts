import type { BuildResult } from 'esbuild';

/** The engines of each strategy, by the names of their files. */
export const rotators: Readonly<Record<string, readonly string[]>>;

/** Those that fit an engine. */
export function strategiesOf(engine: string): string[];

/**
 * Bundles rotators as they are published, a file each, and writes nothing.
 * @param strategies The names of their files in lambda/: `single-user`.
 * @param engine The one that they are for: `postgres`. Default: all that a strategy fits.
 */
export function bundleRotators(
  strategies: readonly string[],
  engine?: string,
): Promise<BuildResult<{ metafile: true; write: false }>>;

/** Writes all of them into dist/rotators. */
export default function buildRotators(): Promise<void>;

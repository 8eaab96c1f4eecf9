import type { Metafile } from 'esbuild';

/** The engines of each strategy, by the names of their files. */
export const rotators: Readonly<Record<string, readonly string[]>>;

export interface RotatorBundle {
  readonly contents: Uint8Array;
  readonly metafile: Metafile;
}

/**
 * Bundles a rotator as it is published, and writes nothing.
 * @param strategy The name of its file in lambda/: `single-user`.
 * @param engine The one that it is for: `postgres`. Default: all that the strategy fits.
 */
export function bundleRotator(strategy: string, engine?: string): Promise<RotatorBundle>;

/** Writes all of them into dist/rotators. */
export default function buildRotators(): Promise<void>;

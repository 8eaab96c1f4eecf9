import type { Plugin } from 'esbuild';

/** @param engine The name of its file: `postgres`. */
export function oneEngine(engine: string): Plugin;

/** What TypeScript says of modules that stand in no file. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(__dirname, '../..');

/** All of them are compiled as one program, with the project's options but for `options`. @returns what is said of each; '' where nothing is */
export function complaintsAbout(sources: readonly string[], options: object): string[] {
  // Within the project, so that packages are found.
  const cache = path.join(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(path.join(cache, 'keyturn-compiled-'));
  try {
    const write = (name: string, text: string) => writeFileSync(path.join(folder, name), text);
    write('package.json', '{ "type": "module" }');
    for (const [n, source] of sources.entries()) write(`${n}.ts`, source);
    write(
      'tsconfig.json',
      JSON.stringify({
        extends: path.join(root, 'tsconfig.json'),
        compilerOptions: options,
        files: sources.map((_, n) => `${n}.ts`),
        include: [],
      }),
    );
    const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
    const { stdout, stderr, status } = spawnSync(process.execPath, [tsc, '-p', '.', '--pretty', 'false'], {
      cwd: folder,
      encoding: 'utf8',
    });
    return sortOut(stdout, sources.length, `tsc ended with ${status}: ${stderr}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A complaint is `3.ts(12,5): error TS2322: …`, and goes on in lines that are indented. */
function sortOut(printed: string, count: number, otherwise: string): string[] {
  const said: string[] = Array(count).fill('');
  for (const complaint of printed.split(/\n(?! )/).filter((line) => line !== '')) {
    const [, n = '', rest = ''] = /^(\d+)\.ts(\(\d+,\d+\): [\s\S]*)$/.exec(complaint) ?? [];
    if (n === '') throw new Error(`${complaint}\n${otherwise}`);
    said[Number(n)] += `${rest}\n`;
  }
  return said;
}

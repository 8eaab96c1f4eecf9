/** The TypeScripts of users: the oldest that is supported, the last one with an API, and the native one, which builds the package. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';

export interface UsersTypeScript {
  readonly version: '5.4' | '6' | '7';
  /** Of the npm package; undefined where that version is not installed. */
  readonly folder: string | undefined;
}

const modules = path.join(__dirname, '../../node_modules');

export const usersTypeScripts: readonly UsersTypeScript[] = [
  // Set by .ci/run.
  { version: '5.4', folder: process.env.KEYTURN_TYPESCRIPT_5_4 },
  { version: '6', folder: path.join(modules, 'typescript-6') },
  { version: '7', folder: path.join(modules, 'typescript') },
];

/** @param leftOut Beginnings of packages whose declaration files only TypeScript 7 checks: the others take as long for that as to read them. @returns '' if nothing */
export function saidBy(
  { version, folder = '' }: UsersTypeScript,
  cwd: string,
  leftOut: readonly string[],
  files: readonly string[],
  options: readonly string[],
): string {
  const command =
    version === '7'
      ? [path.join(folder, 'bin/tsc'), ...files, ...options]
      : [path.join(__dirname, 'type-check.cjs'), folder, leftOut.join(), ...files, '--', ...options];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd, encoding: 'utf8' });
  return status === 0 ? '' : `${stdout}${stderr}`;
}

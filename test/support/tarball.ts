/** The package as npm would publish it, packed once per test run: packing replaces dist/, so two at a time would spoil each other. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(__dirname, '../..');

/** Runs a command and returns what it printed. @throws Error with all that it printed, unless it ends with 0 */
export function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = process.env,
): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, env, encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}

/** Builds and packs, or waits for the worker that does. @returns the path of the tarball */
export async function packedTarball(): Promise<string> {
  // Made by before-all-tests.mjs.
  const folder = path.join(process.env.KEYTURN_TEST_RUN ?? '', 'tarball');
  const tarball = path.join(folder, 'keyturn.tgz');
  const failure = path.join(folder, 'failure');
  if (claimed(folder)) {
    try {
      const draft = mkdtempSync(path.join(folder, 'packing-'));
      run('npm', ['pack', '--pack-destination', draft], root);
      const packed = readdirSync(draft).find((file) => file.endsWith('.tgz')) ?? '';
      renameSync(path.join(draft, packed), tarball);
    } catch (error) {
      writeFileSync(failure, String(error));
      throw error;
    }
  }
  while (!existsSync(tarball)) {
    if (existsSync(failure)) throw new Error(readFileSync(failure, 'utf8'));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return tarball;
}

/** Whether this is the first worker to ask. */
function claimed(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

/** A fresh cluster. In a test run, initdb makes the first of each version, and the others are copies: it takes most of a server's start. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PostgresBinaries, PostgresVersion } from './postgres-binaries.js';
import { exitOf, Output, type ServerUser } from './server-child.js';

export interface ClusterOptions {
  readonly version: PostgresVersion;
  readonly binaries: PostgresBinaries;
  readonly owner: ServerUser | undefined;
  /** Where the owner works. */
  readonly folder: string;
  /** Where the cluster goes. */
  readonly data: string;
  /** Writes a file into the folder. @returns its path */
  writeOwned(name: string, text: string): Promise<string>;
}

/** @returns its superuser, which has the same password in all clusters of a version and run */
export async function createCluster(options: ClusterOptions): Promise<{ username: string; password: string }> {
  const { version, data } = options;
  const username = 'postgres';
  // Made by before-all-tests.mjs, for nobody else to see.
  const run = process.env.KEYTURN_TEST_RUN;
  const template = run === undefined ? undefined : join(run, `postgres-${version}`);
  if (template !== undefined) {
    const password = await readFile(join(template, 'password'), 'utf8').catch(() => undefined);
    if (password !== undefined) {
      await execute('cp', ['-a', join(template, 'data'), data]);
      return { username, password };
    }
  }
  const password = randomBytes(18).toString('base64url');
  await initialize(options, username, password);
  if (template !== undefined) await keep(data, password, template);
  return { username, password };
}

/** Appears as a whole; of two workers that make it at the same time, the first one's stays. */
async function keep(data: string, password: string, template: string): Promise<void> {
  const draft = await mkdtemp(`${template}-`);
  await execute('cp', ['-a', data, join(draft, 'data')]);
  await writeFile(join(draft, 'password'), password, { mode: 0o600 });
  await rename(draft, template).catch(() => rm(draft, { recursive: true }));
}

async function initialize(
  { binaries: { initdb, environment }, owner, folder, data, writeOwned }: ClusterOptions,
  username: string,
  password: string,
): Promise<void> {
  const args = [
    ...['-D', data, '-U', username, '--pwfile', await writeOwned('password', password), '--auth', 'scram-sha-256'],
    // Small segments, since each is written in full before its first use.
    ...['--encoding', 'UTF8', '--locale', 'C', '--no-sync', '--wal-segsize', '1'],
  ];
  await execute(initdb, args, { ...owner, cwd: folder, env: { ...process.env, ...environment, HOME: folder } });
}

async function execute(command: string, args: readonly string[], options: object = {}): Promise<void> {
  const child = spawn(command, [...args], { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = new Output();
  output.follow(child);
  const code = await exitOf(child);
  if (code !== 0) throw new Error(`${command} failed (${code}): ${output.text()}`);
}

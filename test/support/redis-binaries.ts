/** Where the servers of Redis and Valkey are, and which a test run covers. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface RedisBinary {
  readonly name: string;
  readonly path: string;
}

/** Others that `KEYTURN_<name>` may name, by the path of the server. */
const OTHERS = ['REDIS_6_0', 'REDIS_6_2', 'VALKEY_8'];

/** Why tests of Redis are left out; undefined where they run. With `CI` set they run, and fail where there is no server. */
export const redisIsMissing: string | undefined =
  installed() === undefined && !process.env.CI
    ? 'no redis-server on this machine: apt-get install redis-server'
    : undefined;

/** The servers that tests run on: the one that is installed, and each whose path the environment names. */
export function serversUnderTest(): readonly RedisBinary[] {
  const others = OTHERS.flatMap((name) => {
    const path = process.env[`KEYTURN_${name}`];
    return path ? [{ name: name.toLowerCase().replaceAll('_', ' '), path }] : [];
  });
  return redisIsMissing === undefined
    ? [{ name: 'the installed server', path: installed() ?? 'redis-server' }, ...others]
    : others;
}

/** @throws Error that says what to install */
export function installedServer(): string {
  const path = installed();
  if (path === undefined) throw new Error('There is no redis-server: apt-get install redis-server');
  return path;
}

function installed(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, 'redis-server')).find((path) => existsSync(path));
}

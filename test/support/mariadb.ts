/** Starts a real MariaDB server for tests and the crash matrix: a fresh data directory, on loopback, thrown away at the end. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { chmod, chown, cp, mkdtemp, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { type Certificate, createCertificateAuthority } from './certificates.js';
import { freePort } from './loopback.js';
import { exitOf, isReady, Output, type ServerUser, serverUser } from './server-child.js';

/** As Debian's package mariadb-server has them. */
const SERVER = '/usr/sbin/mariadbd';
const SYSTEM_TABLES = ['mysql_system_tables.sql', 'mysql_system_tables_data.sql'];

/** One, or none where the package is not installed; with `CI` set that fails when it is started, instead of being left out. */
export function mariadbUnderTest(): readonly { readonly name: string }[] {
  return existsSync(SERVER) || process.env.CI ? [{ name: 'MariaDB' }] : [];
}

export interface MariadbOptions {
  /** TLS with a certificate for localhost and 127.0.0.1 (default), with a certificate given here, or none. */
  readonly tls?: boolean | Certificate;
  /** As on the command line, without the dashes: `general-log`. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface MariadbLogin {
  readonly username: string;
  readonly password: string;
  /** Default: none. */
  readonly database?: string;
}

/** What the server writes to files. The general log has each statement as it came, the slow log too (`long_query_time=0`). */
export type MariadbLog = 'error' | 'general' | 'slow';

export interface MariadbServer extends AsyncDisposable {
  readonly host: 'localhost';
  readonly port: number;
  readonly superuser: { readonly username: string; readonly password: string };
  /** PEM of the authority that signed the server's certificate; empty without TLS or with a certificate of the caller's. */
  readonly ca: string;
  /** The folder of its files. */
  readonly data: string;
  /** What the server has logged so far, or since `forgetLogs`. */
  readLog(name: MariadbLog): Promise<string>;
  forgetLogs(): Promise<void>;
  /** Runs statements in a session of its own, as the superuser unless `as` says otherwise. @returns the rows of the last one */
  query(sql: string, as?: MariadbLogin): Promise<Record<string, unknown>[]>;
  /** Stops the server in the middle of whatever it does, and starts it again under the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startMariadb({ tls = true, settings: given = {} }: MariadbOptions = {}): Promise<MariadbServer> {
  if (!existsSync(SERVER)) throw new Error(`There is no ${SERVER}: apt-get install mariadb-server`);
  const owner = await serverUser();
  const template = await templateData(owner);
  const folder = await newFolder(owner);
  const removeFolder = () => rm(folder, { recursive: true, force: true, maxRetries: 5 });
  try {
    const data = join(folder, 'data');
    await cp(join(template, 'data'), data, { recursive: true });
    const password = await readFile(join(template, 'password'), 'utf8');
    let ca = '';
    const settings: Record<string, string> = {
      'general-log': '1',
      'slow-query-log': '1',
      'long-query-time': '0',
      'log-output': 'FILE',
      'general-log-file': join(folder, 'general.log'),
      'slow-query-log-file': join(folder, 'slow.log'),
    };
    if (tls) {
      let certificate = tls;
      if (certificate === true) {
        const authority = await createCertificateAuthority();
        ca = authority.ca;
        certificate = await authority.issue();
      }
      for (const [name, pem] of Object.entries(certificate)) {
        settings[`ssl-${name}`] = join(folder, `${name}.pem`);
        await writeFile(join(folder, `${name}.pem`), pem, { mode: 0o600 });
      }
    }
    Object.assign(settings, given);
    if (owner) await chownAll(folder, owner);

    const running = await startServer(owner, folder, settings);
    let stopServer = running.stop;
    const { port } = running;
    const superuser = { username: 'root', password };
    const begins = new Map<string, number>();
    const fileOf = (log: MariadbLog) => join(folder, `${log}.log`);
    const stop = async () => {
      await stopServer();
      await removeFolder();
    };
    return {
      host: 'localhost',
      port,
      superuser,
      ca,
      data,
      async readLog(log) {
        const bytes = await readFile(fileOf(log));
        return bytes.subarray(begins.get(log) ?? 0).toString();
      },
      async forgetLogs() {
        for (const log of ['error', 'general', 'slow'] as const) begins.set(log, (await stat(fileOf(log))).size);
      },
      async query(sql, as = superuser) {
        const { username: user, password } = as;
        const database = 'database' in as ? as.database : undefined;
        const at = { host: '127.0.0.1', port, charset: 'utf8mb4', multipleStatements: true };
        const connection = await createConnection({ ...at, user, password, ...(database && { database }) });
        try {
          const [rows] = await connection.query(sql);
          if (!Array.isArray(rows)) return [];
          const last = rows.filter(Array.isArray).at(-1) ?? rows;
          return Array.isArray(last) ? (last as Record<string, unknown>[]) : [];
        } finally {
          await connection.end();
        }
      },
      async restart() {
        await stopServer();
        stopServer = (await startServer(owner, folder, settings, port)).stop;
      },
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await removeFolder();
    throw error;
  }
}

async function newFolder(owner: ServerUser | undefined): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-mariadb-'));
  if (owner) await chown(folder, owner.uid, owner.gid);
  await chmod(folder, 0o755);
  return folder;
}

async function chownAll(path: string, owner: ServerUser): Promise<void> {
  await chown(path, owner.uid, owner.gid);
  if (!(await stat(path)).isDirectory()) return;
  for (const name of await readdir(path)) await chownAll(join(path, name), owner);
}

// ---- The data directory, which takes seconds to make and is copied for each server -----------------------------------------

let template: Promise<string> | undefined;

/** Made once for a run of the tests, by whichever worker asks first (`before-all-tests.mjs`); elsewhere, once for the process. */
function templateData(owner: ServerUser | undefined): Promise<string> {
  template ??= process.env.KEYTURN_TEST_RUN
    ? sharedTemplate(join(process.env.KEYTURN_TEST_RUN, 'mariadb'), owner)
    : newTemplate(owner).then((folder) => {
        process.once('exit', () => spawn('rm', ['-rf', folder], { detached: true, stdio: 'ignore' }).unref());
        return folder;
      });
  return template;
}

async function sharedTemplate(folder: string, owner: ServerUser | undefined): Promise<string> {
  const [ready, failed] = [join(folder, 'ready'), join(folder, 'failed')];
  try {
    mkdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    while (!existsSync(ready)) {
      if (existsSync(failed)) throw new Error(await readFile(failed, 'utf8'));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return ready;
  }
  try {
    const made = await newTemplate(owner);
    const draft = join(folder, 'draft');
    await cp(made, draft, { recursive: true });
    await rm(made, { recursive: true });
    await rename(draft, ready);
    return ready;
  } catch (error) {
    await writeFile(failed, String(error));
    throw error;
  }
}

/** What mariadb-install-db would make, without the schemas for monitoring and the help: a superuser with a password, and nobody else. */
async function newTemplate(owner: ServerUser | undefined): Promise<string> {
  const folder = await newFolder(owner);
  const data = join(folder, 'data');
  mkdirSync(join(data, 'mysql'), { recursive: true });
  if (owner) await chownAll(folder, owner);
  const password = randomBytes(18).toString('base64url');
  const tables = await Promise.all(SYSTEM_TABLES.map((file) => readFile(join('/usr/share/mysql', file), 'utf8')));
  const superuser = `
DELETE FROM global_priv WHERE User <> 'mariadb.sys' AND NOT (User = 'root' AND Host = '127.0.0.1');
DELETE FROM proxies_priv;
UPDATE global_priv SET Priv = JSON_SET(Priv, '$.plugin', 'mysql_native_password', '$.authentication_string', PASSWORD('${password}')) WHERE User = 'root';
INSERT INTO proxies_priv VALUES ('127.0.0.1', 'root', '', '', 1, '', now());
`;
  const child = spawn(SERVER, ['--no-defaults', '--bootstrap', `--datadir=${data}`, ...flags(QUICK)], {
    ...owner,
    cwd: folder,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const output = new Output();
  output.follow(child);
  child.stdin.end(['USE mysql;\n', ...tables, superuser].join(''));
  const code = await exitOf(child);
  if (code !== 0) throw new Error(`mariadbd --bootstrap failed (${code}): ${output.text()}`);
  await writeFile(join(folder, 'password'), password, { mode: 0o600 });
  return folder;
}

// ---- The server ------------------------------------------------------------------------------------------------------------

/** It lives for seconds: nothing has to survive a power cut, and it should be there at once. */
const QUICK: Readonly<Record<string, string>> = {
  'innodb-log-file-size': '4M',
  'innodb-buffer-pool-size': '8M',
  'innodb-flush-method': 'nosync',
  'innodb-doublewrite': '0',
  'performance-schema': '0',
};

const flags = (settings: Readonly<Record<string, string>>) =>
  Object.entries(settings).map(([name, value]) => `--${name}=${value}`);

async function startServer(
  owner: ServerUser | undefined,
  folder: string,
  settings: Readonly<Record<string, string>>,
  samePort?: number,
): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const errorLog = join(folder, 'error.log');
  const written = async () => (existsSync(errorLog) ? await readFile(errorLog, 'utf8') : '');
  // Between finding a free port and listening on it somebody else may take it.
  for (let attempt = 1; ; attempt += 1) {
    const port = samePort ?? (await freePort());
    const before = (await written()).length;
    await using log = await open(errorLog, 'a');
    const child = spawn(
      SERVER,
      [
        '--no-defaults',
        ...flags({
          datadir: join(folder, 'data'),
          socket: join(folder, 'socket'),
          'pid-file': join(folder, 'pid'),
          'bind-address': '127.0.0.1',
          port: String(port),
          // Names are asked of nobody, so that an account for 127.0.0.1 means just that.
          'skip-name-resolve': '1',
          ...QUICK,
          ...settings,
        }),
      ],
      { ...owner, cwd: folder, stdio: ['ignore', log.fd, log.fd] },
    );
    const kill = () => child.kill('SIGKILL');
    process.once('exit', kill);
    const exited = exitOf(child).finally(() => process.off('exit', kill));
    if (await isReady(/ready for connections/, async () => (await written()).slice(before), exited)) {
      // A test that hangs or forgets to stop its server must not keep the process alive; when that ends, so does the server.
      child.unref();
      return {
        port,
        async stop() {
          child.ref();
          kill();
          await exited;
        },
      };
    }
    kill();
    await exited;
    const output = (await written()).slice(before);
    if (attempt === 3 || !output.includes('Address already in use'))
      throw new Error(`MariaDB did not start: ${output}`);
  }
}

/** Starts a real PostgreSQL server for tests and the demo: a fresh cluster on loopback, thrown away at the end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Certificate, createCertificateAuthority } from './certificates.js';
import { freePort } from './loopback.js';
import { findBinaries, INSTALLED_VERSION, type PostgresBinaries, type PostgresVersion } from './postgres-binaries.js';
import { createCluster } from './postgres-cluster.js';
import { type PostgresLogin, queryOnce, type Sessions, superuserSessions } from './postgres-sessions.js';
import { exitOf, isReady, Output, type ServerUser, serverUser } from './server-child.js';

export { type PostgresVersion, versionsUnderTest } from './postgres-binaries.js';
export type { PostgresLogin } from './postgres-sessions.js';

export interface PostgresOptions {
  /** Default: the version that npm installs. For the others see `postgres-binaries.ts`. */
  readonly version?: PostgresVersion;
  /** TLS with a certificate for localhost and 127.0.0.1 (default), with a certificate given here, or none. */
  readonly tls?: boolean | Certificate;
  /** Server settings, as in postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface PostgresServer extends AsyncDisposable {
  readonly version: PostgresVersion;
  readonly host: 'localhost';
  readonly port: number;
  readonly superuser: PostgresLogin;
  /** PEM of the authority that signed the server's certificate; empty without TLS or with a certificate of the caller's. */
  readonly ca: string;
  /** What the server has logged so far, or since `forgetLog`. */
  logFile(): Promise<string>;
  forgetLog(): void;
  /** Runs one statement in a session of its own, or for the superuser in one that is as good as new; in database postgres as the superuser unless `as` says otherwise. @param at Another port: a standby's. */
  query(sql: string, values?: readonly unknown[], as?: PostgresLogin, at?: number): Promise<Record<string, unknown>[]>;
  /** Stops the server in the middle of whatever it does, and starts it again under the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const { version = INSTALLED_VERSION, tls = true } = options;
  const owner = await serverUser();
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-postgres-'));
  const removeFolder = () => rm(folder, { recursive: true, force: true, maxRetries: 5 });
  const writeOwned = async (name: string, text: string) => {
    const path = join(folder, name);
    await writeFile(path, text, { mode: 0o600 });
    if (owner) await chown(path, owner.uid, owner.gid);
    return path;
  };
  try {
    if (owner) await chown(folder, owner.uid, owner.gid);
    await chmod(folder, 0o755);
    const binaries = await findBinaries(version, folder, owner !== undefined);
    const data = join(folder, 'data');
    const superuser = await createCluster({ version, binaries, owner, folder, data, writeOwned });

    let ca = '';
    const settings: Record<string, string> = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      password_encryption: 'scram-sha-256',
      // The cluster lives for seconds: nothing has to survive a power cut.
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      shared_buffers: '16MB',
      max_connections: '60',
      hba_file: await writeOwned('hba.conf', 'host all all 127.0.0.1/32 scram-sha-256\n'),
    };
    if (tls) {
      let certificate = tls;
      if (certificate === true) {
        const authority = await createCertificateAuthority();
        ca = authority.ca;
        certificate = await authority.issue();
      }
      settings.ssl = 'on';
      settings.ssl_cert_file = await writeOwned('server.crt', certificate.cert);
      settings.ssl_key_file = await writeOwned('server.key', certificate.key);
    }
    Object.assign(settings, options.settings);

    const log = new Output();
    let server = await startServer(binaries, owner, folder, data, settings, log);
    const { port } = server;
    const sessionsIn = new Map<string, Sessions>();
    const sessionsOf = (database: string): Sessions => {
      const known = sessionsIn.get(database) ?? superuserSessions(port, { ...superuser, database });
      sessionsIn.set(database, known);
      return known;
    };
    const forgetSessions = () => {
      for (const sessions of sessionsIn.values()) sessions.forget();
    };
    const stop = async () => {
      forgetSessions();
      await server.stop();
      await removeFolder();
    };
    return {
      version,
      host: 'localhost',
      port,
      superuser,
      ca,
      logFile: async () => log.text(),
      forgetLog: () => log.forget(),
      query: (sql, values = [], as = superuser, at = port) =>
        as.username === superuser.username && as.password === superuser.password && at === port
          ? sessionsOf(as.database ?? 'postgres').query(sql, values)
          : queryOnce(at, as, sql, values),
      async restart() {
        forgetSessions();
        await server.stop();
        server = await startServer(binaries, owner, folder, data, settings, log, port);
      },
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await removeFolder();
    throw error;
  }
}

export interface RunningServer {
  readonly port: number;
  stop(): Promise<void>;
}

export async function startServer(
  { postgres, environment }: PostgresBinaries,
  owner: ServerUser | undefined,
  folder: string,
  data: string,
  settings: Readonly<Record<string, string>>,
  log: Output,
  samePort?: number,
): Promise<RunningServer> {
  // Between finding a free port and listening on it somebody else may take it.
  for (let attempt = 1; ; attempt += 1) {
    const port = samePort ?? (await freePort());
    const child = spawn(
      postgres,
      [
        '-D',
        data,
        '-p',
        String(port),
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      {
        ...owner,
        cwd: folder,
        env: { ...process.env, ...environment, HOME: folder },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    // Immediate shutdown, which needs no clean-up since the cluster is thrown away.
    const kill = () => child.kill('SIGQUIT');
    process.once('exit', kill);
    const exited = exitOf(child).finally(() => process.off('exit', kill));
    const before = log.text().length;
    log.follow(child);
    const output = () => log.text().slice(before);
    const ready = await isReady(/database system is ready to accept (read-only )?connections/, output, exited);
    if (ready) {
      // A test that hangs or forgets to stop its server must not keep the process alive; when that ends, so does the server.
      const handles = [child, child.stdout, child.stderr] as (Pick<ChildProcess, 'ref' | 'unref'> | null)[];
      for (const handle of handles) handle?.unref();
      return {
        port,
        async stop() {
          for (const handle of handles) handle?.ref();
          kill();
          await exited;
        },
      };
    }
    kill();
    await exited;
    if (attempt === 3 || !output().includes('could not bind')) throw new Error(`PostgreSQL did not start: ${output()}`);
  }
}

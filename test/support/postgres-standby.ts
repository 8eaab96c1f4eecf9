/** A read replica of a PostgreSQL server under test: a hot standby that streams what the primary does, and applies it later. */
import { appendFile, chown, cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type PostgresServer, startServer } from './postgres.js';
import { findBinaries } from './postgres-binaries.js';
import { Output, type ServerUser, serverUser } from './server-child.js';

export interface PostgresStandby extends AsyncDisposable {
  readonly port: number;
}

export interface StandbyOptions {
  /** How long after the primary a change is to be seen. */
  readonly delayMillis: number;
}

/** @param primary With or without TLS, which the standby has too, with the same certificate. */
export async function startStandby(primary: PostgresServer, { delayMillis }: StandbyOptions): Promise<PostgresStandby> {
  const owner = await serverUser();
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-standby-'));
  const removeFolder = () => rm(folder, { recursive: true, force: true, maxRetries: 5 });
  try {
    if (owner) await chown(folder, owner.uid, owner.gid);
    const setting = async (name: string) => {
      const [row] = await primary.query(`SELECT current_setting('${name}') AS value`);
      return String(row?.value);
    };
    await appendFile(await setting('hba_file'), 'host replication postgres 127.0.0.1/32 scram-sha-256\n');
    await primary.query('SELECT pg_reload_conf()');
    const data = join(folder, 'data');
    await copyCluster(primary, await setting('data_directory'), data);
    if (owner) await giveAway(data, owner);
    const log = new Output();
    const binaries = await findBinaries(primary.version, folder, owner !== undefined);
    const { username, password } = primary.superuser;
    const same = [
      'ssl',
      'ssl_cert_file',
      'ssl_key_file',
      'hba_file',
      'max_connections',
      'listen_addresses',
      'shared_buffers',
    ];
    const settings = Object.fromEntries(await Promise.all(same.map(async (name) => [name, await setting(name)])));
    const server = await startServer(
      binaries,
      owner,
      folder,
      data,
      {
        ...settings,
        fsync: 'off',
        unix_socket_directories: '',
        primary_conninfo: `host=127.0.0.1 port=${primary.port} user=${username} password=${password}`,
        recovery_min_apply_delay: `${delayMillis}ms`,
      },
      log,
    );
    return { port: server.port, [Symbol.asyncDispose]: () => server.stop().then(removeFolder) };
  } catch (error) {
    await removeFolder();
    throw error;
  }
}

/** A copy to start a standby from, taken while the primary runs. @see https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-LOWLEVEL-BASE-BACKUP */
async function copyCluster({ port, superuser }: PostgresServer, from: string, to: string): Promise<void> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: superuser.username,
    password: superuser.password,
    database: 'postgres',
  });
  await client.connect();
  try {
    await client.query("SELECT pg_backup_start('standby', true)");
    await cp(from, to, {
      recursive: true,
      preserveTimestamps: true,
      filter: (file) => !file.endsWith('postmaster.pid'),
    });
    const { rows } = await client.query('SELECT labelfile FROM pg_backup_stop(false)');
    await writeFile(join(to, 'backup_label'), rows[0].labelfile);
    await writeFile(join(to, 'standby.signal'), '');
  } finally {
    await client.end();
  }
}

/** What root copies is root's. */
async function giveAway(folder: string, { uid, gid }: ServerUser): Promise<void> {
  const files = await readdir(folder, { recursive: true });
  await Promise.all([folder, ...files.map((file) => join(folder, file))].map((file) => chown(file, uid, gid)));
}

/** Starts real servers of Redis or Valkey for tests: alone, as a primary with a replica, or as a cluster. On loopback, thrown away at the end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { Certificate } from './certificates.js';
import { installedServer } from './redis-binaries.js';

export { type RedisBinary, redisIsMissing, serversUnderTest } from './redis-binaries.js';

export interface RedisOptions {
  /** Default: the server that is installed. */
  readonly binary?: string;
  /** With it the server speaks TLS too, at `tlsPort`. */
  readonly certificate?: Certificate;
  /** The authorities of other nodes, PEM. */
  readonly ca?: string;
  /** Whether users are kept in a file of their own. Default: they are. */
  readonly aclFile?: boolean;
  /** As in redis.conf. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The password of user `default`, who may do everything. Default: a new one. */
  readonly password?: string;
}

export interface RedisServer extends AsyncDisposable {
  readonly host: 'localhost';
  readonly port: number;
  /** 0 without TLS. */
  readonly tlsPort: number;
  /** User `default`, who may do everything. */
  readonly superuser: { readonly username: string; readonly password: string };
  /** What the server has logged so far, or since `forgetLog`. */
  log(): string;
  forgetLog(): void;
  /** The file of its users. */
  readonly aclPath: string;
  /** Runs one command in a session of its own, as user `default` unless `as` says otherwise. */
  command(words: readonly string[], as?: { readonly username: string; readonly password: string }): Promise<unknown>;
  /** Whether the server lets somebody in. */
  letsIn(username: string, password: string): Promise<boolean>;
  /** Kills the server, and starts it again under the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const START_MILLIS = 20_000;

/** The bus of a cluster listens 10000 above. */
const FIRST_PORT = 20_000;
const PORTS = 20_000;

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const { binary = installedServer(), certificate, aclFile = true, ca, settings = {} } = options;
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-redis-'));
  const superuser = { username: 'default', password: options.password ?? randomBytes(18).toString('base64url') };
  const file = async (name: string, text: string) => {
    const path = join(folder, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  const everything = `user default on #${sha256(superuser.password)} ~* +@all\n`;
  const acl = await file('users.acl', everything);
  const tls = certificate && {
    'tls-cert-file': await file('server.crt', certificate.cert),
    'tls-key-file': await file('server.key', certificate.key),
    'tls-ca-cert-file': await file('ca.crt', ca ?? certificate.cert),
    'tls-auth-clients': 'no',
  };
  const log = { text: '' };

  async function configure(port: number, tlsPort: number): Promise<string> {
    const all = {
      bind: '127.0.0.1',
      port: String(port),
      dir: folder,
      save: '""',
      'repl-diskless-sync': 'yes',
      'repl-diskless-sync-delay': '0',
      masteruser: superuser.username,
      masterauth: superuser.password,
      ...(aclFile && { aclfile: acl }),
      ...(tls && { 'tls-port': String(tlsPort), ...tls }),
      ...settings,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name} ${value}\n`);
    return file('redis.conf', lines.join('') + (aclFile ? '' : everything));
  }

  // Between finding free ports and listening on them somebody else may take them.
  async function start(ports?: { readonly port: number; readonly tlsPort: number }) {
    for (let attempt = 1; ; attempt += 1) {
      const { port, tlsPort } = ports ?? { port: await freePort(), tlsPort: certificate ? await freePort() : 0 };
      const process = await run(binary, await configure(port, tlsPort), log);
      if (process !== undefined) return { port, tlsPort, kill: process.kill };
      if (attempt === 5) throw new Error(`Redis did not start: ${log.text}`);
    }
  }

  let server = await start().catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  const { port, tlsPort } = server;
  const stop = async () => {
    await server.kill();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };

  return {
    host: 'localhost',
    port,
    tlsPort,
    superuser,
    aclPath: acl,
    log: () => log.text,
    forgetLog() {
      log.text = '';
    },
    command: ([name = '', ...words], as = superuser) =>
      session(port, async (client) => {
        await client.call('AUTH', as.username, as.password);
        return client.call(name, ...words);
      }),
    letsIn: (username, password) =>
      session(port, async (client) => {
        try {
          await client.call('AUTH', username, password);
          return true;
        } catch (error) {
          if (error instanceof Error && error.message.startsWith('WRONGPASS')) return false;
          throw error;
        }
      }),
    async restart() {
      await server.kill();
      server = await start({ port, tlsPort });
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** A primary and a replica of it that is in sync. The latter's `settings` are its own. */
export async function startReplication(
  options: RedisOptions = {},
  settings: Readonly<Record<string, string>> = {},
): Promise<{ readonly primary: RedisServer; readonly replica: RedisServer; stop(): Promise<void> }> {
  const primary = await startRedis(options);
  const overTls = options.settings?.['tls-replication'] === 'yes';
  const replica = await startRedis({
    ...options,
    password: primary.superuser.password,
    settings: {
      ...options.settings,
      replicaof: `127.0.0.1 ${overTls ? primary.tlsPort : primary.port}`,
      ...settings,
    },
  });
  await until(async () => /slave0:.*state=online/.test(String(await primary.command(['INFO']))));
  return {
    primary,
    replica,
    stop: async () => void (await Promise.all([primary.stop(), replica.stop()])),
  };
}

/** Nodes that own all slots together, without replicas. Each has `settings` of its own besides. */
export async function startCluster(
  count: number,
  options: RedisOptions = {},
  settingsOf: (index: number) => Readonly<Record<string, string>> = () => ({}),
): Promise<{ readonly nodes: readonly RedisServer[]; stop(): Promise<void> }> {
  const password = randomBytes(18).toString('base64url');
  const settings = { 'cluster-enabled': 'yes', 'cluster-node-timeout': '5000', ...options.settings };
  const nodes = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      startRedis({ ...options, password, settings: { ...settings, ...settingsOf(index) } }),
    ),
  );
  const overTls = settings['tls-cluster' as keyof typeof settings] === 'yes';
  const [first] = nodes;
  for (const [index, node] of nodes.entries()) {
    const [from, to] = [index, index + 1].map((each) => Math.floor((each * 16_384) / count)) as [number, number];
    const slots = Array.from({ length: to - from }, (_, slot) => String(from + slot));
    await node.command(['CLUSTER', 'ADDSLOTS', ...slots]);
    await first?.command(['CLUSTER', 'MEET', '127.0.0.1', String(overTls ? node.tlsPort : node.port)]);
  }
  for (const node of nodes) {
    await until(async () => {
      const state = String(await node.command(['CLUSTER', 'INFO']));
      return state.includes('cluster_state:ok') && state.includes(`cluster_known_nodes:${count}`);
    });
  }
  return { nodes, stop: async () => void (await Promise.all(nodes.map((node) => node.stop()))) };
}

export async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + START_MILLIS;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('It did not come about in time.');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function session<T>(port: number, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis({
    host: '127.0.0.1',
    port,
    lazyConnect: true,
    protocol: 2,
    enableReadyCheck: false,
    disableClientInfo: true,
    retryStrategy: null,
  });
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
}

/** @returns undefined if its ports were taken */
async function run(
  binary: string,
  configuration: string,
  log: { text: string },
): Promise<{ kill(): Promise<void> } | undefined> {
  const begin = log.text.length;
  const child = spawn(binary, [configuration], { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = new Promise<void>((resolve, reject) => child.once('error', reject).once('close', () => resolve()));
  const killAtExit = () => child.kill('SIGKILL');
  process.once('exit', killAtExit);
  let running = true;
  const over = exited.finally(() => {
    running = false;
    process.off('exit', killAtExit);
  });
  over.catch(() => {});
  for (const output of [child.stdout, child.stderr]) {
    output.on('data', (chunk) => {
      log.text += chunk;
    });
  }
  const ready = () => /Ready to accept connections/.test(log.text.slice(begin));
  await until(async () => ready() || !running);
  if (!running) {
    await over;
    if (/in use/.test(log.text.slice(begin))) return undefined;
    throw new Error(`Redis did not start: ${log.text.slice(begin)}`);
  }
  // A test that forgets to stop its server must not keep the process alive; when that ends, so does the server.
  const handles = [child, child.stdout, child.stderr] as unknown as Pick<ChildProcess, 'ref' | 'unref'>[];
  for (const handle of handles) handle.unref();
  return {
    async kill() {
      for (const handle of handles) handle.ref();
      child.kill('SIGKILL');
      await over;
    },
  };
}

async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    if ((await isFree(port)) && (await isFree(port + 10_000))) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer().once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

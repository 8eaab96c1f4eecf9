/**
 * A double of MySQL: accounts and privileges behind the real protocol, for tests. It checks credentials, keeps what it answered over a restart, and
 * answers what it does not understand with error 1064.
 *
 * It is made from the Reference Manual, not from what any client happens to send. What it has none of: data beyond small tables, transactions, replication, other
 * factors than the first, client certificates, partial revokes.
 * @see https://dev.mysql.com/doc/refman/8.0/en/access-control.html https://dev.mysql.com/doc/refman/8.0/en/account-management-statements.html
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server as NetServer, type Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import { type Certificate, createCertificateAuthority } from './certificates.js';
import { type Account, keyOf, newAccount } from './mysql-double/account.js';
import { newSession, type Surroundings, serve, understand } from './mysql-double/connection.js';
import { execute } from './mysql-double/execute.js';
import { generalLog } from './mysql-double/general-log.js';
import { cachingSha2Password } from './mysql-double/plugins/caching-sha2-password.js';
import { nativePassword } from './mysql-double/plugins/native-password.js';
import type { AuthenticationPlugin, PluginName } from './mysql-double/plugins/plugin.js';
import { sha256Password } from './mysql-double/plugins/sha256-password.js';
import { DYNAMIC_PRIVILEGES, STATIC_PRIVILEGES } from './mysql-double/privileges.js';
import type { PasswordPolicy, Server } from './mysql-double/server.js';
import type { Value } from './mysql-double/statement.js';
import { userLocks } from './mysql-double/user-locks.js';
import { defaultVariables } from './mysql-double/variables.js';
import { featuresOf } from './mysql-double/version.js';

export type { PasswordPolicy } from './mysql-double/server.js';

export interface MysqlDoubleOptions {
  /** Default: `8.0.36`. What it has goes by the version: no roles, no second password in 5.7. */
  readonly version?: string;
  /** TLS with a certificate for localhost and 127.0.0.1 (default), with a certificate given here, or none. */
  readonly tls?: boolean | Certificate;
  /** Of accounts that name none. Default: that of the version. */
  readonly defaultPlugin?: PluginName;
  /** Those that are loaded. Default: those of the version. */
  readonly plugins?: readonly PluginName[];
  /** The component validate_password. Default: it is not installed. */
  readonly passwordPolicy?: PasswordPolicy;
  /** System variables. */
  readonly variables?: Readonly<Record<string, Value>>;
  /** As with --log-raw: the log holds statements as they came, with passwords. */
  readonly logRaw?: boolean;
}

export interface MysqlDouble extends AsyncDisposable {
  readonly version: string;
  readonly host: 'localhost';
  readonly port: number;
  /** May do everything. */
  readonly superuser: { readonly username: string; readonly password: string };
  /** PEM of the authority that signed the server's certificate; empty without TLS or with a certificate of the caller's. */
  readonly ca: string;
  /** Carries out statements as the superuser, without a connection and without the log. @returns the rows of the last one */
  run(...statements: readonly string[]): readonly Readonly<Record<string, Value>>[];
  /** Removes all accounts but the superuser's, and all databases; ends all sessions. */
  clear(): void;
  /** The general query log so far, or since `forgetLog`. */
  log(): string;
  forgetLog(): void;
  /** Statements that were answered with error 1064, and commands that it does not know. */
  unsupported(): readonly string[];
  /** Cuts all connections off and starts again under the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const CLIENT = { host: 'localhost', address: '127.0.0.1' };

export async function startMysqlDouble(options: MysqlDoubleOptions = {}): Promise<MysqlDouble> {
  const { version = '8.0.36', tls = true, logRaw = false } = options;
  const superuser = { username: 'root', password: randomBytes(18).toString('base64url') };
  const server = newServer(version, options);
  const root = superuserAccount(server, superuser.password);
  const clearData = () => {
    server.accounts = new Map([[keyOf(root), structuredClone(root)]]);
    server.databases.clear();
    server.failedLogins.clear();
    for (const session of server.sessions.values()) session.kill();
  };
  clearData();

  let ca = '';
  let certificate = tls === true ? undefined : tls;
  if (certificate === undefined) {
    const authority = await createCertificateAuthority();
    ca = authority.ca;
    certificate = await authority.issue();
  }
  const surroundings: Surroundings = {
    server,
    log: generalLog(logRaw),
    tls: certificate === false ? undefined : createSecureContext({ ...certificate, minVersion: 'TLSv1.2' }),
    unsupported: [],
  };
  let connections = 0;
  const nextConnection = () => {
    connections += 1;
    return connections;
  };
  let listener = await listen(surroundings, nextConnection, 0);
  const { port } = listener;
  server.variables.set('port', port);

  return {
    version,
    host: 'localhost',
    port,
    superuser,
    ca,
    run(...statements) {
      const silent = { ...surroundings, log: generalLog(false) };
      const account = server.accounts.get(keyOf(root)) ?? root;
      const session = newSession({ user: root.user, account, encoding: 'utf8', sandboxed: false }, 0, CLIENT, () => {});
      let rows: Readonly<Record<string, Value>>[] = [];
      for (const sql of statements) {
        const { statement } = understand(silent, session, 'Query', Buffer.from(sql));
        const result = execute(server, session, statement, []);
        rows =
          result.kind === 'ok'
            ? []
            : result.rows.map((row) =>
                Object.fromEntries(result.columns.map((column, index) => [column, row[index] ?? null])),
              );
      }
      return rows;
    },
    clear: clearData,
    log: () => surroundings.log.text(),
    forgetLog: () => surroundings.log.forget(),
    unsupported: () => surroundings.unsupported,
    async restart() {
      await listener.stop();
      server.failedLogins.clear();
      server.plugins = pluginsOf(server);
      listener = await listen(surroundings, nextConnection, port);
    },
    stop: () => listener.stop(),
    [Symbol.asyncDispose]: () => listener.stop(),
  };
}

function newServer(version: string, { defaultPlugin, passwordPolicy, variables, plugins }: MysqlDoubleOptions): Server {
  const ofVersion = featuresOf(version);
  const features = {
    ...ofVersion,
    defaultPlugin: defaultPlugin ?? ofVersion.defaultPlugin,
    plugins: plugins ?? ofVersion.plugins,
  };
  return {
    version,
    features,
    policy: passwordPolicy,
    accounts: new Map(),
    databases: new Map(),
    variables: new Map([...defaultVariables(version, features.defaultPlugin), ...Object.entries(variables ?? {})]),
    plugins: pluginsOf({ features }),
    failedLogins: new Map(),
    sessions: new Map(),
    locks: userLocks(),
  };
}

/** Anew, since one of them has a cache. */
function pluginsOf({ features }: Pick<Server, 'features'>): ReadonlyMap<string, AuthenticationPlugin> {
  const all = [cachingSha2Password(), sha256Password, nativePassword];
  return new Map(all.filter(({ name }) => features.plugins.includes(name)).map((plugin) => [plugin.name, plugin]));
}

function superuserAccount({ features, plugins }: Server, password: string): Account {
  const account = newAccount({ user: 'root', host: '%' }, features.defaultPlugin, false);
  account.primary = plugins.get(account.plugin)?.verifierOf(Buffer.from(password)) ?? '';
  for (const privilege of [...STATIC_PRIVILEGES, 'GRANT OPTION' as const]) account.global.add(privilege);
  if (features.dynamicPrivileges) for (const privilege of DYNAMIC_PRIVILEGES) account.dynamic.set(privilege, true);
  account.proxies.set(keyOf({ user: '', host: '' }), true);
  return account;
}

interface Listener {
  readonly port: number;
  stop(): Promise<void>;
}

async function listen(surroundings: Surroundings, nextConnection: () => number, port: number): Promise<Listener> {
  const sockets = new Set<Socket>();
  const listener: NetServer = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    void serve(surroundings, socket, nextConnection(), CLIENT);
  });
  listener.listen(port, '127.0.0.1');
  await once(listener, 'listening');
  // A test that forgets to stop it must not keep the process alive.
  listener.unref();
  const address = listener.address();
  if (address === null || typeof address !== 'object') throw new Error('No free port.');
  return {
    port: address.port,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

/** The connection phase. @see https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import { type Account, keyOf } from './account.js';
import { Capability, OFFERED } from './capabilities.js';
import { errors } from './errors.js';
import { integer, nulTerminated, type PacketStream, readerOf } from './packets.js';
import { hasExpired } from './passwords.js';
import { bySpecificity, hostMatches } from './patterns.js';
import type { Exchange, Outcome } from './plugins/plugin.js';
import type { Server } from './server.js';

const UTF8MB4 = 255;
const LATIN1_COLLATIONS = [5, 8, 15, 31, 47, 48, 49, 94];
const AUTOCOMMIT = 2;
const DAY_MILLIS = 86_400_000;

export interface Client {
  readonly host: string;
  readonly address: string;
}

export interface Login {
  readonly user: string;
  readonly account: Account;
  readonly capabilities: number;
  readonly encoding: 'utf8' | 'latin1';
  readonly database: string | undefined;
  readonly sandboxed: boolean;
}

/** @throws MysqlError when the login is refused, ConnectionLost */
export async function logIn(
  server: Server,
  stream: PacketStream,
  socket: Socket,
  id: number,
  client: Client,
  tls: SecureContext | undefined,
): Promise<Login> {
  if (![...server.accounts.values()].some(({ host }) => hostMatches(host, client)))
    throw errors.hostNotAllowed(client.host);
  const scramble = newScramble();
  stream.write(greeting(server, id, scramble, tls !== undefined));

  let response = await stream.read();
  let secure = false;
  if ((readerOf(response).integer(4) & Capability.tls) !== 0 && response.length === 32) {
    if (tls === undefined) throw errors.badHandshake();
    await upgrade(stream, socket, tls);
    secure = true;
    response = await stream.read();
  }
  const { user, capabilities, collation, proof, database, plugin: offered } = handshakeResponse(response);
  if (server.variables.get('require_secure_transport') === 'ON' && !secure) throw errors.insecureTransport();

  const account = accountFor(server, user, client);
  // An unknown user is asked like any other.
  const name = account?.plugin ?? server.features.defaultPlugin;
  const plugin = server.plugins.get(name);
  if (plugin === undefined) throw errors.pluginNotLoaded(name);
  let exchange: Exchange = {
    secure,
    scramble,
    response: proof,
    send: (data) => sendMore(stream, data),
    receive: () => stream.read(),
  };
  if (offered !== name) {
    const again = newScramble();
    stream.write(Buffer.concat([integer(0xfe, 1), nulTerminated(name), nulTerminated(again)]));
    exchange = { ...exchange, scramble: again, response: await stream.read() };
  }
  const credentials = {
    key: account === undefined ? '' : keyOf(account),
    verifiers:
      account === undefined ? [] : [account.primary, ...(account.secondary === undefined ? [] : [account.secondary])],
  };
  const outcome = await plugin.authenticate(exchange, credentials);
  assertMayEnter(server, account, outcome, { user, host: client.host }, secure);
  if (account === undefined) throw errors.accessDenied({ user, host: client.host }, outcome.usedPassword);

  const expired = hasExpired(server, account);
  const handles = (capabilities & Capability.handlesExpiredPasswords) !== 0;
  if (expired && !handles && server.variables.get('disconnect_on_expired_password') === 'ON')
    throw errors.expiredAtLogin();
  const encoding = LATIN1_COLLATIONS.includes(collation) ? 'latin1' : 'utf8';
  return { user, account, capabilities, encoding, database, sandboxed: expired };
}

/** Seven bits each, none of them 0 or `$`. */
function newScramble(): Buffer {
  return Buffer.from(randomBytes(20).map((byte) => ([0, 0x24].includes(byte & 0x7f) ? 0x21 : byte & 0x7f)));
}

function greeting({ version, features }: Server, id: number, scramble: Buffer, tls: boolean): Buffer {
  const capabilities = OFFERED | (tls ? Capability.tls : 0);
  return Buffer.concat([
    integer(10, 1),
    nulTerminated(version),
    integer(id, 4),
    nulTerminated(scramble.subarray(0, 8)),
    integer(capabilities & 0xffff, 2),
    integer(UTF8MB4, 1),
    integer(AUTOCOMMIT, 2),
    integer(capabilities >>> 16, 2),
    integer(scramble.length + 1, 1),
    Buffer.alloc(10),
    nulTerminated(scramble.subarray(8)),
    nulTerminated(features.defaultPlugin),
  ]);
}

function handshakeResponse(payload: Buffer) {
  const reader = readerOf(payload);
  const capabilities = reader.integer(4);
  reader.integer(4);
  const collation = reader.integer(1);
  reader.bytes(23);
  const has = (flag: number) => (capabilities & flag) !== 0;
  if (!has(Capability.protocol41) || !has(Capability.secureConnection)) throw errors.badHandshake();
  const named = reader.nulTerminated().toString('utf8');
  // A name in single quotes is taken without them.
  const user = /^'.*'$/s.test(named) && named.length > 1 ? named.slice(1, -1) : named;
  const proof = has(Capability.lengthEncodedAuthentication)
    ? reader.lengthEncodedBytes()
    : reader.bytes(reader.integer(1));
  const database =
    has(Capability.connectWithDatabase) && reader.hasMore() ? reader.nulTerminated().toString('utf8') : '';
  const plugin =
    has(Capability.pluginAuthentication) && reader.hasMore()
      ? reader.nulTerminated().toString()
      : 'mysql_native_password';
  return { user, capabilities, collation, proof, plugin, database: database === '' ? undefined : database };
}

function sendMore(stream: PacketStream, data: Buffer): void {
  stream.write(Buffer.concat([integer(1, 1), data]));
}

function upgrade(stream: PacketStream, socket: Socket, secureContext: SecureContext): Promise<void> {
  const early = stream.detach();
  return new Promise((resolve, reject) => {
    // What came with the request belongs to the TLS handshake, and must wait for it.
    socket.pause();
    if (early.length > 0) socket.unshift(early);
    const secured = new TLSSocket(socket, { isServer: true, secureContext });
    secured.once('secure', resolve);
    secured.once('error', reject);
    secured.once('close', () => reject(new Error('The client ended the TLS handshake')));
    stream.continueOver(secured);
  });
}

/** The account with the most specific host, and then with a name rather than none; no other is tried. @see https://dev.mysql.com/doc/refman/8.0/en/connection-access.html */
function accountFor(server: Server, user: string, client: Client): Account | undefined {
  return [...server.accounts.values()]
    .filter((account) => (account.user === user || account.user === '') && hostMatches(account.host, client))
    .sort((a, b) => bySpecificity(a.host, b.host) || b.user.length - a.user.length)[0];
}

/** @throws MysqlError 1045, 3118, 3955 */
function assertMayEnter(
  server: Server,
  account: Account | undefined,
  { authenticated, usedPassword }: Outcome,
  shown: { readonly user: string; readonly host: string },
  secure: boolean,
): void {
  if (account !== undefined) countFailures(server, account, authenticated);
  if (account === undefined || !authenticated) throw errors.accessDenied(shown, usedPassword);
  // Client certificates are not asked for, so that nobody has one.
  if ((account.tls.type === 'SSL' && !secure) || account.tls.type === 'X509' || account.tls.type === 'SPECIFIED')
    throw errors.accessDenied(shown, usedPassword);
  if (account.locked) throw errors.accountLocked(shown);
}

/** "Too many consecutive failures": then the right password is refused too. @see https://dev.mysql.com/doc/refman/8.0/en/password-management.html#failed-login-tracking */
function countFailures({ failedLogins }: Server, account: Account, authenticated: boolean): void {
  const { failedLoginAttempts: limit, passwordLockTime: days } = account;
  if (limit === 0 || days === 0) return;
  const key = keyOf(account);
  const failures = failedLogins.get(key) ?? { count: 0 };
  const lockedFor = failures.lockedAt === undefined ? 0 : Date.now() - failures.lockedAt;
  if (failures.lockedAt !== undefined && days !== -1 && lockedFor >= days * DAY_MILLIS) {
    failures.count = 0;
    delete failures.lockedAt;
  }
  if (failures.lockedAt === undefined) {
    failures.count = authenticated ? 0 : failures.count + 1;
    failedLogins.set(key, failures);
    if (failures.count < limit) return;
    failures.lockedAt = Date.now();
  }
  const text = days === -1 ? 'unlimited' : String(days);
  throw errors.blockedByPasswordLock(account, text, text, failures.count);
}

import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TlsSettings } from '../../../../lib/databases/driver.js';
import { mariadb } from '../../../../lib/databases/engines/mariadb.js';
import { signNonce } from '../../../../lib/databases/engines/mysql/client-ed25519.js';
import { describeServerError, StatementError } from '../../../../lib/databases/engines/mysql/server-error.js';
import type { DatabaseSecret } from '../../../../lib/databases/secret.js';
import { singleUser } from '../../../../lib/databases/strategies/single-user.js';
import { type CertificateAuthority, createCertificateAuthority } from '../../../support/certificates.js';
import { type MariadbServer, mariadbUnderTest, startMariadb } from '../../../support/mariadb.js';
import { type Listener, listen } from '../../support/listener.js';
import { logsIn, rotate } from '../../support/rotation.js';

const tlsWith = (ca: string): TlsSettings => ({ ca: [ca], minVersion: 'TLSv1.2', rejectUnauthorized: true });

function connect(secret: DatabaseSecret, tls: TlsSettings | false, signal = new AbortController().signal) {
  const aws = () => Promise.reject(new Error('AWS is not there'));
  return mariadb().login(secret, { tls, timeoutMillis: 5_000, signal, aws });
}

async function login(secret: DatabaseSecret, tls: TlsSettings | false): Promise<void> {
  await using session = await connect(secret, tls);
  await session.ping();
}

for (const { name } of mariadbUnderTest()) {
  describe(`a connection to ${name}`, () => {
    let authority: CertificateAuthority;
    let server: MariadbServer;
    beforeAll(async () => {
      authority = await createCertificateAuthority();
      server = await startMariadb({
        tls: await authority.issue(),
        settings: { 'plugin-load-add': 'auth_ed25519', 'max-password-errors': '4' },
      });
      await server.query(`
        CREATE USER app@'%' IDENTIFIED BY 'password'; CREATE USER signer@'%' IDENTIFIED VIA ed25519 USING PASSWORD('password');
        CREATE DATABASE shop`);
    });
    afterAll(() => server.stop());

    const secret = (changes: Partial<DatabaseSecret> = {}): DatabaseSecret => {
      const at = { engine: 'mariadb', host: 'localhost', port: server.port };
      return { ...at, username: 'app', password: 'password', ...changes };
    };

    it('is over TLS, verified for a name and for an address', async () => {
      await login(secret(), tlsWith(authority.ca));
      await login(secret({ host: '127.0.0.1' }), tlsWith(authority.ca));
      const stranger = await createCertificateAuthority();
      await expect(logsIn(singleUser([mariadb()], { ca: stranger.ca }), secret())).rejects.toMatchObject({
        name: 'TlsFailedError',
        check: 'untrusted',
      });
    });

    it.each([
      ['another name', 'localhost', { dnsNames: ['db.example'], ips: ['127.0.0.1'] }],
      ['localhost only, and is named by its address', '127.0.0.1', { dnsNames: ['localhost'], ips: [] }],
      ['another address', '127.0.0.1', { dnsNames: ['localhost'], ips: ['10.0.0.1'] }],
    ])(
      'is not made to a server whose certificate is for %s: not the second time either',
      async (_what, host, names) => {
        await using other = await startMariadb({ tls: await authority.issue(names) });
        for (let attempt = 1; attempt <= 2; attempt += 1) {
          const strategy = singleUser([mariadb()], { ca: authority.ca });
          await expect(logsIn(strategy, secret({ host, port: other.port }))).rejects.toMatchObject({
            name: 'TlsFailedError',
            check: 'host name',
          });
        }
        expect(await other.readLog('general')).not.toContain('Connect');
      },
    );

    it('is not made without TLS, but where the secret says so', async () => {
      await using plain = await startMariadb({ tls: false });
      await plain.query("CREATE USER app@'%' IDENTIFIED BY 'password'");
      const strategy = singleUser([mariadb()], { ca: authority.ca });
      await expect(logsIn(strategy, secret({ port: plain.port }))).rejects.toMatchObject({
        name: 'TlsFailedError',
        check: 'not offered',
        message: expect.stringContaining('no password was sent'),
      });
      expect(await logsIn(strategy, secret({ port: plain.port, ssl: false }))).toBe(true);
    });

    it('signs for users of ed25519, with passwords of every length, and rotates them', async () => {
      await login(secret({ username: 'signer' }), tlsWith(authority.ca));
      await login(secret({ username: 'signer' }), false);
      let current = secret({ username: 'signer' });
      const strategy = singleUser([mariadb()], { ca: authority.ca });
      current = await rotate(strategy, current);
      for (const password of ['x', 'ü'.repeat(300)]) {
        await using session = await connect(current, tlsWith(authority.ca));
        await session.changePassword('signer', password);
        current = { ...current, password };
        expect(await logsIn(strategy, current)).toBe(true);
      }
      const [row] = await server.query("SELECT plugin FROM mysql.user WHERE User = 'signer'");
      expect(row).toEqual({ plugin: 'ed25519' });
      await expect(login({ ...current, password: 'wrong' }, tlsWith(authority.ca))).rejects.toMatchObject({
        name: 'LoginRejectedError',
      });
    });

    it('tells locked, blocked and expired users from wrong passwords', async () => {
      const tls = tlsWith(authority.ca);
      await server.query(`
        CREATE USER locked@'%' IDENTIFIED BY 'password' ACCOUNT LOCK; CREATE USER expired@'%' IDENTIFIED BY 'password' PASSWORD EXPIRE;
        CREATE USER guessed@'%' IDENTIFIED BY 'password'`);
      await expect(login(secret({ username: 'locked' }), tls)).rejects.toMatchObject({ name: 'AccountLockedError' });
      await expect(login(secret({ username: 'locked', password: 'x' }), tls)).rejects.toMatchObject({
        name: 'LoginRejectedError',
      });
      await expect(login(secret({ username: 'expired' }), tls)).rejects.toMatchObject({
        name: 'LoginRejectedError',
        message: expect.stringContaining('expired'),
      });
      for (let guess = 1; guess <= 4; guess += 1) {
        await expect(login(secret({ username: 'guessed', password: 'x' }), tls)).rejects.toMatchObject({
          name: 'LoginRejectedError',
        });
      }
      await expect(login(secret({ username: 'guessed' }), tls)).rejects.toMatchObject({
        name: 'AccountLockedError',
        message: expect.stringContaining('FLUSH PRIVILEGES'),
      });
    });

    it('tells databases that are not there, and addresses that are not let in', async () => {
      const tls = tlsWith(authority.ca);
      for (const dbname of ['shop', 'nowhere']) {
        await expect(login(secret({ dbname }), tls)).rejects.toMatchObject({
          name: 'DatabaseNotFoundError',
          message: expect.stringContaining(dbname),
        });
      }
      await using narrow = await startMariadb({ tls: await authority.issue() });
      await narrow.query(
        "CREATE USER app@'10.%' IDENTIFIED BY 'password'; DELETE FROM mysql.global_priv WHERE User = 'root'; FLUSH PRIVILEGES",
      );
      await expect(login(secret({ port: narrow.port }), tls)).rejects.toMatchObject({
        name: 'PermissionMissingError',
        message: expect.stringContaining("Create the user for that address too ('app'@"),
      });
    });

    it('refuses users without a password of their own, and with two, before anything is changed', async () => {
      await server.query(`
        CREATE USER socket@'%' IDENTIFIED VIA unix_socket; CREATE USER twofold@'%' IDENTIFIED VIA ed25519 USING PASSWORD('password') OR mysql_native_password USING PASSWORD('password');
        CREATE USER either@'%' IDENTIFIED VIA unix_socket OR mysql_native_password USING PASSWORD('password')`);
      const root = secret({ username: 'root', password: server.superuser.password });
      await using superuser = await connect(root, tlsWith(authority.ca));
      await expect(superuser.changePassword('socket', 'new-password')).rejects.toMatchObject({
        name: 'InvalidSecretError',
        message: expect.stringContaining('unix_socket'),
      });
      const twice = { name: 'InvalidSecretError', message: expect.stringContaining('two passwords') };
      await expect(superuser.changePassword('twofold', 'new-password')).rejects.toMatchObject(twice);
      await using own = await connect(secret({ username: 'twofold' }), tlsWith(authority.ca));
      await expect(own.changePassword('twofold', 'new-password')).rejects.toMatchObject(twice);
      await server.query("CREATE USER ''@'127.0.0.1' IDENTIFIED BY 'password'");
      await using anonymous = await connect(secret({ username: 'nobody-in-particular' }), tlsWith(authority.ca));
      await expect(anonymous.changePassword('nobody-in-particular', 'new-password')).rejects.toMatchObject({
        name: 'InvalidSecretError',
        message: expect.stringContaining('is let in as ``@`127.0.0.1`'),
      });
      await server.query("DROP USER ''@'127.0.0.1'");
      await superuser.changePassword('either', 'new-password');
      await login(secret({ username: 'either', password: 'new-password' }), tlsWith(authority.ca));
      const [row] = await server.query("SHOW CREATE USER either@'%'");
      expect(String(Object.values(row ?? {})[0])).toMatch(/VIA unix_socket OR mysql_native_password USING '\*/);
    });

    it('says that a session has ended, and that the server is read-only', async () => {
      const session = await connect(secret(), tlsWith(authority.ca));
      await server.query('SET GLOBAL read_only = 1');
      await expect(session.changePassword('app', 'new-password')).rejects.toMatchObject({
        name: 'PermissionMissingError',
        message: expect.stringMatching(/read-only.*writer/),
      });
      await server.query('SET GLOBAL read_only = 0');
      const [{ id } = { id: 0 }] = await server.query(
        "SELECT ID AS id FROM information_schema.PROCESSLIST WHERE USER = 'app'",
      );
      await server.query(`KILL ${Number(id)}`);
      await expect(session.ping()).rejects.toMatchObject({
        message: expect.stringMatching(/ended the session|closed the connection|closed state/),
      });
      await session[Symbol.asyncDispose]();
    });

    it('makes its pad of what there is, before MariaDB 10.10', async () => {
      await using old = await startMariadb({ tls: await authority.issue(), settings: { version: '10.6.18-MariaDB' } });
      await old.query("CREATE USER old@'%' IDENTIFIED BY 'password'");
      const strategy = singleUser([mariadb()], { ca: authority.ca });
      const next = await rotate(strategy, secret({ username: 'old', port: old.port }));
      expect(await logsIn(strategy, next)).toBe(true);
      const log = await old.readLog('general');
      expect(log).toContain('@keyturn_seed');
      expect(log).not.toContain('RANDOM_BYTES');
      expect(log).not.toContain(next.password);
    });
  });
}

// ---- Servers that are up to no good ------------------------------------------------------------------------------------------

const packet = (sequence: number, body: Buffer) =>
  Buffer.concat([Buffer.from([body.length & 0xff, body.length >> 8, 0, sequence]), body]);

/** The first packet of a server, which offers TLS or not. */
function greeting(tls: boolean): Buffer {
  const capabilities = 0xf7ff | (tls ? 0x0800 : 0);
  return packet(
    0,
    Buffer.concat([
      Buffer.from([10]),
      Buffer.from('8.0.39\0'),
      Buffer.from([1, 0, 0, 0]),
      Buffer.from('12345678\0'),
      Buffer.from([
        (tls ? capabilities : capabilities & ~0x0800) & 0xff,
        ((tls ? capabilities : capabilities & ~0x0800) >> 8) & 0xff,
      ]),
      Buffer.from([0x2d, 2, 0, 0x08, 0, 21]),
      Buffer.alloc(10),
      Buffer.from('901234567890\0'),
      Buffer.from('mysql_native_password\0'),
    ]),
  );
}

const OK = packet(2, Buffer.from([0, 0, 0, 2, 0, 0, 0]));
const switchTo = (plugin: string, sequence: number) =>
  packet(
    sequence,
    Buffer.concat([Buffer.from([0xfe]), Buffer.from(`${plugin}\0`), Buffer.alloc(20, 'n'), Buffer.from([0])]),
  );

describe('a server that is up to no good', () => {
  const at = ({ port }: Listener): DatabaseSecret => ({
    engine: 'mariadb',
    host: 'localhost',
    port,
    username: 'app',
    password: 'top-secret-password',
  });

  it('does not pass by sending its answers before TLS', async () => {
    const received: Buffer[] = [];
    await using listener = await listen((socket: Socket) => {
      socket.on('data', (data) => received.push(data));
      socket.write(Buffer.concat([greeting(true), OK, packet(1, Buffer.from([0, 0, 0, 2, 0, 0, 0]))]));
    });
    const { ca } = await createCertificateAuthority();
    await expect(login(at(listener), tlsWith(ca))).rejects.toMatchObject({ code: 'ERR_TLS_PACKET_BEFORE' });
    // A request for TLS and the beginning of it, and no user name.
    expect(Buffer.concat(received).toString('latin1')).not.toMatch(/app|top-secret/);
  });

  it.each([
    ['mysql_clear_password', 'mysql_clear_password'],
    ['dialog', 'dialog'],
    ['auth_gssapi_client', 'auth_gssapi_client'],
    ['../evil%s', 'does not fit'],
  ])('gets no password by asking for the plugin %s', async (plugin, said) => {
    const received: Buffer[] = [];
    await using listener = await listen((socket: Socket) => {
      socket.write(greeting(false));
      socket.once('data', (data) => {
        received.push(data);
        socket.on('data', (more) => received.push(more));
        socket.write(switchTo(plugin, 2));
      });
    });
    await expect(login(at(listener), false)).rejects.toMatchObject({
      name: 'InvalidSecretError',
      message: expect.stringContaining(said),
    });
    expect(Buffer.concat(received).includes('top-secret-password')).toBe(false);
  });

  it.each(['caching_sha2_password', 'sha256_password'])(
    'gets no password in the clear by asking for %s without TLS',
    async (plugin) => {
      const received: Buffer[] = [];
      await using listener = await listen((socket: Socket) => {
        socket.write(greeting(false));
        socket.once('data', (data) => {
          received.push(data);
          socket.write(switchTo(plugin, 2));
          socket.once('data', (scramble) => {
            received.push(scramble);
            socket.on('data', (more) => received.push(more) && socket.end());
            // To caching_sha2_password: perform full authentication. To the other, a key that is none.
            socket.write(packet(4, Buffer.from([1, 4])));
          });
        });
      });
      await expect(login(at(listener), false)).rejects.toBeDefined();
      expect(received.length).toBeGreaterThan(1);
      expect(Buffer.concat(received).includes('top-secret-password')).toBe(false);
      // It asks for the server's key instead.
      expect(received.some((data) => data.length === 5 && (data[4] === 2 || data[4] === 1))).toBe(true);
    },
  );

  it('is sent no file', async () => {
    await using listener = await listen((socket: Socket) => {
      socket.write(greeting(false));
      socket.once('data', () => {
        socket.write(OK);
        socket.once('data', () => {
          socket.on('data', (data) => expect(data.toString()).not.toContain('root:'));
          socket.write(packet(1, Buffer.concat([Buffer.from([0xfb]), Buffer.from('/etc/passwd')])));
        });
      });
    });
    const secret = at(listener);
    const controller = new AbortController();
    const session = await connect(secret, false, controller.signal);
    const asked = session.ping();
    setTimeout(() => controller.abort(), 200);
    await expect(asked).rejects.toBeDefined();
    await session[Symbol.asyncDispose]();
  });
});

describe('answers of servers', () => {
  const attempt = { username: 'app', server: 'db:3306', database: 'shop', doing: 'log in' };
  const quoting = "You have an error near 'IDENTIFIED BY secret-password'";

  it.each([
    [1045, 'LoginRejectedError'],
    [1698, 'LoginRejectedError'],
    [1820, 'LoginRejectedError'],
    [1862, 'LoginRejectedError'],
    [3118, 'AccountLockedError'],
    [4151, 'AccountLockedError'],
    [3955, 'AccountLockedError'],
    [4150, 'AccountLockedError'],
    [1049, 'DatabaseNotFoundError'],
    [1044, 'DatabaseNotFoundError'],
    [1130, 'PermissionMissingError'],
    [1129, 'PermissionMissingError'],
    [1040, 'HostUnreachableError'],
    [1203, 'HostUnreachableError'],
    [1226, 'HostUnreachableError'],
    [1053, 'HostUnreachableError'],
    [1927, 'HostUnreachableError'],
    [1064, 'StepFailedError'],
    [9999, 'StepFailedError'],
  ])('%i is a %s', (number, name) => {
    expect(describeServerError({ number, message: 'words' }, attempt)).toMatchObject({ name });
  });

  it.each([1045, 1698, 1044, 1142, 1143, 1227, 1290])('%i is missing permission, once logged in', (number) => {
    const doing = 'grant `boss` to user `x`@`%`';
    expect(describeServerError({ number, message: 'Access denied' }, { ...attempt, doing })).toMatchObject({
      name: 'PermissionMissingError',
      message: expect.stringContaining(doing),
    });
  });

  it('are not repeated where they may quote a statement', () => {
    for (const number of [1064, 1149, 1231, 1525, 9999]) {
      const error = describeServerError({ number, message: quoting }, attempt);
      expect(error).toBeInstanceOf(StatementError);
      expect(error.message).not.toContain('secret-password');
      expect(error.message).toContain(String(number));
    }
  });
});

it('signs nothing that is too short to be a nonce', async () => {
  await expect(signNonce('password', Buffer.alloc(20))).rejects.toThrow(RangeError);
});

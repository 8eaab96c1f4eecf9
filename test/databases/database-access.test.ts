/** How a connection is made, and what is said when it is not: through the single-user strategy, as users meet it. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { postgres } from '../../lib/databases/engines/postgres.js';
import type { DatabaseSecret } from '../../lib/databases/secret.js';
import { type SingleUserOptions, singleUser } from '../../lib/databases/strategies/single-user.js';
import type { RotationError } from '../../lib/rotation/errors.js';
import { type CertificateAuthority, createCertificateAuthority } from '../support/certificates.js';
import { type PostgresOptions, type PostgresServer, startPostgres } from '../support/postgres.js';
import { listen } from './support/listener.js';
import { setSecretContext } from './support/rotation.js';

let authority: CertificateAuthority;
let folder: string;
const servers: PostgresServer[] = [];

async function start(options: PostgresOptions): Promise<PostgresServer> {
  const server = await startPostgres(options);
  servers.push(server);
  await server.query(
    "CREATE ROLE app LOGIN PASSWORD 'the-password'; CREATE ROLE walled LOGIN PASSWORD 'the-password' CONNECTION LIMIT 0",
  );
  await server.query('CREATE DATABASE walled; ');
  await server.query('REVOKE CONNECT ON DATABASE walled FROM PUBLIC');
  return server;
}

let secure: PostgresServer;
let plain: PostgresServer;
beforeAll(async () => {
  authority = await createCertificateAuthority();
  folder = await mkdtemp(join(tmpdir(), 'keyturn-access-'));
  // The server runs as another user and reads its rules from here.
  await chmod(folder, 0o755);
  secure = await start({ tls: await authority.issue() });
  plain = await start({ tls: false });
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  await rm(folder, { recursive: true });
});

const secretAt = (port: number, changes: Partial<DatabaseSecret> = {}): DatabaseSecret => ({
  engine: 'postgres',
  host: 'localhost',
  port,
  username: 'app',
  password: 'the-password',
  ...changes,
});

async function testLogin(secret: DatabaseSecret, options: SingleUserOptions = {}): Promise<void> {
  const rotator = singleUser(postgres(), { ca: authority.ca, ...options });
  await rotator.testSecret(setSecretContext(rotator, { current: secret, pending: secret }));
}

async function failure(
  secret: DatabaseSecret,
  options?: SingleUserOptions,
): Promise<RotationError & { reason?: string; check?: string }> {
  const error = await testLogin(secret, options).then(
    () => new Error('The login succeeded.'),
    (thrown: unknown) => thrown,
  );
  expect(error).toHaveProperty('code');
  const failed = error as RotationError;
  expect(`${failed.stack}${JSON.stringify(failed)}`).not.toContain('the-password');
  return failed;
}

/** The server's log, once it holds `text`: it arrives a moment after the answer. */
async function logWith(server: PostgresServer, text: string): Promise<string> {
  for (let log = ''; ; log = await server.logFile()) {
    if (log.includes(text)) return log;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('TLS', () => {
  it('is verified when the secret says nothing about it, and when it says true', async () => {
    await testLogin(secretAt(secure.port));
    await testLogin(secretAt(secure.port, { ssl: true, host: '127.0.0.1' }));
  });

  it('is left out if the secret says false, and only then', async () => {
    await testLogin(secretAt(plain.port, { ssl: false }));
    await testLogin(secretAt(secure.port, { ssl: false }));
    for (const secret of [secretAt(plain.port), secretAt(plain.port, { ssl: true })]) {
      const error = await failure(secret);
      expect(error).toMatchObject({ name: 'TlsFailedError', check: 'not offered' });
      expect(error.message).toMatch(/offers no TLS, which the secret demands; no password was sent.*"ssl": false/);
    }
  });

  it('never sends the login after a failed check', async () => {
    await failure(secretAt(secure.port, { username: 'canary' }), { ca: (await createCertificateAuthority()).ca });
    await failure(secretAt(secure.port, { username: 'marker' }));
    const log = await logWith(secure, 'authentication failed for user "marker"');
    expect(log).not.toContain('canary');
  });

  it('names the check that failed', async () => {
    const stranger = await createCertificateAuthority();
    expect(await failure(secretAt(secure.port), { ca: stranger.ca })).toMatchObject({
      name: 'TlsFailedError',
      check: 'untrusted',
      message: expect.stringMatching(/localhost:\d+ failed: .*not signed by a trusted authority.*option ca or caFile/),
    });

    const day = 86_400_000;
    const other = await start({ tls: await authority.issue({ dnsNames: ['db.example'], ips: ['192.0.2.1'] }) });
    expect(await failure(secretAt(other.port))).toMatchObject({ name: 'TlsFailedError', check: 'host name' });

    const expired = await authority.issue({
      notBefore: new Date(Date.now() - 9 * day),
      notAfter: new Date(Date.now() - day),
    });
    const old = await start({ tls: expired });
    expect(await failure(secretAt(old.port))).toMatchObject({ name: 'TlsFailedError', check: 'expired' });

    const outdated = await start({
      tls: await authority.issue(),
      settings: { ssl_min_protocol_version: 'TLSv1', ssl_max_protocol_version: 'TLSv1.1' },
    });
    expect(await failure(secretAt(outdated.port))).toMatchObject({ name: 'TlsFailedError', check: 'protocol' });
  });

  it('trusts the authorities of Node.js and RDS by default, so not this one', async () => {
    const rotator = singleUser(postgres());
    const secret = secretAt(secure.port);
    await expect(
      Promise.resolve(rotator.testSecret(setSecretContext(rotator, { current: secret, pending: secret }))),
    ).rejects.toMatchObject({ name: 'TlsFailedError', check: 'untrusted' });
  });

  it('section 7: PG, no `ssl` key, CA file missing', async () => {
    expect(() => singleUser(postgres(), { caFile: join(folder, 'missing.pem') })).toThrow(
      expect.objectContaining({
        name: 'InvalidOptionsError',
        message: expect.stringMatching(/missing\.pem cannot be read \(ENOENT\)/),
      }),
    );
  });

  it('takes the authority from a file, and refuses one that holds none', async () => {
    const file = join(folder, 'ca.pem');
    await writeFile(file, `Some words before it.\n${authority.ca}`);
    const rotator = singleUser(postgres(), { caFile: file });
    const secret = secretAt(secure.port);
    await rotator.testSecret(setSecretContext(rotator, { current: secret, pending: secret }));

    await writeFile(file, 'no certificate');
    expect(() => singleUser(postgres(), { caFile: file })).toThrow(/ca\.pem holds no certificate in PEM form/);
    expect(() => singleUser(postgres(), { ca: authority.ca.replace(/\n.{4}/, '\nAAAA') })).toThrow(
      /ca holds a damaged/,
    );
    expect(() => singleUser(postgres(), { ca: authority.ca, caFile: file })).toThrow(/cannot be combined/);
  });
});

describe('a server that is not reached', () => {
  it('section 7: PG, refused port / wrong dbname', async () => {
    expect(await failure(secretAt(1))).toMatchObject({
      name: 'HostUnreachableError',
      reason: 'refused',
      message: expect.stringContaining('localhost:1 refused the connection'),
    });
    expect(await failure(secretAt(secure.port, { dbname: 'no such "db"' }))).toMatchObject({
      name: 'DatabaseNotFoundError',
      message: expect.stringContaining('has no database "no such "db""'),
    });
  });

  it('has a name that does not resolve', async () => {
    expect(await failure(secretAt(5432, { host: 'no-such-host.invalid' }))).toMatchObject({
      name: 'HostUnreachableError',
      reason: 'not found',
      message: expect.stringContaining('no-such-host.invalid was not found'),
    });
  });

  it('section 7: PG, listener that never answers, no `ssl` key', async () => {
    await using silent = await listen();
    const begin = performance.now();
    expect(await failure(secretAt(silent.port), { connectTimeoutMillis: 400 })).toMatchObject({
      name: 'HostUnreachableError',
      reason: 'timed out',
      message: expect.stringMatching(/did not answer within 0\.4 s/),
    });
    expect(performance.now() - begin).toBeLessThan(1_500);
    expect(silent.connections).toHaveLength(1);
  });

  it('stops setSecret at the first credential', async () => {
    await using silent = await listen();
    const rotator = singleUser(postgres(), { connectTimeoutMillis: 300 });
    const current = secretAt(silent.port);
    const context = setSecretContext(rotator, { current, pending: { ...current, password: 'new' }, previous: current });
    await expect(rotator.setSecret?.(context)).rejects.toMatchObject({ name: 'HostUnreachableError' });
    expect(silent.connections).toHaveLength(1);
  });

  it('hangs in the TLS handshake', async () => {
    await using half = await listen((socket) => socket.once('data', () => socket.write('S')));
    expect(await failure(secretAt(half.port), { connectTimeoutMillis: 300 })).toMatchObject({
      name: 'HostUnreachableError',
      reason: 'timed out',
    });
  });

  it('closes the connection', async () => {
    await using rude = await listen((socket) => socket.once('data', () => socket.destroy()));
    for (const ssl of [true, false]) {
      expect(await failure(secretAt(rude.port, { ssl }))).toMatchObject({
        name: 'HostUnreachableError',
        reason: 'closed',
      });
    }
  });

  it('lets go of the socket when the deadline fires', async () => {
    await using silent = await listen();
    const controller = new AbortController();
    const rotator = singleUser(postgres(), { connectTimeoutMillis: 60_000 });
    const secret = secretAt(silent.port);
    const login = rotator.testSecret(
      setSecretContext(rotator, { current: secret, pending: secret }, {}, controller.signal),
    );
    const refused = expect(Promise.resolve(login)).rejects.toThrow('time is over');
    controller.abort(new Error('time is over'));
    await refused;
  });
});

describe('a server that turns the user away', () => {
  it('because of the credentials', async () => {
    expect(await failure(secretAt(secure.port, { password: 'wrong' }))).toMatchObject({ name: 'LoginRejectedError' });
    expect(await failure(secretAt(secure.port, { username: 'nobody' }))).toMatchObject({ name: 'LoginRejectedError' });
  });

  it('because it is locked, and no other credential is tried then', async () => {
    await secure.query("CREATE ROLE locked NOLOGIN PASSWORD 'the-password'");
    const locked = secretAt(secure.port, { username: 'locked' });
    const error = await failure(locked);
    expect(error).toMatchObject({ name: 'AccountLockedError', code: 'AccountLocked' });
    expect(error.message).toMatch(/role "locked" is not permitted to log in.*ALTER ROLE … LOGIN/);
    const rotator = singleUser(postgres(), { ca: authority.ca });
    let asked = false;
    const context = {
      ...setSecretContext(rotator, { current: locked, pending: { ...locked, password: 'new-password' } }),
      previous: async () => {
        asked = true;
        return undefined;
      },
    };
    await expect(rotator.setSecret?.(context)).rejects.toMatchObject({ name: 'AccountLockedError' });
    expect(asked).toBe(false);
  });

  it('because of a missing right to the database', async () => {
    expect(await failure(secretAt(secure.port, { dbname: 'walled' }))).toMatchObject({
      name: 'PermissionMissingError',
      message: expect.stringMatching(/does not let user "app" log in: permission denied for database "walled"/),
    });
  });

  it('because there are too many sessions', async () => {
    expect(await failure(secretAt(secure.port, { username: 'walled' }))).toMatchObject({
      name: 'HostUnreachableError',
      reason: 'refused',
      message: expect.stringContaining('too many connections for role'),
    });
  });

  it('because it wants TLS', async () => {
    const rules = join(folder, 'hba.conf');
    await writeFile(rules, 'hostssl all all 127.0.0.1/32 scram-sha-256\n', { mode: 0o644 });
    const strict = await startPostgres({ tls: await authority.issue(), settings: { hba_file: rules } });
    servers.push(strict);
    const error = await failure(secretAt(strict.port, { ssl: false, username: 'postgres' }));
    expect(error).toMatchObject({ name: 'LoginRejectedError' });
    expect(error.message).toMatch(
      /before looking at the password: no pg_hba\.conf entry.*take "ssl": false out of the secret/,
    );
  });
});

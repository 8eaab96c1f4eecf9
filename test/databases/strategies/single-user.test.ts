import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { postgres } from '../../../lib/databases/engines/postgres.js';
import type { DatabaseSecret } from '../../../lib/databases/secret.js';
import { type SingleUserOptions, singleUser } from '../../../lib/databases/strategies/single-user.js';
import { type PostgresServer, startPostgres } from '../../support/postgres.js';
import { createPending, logsIn, rotate, runSetSecret, setSecretContext } from '../support/rotation.js';

const MASTER = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:super-AbCdEf';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
  await server.query("CREATE ROLE creator LOGIN CREATEROLE PASSWORD 'creator-password'");
});
afterAll(() => server.stop());

const strategy = (options: SingleUserOptions = {}) => singleUser(postgres(), { ca: server.ca, ...options });

let count = 0;
async function newUser(changes: Partial<DatabaseSecret> = {}): Promise<DatabaseSecret> {
  count += 1;
  const username = `app${count}`;
  await server.query(`CREATE ROLE ${username} LOGIN PASSWORD 'first-password'`, [], {
    username: 'creator',
    password: 'creator-password',
  });
  return { engine: 'postgres', host: 'localhost', port: server.port, username, password: 'first-password', ...changes };
}

const superuserSecret = () => ({
  engine: 'postgres',
  host: 'localhost',
  port: server.port,
  username: 'creator',
  password: 'creator-password',
});

describe('a rotation', () => {
  it('changes the password, and the old one is refused', async () => {
    const first = await newUser();
    const second = await rotate(strategy(), first);
    expect(second).toEqual({ ...first, password: expect.stringMatching(/^[^/@"'\\:]{32}$/) });
    expect(await logsIn(strategy(), second)).toBe(true);
    expect(await logsIn(strategy(), first)).toBe(false);
    const third = await rotate(strategy(), second);
    expect(await logsIn(strategy(), third)).toBe(true);
  });

  it('takes the secret of an Aurora cluster, ports as text and flags as text', async () => {
    const stored = { ...(await newUser()), engine: 'aurora-postgresql', port: String(server.port), ssl: 'true' };
    const result = await strategy().secret['~standard'].validate(stored);
    if (result.issues) throw new Error(JSON.stringify(result.issues));
    expect(await logsIn(strategy(), await rotate(strategy(), result.value))).toBe(true);
  });

  it('changes the password of a user that acts as another role by default', async () => {
    const secret = await newUser();
    await server.query(
      `CREATE ROLE team; GRANT team TO ${secret.username}; ALTER ROLE ${secret.username} SET role = team`,
    );
    expect(await logsIn(strategy(), await rotate(strategy(), secret))).toBe(true);
  });

  it('may run setSecret twice', async () => {
    const current = await newUser();
    const pending = await createPending(strategy(), current);
    await runSetSecret(strategy(), { current, pending });
    await runSetSecret(strategy(), { current, pending });
    expect(await logsIn(strategy(), pending)).toBe(true);
  });
});

describe('when AWSCURRENT does not log in', () => {
  it('logs in with AWSPREVIOUS', async () => {
    const real = await newUser();
    const pending = await createPending(strategy(), real);
    await runSetSecret(strategy(), { current: { ...real, password: 'not-this' }, pending, previous: real });
    expect(await logsIn(strategy(), pending)).toBe(true);
  });

  it('does not send AWSPREVIOUS to another host', async () => {
    const real = await newUser();
    const versions = {
      current: { ...real, password: 'not-this' },
      pending: { ...real, password: 'new-password' },
      previous: { ...real, host: 'evil.example' },
    };
    await expect(runSetSecret(strategy(), versions)).rejects.toMatchObject({
      name: 'LoginRejectedError',
      message: expect.stringContaining('AWSPREVIOUS was not tried, since it differs in host'),
    });
  });

  it('does not send AWSPREVIOUS in plain, because that version says so', async () => {
    const real = await newUser();
    const versions = {
      current: { ...real, password: 'not-this' },
      pending: { ...real, password: 'new-password' },
      previous: { ...real, ssl: false },
    };
    await expect(runSetSecret(strategy(), versions)).rejects.toMatchObject({
      name: 'LoginRejectedError',
      message: expect.stringContaining('AWSPREVIOUS was not tried, since it differs in ssl'),
    });
  });

  it('section 7: PG single, rotation dies after setSecret and the pending version is gone', async () => {
    const real = await newUser({ masterarn: MASTER });
    await server.query(`ALTER ROLE ${real.username} PASSWORD 'lost-with-the-pending-version'`);
    const versions = { current: real, pending: { ...real, password: 'new-password' } };

    const others = { [MASTER]: superuserSecret() };
    await expect(runSetSecret(strategy(), versions, others)).rejects.toMatchObject({
      name: 'LoginRejectedError',
      message: expect.stringMatching(/AWSPENDING and with AWSCURRENT; there is no AWSPREVIOUS.*recover: 'superuser'/),
    });
    expect(await logsIn(strategy(), versions.pending)).toBe(false);

    await runSetSecret(strategy({ recover: 'superuser' }), versions, others);
    expect(await logsIn(strategy(), versions.pending)).toBe(true);
  });

  it('does not send the superuser to another server', async () => {
    const real = await newUser({ masterarn: MASTER });
    const versions = { current: { ...real, password: 'not-this' }, pending: { ...real, password: 'new-password' } };
    const recovering = strategy({ recover: 'superuser' });
    const elsewhere = { ...superuserSecret(), host: 'other.example', port: 1 };
    await expect(runSetSecret(recovering, versions, { [MASTER]: elsewhere })).rejects.toMatchObject({
      name: 'TargetMismatchError',
      fields: ['host', 'port'],
    });
  });

  it('asks for a host in a superuser secret that RDS manages', async () => {
    const real = await newUser({ masterarn: MASTER });
    const versions = { current: { ...real, password: 'not-this' }, pending: { ...real, password: 'new-password' } };
    const managed = { username: 'creator', password: 'creator-password' };
    await expect(
      runSetSecret(strategy({ recover: 'superuser' }), versions, { [MASTER]: managed }),
    ).rejects.toMatchObject({
      name: 'InvalidSecretError',
      issues: ['engine is missing', 'host is missing'],
    });
  });

  it('does not take a network error for a refused login', async () => {
    const real = await newUser({ masterarn: MASTER });
    const down = { ...real, port: 1 };
    const context = setSecretContext(strategy(), {
      current: down,
      pending: { ...down, password: 'new' },
      previous: real,
    });
    await expect(strategy({ recover: 'superuser' }).setSecret?.(context)).rejects.toMatchObject({
      name: 'HostUnreachableError',
      reason: 'refused',
    });
  });
});

describe('what the secret opens', () => {
  it('is the same however host, port and engine are written', async () => {
    const secret = await newUser({ host: 'DB.example', dbname: 'shop' });
    const { port: _port, ...withoutPort } = secret;
    expect(strategy().target?.({ ...withoutPort, engine: 'aurora-postgresql' })).toEqual({
      engine: 'postgres',
      host: 'db.example',
      port: 5432,
      dbname: 'shop',
      username: secret.username,
      ssl: 'true',
    });
  });

  it('must be of an engine with a driver', async () => {
    const secret = await newUser({ engine: 'mysql' });
    expect(() => strategy().target?.(secret)).toThrow(
      expect.objectContaining({
        name: 'UnsupportedEngineError',
        message: expect.stringContaining('aurora-postgresql'),
      }),
    );
  });
});

describe('options', () => {
  it.each([0, 99, 60_001, 1.5, Number.NaN])('refuses connectTimeoutMillis %d', (connectTimeoutMillis) => {
    expect(() => strategy({ connectTimeoutMillis })).toThrow(
      expect.objectContaining({ name: 'InvalidOptionsError', option: 'connectTimeoutMillis' }),
    );
  });

  it('refuses no driver and two for one engine', () => {
    expect(() => singleUser([])).toThrow(expect.objectContaining({ name: 'InvalidOptionsError', option: 'drivers' }));
    expect(() => singleUser([postgres(), postgres()])).toThrow(
      expect.objectContaining({ name: 'InvalidOptionsError', option: 'drivers' }),
    );
  });
});

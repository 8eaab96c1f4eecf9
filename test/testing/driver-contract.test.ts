/** The contract itself is tested by drivers that break it, each in one way. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { DatabaseDriver, SuperuserSession } from '../../lib/databases/driver.js';
import { postgres } from '../../lib/databases/engines/postgres.js';
import { HostUnreachableError, LoginRejectedError } from '../../lib/rotation/errors.js';
import { driverContract, type SuperuserFixture } from '../../lib/testing/index.js';
import { start, variants } from '../databases/engines/postgres.fixture.js';

type Driver = DatabaseDriver<SuperuserSession>;

let server: Awaited<ReturnType<typeof start>>;
beforeAll(async () => {
  server = await start(variants.at(-1) ?? {});
});
afterAll(() => server.stop());

async function run(driver: Driver, name: string): Promise<void> {
  const found = driverContract(driver, server.fixture).filter((each) => each.name.includes(name));
  expect(found).toHaveLength(1);
  await found[0]?.run();
}

const sound = postgres();

function withSession(change: (session: SuperuserSession) => Partial<SuperuserSession>): Driver {
  return {
    ...sound,
    async login(secret, connection) {
      const session = await sound.login(secret, connection);
      return { ...session, ...change(session) };
    },
  };
}

/** Sends statements as a careless driver would. */
async function careless(sql: string): Promise<void> {
  const { host, port, username, password } = server.fixture.superuser();
  const client = new pg.Client({ host, port: port ?? 0, user: username, password, database: 'postgres' });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

const broken: readonly [fault: string, driver: Driver, caseThatSeesIt: string][] = [
  ['has a suffix that leaves no room', { ...sound, maxUsernameLength: 6 }, 'describes its engine'],
  [
    'takes every failure for a refused login',
    {
      ...sound,
      login: (secret, connection) =>
        sound.login(secret, connection).catch(() => {
          throw new LoginRejectedError('no');
        }),
    },
    'does not call a dead port',
  ],
  [
    'takes a refused login for a dead host',
    {
      ...sound,
      login: (secret, connection) =>
        sound.login(secret, connection).catch(() => {
          throw new HostUnreachableError('refused', 'no');
        }),
    },
    'refuses a wrong password',
  ],
  [
    'shows the password',
    {
      ...sound,
      login: (secret, connection) =>
        sound.login(secret, connection).catch(() => {
          throw new LoginRejectedError(`no, not ${secret.password}`);
        }),
    },
    'refuses a wrong password',
  ],
  [
    'waits for longer than it may',
    { ...sound, login: (secret, connection) => sound.login(secret, { ...connection, timeoutMillis: 2_000 }) },
    'gives up on a server that never answers',
  ],
  [
    'tries again',
    {
      ...sound,
      login: (secret, connection) =>
        sound.login(secret, { ...connection, timeoutMillis: 100 }).catch(() => sound.login(secret, connection)),
    },
    'gives up on a server that never answers',
  ],
  ['changes nothing', withSession(() => ({ changePassword: async () => {} })), "changes a user's own password"],
  [
    'splices names',
    withSession((session) => ({
      changePassword: (username, password) => session.changePassword(username.replaceAll('"', ''), password),
    })),
    'changes the password of user "double\\"quote"',
  ],
  [
    'makes clones that have nothing',
    withSession(() => ({
      cloneUser: (_source, clone, password) =>
        careless(`CREATE ROLE ${pg.escapeIdentifier(clone)} LOGIN PASSWORD ${pg.escapeLiteral(password)}`),
      syncPrivileges: async () => {},
    })),
    'gives the clone what the original has',
  ],
  [
    'makes clones whose work is their own',
    withSession(() => ({
      cloneUser: (source, clone, password) =>
        careless(
          `CREATE ROLE ${pg.escapeIdentifier(clone)} LOGIN PASSWORD ${pg.escapeLiteral(password)} IN ROLE ${pg.escapeIdentifier(source)}`,
        ),
      syncPrivileges: async () => {},
    })),
    'lets each of the two use what the other one made',
  ],
  [
    'changes the password of a clone that exists',
    withSession((session) => ({
      cloneUser: async (source, clone, password) => {
        if (await session.userExists(clone)) await session.changePassword(clone, password);
        else await session.cloneUser(source, clone, password);
      },
    })),
    'does not touch the password of a clone',
  ],
];

describe('the driver contract', () => {
  it.each(broken)('finds a driver that %s', async (_fault, driver, caseThatSeesIt) => {
    await run(sound, caseThatSeesIt);
    await expect(run(driver, caseThatSeesIt)).rejects.toBeDefined();
  });

  it('leaves out what needs a superuser where the fixture has none', () => {
    const { secret, connection, createUser }: SuperuserFixture = server.fixture;
    const names = driverContract(sound, { secret, connection, createUser }).map(({ name }) => name);
    expect(names).toContain('describes its engine');
    expect(names.filter((name) => /clone|missing database/.test(name))).toEqual([]);
  });
});

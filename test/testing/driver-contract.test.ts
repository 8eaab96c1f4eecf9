/** The contract itself is tested by drivers that break it, each in one way. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { DatabaseDriver, SuperuserSession } from '../../lib/databases/driver.js';
import { postgres } from '../../lib/databases/engines/postgres.js';
import { HostUnreachableError, InvalidSecretError, LoginRejectedError } from '../../lib/rotation/errors.js';
import { driverContract, type SuperuserFixture } from '../../lib/testing/index.js';
import { fixture as postgresFixture, start, stop, variants } from '../databases/engines/postgres.fixture.js';

type Driver = DatabaseDriver<SuperuserSession>;

beforeAll(() => start(variants.at(-1) ?? {}));
afterAll(() => stop());

async function run(driver: Driver, name: string): Promise<void> {
  const found = driverContract(driver, postgresFixture).filter((each) => each.name.includes(name));
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
  const { host, port, username, password } = postgresFixture.superuser();
  const client = new pg.Client({ host, port: port ?? 0, user: username, password, database: 'postgres' });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

/** Makes another password of each, wherever it gets one: it never notices itself. */
const garbling = (garbled: (password: string) => string): Driver => ({
  ...sound,
  async login(secret, connection) {
    const session = await sound.login({ ...secret, password: garbled(secret.password) }, connection);
    return { ...session, changePassword: (username, password) => session.changePassword(username, garbled(password)) };
  },
});

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
    'loses an ampersand of names',
    withSession((session) => ({
      changePassword: (username, password) => session.changePassword(username.replaceAll('&', ''), password),
    })),
    'takes every printable ASCII character in user names',
  ],
  [
    'trims names',
    withSession((session) => ({
      changePassword: (username, password) => session.changePassword(username.trim(), password),
    })),
    'takes every printable ASCII character in user names',
  ],
  [
    'formats passwords',
    withSession((session) => ({
      changePassword: (username, password) => session.changePassword(username, password.replaceAll('%', '%%')),
    })),
    'takes odd passwords as they are',
  ],
  [
    'takes a tilde for a home directory',
    withSession((session) => ({
      changePassword: (username, password) => session.changePassword(username, password.replace(/^~$/, '/root')),
    })),
    'takes every printable ASCII character as a password',
  ],
  ['trims passwords', garbling((password) => password.trim()), 'makes no other password of a password'],
  ['folds case', garbling((password) => password.toLowerCase()), 'makes no other password of a password'],
  [
    'knows ASCII only',
    garbling((password) => password.replace(/[^ -~]/g, '?')),
    'makes no other password of a password',
  ],
  [
    'decodes passwords',
    garbling((password) => password.replaceAll('%20', ' ').replaceAll('+', ' ')),
    'makes no other password of a password',
  ],
  ['cuts passwords', garbling((password) => password.slice(0, 72)), 'takes the longest password whole'],
  [
    'reads a password to the end of the line',
    garbling((password) => password.replace(/[\r\n].*/s, '')),
    'takes control characters in passwords',
  ],
  [
    'refuses a tab after it was set',
    withSession((session) => ({
      async changePassword(username, password) {
        await session.changePassword(username, password);
        if (password.includes('\t')) throw new InvalidSecretError('no tab');
      },
    })),
    'takes control characters in passwords',
  ],
  [
    'refuses a tab with whatever it threw',
    withSession((session) => ({
      async changePassword(username, password) {
        if (password.includes('\t')) throw new TypeError('no tab');
        await session.changePassword(username, password);
      },
    })),
    'takes control characters in passwords',
  ],
  [
    'cannot give others an odd password',
    withSession((session) => ({
      changePassword: (username, password) => session.changePassword(username, password.replaceAll("'", "''")),
    })),
    'takes odd passwords of another user',
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

/** Cases that the sound driver has passed: they fail for nothing but the fault. */
const held = new Set<string>();

describe('the driver contract', () => {
  it.each(broken)('finds a driver that %s', async (_fault, driver, caseThatSeesIt) => {
    if (!held.has(caseThatSeesIt)) await run(sound, caseThatSeesIt);
    held.add(caseThatSeesIt);
    await expect(run(driver, caseThatSeesIt)).rejects.toBeDefined();
  });

  describe('where the engine does not take everything', () => {
    const without = /[%\u00e4]/;
    const fixture = (): SuperuserFixture => ({
      ...postgresFixture,
      takesUsername: (username) => !without.test(username),
      takesPassword: (password) => !without.test(password) && password.length <= 100,
    });
    const refusing = (refusal: (message: string) => Error): Driver => {
      const check = (takes: boolean | undefined, message: string) => {
        if (takes === false) throw refusal(message);
      };
      return {
        ...sound,
        async login(secret, connection) {
          check(fixture().takesUsername?.(secret.username), 'no such names');
          const session = await sound.login(secret, connection);
          return {
            ...session,
            async changePassword(username, password) {
              check(fixture().takesUsername?.(username), 'no such names');
              check(fixture().takesPassword?.(password), 'no such passwords');
              await session.changePassword(username, password);
            },
            async cloneUser(source, clone, password) {
              check(fixture().takesUsername?.(clone), 'no such names');
              check(fixture().takesPassword?.(password), 'no such passwords');
              await session.cloneUser(source, clone, password);
            },
          };
        },
      };
    };
    const failuresOf = async (driver: Driver, concerned: (name: string) => boolean): Promise<string[]> => {
      const failed: string[] = [];
      for (const { name, run } of driverContract(driver, fixture())) {
        if (concerned(name)) await run().catch(() => failed.push(name));
      }
      return failed;
    };
    const seeIt = [
      'takes odd passwords as they are',
      'takes every printable ASCII character as a password',
      'takes the longest password whole',
      "takes odd passwords of another user as they are, by the superuser's way",
      'clones user "percent %s %1$s %%" and changes the password of both',
      'refuses to make a clone with a password that the engine does not take',
    ];

    it('takes a driver that refuses it with an error of its own', async () => {
      const sees = (name: string) => /percent|takes|odd|no other|does not take/.test(name);
      expect(
        await failuresOf(
          refusing((message) => new InvalidSecretError(message)),
          sees,
        ),
      ).toEqual([]);
    });

    it.each([
      ['takes it all the same', sound],
      ['refuses it with any error', refusing((message) => new TypeError(message))],
    ])('finds a driver that %s', async (_fault, driver) => {
      expect(await failuresOf(driver, (name) => seeIt.includes(name))).toEqual(seeIt);
    });
  });

  it('leaves out what needs a superuser where the fixture has none', () => {
    const { secret, connection, createUser }: SuperuserFixture = postgresFixture;
    const names = driverContract(sound, { secret, connection, createUser }).map(({ name }) => name);
    expect(names).toContain('describes its engine');
    expect(names.filter((name) => /clone|missing database/.test(name))).toEqual([]);
  });
});

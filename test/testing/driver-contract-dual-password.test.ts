/** The part of the contract that is for users with two passwords, and for changes in several steps, is tested by drivers that break it, each in one way. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DatabaseDriver, DualPasswordSession, SuperuserSession } from '../../lib/databases/driver.js';
import { redis } from '../../lib/databases/engines/redis.js';
import { driverContract } from '../../lib/testing/index.js';
import { fixture, start, stop, variants } from '../databases/engines/redis.fixture.js';

type Session = SuperuserSession & DualPasswordSession;
type Driver = DatabaseDriver<Session>;

const [variant] = variants;
const sound = redis();

function withSession(change: (session: Session) => Partial<Session>): Driver {
  return {
    ...sound,
    async login(secret, connection) {
      const session = await sound.login(secret, connection);
      return { ...session, ...change(session) };
    },
  };
}

async function run(driver: Driver, name: string): Promise<void> {
  const found = driverContract(driver, fixture).filter((each) => each.name.includes(name));
  expect(found).toHaveLength(1);
  await found[0]?.run();
}

/** What was last set, of each user: as a server that knows which password is the first. */
const first = new Map<string, string>();

const broken: readonly [fault: string, driver: Driver, caseThatSeesIt: string][] = [
  ['adds nothing', withSession(() => ({ addPassword: async () => {} })), 'adds a password beside the current one'],
  [
    'changes the password instead',
    withSession(({ changePassword }) => ({ addPassword: changePassword })),
    'adds a password beside the current one',
  ],
  [
    'never retires one',
    withSession((session) => ({
      addPassword: (username, password, current) =>
        session.settlePasswords?.(username, ['first', password, current]) ?? Promise.resolve(),
    })),
    'adds a password beside the current one',
  ],
  [
    'adds only what is not there yet',
    withSession((session) => {
      return {
        async addPassword(username, password, current) {
          if (first.get(username) === password) throw new Error('it is there already');
          first.set(username, password);
          await session.addPassword(username, password, current);
        },
      };
    }),
    'adds a password twice',
  ],
  [
    'retains whatever was set last, and not the current one',
    withSession((session) => ({
      async addPassword(username, password, current) {
        await session.addPassword(username, password, first.get(username) ?? current);
        first.set(username, password);
      },
    })),
    'adds another password after one that was lost',
  ],
  [
    'refuses the current one for a moment',
    withSession((session) => ({
      async addPassword(username, password, current) {
        await session.changePassword(username, password);
        await new Promise((resolve) => setTimeout(resolve, 100));
        await session.addPassword(username, password, current);
      },
    })),
    'never refuses the current password while another is added',
  ],
  [
    'formats passwords that it adds',
    withSession((session) => ({
      addPassword: (username, password, current) =>
        session.addPassword(username, password.replaceAll('%', '%%'), current),
    })),
    'adds odd passwords',
  ],
  [
    'leaves the second one where it changes the first',
    withSession((session) => ({
      changePassword: (username, password) => session.addPassword(username, password, 'second'),
    })),
    'takes the second password away',
  ],
  [
    'adds passwords to nobody but itself',
    withSession((session) => ({
      addPassword: async (username, password, current) => {
        if (!username.startsWith('rotation')) await session.ping();
        if ((await session.userExists(username).catch(() => false)) === false) {
          await session.addPassword(username, password, current);
        }
      },
    })),
    "adds another user's password as the superuser",
  ],
  [
    'does not settle twice',
    withSession((session) => {
      let settled = false;
      return {
        async settlePasswords(username, passwords) {
          if (settled) throw new Error('it is settled already');
          settled = true;
          await session.settlePasswords?.(username, passwords);
        },
      };
    }),
    'settles passwords that are settled already',
  ],
  [
    'settles for other passwords',
    withSession((session) => ({
      settlePasswords: async (username) => session.settlePasswords?.(username, ['first']),
    })),
    'settles passwords that are settled already',
  ],
  [
    'says that it settles, and does not',
    withSession(() => ({ settlePasswords: undefined as never })),
    'settles passwords that are settled already',
  ],
];

const describeWhereThereIsOne = variant === undefined ? describe.skip : describe;

describeWhereThereIsOne('the driver contract', () => {
  beforeAll(() => start(variant ?? { path: '' }));
  afterAll(() => stop());

  const held = new Set<string>();
  it.each(broken)('finds a driver that %s', async (_fault, driver, caseThatSeesIt) => {
    if (!held.has(caseThatSeesIt)) await run(sound, caseThatSeesIt);
    held.add(caseThatSeesIt);
    await expect(run(driver, caseThatSeesIt)).rejects.toBeDefined();
  });
});

/**
 * The suite that says whether a database driver keeps the contract of `DatabaseDriver`. It needs a real server and no test runner:
 *
 *     for (const { name, run } of driverContract(mydb(), fixture)) it(name, run);
 */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import type {
  Connection,
  DatabaseDriver,
  DualPasswordSession,
  SuperuserSession,
  UserSession,
} from '../databases/driver.js';
import type { DatabaseSecret } from '../databases/secret.js';
import {
  DatabaseNotFoundError,
  LoginRejectedError,
  PermissionMissingError,
  RotationError,
} from '../rotation/errors.js';

/** What the suite needs of a server that the driver can reach. Called while cases run, so the server may be started after they were made. */
export interface DriverFixture {
  /** A secret for a login at the server. */
  secret(username: string, password: string): DatabaseSecret;
  /** How to connect to it. `aws` where the engine needs AWS's APIs. */
  connection(): Pick<Connection, 'tls' | 'timeoutMillis'> & Partial<Pick<Connection, 'aws'>>;
  /** The address where a server listens to whom such a secret leads, with another port. @default - 127.0.0.1 */
  address?(): string;
  /** Makes a user that may log in and change its own password. */
  createUser(username: string, password: string): Promise<void>;
  /** A database that the server does not have; leave it out if the engine has no databases. */
  readonly missingDatabase?: string;
  /**
   * Whether the engine itself takes a name; the length is asked of `maxUsernameLength`. What it does not take, the driver has to refuse with
   * a RotationError before anything is changed.
   * @default - it takes every name
   */
  takesUsername?(username: string): boolean;
  /** The same of a password. @default - it takes every one of up to 4,096 characters, which is what GetRandomPassword makes */
  takesPassword?(password: string): boolean;
  /**
   * The superuser with the fewest rights that the driver says it needs to change the passwords of others.
   * @default - nobody may, or the driver administers the engine by itself
   */
  superuser?(): DatabaseSecret;
}

/** The same of an engine whose users may have two passwords. Its users may add passwords to themselves. */
export interface DualPasswordFixture extends DriverFixture {
  readonly dualPassword: true;
}

/** The same with a superuser who clones users, for drivers that support alternating users. */
export interface SuperuserFixture extends DriverFixture {
  superuser(): DatabaseSecret;
  /** Gives a user a privilege on something, the same at each call. */
  grant(username: string): Promise<void>;
  revoke(username: string): Promise<void>;
  /** Logs in and uses that privilege. @returns whether the server let it. */
  mayUse(secret: DatabaseSecret): Promise<boolean>;
  /** Logs in and makes an object (a table, say). @returns its name */
  createObject(secret: DatabaseSecret): Promise<string>;
  /** Logs in and changes something in that object. @returns whether the server let it. */
  mayUseObject(secret: DatabaseSecret, object: string): Promise<boolean>;
}

export interface DriverCase {
  readonly name: string;
  run(): Promise<void>;
}

/** Everything that breaks out of a quoted name or a format string somewhere, and what is merely unusual. */
const ODD_NAMES = [
  "single'quote",
  'double"quote',
  'back\\slash\\',
  '`backtick`',
  'percent %s %1$s %%',
  'with space',
  '$dollar$ $1 {x}',
  "semi;' OR 1=1 -- /*",
  'UpperCase',
  'Größe',
  '数据库',
];

/** Every printable ASCII character, the space first. */
const PRINTABLE = Array.from({ length: 95 }, (_, n) => String.fromCharCode(0x20 + n)).join('');

const ODD_PASSWORDS = [
  ...ODD_NAMES,
  PRINTABLE,
  [...PRINTABLE].reverse().join(''),
  ' leading and trailing ',
  'pässwörd-ü',
  '🔑',
  'e\u0301',
  '\u05d0\u05d1',
  'long-'.repeat(40),
];

/** Passwords, each with what becomes of it where somebody trims, folds, decodes or unescapes: that must not log in. */
const LOOKALIKES = [
  [' spaces around ', 'spaces around'],
  ['two  spaces', 'two spaces'],
  ['MiXeD CaSe', 'mixed case'],
  ['pässwörd', 'p?ssw?rd'],
  ['数据库', '???'],
  ['per%20cent+plus', 'per cent plus'],
  ['100%% sure', '100% sure'],
  ['back\\\\slash', 'back\\slash'],
  ["two''quotes", "two'quotes"],
  ['&amp; so on', '& so on'],
] as const;

/** GetRandomPassword's limit. @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html */
const LONGEST_PASSWORD = 4_096;

type Fixture = DriverFixture | DualPasswordFixture | SuperuserFixture | (SuperuserFixture & DualPasswordFixture);

/** @returns Cases to run one after the other; each makes users of its own. */
export function driverContract(
  driver: DatabaseDriver<SuperuserSession & DualPasswordSession>,
  fixture: SuperuserFixture & DualPasswordFixture,
): readonly DriverCase[];
export function driverContract(
  driver: DatabaseDriver<SuperuserSession>,
  fixture: SuperuserFixture & { readonly dualPassword?: never },
): readonly DriverCase[];
export function driverContract(
  driver: DatabaseDriver<DualPasswordSession>,
  fixture: DualPasswordFixture & { readonly grant?: never },
): readonly DriverCase[];
export function driverContract(
  driver: DatabaseDriver,
  fixture: DriverFixture & { readonly grant?: never; readonly dualPassword?: never },
): readonly DriverCase[];
export function driverContract(driver: DatabaseDriver, fixture: Fixture): readonly DriverCase[] {
  // The overloads see to it that such a fixture comes with such a driver.
  return [
    ...userCases(driver, fixture),
    ...('superuser' in fixture || driver.administer !== undefined ? otherUserCases(driver, fixture) : []),
    ...(driver.settlesPasswords === true ? settlingCases(driver, fixture) : []),
    ...('dualPassword' in fixture ? dualPasswordCases(driver as DatabaseDriver<DualPasswordSession>, fixture) : []),
    ...('grant' in fixture ? cloningCases(driver as DatabaseDriver<SuperuserSession>, fixture) : []),
  ];
}

let users = 0;

/** A name that no case has used, within the engine's limit. */
function freshName(prefix = 'user'): string {
  users += 1;
  return `${prefix}-${(process.pid % 1_296).toString(36)}-${users.toString(36)}`;
}

/** Names of clones are no longer than the engine allows, nor are these; together they hold every printable ASCII character. */
function printableNames({ maxUsernameLength, cloneSuffix }: DatabaseDriver): readonly string[] {
  const room = maxUsernameLength - Buffer.byteLength(cloneSuffix) - Buffer.byteLength(freshName(''));
  const size = Math.max(1, Math.min(room, 24));
  const names: string[] = [];
  for (let from = 0; from < PRINTABLE.length; from += size) {
    names.push(freshName(PRINTABLE.slice(from, from + size)));
  }
  return [...names, ` ${freshName('spaces')} `];
}

function logins<TSession extends UserSession>(driver: DatabaseDriver<TSession>, fixture: DriverFixture) {
  const connect = (connection: Partial<Connection> = {}): Connection => ({
    aws: () => Promise.reject(new Error('the fixture leads to no AWS API')),
    ...fixture.connection(),
    signal: new AbortController().signal,
    ...connection,
  });
  const login = (secret: DatabaseSecret, connection?: Partial<Connection>) => driver.login(secret, connect(connection));
  return {
    login,
    /** In a session of whoever may change other users. */
    async asSuperuser<T>(work: (session: TSession) => Promise<T>): Promise<T> {
      const superuser = fixture.superuser?.();
      const opening =
        superuser === undefined
          ? driver.administer?.(fixture.secret(freshName(), 'password'), connect())
          : login(superuser);
      assert.ok(opening, 'the fixture has no superuser');
      await using session = await opening;
      return await work(session);
    },
    async assertLogsIn(username: string, password: string): Promise<void> {
      await using session = await login(fixture.secret(username, password));
      await session.ping();
    },
    assertRefused: (username: string, password: string) =>
      assert.rejects(openAndClose(login(fixture.secret(username, password))), LoginRejectedError),
    takesUsername: (username: string) => fixture.takesUsername?.(username) ?? true,
    takesPassword: (password: string) => fixture.takesPassword?.(password) ?? true,
  };
}

/** Refused for what was given, and said so: not by whatever the client or the server made of it. */
async function assertTypedRefusal(doing: Promise<unknown>, given: string): Promise<void> {
  await assert.rejects(doing, (error: Error) => {
    assert.ok(error instanceof RotationError, `not refused with a RotationError but with ${error.name}`);
    assert.ok(given.length < 8 || !error.message.includes(given), 'the error shows the password');
    return true;
  });
}

/** A login that should have failed must not leave its session open. */
async function openAndClose(login: Promise<UserSession>): Promise<void> {
  await using session = await login;
  await session.ping();
}

// ---- What every driver does --------------------------------------------------------------------------------------------

function userCases(driver: DatabaseDriver, fixture: DriverFixture): DriverCase[] {
  const { login, assertLogsIn, assertRefused, takesUsername, takesPassword } = logins(driver, fixture);

  async function changeOwnPassword(username: string, from: string, to: string): Promise<void> {
    await using session = await login(fixture.secret(username, from));
    await session.changePassword(username, to);
  }

  /** Changes it to each in turn, or is refused. The login for the next change proves each. @returns the last one */
  async function assertTakesEach(username: string, first: string, passwords: readonly string[]): Promise<string> {
    let password = first;
    for (const next of passwords) {
      const changing = changeOwnPassword(username, password, next);
      if (takesPassword(next)) {
        await changing;
        password = next;
      } else {
        await assertTypedRefusal(changing, next);
      }
    }
    await assertLogsIn(username, password);
    return password;
  }

  async function assertTakesName(username: string): Promise<void> {
    if (!takesUsername(username)) {
      await assertTypedRefusal(openAndClose(login(fixture.secret(username, 'of-nobody'))), 'of-nobody');
      return;
    }
    await fixture.createUser(username, 'first');
    await changeOwnPassword(username, 'first', 'second');
    await assertLogsIn(username, 'second');
  }

  return [
    {
      name: 'describes its engine',
      async run() {
        assert.ok(
          driver.engines.every((engine) => /^[a-z0-9-]+$/.test(engine)),
          'engines are spelled as in secrets',
        );
        assert.ok(driver.defaultPort >= 1 && driver.defaultPort <= 65_535, 'defaultPort is a port');
        assert.ok(
          driver.maxUsernameLength > Buffer.byteLength(driver.cloneSuffix),
          'the suffix leaves room for a name',
        );
      },
    },
    {
      name: 'refuses a wrong password and an unknown user with LoginRejectedError, which shows no password',
      async run() {
        const username = freshName();
        await fixture.createUser(username, 'right-password');
        await assertLogsIn(username, 'right-password');
        await assertRefused(username, 'wrong-password');
        await assertRefused(freshName('nobody'), 'wrong-password');
        await assert.rejects(openAndClose(login(fixture.secret(username, 'wrong-password'))), (error: Error) => {
          assert.ok(
            !`${error.stack}${JSON.stringify(error)}`.includes('wrong-password'),
            'the error shows the password',
          );
          return true;
        });
      },
    },
    {
      name: 'does not call a dead port a refused login',
      async run() {
        const port = await withListener(fixture, async (listening) => listening);
        await assertNoRefusal(login({ ...fixture.secret('user', 'password'), port }));
      },
    },
    {
      name: 'gives up on a server that never answers within the time, after one attempt',
      async run() {
        let attempts = 0;
        await withListener(
          fixture,
          async (port) => {
            const begin = performance.now();
            await assertNoRefusal(login({ ...fixture.secret('user', 'password'), port }, { timeoutMillis: 300 }));
            const took = performance.now() - begin;
            assert.ok(took < 1_300, `gave up after ${Math.round(took)} ms`);
            assert.equal(attempts, 1);
          },
          () => (attempts += 1),
        );
      },
    },
    {
      name: 'stops a login when the signal fires',
      async run() {
        const controller = new AbortController();
        await withListener(
          fixture,
          (port) =>
            assertNoRefusal(
              login(
                { ...fixture.secret('user', 'password'), port },
                { timeoutMillis: 30_000, signal: controller.signal },
              ),
            ),
          () => controller.abort(),
        );
      },
    },
    ...(fixture.missingDatabase === undefined
      ? []
      : [
          {
            name: 'tells a missing database from a refused login',
            async run() {
              const username = freshName();
              await fixture.createUser(username, 'password');
              const secret = { ...fixture.secret(username, 'password'), dbname: fixture.missingDatabase ?? '' };
              await assert.rejects(openAndClose(login(secret)), DatabaseNotFoundError);
            },
          },
        ]),
    {
      name: "changes a user's own password, again and again",
      async run() {
        const username = freshName();
        await fixture.createUser(username, 'first');
        await changeOwnPassword(username, 'first', 'second');
        await assertLogsIn(username, 'second');
        await assertRefused(username, 'first');
        await changeOwnPassword(username, 'second', 'second');
        await changeOwnPassword(username, 'second', 'third');
        await assertLogsIn(username, 'third');
        await assertRefused(username, 'second');
      },
    },
    ...ODD_NAMES.map((odd) => ({
      name: `changes the password of user ${JSON.stringify(odd)}`,
      run: () => assertTakesName(freshName(odd)),
    })),
    {
      name: 'takes every printable ASCII character in user names',
      async run() {
        for (const username of printableNames(driver)) await assertTakesName(username);
      },
    },
    {
      name: 'takes odd passwords as they are',
      async run() {
        const username = freshName();
        await fixture.createUser(username, 'first');
        await assertTakesEach(username, 'first', ODD_PASSWORDS);
      },
    },
    {
      name: 'takes every printable ASCII character as a password',
      async run() {
        const username = freshName();
        await fixture.createUser(username, 'first');
        // Letters and digits mean nothing to anybody; the others may, alone too.
        await assertTakesEach(username, 'first', ['a', 'Z', '0', ...PRINTABLE.replace(/[a-z0-9]/gi, '')]);
      },
    },
    {
      name: 'makes no other password of a password',
      async run() {
        const username = freshName();
        let password = 'first';
        await fixture.createUser(username, password);
        for (const [next, lookalike] of LOOKALIKES) {
          password = await assertTakesEach(username, password, [next]);
          await assertRefused(username, lookalike);
        }
      },
    },
    {
      name: 'takes the longest password whole',
      async run() {
        const ofLength = (length: number) => `${'x'.repeat(length - 1)}y`;
        let length = LONGEST_PASSWORD;
        while (length > 1 && !takesPassword(ofLength(length))) length -= 1;
        const username = freshName();
        await fixture.createUser(username, 'first');
        const longest = ofLength(length);
        await assertTakesEach(
          username,
          'first',
          length === LONGEST_PASSWORD ? [longest] : [longest, ofLength(length + 1)],
        );
        await assertRefused(username, longest.slice(0, -1));
        await assertRefused(username, `${longest}y`);
      },
    },
    {
      name: 'takes control characters in passwords as they are, or refuses them',
      async run() {
        const username = freshName();
        let password = 'first';
        await fixture.createUser(username, password);
        for (const character of ['\n', '\r\n', '\t', '\u001b', '\u007f']) {
          const next = `before${character}after`;
          const changing = changeOwnPassword(username, password, next);
          const taken = await changing.then(
            () => true,
            () => false,
          );
          if (taken) password = next;
          else await assertTypedRefusal(changing, next);
          await assertLogsIn(username, password);
          await assertRefused(username, 'beforeafter');
          await assertRefused(username, 'before');
        }
      },
    },
    {
      name: 'takes the shortest user name',
      async run() {
        // Another run on the same server may have taken some.
        const letters = 'abcdefghijklmnopqrstuvwxyz';
        for (const letter of letters) {
          try {
            await fixture.createUser(letter, 'first');
          } catch (error) {
            if (letter === letters.at(-1)) throw error;
            continue;
          }
          await changeOwnPassword(letter, 'first', 'second');
          return assertLogsIn(letter, 'second');
        }
      },
    },
    {
      name: 'takes the longest user name',
      async run() {
        const begun = freshName();
        await assertTakesName(begun.padEnd(driver.maxUsernameLength, 'x'));
        // Two bytes each, and one that may be left over.
        const room = driver.maxUsernameLength - Buffer.byteLength(begun) - 2;
        await assertTakesName(`${freshName()}`.padEnd(begun.length + Math.floor(room / 2), 'ü'));
      },
    },
    {
      name: 'closes a session that is closed already without complaint',
      async run() {
        const username = freshName();
        await fixture.createUser(username, 'password');
        const session = await login(fixture.secret(username, 'password'));
        await session[Symbol.asyncDispose]();
        await session[Symbol.asyncDispose]();
        await assert.rejects(session.ping());
      },
    },
    {
      name: "refuses to change somebody else's password with PermissionMissingError, which shows no password",
      async run() {
        const [username, other] = [freshName(), freshName()];
        await fixture.createUser(username, 'password');
        await fixture.createUser(other, 'first');
        await using session = await login(fixture.secret(username, 'password'));
        await assert.rejects(session.changePassword(other, 'stolen-password'), (error: Error) => {
          assert.ok(error instanceof PermissionMissingError, `${error.name}: ${error.message}`);
          assert.ok(!error.message.includes('stolen-password'), 'the error shows the password');
          return true;
        });
        await session.ping();
        await assertLogsIn(other, 'first');
      },
    },
  ];
}

// ---- What a superuser does to others -----------------------------------------------------------------------------------

function otherUserCases(driver: DatabaseDriver, fixture: DriverFixture): DriverCase[] {
  const { asSuperuser, assertLogsIn, assertRefused, takesPassword } = logins(driver, fixture);
  return [
    {
      name: "changes another user's password as the superuser, again and again",
      async run() {
        const username = freshName();
        await fixture.createUser(username, 'first');
        await asSuperuser((superuser) => superuser.changePassword(username, 'second'));
        await assertLogsIn(username, 'second');
        await assertRefused(username, 'first');
        await asSuperuser(async (superuser) => {
          await superuser.changePassword(username, 'second');
          await superuser.changePassword(username, 'third');
          await superuser.ping();
        });
        await assertLogsIn(username, 'third');
        await assertRefused(username, 'second');
      },
    },
    {
      name: "takes odd passwords of another user as they are, by the superuser's way",
      async run() {
        const username = freshName();
        let password = 'first';
        await fixture.createUser(username, password);
        await asSuperuser(async (superuser) => {
          for (const next of ODD_PASSWORDS) {
            const changing = superuser.changePassword(username, next);
            if (takesPassword(next)) {
              await changing;
              password = next;
            } else {
              await assertTypedRefusal(changing, next);
            }
            await assertLogsIn(username, password);
          }
        });
      },
    },
    {
      name: 'changes no password of a user who is not there',
      async run() {
        const username = freshName('nobody');
        await assertTypedRefusal(
          asSuperuser((superuser) => superuser.changePassword(username, 'of-nobody')),
          'of-nobody',
        );
        await assertRefused(username, 'of-nobody');
      },
    },
  ];
}

// ---- What is done in more than one step --------------------------------------------------------------------------------

function settlingCases(driver: DatabaseDriver, fixture: DriverFixture): DriverCase[] {
  const { login, assertLogsIn, assertRefused } = logins(driver, fixture);
  return [
    {
      name: 'settles passwords that are settled already',
      async run() {
        const username = freshName();
        await fixture.createUser(username, 'first');
        await using session = await login(fixture.secret(username, 'first'));
        await session.changePassword(username, 'second');
        assert.ok(session.settlePasswords, 'the driver settlesPasswords, and its session does not');
        await session.settlePasswords(username, ['second']);
        await session.settlePasswords(username, ['second']);
        await assertLogsIn(username, 'second');
        await assertRefused(username, 'first');
      },
    },
  ];
}

// ---- What dual password needs ------------------------------------------------------------------------------------------

function dualPasswordCases(driver: DatabaseDriver<DualPasswordSession>, fixture: DriverFixture): DriverCase[] {
  const { login, asSuperuser, assertLogsIn, assertRefused, takesPassword } = logins(driver, fixture);

  async function add(username: string, current: string, password: string): Promise<void> {
    await using session = await login(fixture.secret(username, current));
    await session.addPassword(username, password, current);
  }

  async function assertTakesTwo(username: string, passwords: readonly [string, string], not: readonly string[]) {
    for (const password of passwords) await assertLogsIn(username, password);
    for (const password of not) await assertRefused(username, password);
  }

  return [
    {
      name: 'adds a password beside the current one, and retires the one before',
      async run() {
        const username = freshName();
        await fixture.createUser(username, 'first');
        await add(username, 'first', 'second');
        await assertTakesTwo(username, ['first', 'second'], ['third']);
        await add(username, 'second', 'third');
        await assertTakesTwo(username, ['second', 'third'], ['first']);
      },
    },
    {
      name: 'adds a password twice',
      async run() {
        const username = freshName();
        await fixture.createUser(username, 'first');
        await add(username, 'first', 'second');
        await add(username, 'first', 'second');
        await assertTakesTwo(username, ['first', 'second'], []);
      },
    },
    {
      name: 'adds another password after one that was lost, and keeps the current one',
      async run() {
        const username = freshName();
        await fixture.createUser(username, 'first');
        await add(username, 'first', 'lost-password');
        await add(username, 'first', 'second');
        await assertTakesTwo(username, ['first', 'second'], ['lost-password']);
      },
    },
    {
      name: 'never refuses the current password while another is added',
      async run() {
        const username = freshName();
        await fixture.createUser(username, 'first');
        await add(username, 'first', 'lost-password');
        let done = false;
        const adding = add(username, 'first', 'second').finally(() => {
          done = true;
        });
        do await assertLogsIn(username, 'first');
        while (!done);
        await adding;
        await assertLogsIn(username, 'first');
      },
    },
    {
      name: 'adds odd passwords',
      async run() {
        const username = freshName();
        let password = 'first';
        await fixture.createUser(username, password);
        for (const next of ODD_PASSWORDS) {
          const adding = add(username, password, next);
          if (!takesPassword(next)) {
            await assertTypedRefusal(adding, next);
            await assertLogsIn(username, password);
            continue;
          }
          await adding;
          await assertTakesTwo(username, [password, next], []);
          password = next;
        }
      },
    },
    {
      name: 'takes the second password away when the password is changed',
      async run() {
        const username = freshName();
        await fixture.createUser(username, 'first');
        await add(username, 'first', 'second');
        await using session = await login(fixture.secret(username, 'second'));
        await session.changePassword(username, 'third');
        await assertLogsIn(username, 'third');
        await assertRefused(username, 'first');
        await assertRefused(username, 'second');
      },
    },
    ...(fixture.superuser === undefined
      ? []
      : [
          {
            name: "adds another user's password as the superuser",
            async run() {
              const username = freshName();
              await fixture.createUser(username, 'first');
              await asSuperuser((superuser) => superuser.addPassword(username, 'lost-password', 'first'));
              await asSuperuser((superuser) => superuser.addPassword(username, 'second', 'first'));
              await assertTakesTwo(username, ['first', 'second'], ['lost-password']);
              await asSuperuser((superuser) => superuser.addPassword(username, 'third', 'second'));
              await assertTakesTwo(username, ['second', 'third'], ['first']);
              await asSuperuser((superuser) => superuser.changePassword(username, 'fourth'));
              await assertLogsIn(username, 'fourth');
              await assertRefused(username, 'second');
              await assertRefused(username, 'third');
            },
          },
        ]),
  ];
}

// ---- What alternating users with cloning need --------------------------------------------------------------------------

function cloningCases(driver: DatabaseDriver<SuperuserSession>, fixture: SuperuserFixture): DriverCase[] {
  const { login, asSuperuser, assertLogsIn, assertRefused, takesUsername, takesPassword } = logins(driver, fixture);

  /** An original with its clone, as the first rotation leaves them. */
  async function clonedUser(name = freshName()): Promise<{ original: DatabaseSecret; clone: DatabaseSecret }> {
    const cloneName = `${name}${driver.cloneSuffix}`;
    await fixture.createUser(name, 'of-the-original');
    await asSuperuser((superuser) => superuser.cloneUser(name, cloneName, 'of-the-clone'));
    return { original: fixture.secret(name, 'of-the-original'), clone: fixture.secret(cloneName, 'of-the-clone') };
  }

  /** Neither made nor changed. */
  async function assertRefusesName(username: string): Promise<void> {
    const source = freshName();
    await fixture.createUser(source, 'of-the-original');
    await assertTypedRefusal(
      asSuperuser((superuser) => superuser.cloneUser(source, username, 'of-the-clone')),
      'of-the-clone',
    );
    await assertTypedRefusal(
      asSuperuser((superuser) => superuser.changePassword(username, 'of-nobody')),
      'of-nobody',
    );
    assert.equal(await asSuperuser((superuser) => superuser.userExists(username)), false);
  }

  async function assertClones(name: string): Promise<void> {
    const cloneName = `${name}${driver.cloneSuffix}`;
    const refused = [name, cloneName].find((each) => !takesUsername(each));
    if (refused !== undefined) return assertRefusesName(refused);
    await fixture.createUser(name, 'of-the-original');
    await asSuperuser(async (superuser) => {
      await superuser.cloneUser(name, cloneName, 'of-the-clone');
      await assertLogsIn(cloneName, 'of-the-clone');
      await superuser.changePassword(cloneName, 'clone-2');
      await superuser.changePassword(name, 'original-2');
      await superuser.syncPrivileges(cloneName, name, name);
      await superuser.syncPrivileges(name, cloneName, name);
    });
    await assertLogsIn(cloneName, 'clone-2');
    await assertLogsIn(name, 'original-2');
  }

  const sync = (source: DatabaseSecret, target: DatabaseSecret, original: DatabaseSecret) =>
    asSuperuser((superuser) => superuser.syncPrivileges(source.username, target.username, original.username));

  return [
    {
      name: 'knows which users exist',
      async run() {
        const username = freshName();
        await fixture.createUser(username, 'password');
        await asSuperuser(async (superuser) => {
          assert.equal(await superuser.userExists(username), true);
          assert.equal(await superuser.userExists(`${username}x`), false);
          assert.equal(await superuser.userExists(username.toUpperCase()), false);
        });
      },
    },
    ...['plain', ...ODD_NAMES].map((name) => ({
      name: `clones user ${JSON.stringify(name)} and changes the password of both`,
      run: () => assertClones(freshName(name)),
    })),
    {
      name: 'clones users whose names hold every printable ASCII character',
      async run() {
        for (const name of printableNames(driver)) await assertClones(name);
      },
    },
    {
      name: 'gives clones odd passwords',
      async run() {
        const name = freshName();
        await fixture.createUser(name, 'of-the-original');
        for (const password of [PRINTABLE, 'pässwörd'].filter(takesPassword)) {
          const clone = `${freshName()}${driver.cloneSuffix}`;
          await asSuperuser((superuser) => superuser.cloneUser(name, clone, password));
          await assertLogsIn(clone, password);
        }
      },
    },
    {
      name: 'refuses to make a clone with a password that the engine does not take',
      async run() {
        const refused = [...ODD_PASSWORDS, ...LOOKALIKES.flat(), ...PRINTABLE].find((each) => !takesPassword(each));
        if (refused === undefined) return;
        const name = freshName();
        const clone = `${name}${driver.cloneSuffix}`;
        await fixture.createUser(name, 'of-the-original');
        await assertTypedRefusal(
          asSuperuser((superuser) => superuser.cloneUser(name, clone, refused)),
          refused,
        );
        assert.equal(await asSuperuser((superuser) => superuser.userExists(clone)), false);
      },
    },
    {
      name: 'clones the user with the longest name',
      async run() {
        const length = driver.maxUsernameLength - Buffer.byteLength(driver.cloneSuffix);
        const { clone } = await clonedUser(freshName().padEnd(length, 'x'));
        assert.equal(Buffer.byteLength(clone.username), driver.maxUsernameLength);
        await assertLogsIn(clone.username, clone.password);
      },
    },
    {
      name: 'does not touch the password of a clone that exists already',
      async run() {
        const { original, clone } = await clonedUser();
        await assert.rejects(
          asSuperuser((superuser) => superuser.cloneUser(original.username, clone.username, 'another-password')),
        );
        await assertLogsIn(clone.username, clone.password);
        await assertRefused(clone.username, 'another-password');
      },
    },
    {
      name: 'gives the clone what the original has, and takes what it lost',
      async run() {
        const { original, clone } = await clonedUser();
        assert.equal(await fixture.mayUse(clone), false, 'the clone has a privilege that the original lacks');
        await fixture.grant(original.username);
        await sync(original, clone, original);
        assert.equal(await fixture.mayUse(clone), true, 'the clone lacks a privilege of the original');
        await fixture.revoke(original.username);
        await sync(original, clone, original);
        assert.equal(await fixture.mayUse(clone), false, 'the clone kept a privilege that the original lost');
      },
    },
    {
      name: 'does not bring back what was revoked while the clone was the active one',
      async run() {
        const name = freshName();
        await fixture.createUser(name, 'of-the-original');
        await fixture.grant(name);
        const original = fixture.secret(name, 'of-the-original');
        const clone = fixture.secret(`${name}${driver.cloneSuffix}`, 'of-the-clone');
        await asSuperuser((superuser) => superuser.cloneUser(name, clone.username, clone.password));
        assert.equal(await fixture.mayUse(clone), true);
        await fixture.revoke(name);
        await fixture.revoke(clone.username);
        await sync(clone, original, original);
        await sync(original, clone, original);
        assert.equal(await fixture.mayUse(original), false);
        assert.equal(await fixture.mayUse(clone), false);
      },
    },
    {
      name: 'lets each of the two use what the other one made',
      async run() {
        const { original, clone } = await clonedUser();
        const madeByClone = await fixture.createObject(clone);
        const madeByOriginal = await fixture.createObject(original);
        await sync(clone, original, original);
        assert.equal(
          await fixture.mayUseObject(original, madeByClone),
          true,
          'made as the clone, used as the original',
        );
        await sync(original, clone, original);
        assert.equal(
          await fixture.mayUseObject(clone, madeByOriginal),
          true,
          'made as the original, used as the clone',
        );
        assert.equal(await fixture.mayUseObject(clone, madeByClone), true, 'made and used as the clone');
      },
    },
    {
      name: 'is refused with PermissionMissingError when an ordinary user tries to clone',
      async run() {
        const { original } = await clonedUser();
        await using session = await login(original);
        const thief = `${freshName()}${driver.cloneSuffix}`;
        await assert.rejects(session.cloneUser(original.username, thief, 'password'), PermissionMissingError);
        assert.equal(await asSuperuser((superuser) => superuser.userExists(thief)), false);
      },
    },
  ];
}

async function assertNoRefusal(login: Promise<UserSession>): Promise<void> {
  await assert.rejects(openAndClose(login), (error: Error) => {
    assert.ok(!(error instanceof LoginRejectedError), `not a refused login: ${error.message}`);
    return true;
  });
}

/** Runs `work` with the port of a server that accepts connections and says nothing. Afterwards the port is dead. */
async function withListener<T>(
  { address: addressOf = () => '127.0.0.1' }: DriverFixture,
  work: (port: number) => Promise<T>,
  onConnection: () => void = () => {},
): Promise<T> {
  const server: Server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    onConnection();
  });
  const sockets: { destroy(): void }[] = [];
  await new Promise<void>((resolve) => server.listen(0, addressOf(), resolve));
  try {
    const address = server.address();
    assert.ok(address && typeof address === 'object');
    return await work(address.port);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

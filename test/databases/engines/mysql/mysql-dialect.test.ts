/** The statements that MySQL is sent, which is played by answers to them. */
import { describe, expect, it } from '@jest/globals';
import { addPassword } from '../../../../lib/databases/engines/mysql/add-password.js';
import { cloneUser } from '../../../../lib/databases/engines/mysql/clone-user.js';
import type { MysqlConnection, Row } from '../../../../lib/databases/engines/mysql/connection.js';
import { passwordPlugin } from '../../../../lib/databases/engines/mysql/password-hash.js';
import { serverOf } from '../../../../lib/databases/engines/mysql/server.js';
import { StatementError } from '../../../../lib/databases/engines/mysql/server-error.js';
import { setPassword } from '../../../../lib/databases/engines/mysql/set-password.js';
import { syncPrivileges } from '../../../../lib/databases/engines/mysql/sync-privileges.js';
import { PermissionMissingError } from '../../../../lib/rotation/errors.js';

type Answer = readonly string[] | readonly Row[] | Error;

interface Played extends MysqlConnection {
  /** What was changed, with passwords that nobody knows as `#`. */
  changes(): string[];
}

/** @param answers By how the statement begins; the first that fits. Statements without one succeed and answer nothing. */
function play(
  answers: readonly (readonly [string, Answer | (() => Answer)])[],
  { version = '8.0.39', username = 'rotation' } = {},
): Played {
  const sent: string[] = [];
  return {
    username,
    password: 'known',
    server: 'db:3306',
    prepared: async () => ({ server: serverOf(version), account: { user: username, host: '%' } }),
    async query(_doing, sql) {
      sent.push(sql);
      const found = answers.find(([begin]) => sql.startsWith(begin))?.[1] ?? [];
      const answer = typeof found === 'function' ? found() : found;
      if (answer instanceof Error) throw answer;
      return answer.map((row) => (typeof row === 'string' ? [Buffer.from(row)] : row));
    },
    changes: () =>
      sent.filter((sql) => !/^(SELECT|SHOW)/.test(sql)).map((sql) => sql.replace(/BY '[\w-]{43}-aA0'/g, 'BY #')),
    async [Symbol.asyncDispose]() {},
  };
}

const hosts = (...names: string[]) => ['SELECT Host FROM mysql.user', names] as const;
const created = (account: string, hash: string, more = '') =>
  [
    `SHOW CREATE USER ${account}`,
    [`CREATE USER ${account} IDENTIFIED WITH 'caching_sha2_password' AS '${hash}' ${more}`],
  ] as const;
const own = [
  'SHOW CREATE USER CURRENT_USER()',
  ["CREATE USER `app`@`%` IDENTIFIED WITH 'caching_sha2_password' AS '<secret>' REQUIRE NONE"],
] as const;

async function hashOf(password: string): Promise<string> {
  return (await passwordPlugin('caching_sha2_password')?.hash(password)) ?? '';
}

const isNumber = (number: number) => new StatementError('said so', number);

describe("one's own password", () => {
  it('is changed in the form that users may use, and a second one discarded', async () => {
    const session = play([own], { username: 'app' });
    await setPassword(session, 'app', "new'pass\\word");
    expect(session.changes()).toEqual([
      "ALTER USER USER() IDENTIFIED BY 'new''pass\\\\word'",
      'ALTER USER USER() DISCARD OLD PASSWORD',
    ]);
  });

  it('is changed where there are no second passwords, and where they may not be discarded', async () => {
    const old = play([own], { username: 'app', version: '5.7.44-log' });
    await setPassword(old, 'app', 'new');
    expect(old.changes()).toEqual(["ALTER USER USER() IDENTIFIED BY 'new'"]);
    const refused = new PermissionMissingError('no APPLICATION_PASSWORD_ADMIN');
    await setPassword(play([own, ['ALTER USER USER() DISCARD', refused]], { username: 'app' }), 'app', 'new');
  });

  it('is changed with the current one, where the server asks for it', async () => {
    let asked = false;
    const ask = () => {
      if (asked) return [];
      asked = true;
      return isNumber(3892);
    };
    const session = play([own, ['ALTER USER USER() IDENTIFIED', ask]], { username: 'app' });
    await setPassword(session, 'app', 'new');
    expect(session.changes().slice(0, 2)).toEqual([
      "ALTER USER USER() IDENTIFIED BY 'new'",
      "ALTER USER USER() IDENTIFIED BY 'new' REPLACE 'known'",
    ]);
  });

  it.each(['AWSAuthenticationPlugin', 'auth_socket', 'authentication_ldap_sasl'])('is none of %s', async (plugin) => {
    const session = play([[own[0], [`CREATE USER \`app\`@\`%\` IDENTIFIED WITH '${plugin}' AS 'RDS'`]]], {
      username: 'app',
    });
    await expect(setPassword(session, 'app', 'new')).rejects.toMatchObject({
      name: 'InvalidSecretError',
      message: expect.stringContaining(plugin.toLowerCase()),
    });
    expect(session.changes()).toEqual([]);
  });

  it('is no longer than the plugin takes it, and not one of several factors', async () => {
    const session = play([own], { username: 'app' });
    await expect(setPassword(session, 'app', 'x'.repeat(256))).rejects.toMatchObject({
      name: 'InvalidSecretError',
      message: expect.stringContaining('255 bytes'),
    });
    const factors = play(
      [
        [
          own[0],
          [
            "CREATE USER `app`@`%` IDENTIFIED WITH 'caching_sha2_password' AS 'x' AND IDENTIFIED WITH 'authentication_fido'",
          ],
        ],
      ],
      { username: 'app' },
    );
    await expect(setPassword(factors, 'app', 'new')).rejects.toMatchObject({ name: 'InvalidSecretError' });
    expect([...session.changes(), ...factors.changes()]).toEqual([]);
  });
});

describe("somebody else's password", () => {
  it('is changed at all hosts in one statement, with the plugin of each', async () => {
    const session = play([
      hosts('%', '10.%'),
      created('`app`@`%`', await hashOf('old')),
      [
        'SHOW CREATE USER `app`@`10.%`',
        ["CREATE USER `app`@`10.%` IDENTIFIED WITH 'mysql_native_password' AS '*6C89' REQUIRE SSL"],
      ],
      ['SELECT Host, JSON', [['10.%', '*6C90']]],
    ]);
    await setPassword(session, 'app', 'new');
    expect(session.changes()).toEqual([
      "ALTER USER `app`@`%` IDENTIFIED WITH 'caching_sha2_password' BY 'new', `app`@`10.%` IDENTIFIED WITH 'mysql_native_password' BY 'new'",
      'ALTER USER `app`@`10.%` DISCARD OLD PASSWORD',
    ]);
  });
});

describe('a password added as the superuser', () => {
  const adding = async (first: string, second: string | undefined) => {
    const session = play([
      ['SELECT GET_LOCK', [['1']]],
      hosts('%'),
      created('`app`@`%`', await hashOf(first)),
      ['SELECT Host, JSON', second === undefined ? [['%', null]] : [['%', await hashOf(second)]]],
    ]);
    await addPassword(session, 'app', 'new', 'current');
    return session.changes();
  };
  const change = (password: string) =>
    `ALTER USER \`app\`@\`%\` IDENTIFIED WITH 'caching_sha2_password' BY '${password}'`;
  const RETAIN = `${change('new')} RETAIN CURRENT PASSWORD`;

  it('retains the current one', async () => {
    expect(await adding('current', undefined)).toEqual([RETAIN]);
    expect(await adding('current', 'older')).toEqual([RETAIN]);
  });

  it('is left alone once it is there', async () => {
    expect(await adding('new', 'current')).toEqual([]);
  });

  it('takes the place of one that was lost, which leaves the current one where it is', async () => {
    expect(await adding('lost', 'current')).toEqual([change('new')]);
  });

  it('makes the current one the first, at a host that does not have it, before it retains it', async () => {
    expect(await adding('new', 'older')).toEqual([change('current'), RETAIN]);
  });
});

describe("a password added to one's own", () => {
  const RETAIN = "ALTER USER USER() IDENTIFIED BY 'new' REPLACE 'current' RETAIN CURRENT PASSWORD";

  it('retains the current one, if it is the first', async () => {
    const session = play([own], { username: 'app' });
    await addPassword(session, 'app', 'new', 'current');
    expect(session.changes()).toEqual([RETAIN]);
  });

  it('leaves the current one the second, if it is that', async () => {
    let attempts = 0;
    const answer = () => {
      attempts += 1;
      return attempts === 1 ? isNumber(3891) : [];
    };
    const session = play([own, [RETAIN, answer]], { username: 'app' });
    await addPassword(session, 'app', 'new', 'current');
    expect(session.changes()).toEqual([RETAIN, "ALTER USER USER() IDENTIFIED BY 'new'"]);
  });

  it('names the privilege that is missing', async () => {
    const refused = new PermissionMissingError('Access denied');
    await expect(
      addPassword(play([own, [RETAIN, refused]], { username: 'app' }), 'app', 'new', 'current'),
    ).rejects.toMatchObject({
      name: 'PermissionMissingError',
      message: expect.stringContaining('APPLICATION_PASSWORD_ADMIN'),
    });
  });

  it.each(['8.0.13', '5.7.44', '10.11.6-MariaDB'])('is refused by %s', async (version) => {
    const session = play([], { version });
    await expect(addPassword(session, 'app', 'new', 'current')).rejects.toMatchObject({
      name: 'InvalidOptionsError',
      message: expect.stringContaining('8.0.14'),
    });
    expect(session.changes()).toEqual([]);
  });
});

describe('a clone', () => {
  it('is made at all hosts in one statement, and gets everything', async () => {
    let made = false;
    const session = play([
      ["SELECT Host FROM mysql.user WHERE User = 'app_clone'", () => (made ? ['%', '10.%'] : [])],
      hosts('%', '10.%'),
      [
        'CREATE USER',
        () => {
          made = true;
          return [];
        },
      ],
      created(
        '`app`@`%`',
        await hashOf('x'),
        'DEFAULT ROLE `reader`@`%` REQUIRE SSL PASSWORD EXPIRE DEFAULT ACCOUNT UNLOCK PASSWORD HISTORY 3',
      ),
      created('`app`@`10.%`', await hashOf('x')),
      created('`app_clone`@`%`', await hashOf('y'), 'REQUIRE NONE'),
      created('`app_clone`@`10.%`', await hashOf('y')),
      [
        'SHOW GRANTS FOR `app`@`%`',
        [
          'GRANT SELECT ON *.* TO `app`@`%`',
          'GRANT BACKUP_ADMIN ON *.* TO `app`@`%`',
          'REVOKE SELECT ON `mysql`.* FROM `app`@`%`',
          'GRANT `reader`@`%` TO `app`@`%`',
        ],
      ],
      ['SHOW GRANTS', ['GRANT USAGE ON *.* TO `x`@`10.%`']],
    ]);
    await cloneUser(session, 'app', 'app_clone', 'new');
    expect(session.changes()).toEqual([
      "CREATE USER `app_clone`@`%` IDENTIFIED WITH 'caching_sha2_password' BY #, `app_clone`@`10.%` IDENTIFIED WITH 'caching_sha2_password' BY #",
      'ALTER USER `app_clone`@`%` REQUIRE SSL PASSWORD HISTORY 3',
      'GRANT SELECT ON *.* TO `app_clone`@`%`',
      'GRANT BACKUP_ADMIN ON *.* TO `app_clone`@`%`',
      'GRANT `reader`@`%` TO `app_clone`@`%`',
      'REVOKE SELECT ON `mysql`.* FROM `app_clone`@`%`',
      'SET DEFAULT ROLE `reader`@`%` TO `app_clone`@`%`',
      "ALTER USER `app_clone`@`%` IDENTIFIED WITH 'caching_sha2_password' BY 'new', `app_clone`@`10.%` IDENTIFIED WITH 'caching_sha2_password' BY 'new'",
    ]);
  });

  it('loses what the other has lost, and is left alone where it is equal', async () => {
    const session = play([
      hosts('%'),
      created('`app`@`%`', await hashOf('x')),
      created('`app_clone`@`%`', await hashOf('y'), 'DEFAULT ROLE `reader`@`%` REQUIRE NONE'),
      ['SHOW GRANTS FOR `app`@`%`', ['GRANT SELECT ON *.* TO `app`@`%`']],
      [
        'SHOW GRANTS FOR `app_clone`@`%`',
        [
          'GRANT SELECT ON *.* TO `app_clone`@`%`',
          'GRANT `reader`@`%` TO `app_clone`@`%`',
          'REVOKE SELECT ON `a`.* FROM `app_clone`@`%`',
        ],
      ],
    ]);
    await syncPrivileges(session, 'app', 'app_clone');
    expect(session.changes()).toEqual([
      'SET DEFAULT ROLE NONE TO `app_clone`@`%`',
      'REVOKE `reader`@`%` FROM `app_clone`@`%`',
      'GRANT SELECT ON `a`.* TO `app_clone`@`%`',
    ]);
    const equal = play([
      hosts('%'),
      created('`app`@`%`', 'x'),
      created('`b`@`%`', 'y'),
      ['SHOW GRANTS', ['GRANT SELECT ON *.* TO `app`@`%`']],
    ]);
    await syncPrivileges(equal, 'app', 'b');
    expect(equal.changes()).toEqual([]);
  });
});

describe('the version', () => {
  it('is read from what the server says', () => {
    expect(serverOf('8.0.39')).toMatchObject({ name: 'MySQL', version: '8.0.39' });
    expect(serverOf('10.11.19-MariaDB-0+deb12u1-log')).toMatchObject({ name: 'MariaDB', version: '10.11.19' });
    expect(serverOf('5.5.5-10.6.1-MariaDB').name).toBe('MariaDB');
    for (const [version, is] of [
      ['8.0.14', true],
      ['8.0.13', false],
      ['8.1.0', true],
      ['9.0.0', true],
      ['5.7.44', false],
      ['8.0.100', true],
    ] as const)
      expect(serverOf(version).atLeast(8, 0, 14)).toBe(is);
    expect([
      serverOf('10.9.8').atLeast(10, 10),
      serverOf('10.10.2').atLeast(10, 10),
      serverOf('11.4.2').atLeast(10, 10),
    ]).toEqual([false, true, true]);
  });
});

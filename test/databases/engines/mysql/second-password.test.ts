/** Second passwords over the protocol, beside the driver contract: with the rules that a server may have for passwords, and what it logs. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { mysql } from '../../../../lib/databases/engines/mysql.js';
import { type MysqlDouble, type MysqlDoubleOptions, startMysqlDouble } from '../../../support/mysql-double.js';

let server: MysqlDouble;

async function start(options: MysqlDoubleOptions = {}): Promise<void> {
  server = await startMysqlDouble(options);
}

afterEach(async () => {
  expect(server.unsupported()).toEqual([]);
  await server.stop();
});

const session = (username: string, password: string) =>
  mysql().login(
    { engine: 'mysql', host: 'localhost', port: server.port, username, password },
    {
      tls: { ca: [server.ca], minVersion: 'TLSv1.2', rejectUnauthorized: true },
      timeoutMillis: 5_000,
      signal: new AbortController().signal,
      aws: () => Promise.reject(new Error('no AWS here')),
    },
  );

async function letsIn(...passwords: readonly string[]): Promise<boolean[]> {
  const found: boolean[] = [];
  for (const password of passwords) {
    const error = await session('app', password).then(
      (opened) => opened[Symbol.asyncDispose](),
      (refused: Error) => refused,
    );
    found.push(error === undefined);
  }
  return found;
}

async function add(password: string, current: string, as: readonly [string, string] = ['app', current]): Promise<void> {
  await using opened = await session(...as);
  await opened.addPassword('app', password, current);
}

const makeApp = (options = '') =>
  server.run(
    `CREATE USER app IDENTIFIED BY 'password-1' ${options}`,
    'GRANT APPLICATION_PASSWORD_ADMIN ON *.* TO app',
    "CREATE USER rotation IDENTIFIED BY 'of-the-superuser'",
    'GRANT CREATE USER ON *.* TO rotation',
    'GRANT SELECT ON mysql.* TO rotation',
  );

describe('a second password', () => {
  it('is added after one that was lost, where no password may be set again', async () => {
    await start();
    makeApp('PASSWORD HISTORY 5');
    await add('password-lost', 'password-1');
    await add('password-2', 'password-1');
    expect(await letsIn('password-1', 'password-lost', 'password-2')).toEqual([true, false, true]);
  });

  it('is added after one that was lost by the superuser, where no password may be set again', async () => {
    await start();
    makeApp('PASSWORD HISTORY 5');
    server.run('GRANT APPLICATION_PASSWORD_ADMIN ON *.* TO rotation WITH GRANT OPTION');
    server.forgetLog();
    const superuser = ['rotation', 'of-the-superuser'] as const;
    await add('password-lost', 'password-1', superuser);
    await add('password-2', 'password-1', superuser);
    expect(await letsIn('password-1', 'password-lost', 'password-2')).toEqual([true, false, true]);
  });

  it('is added by two deliveries of the step at once, and the current one stays', async () => {
    await start();
    makeApp();
    for (let round = 1; round <= 4; round += 1) {
      const [current, next] = [`password-${round}`, `password-${round + 1}`];
      server.run('GRANT APPLICATION_PASSWORD_ADMIN ON *.* TO rotation WITH GRANT OPTION');
      server.forgetLog();
      const superuser = ['rotation', 'of-the-superuser'] as const;
      await Promise.all([add(next, current, superuser), add(next, current, superuser)]);
      expect(await letsIn(current, next)).toEqual([true, true]);
    }
  });

  it('is added where the current one has to be named', async () => {
    await start();
    makeApp('PASSWORD REQUIRE CURRENT');
    await add('password-2', 'password-1');
    await add('password-2', 'password-1');
    expect(await letsIn('password-1', 'password-2')).toEqual([true, true]);
  });

  it('is refused in the words of the policy, and the first one stays', async () => {
    await start({ passwordPolicy: { policy: 'LOW' } });
    makeApp();
    await expect(add('short', 'password-1')).rejects.toMatchObject({
      name: 'PasswordRefusedError',
      message: expect.stringContaining('does not satisfy the current policy requirements'),
    });
    expect(await letsIn('password-1', 'short')).toEqual([true, false]);
  });

  it('is logged as <secret> when users add it to themselves', async () => {
    await start();
    makeApp();
    server.forgetLog();
    await add('password-lost', 'password-1');
    await add('password-2', 'password-1');
    expect(server.log()).toContain(
      "ALTER USER 'app'@'%' IDENTIFIED BY <secret> REPLACE <secret> RETAIN CURRENT PASSWORD",
    );
    expect(server.log()).not.toMatch(/password-|\$A\$/);
  });

  it('is logged as <secret> when the superuser adds, changes or clones, and no hash is', async () => {
    await start();
    makeApp();
    server.run('GRANT APPLICATION_PASSWORD_ADMIN ON *.* TO rotation WITH GRANT OPTION');
    server.forgetLog();
    const superuser = ['rotation', 'of-the-superuser'] as const;
    await add('password-lost', 'password-1', superuser);
    await add('password-2', 'password-1', superuser);
    await using opened = await session(...superuser);
    await opened.changePassword('app', 'password-3');
    await opened.cloneUser('app', 'app_clone', 'password-4');
    expect(server.log()).toMatch(/ALTER USER .*app.* IDENTIFIED WITH .* <secret> RETAIN CURRENT PASSWORD/);
    expect(server.log()).toMatch(/CREATE USER .*app_clone.* IDENTIFIED WITH .* <secret>/);
    expect(server.log()).not.toMatch(/password-|\$A\$|-aA0/);
    expect(await letsIn('password-3')).toEqual([true]);
  });
});

/** The double of MySQL itself, by mysql2 as it is: what it does must be what the Reference Manual says. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Connection, type ConnectionOptions, createConnection } from 'mysql2/promise';
import { type MysqlDouble, type MysqlDoubleOptions, startMysqlDouble } from './mysql-double.js';

let server: MysqlDouble;
let open: Connection[] = [];

async function connect(user: string, password: string, options: ConnectionOptions = {}): Promise<Connection> {
  const { port, ca } = server;
  const ssl = { ca, verifyIdentity: true };
  const connection = await createConnection({ host: 'localhost', port, user, password, ssl, ...options });
  open.push(connection);
  return connection;
}

const plain: ConnectionOptions = { ssl: undefined as never };

/** Each in an array of its columns. */
async function rowsOf(connection: Connection, sql: string): Promise<unknown[][]> {
  const [rows] = await connection.query({ sql, rowsAsArray: true });
  return Array.isArray(rows) ? (rows as unknown[][]) : [];
}

/** @returns the error's number and text; undefined where there is none */
async function errorOf(doing: Promise<unknown>): Promise<string | undefined> {
  return doing.then(
    () => undefined,
    (error: { errno?: number; sqlState?: string; message: string }) =>
      error.errno === undefined ? error.message : `${error.errno} (${error.sqlState}) ${error.message}`,
  );
}

const denied = (user: string) => `1045 (28000) Access denied for user '${user}'@'localhost' (using password: YES)`;

/** Whether each of the passwords logs in. */
async function letIn(user: string, ...passwords: readonly string[]): Promise<boolean[]> {
  const found: boolean[] = [];
  for (const password of passwords) {
    const error = await errorOf(connect(user, password));
    if (error !== undefined && error !== denied(user)) throw new Error(error);
    found.push(error === undefined);
  }
  return found;
}

const root = () => connect(server.superuser.username, server.superuser.password);

afterEach(async () => {
  for (const connection of open) connection.destroy();
  open = [];
  server.clear();
});

/** One server for all tests of a block. */
function serverWith(options: MysqlDoubleOptions = {}): void {
  beforeAll(async () => {
    server = await startMysqlDouble(options);
  });
  afterAll(() => server.stop());
}

describe('logins', () => {
  serverWith({ plugins: ['caching_sha2_password', 'sha256_password', 'mysql_native_password'] });

  describe.each(['caching_sha2_password', 'sha256_password', 'mysql_native_password'])('with %s', (plugin) => {
    it.each([
      ['over TLS', {}],
      ['without TLS', plain],
    ])('lets the right password in and no other, %s', async (_, options) => {
      server.run(`CREATE USER app IDENTIFIED WITH ${plugin} BY 'pässwörd 🔑'`);
      const connection = await connect('app', 'pässwörd 🔑', options);
      expect(await rowsOf(connection, 'SELECT CURRENT_USER(), USER()')).toEqual([['app@%', 'app@localhost']]);
      // Again, from the cache, if there is one.
      await connect('app', 'pässwörd 🔑', options);
      for (const wrong of ['pässwörd', 'pässwörd 🔑 ', 'PÄSSWÖRD 🔑'])
        expect(await errorOf(connect('app', wrong, options))).toBe(denied('app'));
      expect(await errorOf(connect('app', '', options))).toMatch(/^1045 /);
    });

    it('takes a verifier for the password', async () => {
      server.run(`CREATE USER app IDENTIFIED WITH ${plugin} BY 'password'`);
      const [{ authentication_string: verifier } = {}] = server.run(
        'SELECT authentication_string FROM mysql.user WHERE User = "app"',
      );
      const hex = Buffer.from(String(verifier), 'latin1').toString('hex');
      server.run(`CREATE USER twin IDENTIFIED WITH ${plugin} AS 0x${hex}`);
      expect(await letIn('twin', 'password', 'wrong')).toEqual([true, false]);
      expect(() => server.run(`CREATE USER other IDENTIFIED WITH ${plugin} AS 'no verifier'`)).toThrow(
        "The password hash doesn't have the expected format.",
      );
    });
  });

  it('asks unknown users like any other, and refuses them', async () => {
    expect(await errorOf(connect('nobody', 'password'))).toBe(denied('nobody'));
  });

  it('takes an account without a password as such', async () => {
    server.run('CREATE USER app');
    await connect('app', '');
    expect(await letIn('app', 'password')).toEqual([false]);
  });

  it('lets in by the account with the most specific host, and no other', async () => {
    server.run(
      "CREATE USER app@'%' IDENTIFIED BY 'anywhere'",
      "CREATE USER app@'127.0.0._' IDENTIFIED BY 'near'",
      "CREATE USER app@localhost IDENTIFIED BY 'here'",
      "CREATE USER app@'10.%' IDENTIFIED BY 'elsewhere'",
    );
    expect(await letIn('app', 'anywhere', 'near', 'here', 'elsewhere')).toEqual([false, false, true, false]);
    server.run('DROP USER app@localhost');
    expect(await letIn('app', 'anywhere', 'near')).toEqual([false, true]);
  });

  it('compares user names byte by byte', async () => {
    server.run("CREATE USER App IDENTIFIED BY 'password'");
    expect(await letIn('app', 'password')).toEqual([false]);
    expect(await letIn('App', 'password')).toEqual([true]);
  });

  it('says what a database is to a login', async () => {
    server.run("CREATE USER app IDENTIFIED BY 'password'", 'CREATE DATABASE shop');
    const { username, password } = server.superuser;
    expect(await errorOf(connect(username, password, { database: 'nowhere' }))).toBe(
      "1049 (42000) Unknown database 'nowhere'",
    );
    expect(await errorOf(connect('app', 'password', { database: 'shop' }))).toBe(
      "1044 (42000) Access denied for user 'app'@'%' to database 'shop'",
    );
  });

  it('refuses a locked account that gives the right password, and only then says why', async () => {
    server.run("CREATE USER app IDENTIFIED BY 'password' ACCOUNT LOCK");
    expect(await errorOf(connect('app', 'password'))).toBe(
      "3118 (HY000) Access denied for user 'app'@'localhost'. Account is locked.",
    );
    expect(await letIn('app', 'wrong')).toEqual([false]);
  });

  it('blocks an account after failed logins, and forgets them at a restart', async () => {
    server.run("CREATE USER app IDENTIFIED BY 'password' FAILED_LOGIN_ATTEMPTS 2 PASSWORD_LOCK_TIME UNBOUNDED");
    expect(await letIn('app', 'wrong', 'password', 'wrong')).toEqual([false, true, false]);
    for (const password of ['wrong', 'password'])
      expect(await errorOf(connect('app', password))).toMatch(/^3955 .*Account is blocked for unlimited day/);
    server.run('ALTER USER app ACCOUNT UNLOCK');
    expect(await letIn('app', 'password', 'wrong')).toEqual([true, false]);
    await server.restart();
    expect(await letIn('app', 'wrong', 'password')).toEqual([false, true]);
  });

  it('lets in with an expired password only to change it', async () => {
    server.run("CREATE USER app IDENTIFIED BY 'password'", 'ALTER USER app PASSWORD EXPIRE');
    expect(await errorOf(connect('app', 'password'))).toMatch(/^1862 /);
    server.run('SET GLOBAL disconnect_on_expired_password = OFF');
    const connection = await connect('app', 'password');
    expect(await errorOf(connection.query('SELECT 1'))).toMatch(/^1820 /);
    await connection.query("ALTER USER USER() IDENTIFIED BY 'another'");
    expect(await rowsOf(connection, 'SELECT 1')).toEqual([[1]]);
    server.run('SET GLOBAL disconnect_on_expired_password = ON');
    expect(await letIn('app', 'another')).toEqual([true]);
  });

  it('demands TLS of accounts that require it', async () => {
    server.run("CREATE USER app IDENTIFIED BY 'password' REQUIRE SSL");
    expect(await letIn('app', 'password')).toEqual([true]);
    expect(await errorOf(connect('app', 'password', plain))).toBe(denied('app'));
  });
});

describe('a second password', () => {
  serverWith();

  const app = "'app'@'%'";
  const makeApp = () =>
    server.run(`CREATE USER ${app} IDENTIFIED BY 'first'`, `GRANT APPLICATION_PASSWORD_ADMIN ON *.* TO ${app}`);

  it('is the password before, for as long as the next one is retained or it is discarded', async () => {
    makeApp();
    server.run(`ALTER USER ${app} IDENTIFIED BY 'second' RETAIN CURRENT PASSWORD`);
    expect(await letIn('app', 'first', 'second')).toEqual([true, true]);
    server.run(`ALTER USER ${app} IDENTIFIED BY 'third' RETAIN CURRENT PASSWORD`);
    expect(await letIn('app', 'first', 'second', 'third')).toEqual([false, true, true]);
    server.run(`ALTER USER ${app} DISCARD OLD PASSWORD`);
    expect(await letIn('app', 'second', 'third')).toEqual([false, true]);
  });

  it('stays when the first one is changed without RETAIN', async () => {
    makeApp();
    server.run(
      `ALTER USER ${app} IDENTIFIED BY 'second' RETAIN CURRENT PASSWORD`,
      `ALTER USER ${app} IDENTIFIED BY 'third'`,
    );
    expect(await letIn('app', 'first', 'second', 'third')).toEqual([true, false, true]);
  });

  it('is what SET PASSWORD retains too', async () => {
    makeApp();
    const connection = await connect('app', 'first');
    await connection.query("SET PASSWORD = 'second' RETAIN CURRENT PASSWORD");
    expect(await letIn('app', 'first', 'second')).toEqual([true, true]);
  });

  it('goes with an empty password and with another plugin', async () => {
    makeApp();
    const second = () =>
      server.run("SELECT User_attributes->>'$.additional_password' AS second FROM mysql.user WHERE User = 'app'");
    server.run(`ALTER USER ${app} IDENTIFIED BY 'second' RETAIN CURRENT PASSWORD`);
    expect(second()).toEqual([{ second: expect.stringMatching(/^\$A\$005\$/) }]);
    server.run(`ALTER USER ${app} IDENTIFIED BY ''`);
    expect(second()).toEqual([{ second: null }]);
    server.run(
      `ALTER USER ${app} IDENTIFIED BY 'first'`,
      `ALTER USER ${app} IDENTIFIED BY 'second' RETAIN CURRENT PASSWORD`,
    );
    server.run(`ALTER USER ${app} IDENTIFIED WITH sha256_password BY 'third'`);
    expect(await letIn('app', 'first', 'second', 'third')).toEqual([false, false, true]);
  });

  it.each([
    ['an empty one is retained', "ALTER USER empty IDENTIFIED BY 'x' RETAIN CURRENT PASSWORD", '3878'],
    ['an empty one is set', "ALTER USER app IDENTIFIED BY '' RETAIN CURRENT PASSWORD", '3895'],
    ['the plugin changes', "ALTER USER app IDENTIFIED WITH sha256_password BY 'x' RETAIN CURRENT PASSWORD", '3894'],
  ])('is no second password where %s', async (_, sql, number) => {
    makeApp();
    server.run('CREATE USER empty');
    expect(await errorOf((await root()).query(sql))).toMatch(new RegExp(`^${number} `));
    expect(await letIn('app', 'first')).toEqual([true]);
  });

  it('takes APPLICATION_PASSWORD_ADMIN for oneself, and CREATE USER for others', async () => {
    server.run("CREATE USER app IDENTIFIED BY 'first'", "CREATE USER other IDENTIFIED BY 'first'");
    const connection = await connect('app', 'first');
    const retain = (account: string) =>
      connection.query(`ALTER USER ${account} IDENTIFIED BY 'second' RETAIN CURRENT PASSWORD`);
    expect(await errorOf(retain('USER()'))).toMatch(/^1227 \(42000\) .*CREATE USER or APPLICATION_PASSWORD_ADMIN/);
    server.run('GRANT APPLICATION_PASSWORD_ADMIN ON *.* TO app');
    await retain('USER()');
    await connection.query('ALTER USER USER() DISCARD OLD PASSWORD');
    expect(await errorOf(retain('other'))).toMatch(/^1227 \(42000\) .*CREATE USER/);
    expect(await errorOf(connection.query('ALTER USER other DISCARD OLD PASSWORD'))).toMatch(/^1227 /);
    server.run('GRANT CREATE USER ON *.* TO app');
    await retain('other');
    expect(await letIn('other', 'first', 'second')).toEqual([true, true]);
  });

  it('changes for all accounts of a statement or for none', async () => {
    makeApp();
    const connection = await root();
    const both = connection.query(
      "ALTER USER app IDENTIFIED BY 'second' RETAIN CURRENT PASSWORD, nobody IDENTIFIED BY 'x'",
    );
    expect(await errorOf(both)).toBe("1396 (HY000) Operation ALTER USER failed for 'nobody'@'%'");
    expect(await letIn('app', 'first', 'second')).toEqual([true, false]);
  });
});

describe('changes of a password', () => {
  serverWith();

  it("are one's own with IDENTIFIED BY and nothing else", async () => {
    server.run("CREATE USER app IDENTIFIED BY 'first'", "CREATE USER other IDENTIFIED BY 'first'");
    const connection = await connect('app', 'first');
    for (const account of ['USER()', 'CURRENT_USER()', "app@'%'"])
      await connection.query(`ALTER USER ${account} IDENTIFIED BY 'second'`);
    expect(await letIn('app', 'first', 'second')).toEqual([false, true]);
    for (const sql of [
      "ALTER USER other IDENTIFIED BY 'x'",
      "ALTER USER app@localhost IDENTIFIED BY 'x'",
      "ALTER USER CURRENT_USER() IDENTIFIED WITH caching_sha2_password BY 'x'",
      "ALTER USER CURRENT_USER() IDENTIFIED BY 'x' ACCOUNT UNLOCK",
      'ALTER USER CURRENT_USER() PASSWORD EXPIRE NEVER',
    ])
      expect(await errorOf(connection.query(sql))).toMatch(/^1227 /);
    expect(await errorOf(connection.query("SET PASSWORD FOR other = 'x'"))).toMatch(/^1044 .*'mysql'/);
    // USER() takes no plugin.
    expect(await errorOf(connection.query("ALTER USER USER() IDENTIFIED WITH caching_sha2_password BY 'x'"))).toMatch(
      /^1064 /,
    );
  });

  it('name the current password where REPLACE is given or demanded', async () => {
    server.run("CREATE USER app IDENTIFIED BY 'first' PASSWORD REQUIRE CURRENT");
    const connection = await connect('app', 'first');
    const change = (clause: string) => errorOf(connection.query(`ALTER USER USER() IDENTIFIED BY 'second'${clause}`));
    expect(await change('')).toMatch(/^3892 /);
    expect(await change(" REPLACE 'wrong'")).toMatch(/^3891 /);
    expect(await change(" REPLACE 'first'")).toBeUndefined();
    expect(await errorOf((await root()).query("ALTER USER app IDENTIFIED BY 'third' REPLACE 'second'"))).toMatch(
      /^3893 /,
    );
    server.run("ALTER USER app IDENTIFIED BY 'third'");
  });

  it('take the second password for the first in no REPLACE', async () => {
    server.run(
      "CREATE USER app IDENTIFIED BY 'first'",
      'GRANT APPLICATION_PASSWORD_ADMIN ON *.* TO app',
      "ALTER USER app IDENTIFIED BY 'second' RETAIN CURRENT PASSWORD",
    );
    const connection = await connect('app', 'first');
    expect(
      await errorOf(
        connection.query("ALTER USER USER() IDENTIFIED BY 'third' REPLACE 'first' RETAIN CURRENT PASSWORD"),
      ),
    ).toMatch(/^3891 /);
    await connection.query("ALTER USER USER() IDENTIFIED BY 'third' REPLACE 'second' RETAIN CURRENT PASSWORD");
    expect(await letIn('app', 'first', 'second', 'third')).toEqual([false, true, true]);
  });

  it('keep to the history of passwords', async () => {
    server.run("CREATE USER app IDENTIFIED BY 'first' PASSWORD HISTORY 2", "CREATE USER free IDENTIFIED BY 'first'");
    const connection = await connect('app', 'first');
    const change = (password: string) => errorOf(connection.query(`ALTER USER USER() IDENTIFIED BY '${password}'`));
    expect(await change('first')).toMatch(/^3638 .*'app@%'/);
    expect(await change('second')).toBeUndefined();
    expect(await change('first')).toMatch(/^3638 /);
    expect(await change('third')).toBeUndefined();
    expect(await change('first')).toBeUndefined();
    server.run("ALTER USER free IDENTIFIED BY 'first'");
  });

  it('are longer than 256 bytes with no plugin that hashes by SHA-256', async () => {
    server.run(`CREATE USER app IDENTIFIED BY '${'x'.repeat(256)}'`);
    expect(() => server.run(`ALTER USER app IDENTIFIED BY '${'x'.repeat(257)}'`)).toThrow(
      'Operation ALTER USER failed',
    );
  });

  it('cannot be made by GRANT', () => {
    expect(() => server.run("GRANT SELECT ON *.* TO nobody IDENTIFIED BY 'x'")).toThrow('error in your SQL syntax');
    expect(() => server.run('GRANT SELECT ON *.* TO nobody')).toThrow('not allowed to create a user with GRANT');
  });
});

describe('a policy for passwords', () => {
  serverWith({ passwordPolicy: { policy: 'MEDIUM' } });

  it('refuses what it does not take, and changes nothing', async () => {
    server.run("CREATE USER app IDENTIFIED BY 'Str0ng-enough'");
    const connection = await connect('app', 'Str0ng-enough');
    for (const weak of ['short1-', 'without-digits-A', 'n0capitals-here', 'N0special0nes', ''])
      expect(await errorOf(connection.query(`ALTER USER USER() IDENTIFIED BY '${weak}'`))).toMatch(/^1819 /);
    expect(await letIn('app', 'Str0ng-enough')).toEqual([true]);
  });
});

describe('privileges', () => {
  serverWith();

  const shop = [
    'CREATE DATABASE shop',
    'CREATE TABLE shop.orders (id int, price int)',
    'INSERT INTO shop.orders VALUES (1, 10)',
  ];

  it('are needed for everything, and granted by who has them WITH GRANT OPTION', async () => {
    server.run(...shop, "CREATE USER app IDENTIFIED BY 'password'", "CREATE USER keeper IDENTIFIED BY 'password'");
    server.run('GRANT SELECT ON shop.orders TO keeper WITH GRANT OPTION', 'GRANT INSERT ON shop.orders TO keeper');
    const [app, keeper] = [await connect('app', 'password'), await connect('keeper', 'password')];
    expect(await errorOf(app.query('SELECT * FROM shop.orders'))).toBe(
      "1142 (42000) SELECT command denied to user 'app'@'localhost' for table 'orders'",
    );
    await keeper.query('GRANT SELECT ON shop.orders TO app');
    expect(await rowsOf(app, 'SELECT * FROM shop.orders')).toEqual([[1, 10]]);
    expect(await errorOf(keeper.query('GRANT UPDATE ON shop.orders TO app'))).toMatch(/^1142 /);
    expect(await errorOf(app.query('GRANT SELECT ON shop.orders TO keeper'))).toMatch(
      /^1142 \(42000\) GRANT command denied/,
    );
    await keeper.query('REVOKE SELECT ON shop.orders FROM app');
    expect(await errorOf(app.query('SELECT * FROM shop.orders'))).toMatch(/^1142 /);
    server.run('GRANT CREATE ON `sh\\_p`.* TO keeper WITH GRANT OPTION');
    await keeper.query('GRANT CREATE ON `sh\\_p`.* TO app');
    expect(await errorOf(keeper.query('GRANT CREATE ON shop.* TO app'))).toMatch(/^1044 /);
    expect(await errorOf(app.query('CREATE USER thief'))).toMatch(/^1227 .*CREATE USER/);
    expect(await errorOf(app.query('SELECT User FROM mysql.user'))).toMatch(/^1142 /);
    expect(await errorOf(app.query('SHOW GRANTS FOR keeper'))).toMatch(/^1044 /);
  });

  it('are shown as they were granted', async () => {
    server.run(
      ...shop,
      'CREATE PROCEDURE shop.close_day() SELECT 1',
      'CREATE USER app',
      'CREATE USER boss',
      'CREATE ROLE readers, writers',
    );
    server.run(
      'GRANT PROCESS, CREATE USER ON *.* TO app',
      'GRANT ROLE_ADMIN, APPLICATION_PASSWORD_ADMIN ON *.* TO app',
      'GRANT CONNECTION_ADMIN ON *.* TO app WITH GRANT OPTION',
      'GRANT ALL ON `sh\\_p`.* TO app',
      'GRANT INSERT, SELECT (price, id) ON shop.orders TO app WITH GRANT OPTION',
      'GRANT EXECUTE ON PROCEDURE shop.close_day TO app',
      'GRANT PROXY ON boss TO app',
      'GRANT readers TO app',
      'GRANT writers TO app WITH ADMIN OPTION',
    );
    const lines = (await rowsOf(await root(), 'SHOW GRANTS FOR app')).flat();
    expect(lines).toEqual([
      'GRANT PROCESS, CREATE USER ON *.* TO `app`@`%`',
      'GRANT APPLICATION_PASSWORD_ADMIN,ROLE_ADMIN ON *.* TO `app`@`%`',
      'GRANT CONNECTION_ADMIN ON *.* TO `app`@`%` WITH GRANT OPTION',
      'GRANT ALL PRIVILEGES ON `sh\\_p`.* TO `app`@`%`',
      'GRANT SELECT (`id`, `price`), INSERT ON `shop`.`orders` TO `app`@`%` WITH GRANT OPTION',
      'GRANT EXECUTE ON PROCEDURE `shop`.`close_day` TO `app`@`%`',
      'GRANT PROXY ON `boss`@`%` TO `app`@`%`',
      'GRANT `readers`@`%` TO `app`@`%`',
      'GRANT `writers`@`%` TO `app`@`%` WITH ADMIN OPTION',
    ]);
    // What it shows is what it takes.
    server.run('CREATE USER twin', ...lines.map((line) => String(line).replace('TO `app`', 'TO `twin`')));
    expect((await rowsOf(await root(), 'SHOW GRANTS FOR twin')).flat()).toEqual(
      lines.map((line) => String(line).replace('TO `app`', 'TO `twin`')),
    );
    server.run(
      'REVOKE ALL PRIVILEGES, GRANT OPTION FROM app',
      'REVOKE readers, writers FROM app',
      'REVOKE PROXY ON boss FROM app',
    );
    expect((await rowsOf(await root(), 'SHOW GRANTS FOR app')).flat()).toEqual(['GRANT USAGE ON *.* TO `app`@`%`']);
  });

  it('come with default roles, and with no others', async () => {
    server.run(
      ...shop,
      'CREATE ROLE readers',
      'GRANT SELECT ON shop.* TO readers',
      "CREATE USER app IDENTIFIED BY 'password'",
    );
    expect(() => server.run('SET DEFAULT ROLE readers TO app')).toThrow('`readers`@`%` is not granted to `app`@`%`');
    server.run('GRANT readers TO app');
    const without = await connect('app', 'password');
    expect(await errorOf(without.query('SELECT * FROM shop.orders'))).toMatch(/^1142 /);
    await without.query('SET ROLE readers');
    expect(await rowsOf(without, 'SELECT count(*), CURRENT_ROLE() FROM shop.orders')).toEqual([[1, '`readers`@`%`']]);
    server.run('SET DEFAULT ROLE ALL TO app');
    expect(await rowsOf(await connect('app', 'password', { database: 'shop' }), 'SELECT id FROM orders')).toEqual([
      [1],
    ]);
  });

  it('over system accounts take SYSTEM_USER', async () => {
    server.run("CREATE USER app IDENTIFIED BY 'password'", 'GRANT CREATE USER ON *.* TO app');
    const app = await connect('app', 'password');
    for (const sql of ["ALTER USER root IDENTIFIED BY 'stolen'", 'DROP USER root'])
      expect(await errorOf(app.query(sql))).toMatch(/^1227 .*SYSTEM_USER/);
  });
});

describe('statements', () => {
  serverWith();

  it('are texts, names and comments as MySQL has them', async () => {
    const connection = await root();
    await connection.query(
      'CREATE USER `a``b"c`@\'%\' IDENTIFIED BY "it\'s \\"so\\" \\\\ \\%" /* comment */ -- another\n',
    );
    expect(await letIn('a`b"c', 'it\'s "so" \\ \\%')).toEqual([true]);
    expect(await rowsOf(connection, 'SHOW CREATE USER `a``b"c`')).toEqual([
      [expect.stringContaining('CREATE USER `a``b"c`@`%` IDENTIFIED')],
    ]);
    await connection.query("SET SESSION sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'");
    await connection.query(`CREATE USER "quoted" IDENTIFIED BY 'back\\slash''d'`);
    expect(await letIn('quoted', "back\\slash'd")).toEqual([true]);
  });

  it('trim names, and refuse those that are too long', async () => {
    server.run("CREATE USER '  app ' IDENTIFIED BY 'password'");
    expect(await letIn('app', 'password')).toEqual([true]);
    expect(() => server.run(`CREATE USER ${'u'.repeat(33)}`)).toThrow('(should be no longer than 32)');
  });

  it('are answered with error 1064, and kept, where they are not understood', async () => {
    const connection = await root();
    const before = server.unsupported().length;
    for (const sql of [
      "CREATE USER x IDENTIFIED BY 'y' RETAIN CURRENT PASSWORD",
      "ALTER USER x IDENTIFIED BY 'y' DISCARD OLD PASSWORD",
      "ALTER USER USER() IDENTIFIED BY 'y' ACCOUNT LOCK",
      '/*!80000 ALTER USER x */',
      'SELECT 1; SELECT 2',
      "UPDATE mysql.user SET authentication_string = ''",
      "SET PASSWORD = PASSWORD('y')",
      'GRANT NOTHING ON *.* TO x',
      "SELECT 'unfinished",
    ])
      expect(await errorOf(connection.query(sql))).toMatch(/^1064 \(42000\)/);
    expect(server.unsupported().length - before).toBe(9);
    expect(server.log()).not.toContain('unfinished');
  });

  it('find accounts by conditions, prepared or not', async () => {
    server.run(
      "CREATE USER App@'10.%'",
      'CREATE USER app@\'%\' ATTRIBUTE \'{"team": "shop"}\'',
      "CREATE USER app@'10.%' ACCOUNT LOCK",
    );
    const connection = await root();
    const sql =
      "SELECT Host, account_locked FROM mysql.user WHERE User = 'app' AND Host IN ('%', '10.%') ORDER BY Host";
    expect(await rowsOf(connection, sql)).toEqual([
      ['%', 'N'],
      ['10.%', 'Y'],
    ]);
    expect(
      await rowsOf(connection, "SELECT COUNT(*) FROM mysql.user WHERE (User, Host) IN (('app', '%'), ('App', '10.%'))"),
    ).toEqual([[2]]);
    const [bound] = await connection.execute(
      { sql: 'SELECT User, 7 AS seven FROM mysql.user WHERE User LIKE ? AND Host = ?', rowsAsArray: true },
      ['a_p', '%'],
    );
    expect(bound).toEqual([['app', 7]]);
    expect(
      await rowsOf(
        connection,
        "SELECT User_attributes->>'$.metadata.team' FROM mysql.user WHERE User = 'app' AND Host = '%'",
      ),
    ).toEqual([['shop']]);
    expect(
      await rowsOf(
        connection,
        "SELECT CHARACTER_MAXIMUM_LENGTH FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'mysql' AND TABLE_NAME = 'user' AND COLUMN_NAME = 'User'",
      ),
    ).toEqual([[32]]);
    expect(await errorOf(connection.query('SELECT nothing FROM mysql.user'))).toMatch(/^1054 /);
  });

  it('that show an account make it again', async () => {
    server.run(
      `CREATE USER app IDENTIFIED BY 'password' REQUIRE SUBJECT '/CN=app' WITH MAX_USER_CONNECTIONS 3 PASSWORD EXPIRE INTERVAL 90 DAY PASSWORD HISTORY 5
       PASSWORD REUSE INTERVAL 7 DAY PASSWORD REQUIRE CURRENT OPTIONAL FAILED_LOGIN_ATTEMPTS 3 PASSWORD_LOCK_TIME 2 ACCOUNT LOCK COMMENT 'it''s the app'`,
    );
    const connection = await root();
    await connection.query('SET SESSION print_identified_with_as_hex = ON');
    const [[shown] = []] = await rowsOf(connection, 'SHOW CREATE USER app');
    expect(shown).toMatch(
      /^CREATE USER `app`@`%` IDENTIFIED WITH 'caching_sha2_password' AS 0x244124303035[0-9A-F]+ REQUIRE SUBJECT '\/CN=app' WITH MAX_USER_CONNECTIONS 3 PASSWORD EXPIRE INTERVAL 90 DAY ACCOUNT LOCK PASSWORD HISTORY 5 PASSWORD REUSE INTERVAL 7 DAY PASSWORD REQUIRE CURRENT OPTIONAL FAILED_LOGIN_ATTEMPTS 3 PASSWORD_LOCK_TIME 2 ATTRIBUTE '\{\\"comment\\": \\"it\\'s the app\\"\}'$/,
    );
    await connection.query(String(shown).replace('`app`', '`twin`'));
    const [[again] = []] = await rowsOf(connection, 'SHOW CREATE USER twin');
    expect(again).toBe(String(shown).replace('`app`', '`twin`'));
  });

  it('show the verifier to who may read mysql.user, and to nobody else', async () => {
    server.run("CREATE USER app IDENTIFIED BY 'password'");
    const connection = await connect('app', 'password');
    expect((await rowsOf(connection, 'SHOW CREATE USER CURRENT_USER()')).flat().join()).toContain(
      "AS '<secret>' REQUIRE NONE",
    );
  });
});

describe('locks by name', () => {
  serverWith();

  it('are had by one session at a time, and end with it', async () => {
    const [one, other] = [await root(), await root()];
    const get = (connection: Connection, seconds: number) => rowsOf(connection, `SELECT GET_LOCK('Name', ${seconds})`);
    expect(await get(one, 0)).toEqual([[1]]);
    expect(await get(other, 0)).toEqual([[0]]);
    const waiting = get(other, 10);
    expect(await rowsOf(one, "SELECT RELEASE_LOCK('name'), RELEASE_LOCK('another')")).toEqual([[1, null]]);
    expect(await waiting).toEqual([[1]]);
    const waitingForTheEnd = get(one, 10);
    other.destroy();
    expect(await waitingForTheEnd).toEqual([[1]]);
  });
});

describe('the general log', () => {
  serverWith();

  it('holds statements without the passwords in them', async () => {
    server.run("CREATE USER app IDENTIFIED BY 'first-password'", 'GRANT APPLICATION_PASSWORD_ADMIN ON *.* TO app');
    server.forgetLog();
    const connection = await connect('app', 'first-password');
    await connection.query(
      "ALTER USER USER() IDENTIFIED BY 'second-password' REPLACE 'first-password' RETAIN CURRENT PASSWORD",
    );
    await connection.query("SET PASSWORD = 'third-password'");
    await connection.query('ALTER USER USER() DISCARD OLD PASSWORD');
    await (await root()).query(
      "CREATE USER IF NOT EXISTS other IDENTIFIED WITH 'sha256_password' BY 'other-password' ACCOUNT LOCK",
    );
    const log = server.log();
    expect(log).toContain("\tALTER USER 'app'@'%' IDENTIFIED BY <secret> REPLACE <secret> RETAIN CURRENT PASSWORD\n");
    expect(log).toContain('\tSET PASSWORD FOR `app`@`%`=<secret>\n');
    expect(log).toContain('\tALTER USER USER() DISCARD OLD PASSWORD\n');
    expect(log).toContain(
      "\tCREATE USER IF NOT EXISTS 'other'@'%' IDENTIFIED WITH 'sha256_password' BY <secret> ACCOUNT LOCK\n",
    );
    expect(log).toContain('Connect\tapp@localhost on  using SSL/TLS\n');
    expect(log).not.toMatch(/-password/);
  });

  it('holds verifiers as they came', async () => {
    await (await root()).query(
      `CREATE USER app IDENTIFIED WITH sha256_password AS '$5$${'s'.repeat(20)}$${'h'.repeat(43)}'`,
    );
    expect(server.log()).toContain(`AS '$5$${'s'.repeat(20)}$`);
  });
});

describe('--log-raw', () => {
  serverWith({ logRaw: true });

  it('has the log hold passwords', async () => {
    await (await root()).query("CREATE USER app IDENTIFIED BY 'in-clear-text'");
    expect(server.log()).toContain('in-clear-text');
  });
});

describe('a restart', () => {
  serverWith();

  it('cuts connections off, keeps what was answered, and comes back under the same port', async () => {
    const connection = await root();
    await connection.query("CREATE USER app IDENTIFIED BY 'password'");
    const { port } = server;
    await server.restart();
    expect(await errorOf(connection.query('SELECT 1'))).toBeDefined();
    expect(server.port).toBe(port);
    expect(await letIn('app', 'password', 'wrong')).toEqual([true, false]);
  });
});

describe('versions', () => {
  it('have what they have', async () => {
    await using old = await startMysqlDouble({ version: '5.7.44', tls: false });
    expect(old.run("CREATE USER app IDENTIFIED BY 'x'", 'SHOW CREATE USER app')).toEqual([
      {
        'CREATE USER for app@%':
          "CREATE USER 'app'@'%' IDENTIFIED WITH 'mysql_native_password' AS '*B69027D44F6E5EDC07F1AEAD1477967B16F28227' REQUIRE NONE PASSWORD EXPIRE DEFAULT ACCOUNT UNLOCK",
      },
    ]);
    for (const sql of ['CREATE ROLE r', "ALTER USER app IDENTIFIED BY 'y' RETAIN CURRENT PASSWORD"])
      expect(() => old.run(sql)).toThrow('error in your SQL syntax');
    await using nine = await startMysqlDouble({ version: '9.1.0', tls: false });
    expect(nine.run('SELECT VERSION() AS version')).toEqual([{ version: '9.1.0' }]);
    expect(() => nine.run("CREATE USER app IDENTIFIED WITH mysql_native_password BY 'x'")).toThrow(
      "Plugin 'mysql_native_password' is not loaded",
    );
  });
});

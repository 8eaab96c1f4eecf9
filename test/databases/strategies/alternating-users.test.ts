import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { postgres } from '../../../lib/databases/engines/postgres.js';
import type { DatabaseSecret } from '../../../lib/databases/secret.js';
import { alternatingUsers } from '../../../lib/databases/strategies/alternating-users.js';
import { type PostgresServer, startPostgres, versionsUnderTest } from '../../support/postgres.js';
import { createPending, logsIn, rotate, runSetSecret, setSecretContext } from '../support/rotation.js';

const MASTER = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:super-AbCdEf';
const creator = { username: 'creator', password: 'creator-password' };

// Both ends, and both sides of 16, from where CREATEROLE may do less; the driver contract runs on every version.
const versions = versionsUnderTest().filter((version) => [13, 15, 16, 18].includes(version));

describe.each(versions)('PostgreSQL %i with a superuser that has CREATEROLE only', (version) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ version, settings: { log_statement: 'all' } });
    await server.query(`CREATE ROLE creator LOGIN CREATEROLE PASSWORD 'creator-password'`);
    await server.query('CREATE DATABASE shop');
    await inShop('CREATE SCHEMA work; GRANT ALL ON SCHEMA work TO PUBLIC; CREATE TABLE stock (id int)');
  });
  afterAll(() => server.stop());

  const strategy = () => alternatingUsers([postgres()], { ca: server.ca });
  const others = () => ({
    [MASTER]: { engine: 'postgres', host: 'LOCALHOST', port: String(server.port), ...creator },
  });
  const rotated = (current: DatabaseSecret) => rotate(strategy(), current, others());
  const inShop = (sql: string, values: readonly unknown[] = []) =>
    server.query(sql, values, { ...server.superuser, database: 'shop' });
  const as = (secret: DatabaseSecret, sql: string) => server.query(sql, [], { ...secret, database: 'shop' });

  async function newUser(name: string, attributes = ''): Promise<DatabaseSecret> {
    const password = 'first-password';
    await server.query(
      `CREATE ROLE ${pg.escapeIdentifier(name)} LOGIN PASSWORD '${password}' ${attributes}`,
      [],
      creator,
    );
    return {
      engine: 'postgres',
      host: 'localhost',
      port: server.port,
      dbname: 'shop',
      username: name,
      password,
      masterarn: MASTER,
    };
  }

  async function role(name: string): Promise<Record<string, unknown> | undefined> {
    const [row] = await server.query(
      `SELECT rolcanlogin, rolinherit, rolconnlimit, rolvaliduntil, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, rolsuper,
              ARRAY(SELECT coalesce(datname, '*') || ':' || unnest(setconfig) FROM pg_db_role_setting s LEFT JOIN pg_database d ON d.oid = setdatabase
                     WHERE setrole = r.oid ORDER BY 1) AS settings
         FROM pg_roles r WHERE rolname = $1`,
      [name],
    );
    return row;
  }

  it('takes turns between the user and its clone, each time leaving the active one alone', async () => {
    const first = await newUser('turn');
    const second = await rotated(first);
    expect(second.username).toBe('turn_clone');
    expect(await logsIn(strategy(), first)).toBe(true);
    const third = await rotated(second);
    expect(third.username).toBe('turn');
    expect(await logsIn(strategy(), second)).toBe(true);
    expect(await logsIn(strategy(), first)).toBe(false);
    const fourth = await rotated(third);
    expect(fourth.username).toBe('turn_clone');
    expect([await logsIn(strategy(), third), await logsIn(strategy(), fourth)]).toEqual([true, true]);
    expect(await logsIn(strategy(), second)).toBe(false);
  });

  it('section 7: PG multi, table made as clone, then switched back', async () => {
    const first = await newUser('maker');
    const second = await rotated(first);
    await as(second, 'CREATE TABLE work.made_by_clone (id int)');
    await as(second, "CREATE FUNCTION work.answer() RETURNS int LANGUAGE sql AS 'SELECT 42'");
    const third = await rotated(second);
    await as(third, 'INSERT INTO work.made_by_clone VALUES (1); ALTER TABLE work.made_by_clone ADD COLUMN name text');
    await as(third, 'DROP FUNCTION work.answer()');
    const fourth = await rotated(third);
    expect(await as(fourth, 'SELECT id FROM work.made_by_clone')).toEqual([{ id: 1 }]);
  });

  it("section 7: PG multi, tables of a clone that AWS's function made go to the original", async () => {
    const first = await newUser('legacy');
    await server.query(
      `CREATE ROLE legacy_clone LOGIN PASSWORD 'clone-password'; GRANT legacy TO legacy_clone`,
      [],
      creator,
    );
    const active = { ...first, username: 'legacy_clone', password: 'clone-password' };
    await as(active, 'CREATE TABLE work.legacy (id int)');
    await expect(as(first, 'SELECT * FROM work.legacy')).rejects.toMatchObject({ code: '42501' });
    const back = await rotated(active);
    expect(back.username).toBe('legacy');
    await as(back, 'ALTER TABLE work.legacy ADD COLUMN name text');
    await as(active, 'ALTER TABLE work.legacy ADD COLUMN other text');
    const rights = await server.query(
      `SELECT g.rolname FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles s ON s.oid = m.member
        WHERE s.rolname = 'creator' AND g.rolname LIKE 'legacy%' AND NOT m.admin_option`,
    );
    expect(rights).toEqual([]);
  });

  it('section 7: PG, log_statement=ddl', async () => {
    const first = await newUser('logged');
    const second = await rotated(first);
    const third = await rotated(second);
    const verifiers = await server.query("SELECT rolpassword FROM pg_authid WHERE rolname LIKE 'logged%'");
    const log = await server.logFile();
    expect(log).toContain('CREATE ROLE "logged_clone" LOGIN');
    expect(verifiers).toHaveLength(2);
    for (const { rolpassword } of verifiers) {
      const [, storedKey, serverKey] = /\$([^$:]+):([^:]+)$/.exec(String(rolpassword)) ?? [];
      expect(storedKey).toHaveLength(44);
      expect(log).not.toContain(storedKey);
      expect(log).not.toContain(serverKey);
      expect(log).not.toContain(Buffer.from(String(storedKey), 'base64').toString('hex'));
    }
    for (const { password } of [second, third]) expect(log).not.toContain(password);
  });

  it('section 7: PG multi, role with connection limit and search_path', async () => {
    const first = await newUser('limited', "CONNECTION LIMIT 7 VALID UNTIL '2040-02-29 12:30:00+02'");
    await server.query(
      `ALTER ROLE limited SET search_path = "$user", work, 'We"ird, \\name';
       ALTER ROLE limited SET statement_timeout = '90s';
       ALTER ROLE limited IN DATABASE shop SET work_mem = '8MB';
       ALTER ROLE limited IN DATABASE shop SET search_path = ''`,
      [],
      creator,
    );
    const custom = 'ALTER ROLE limited SET "my.setting" = \'it\'\'s \\ "odd", really\'';
    if (version >= 15) {
      // A parameter that no extension has defined: somebody else than the superuser may set it from 15 on, if he lets him.
      await server.query(`GRANT SET ON PARAMETER "my.setting" TO creator`);
      await server.query(custom, [], creator);
    }
    const original = await role('limited');
    const second = await rotated(first);
    const { settings, ...attributes } = (await role('limited_clone')) ?? {};
    expect({ ...attributes, settings: (settings as string[]).filter((s) => s !== '*:role=limited') }).toEqual(original);
    expect(original).toMatchObject({ rolconnlimit: 7, rolvaliduntil: new Date('2040-02-29T10:30:00Z') });
    expect(await as(second, 'SHOW search_path')).toEqual([{ search_path: '""' }]);
    if (version >= 15) {
      expect(await as(second, 'SHOW my.setting')).toEqual([{ 'my.setting': 'it\'s \\ "odd", really' }]);
    }

    // What the original loses, the clone loses: whichever of them is the active one when it happens.
    await server.query(
      `ALTER ROLE limited CONNECTION LIMIT -1 VALID UNTIL 'infinity'; ALTER ROLE limited RESET search_path; ALTER ROLE limited RESET statement_timeout;
       ALTER ROLE limited IN DATABASE shop RESET work_mem`,
      [],
      creator,
    );
    if (version >= 15) await server.query('ALTER ROLE limited RESET "my.setting"', [], creator);
    await rotated(second);
    expect(await role('limited_clone')).toMatchObject({
      rolconnlimit: -1,
      settings: ['*:role=limited', 'shop:search_path=""'],
    });
  });

  it('section 7: Grants `WITH GRANT OPTION`', async () => {
    const first = await newUser('granter');
    await newUser('grantee');
    await inShop('GRANT SELECT ON stock TO granter WITH GRANT OPTION');
    const second = await rotated(first);
    await as(second, 'GRANT SELECT ON stock TO grantee');
    const [row] = await inShop(`SELECT has_table_privilege('grantee', 'stock', 'SELECT') AS granted`);
    expect(row).toEqual({ granted: true });
  });

  it('section 7: REVOKE on the clone, then two rotations', async () => {
    const first = await newUser('revoked');
    await inShop('GRANT SELECT ON stock TO revoked');
    const second = await rotated(first);
    await as(second, 'SELECT * FROM stock');
    await inShop('REVOKE SELECT ON stock FROM revoked, revoked_clone');
    await expect(as(second, 'SELECT * FROM stock')).rejects.toMatchObject({ code: '42501' });
    const third = await rotated(second);
    const fourth = await rotated(third);
    await expect(as(third, 'SELECT * FROM stock')).rejects.toMatchObject({ code: '42501' });
    await expect(as(fourth, 'SELECT * FROM stock')).rejects.toMatchObject({ code: '42501' });
  });

  it('section 7: User with default role', async () => {
    const first = await newUser('member');
    await server.query(`CREATE ROLE staff`, [], creator);
    await server.query(`GRANT staff TO member; ALTER ROLE member SET role = staff`);
    const second = await rotated(first);
    expect(await as(second, 'SELECT current_user, session_user')).toEqual([
      { current_user: 'staff', session_user: 'member_clone' },
    ]);
    expect(await as(await rotated(second), 'SELECT current_user')).toEqual([{ current_user: 'staff' }]);
  });

  it('gives the clone privileges that are granted later, and those of roles and default privileges', async () => {
    const first = await newUser('later');
    await inShop('CREATE ROLE readers; GRANT readers TO later');
    const second = await rotated(first);
    await inShop('CREATE TABLE later_table (id int); GRANT SELECT ON later_table TO readers');
    await as(second, 'SELECT * FROM later_table');
    await as(first, 'ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC');
    await as(second, 'CREATE TABLE work.for_all (id int)');
    expect(await inShop(`SELECT has_table_privilege('public', 'work.for_all', 'SELECT') AS open`)).toEqual([
      { open: true },
    ]);
  });

  it('goes on acting as the original after DISCARD ALL, as pools send it', async () => {
    const second = await rotated(await newUser('pooled'));
    const client = new pg.Client({
      host: '127.0.0.1',
      port: server.port,
      user: second.username,
      password: second.password,
      database: 'shop',
    });
    await client.connect();
    await client.query('DISCARD ALL');
    expect((await client.query('SELECT current_user')).rows).toEqual([{ current_user: 'pooled' }]);
    await client.end();
  });

  it('takes from the clone roles that the original does not have', async () => {
    const first = await newUser('modest');
    const second = await rotated(first);
    await server.query('CREATE ROLE power NOLOGIN', [], creator);
    await server.query('GRANT power TO modest_clone', [], creator);
    await as(second, 'SET ROLE power');
    await rotated(await rotated(second));
    await expect(as(second, 'SET ROLE power')).rejects.toBeDefined();
    const rows = await server.query(
      `SELECT roleid::regrole::text AS role FROM pg_auth_members WHERE member = 'modest_clone'::regrole`,
    );
    expect(rows).toEqual([{ role: 'modest' }]);
  });

  it('section 7: … the retry of setSecret then reports success, skips the rest of the copying', async () => {
    const first = await newUser('halfway');
    await inShop('GRANT SELECT ON stock TO halfway');
    const pending = await createPending(strategy(), first);
    await server.query(`CREATE ROLE halfway_clone LOGIN`, [], creator);
    await server.query(`ALTER ROLE halfway_clone PASSWORD ${pg.escapeLiteral(pending.password)}`);
    await runSetSecret(strategy(), { current: first, pending }, others());
    await as(pending, 'SELECT * FROM stock');
  });

  it('follows membership, not the name, when a user was called _clone from the start', async () => {
    const first = await newUser('dolly_clone');
    await inShop('GRANT SELECT ON stock TO dolly_clone');
    const second = await rotated(first);
    expect(second.username).toBe('dolly');
    await as(second, 'SELECT * FROM stock');
    const third = await rotated(second);
    expect(third.username).toBe('dolly_clone');
    expect(await as(third, 'SELECT current_user FROM (SELECT count(*) FROM stock) s')).toEqual([
      { current_user: 'dolly_clone' },
    ]);
  });

  it('says which permission is missing', async () => {
    const secret = await newUser('root_owned');
    await server.query('ALTER ROLE root_owned BYPASSRLS REPLICATION');
    await expect(rotated(secret)).rejects.toMatchObject({
      name: 'PermissionMissingError',
      message: expect.stringMatching(
        /does not let user "creator" give user "root_owned_clone" the attributes of "root_owned" \(.*REPLICATION/,
      ),
    });
    expect(await role('root_owned_clone')).toBeUndefined();
  });

  it('section 7: Database named with " TO " inside', async () => {
    const name = `a TO 'b' TO "c" %s`;
    await server.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
    const first = await newUser('to');
    await server.query(`ALTER ROLE "to" IN DATABASE ${pg.escapeIdentifier(name)} SET work_mem = '9MB'`, [], creator);
    const second = await rotated({ ...first, dbname: name });
    expect(await server.query('SHOW work_mem', [], { ...second, database: name })).toEqual([{ work_mem: '9MB' }]);
  });

  it('says that ADMIN OPTION is missing, where the version asks for it', async () => {
    await server.query(`CREATE ROLE foreigner LOGIN PASSWORD 'first-password'`);
    const secret = { ...(await newUser('native')), username: 'foreigner' };
    if (version < 16) {
      await rotated(secret);
      return;
    }
    await expect(rotated(secret)).rejects.toMatchObject({
      name: 'PermissionMissingError',
      message: expect.stringMatching(
        /make user "foreigner_clone" a member of "foreigner": .*ADMIN option on role "foreigner"/,
      ),
    });
    await server.query('GRANT foreigner TO creator WITH ADMIN OPTION');
    await rotated(await rotated(secret));
  });

  it('does nothing for somebody who cannot log in with AWSCURRENT', async () => {
    const secret = await newUser('guarded');
    const current = { ...secret, password: 'a guess' };
    const pending = await createPending(strategy(), current);
    await expect(runSetSecret(strategy(), { current, pending }, others())).rejects.toMatchObject({
      name: 'LoginRejectedError',
    });
    expect(await role('guarded_clone')).toBeUndefined();
    await server.query(`CREATE ROLE guarded_clone LOGIN PASSWORD ${pg.escapeLiteral(pending.password)}`);
    await expect(runSetSecret(strategy(), { current, pending }, others())).rejects.toMatchObject({
      name: 'LoginRejectedError',
    });
    expect(await role('guarded_clone')).toMatchObject({ settings: [] });
  });
});

describe('a table of the clone that somebody else has locked', () => {
  it('stops the rotation instead of holding up the database, and is handed over by the next try', async () => {
    await using server = await startPostgres();
    await server.query(
      `CREATE ROLE app LOGIN PASSWORD 'first-password'; CREATE ROLE app_clone LOGIN PASSWORD 'clone-password' IN ROLE app;
       CREATE TABLE busy (id int); ALTER TABLE busy OWNER TO app_clone`,
    );
    const { host, port } = server;
    const current = { engine: 'postgres', host, port, username: 'app', password: 'first-password', masterarn: MASTER };
    const others = { [MASTER]: { engine: 'postgres', host, port, ...server.superuser } };
    const rotator = alternatingUsers(postgres(), { ca: server.ca });
    const pending = await createPending(rotator, current);

    const reader = new pg.Client({ host, port, user: 'app_clone', password: 'clone-password', database: 'postgres' });
    await reader.connect();
    await reader.query('BEGIN; SELECT * FROM busy');
    await expect(runSetSecret(rotator, { current, pending }, others)).rejects.toMatchObject({
      name: 'StepFailedError',
      message: expect.stringMatching(/hand over what user "app_clone" owns .* lock timeout/),
    });
    await reader.query('COMMIT');
    await reader.end();
    await runSetSecret(rotator, { current, pending }, others);
    expect(await server.query("SELECT tableowner FROM pg_tables WHERE tablename = 'busy'")).toEqual([
      { tableowner: 'app' },
    ]);
  });
});

describe('before anything is sent', () => {
  const secret: DatabaseSecret = {
    engine: 'postgres',
    host: 'db.example',
    username: 'app',
    password: 'p',
    masterarn: MASTER,
  };
  const strategy = alternatingUsers(postgres());

  it('counts the bytes of a name that is to get the suffix', async () => {
    const fits = await createPending(strategy, { ...secret, username: 'ü'.repeat(28) });
    expect(fits.username).toBe(`${'ü'.repeat(28)}_clone`);
    await expect(createPending(strategy, { ...secret, username: 'ü'.repeat(29) })).rejects.toMatchObject({
      name: 'InvalidSecretError',
      message: expect.stringMatching(/64 bytes, and postgres takes 63. Use a user name of at most 57 bytes/),
    });
  });

  it('wants masterarn', async () => {
    const { masterarn: _masterarn, ...without } = secret;
    await expect(createPending(strategy, without)).rejects.toMatchObject({
      name: 'InvalidSecretError',
      message: expect.stringContaining('masterarn'),
    });
  });

  it('refuses a pending version for a user whose turn it is not', async () => {
    for (const username of ['app', 'other', 'app_clone_clone']) {
      const context = setSecretContext(strategy, { current: secret, pending: { ...secret, username } });
      await expect(strategy.setSecret?.(context)).rejects.toMatchObject({
        name: 'TargetMismatchError',
        fields: ['username'],
      });
      await expect(strategy.afterSetSecret?.(context)).rejects.toMatchObject({ name: 'TargetMismatchError' });
    }
  });

  it('takes a user and its clone for the same target, and nobody else', () => {
    const target = (changes: Partial<DatabaseSecret>) => strategy.target?.({ ...secret, ...changes });
    expect(target({ username: 'app_clone' })).toEqual(target({}));
    expect(target({ username: 'app2' })).not.toEqual(target({}));
    expect(target({ masterarn: 'arn:other' })).not.toEqual(target({}));
    expect(target({ host: 'DB.EXAMPLE', port: 5432 })).toEqual(target({}));
  });
});

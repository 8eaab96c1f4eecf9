/** What the server gets to see of a password, and what stays in its log. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Connection } from '../../../../lib/databases/driver.js';
import { postgres } from '../../../../lib/databases/engines/postgres.js';
import { type PostgresServer, startPostgres, versionsUnderTest } from '../../../support/postgres.js';

describe.each(versionsUnderTest())('PostgreSQL %i that logs every statement', (version) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({
      version,
      settings: {
        log_statement: 'all',
        log_min_duration_statement: '0',
        log_error_verbosity: 'verbose',
        log_min_messages: 'info',
        log_min_error_statement: 'info',
        ...(version >= 16 && { scram_iterations: '5000' }),
      },
    });
    await server.query("CREATE ROLE creator LOGIN CREATEROLE PASSWORD 'creator-password'");
  });
  afterAll(() => server.stop());

  const connection = (): Connection => ({
    tls: { ca: [server.ca], minVersion: 'TLSv1.2', rejectUnauthorized: true },
    timeoutMillis: 5_000,
    signal: new AbortController().signal,
    aws: () => Promise.reject(new Error('AWS is not there')),
  });

  async function changePassword(as: { username: string; password: string }, username: string, password: string) {
    await using session = await postgres().login(
      { engine: 'postgres', host: server.host, port: server.port, ...as },
      connection(),
    );
    await session.changePassword(username, password);
  }

  const creator = { username: 'creator', password: 'creator-password' };

  async function expectUnlogged(username: string, password: string): Promise<string> {
    const [row] = await server.query('SELECT rolpassword FROM pg_authid WHERE rolname = $1', [username]);
    const verifier = String(row?.rolpassword);
    const log = await server.logFile();
    expect(log).toContain(`E''${username}''`);
    expect(log).not.toContain(password);
    const hidden = verifier.split(/[$:]/).filter((part) => part.length > 20);
    expect(hidden.length).toBeGreaterThan(0);
    for (const part of hidden) {
      expect(log).not.toContain(part);
      expect(log).not.toContain(Buffer.from(part).toString('hex'));
    }
    return verifier;
  }

  it.each(['itself', 'a CREATEROLE superuser', 'a true superuser'])(
    'changed by %s: neither it nor its verifier',
    async (who) => {
      const username = `logged_${who.replaceAll(' ', '_').toLowerCase()}`;
      await server.query(`CREATE ROLE ${username} LOGIN PASSWORD 'first'`, [], creator);
      const as =
        { itself: { username, password: 'first' }, 'a CREATEROLE superuser': creator }[who] ?? server.superuser;
      await changePassword(as, username, 'canary-password');
      const verifier = await expectUnlogged(username, 'canary-password');
      expect(verifier).toMatch(version >= 16 ? /^SCRAM-SHA-256\$5000:/ : /^SCRAM-SHA-256\$4096:/);
      expect(await server.query('SELECT 1 AS one', [], { username, password: 'canary-password' })).toEqual([
        { one: 1 },
      ]);
    },
  );

  it('as md5 where password_encryption says so', async () => {
    await server.query(`CREATE ROLE old_fashioned LOGIN PASSWORD 'first'`, [], creator);
    await server.query(`ALTER ROLE creator SET password_encryption = 'md5'`);
    try {
      await changePassword(creator, 'old_fashioned', 'canary-password-2');
    } finally {
      await server.query('ALTER ROLE creator RESET password_encryption');
    }
    expect(await expectUnlogged('old_fashioned', 'canary-password-2')).toMatch(/^md5[0-9a-f]{32}$/);
  });

  it('when the server refuses the change', async () => {
    await server.query(`CREATE ROLE untouchable LOGIN PASSWORD 'first'`);
    await server.query('ALTER ROLE untouchable SUPERUSER');
    await expect(changePassword(creator, 'untouchable', 'canary-password-3')).rejects.toMatchObject({
      name: 'PermissionMissingError',
      message: expect.stringMatching(/does not let user "creator" change the password of user "untouchable"/),
    });
    await expect(changePassword(creator, 'nobody', 'canary-password-3')).rejects.toMatchObject({
      name: 'StepFailedError',
      message: expect.stringContaining('role "nobody" does not exist (SQLSTATE 42704)'),
    });
    const log = await server.logFile();
    expect(log).toMatch(/ERROR: .*(superuser|permission denied)/i);
    expect(log).not.toContain('canary-password-3');
    expect(log).not.toContain('SCRAM-SHA-256$');
  });

  it("when the server's password policy refuses it, in the policy's own words", async () => {
    await server.query(`CREATE ROLE "canary-password-5" LOGIN PASSWORD 'first'`, [], creator);
    // The module itself is one of the server's; it is loaded here by the session that it checks.
    await server.query("ALTER ROLE creator SET session_preload_libraries = 'passwordcheck'");
    try {
      await expect(changePassword(creator, 'canary-password-5', 'canary-password-5')).rejects.toMatchObject({
        name: 'PasswordRefusedError',
        code: 'PasswordRefused',
        message: expect.stringMatching(
          /password must not (equal|contain) user name\..*remove AWSPENDING from the version/,
        ),
      });
    } finally {
      await server.query('ALTER ROLE creator RESET session_preload_libraries');
    }
    await changePassword({ username: 'canary-password-5', password: 'first' }, 'canary-password-5', 'second-password');
  });

  it('with functions of somebody else in the search path', async () => {
    await server.query(`CREATE ROLE trapped LOGIN PASSWORD 'first'`, [], creator);
    await server.query(`CREATE TABLE loot (what text); GRANT ALL ON loot TO PUBLIC`);
    await server.query(
      `CREATE FUNCTION public.format(text, text, text) RETURNS text LANGUAGE sql AS
       $$INSERT INTO public.loot VALUES ($3); SELECT pg_catalog.format($1, $2, $3)$$`,
    );
    await server.query(`ALTER ROLE creator SET search_path = public, pg_catalog`);
    try {
      await changePassword(creator, 'trapped', 'canary-password-4');
    } finally {
      await server.query('ALTER ROLE creator RESET search_path; DROP FUNCTION public.format(text, text, text)');
    }
    expect(await server.query('SELECT * FROM loot')).toEqual([]);
  });
});

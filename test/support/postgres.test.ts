import { describe, expect, it } from '@jest/globals';
import { startPostgres, versionsUnderTest } from './postgres.js';

describe.each(versionsUnderTest())('PostgreSQL %i', (version) => {
  it('starts, keeps its passwords as SCRAM verifiers, refuses a wrong one and stops', async () => {
    await using server = await startPostgres({ version, settings: { log_connections: 'on' } });
    const [row] = await server.query(
      'SELECT current_setting($1)::int / 10000 AS major, rolpassword FROM pg_authid WHERE rolname = $2',
      ['server_version_num', 'postgres'],
    );
    expect(row?.major).toBe(version);
    expect(row?.rolpassword).toMatch(/^SCRAM-SHA-256\$/);
    await expect(server.query('SELECT 1', [], { username: 'postgres', password: 'wrong' })).rejects.toMatchObject({
      code: '28P01',
    });
    expect(await server.logFile()).toContain('password authentication failed');
    await server.stop();
    await expect(server.query('SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('keeps what was committed over a restart, under the same port, and goes on logging', async () => {
    await using server = await startPostgres({
      version,
      settings: { synchronous_commit: 'on', log_statement: 'all' },
    });
    await server.query('CREATE TABLE kept AS SELECT 1 AS id');
    await server.restart();
    server.forgetLog();
    expect(await server.query('SELECT id FROM kept')).toEqual([{ id: 1 }]);
    const log = await server.logFile();
    expect(log).toContain('SELECT id FROM kept');
    expect(log).not.toContain('CREATE TABLE');
  });
});

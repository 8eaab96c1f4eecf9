import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mariadb } from '../../../../lib/databases/engines/mariadb.js';
import type { DatabaseSecret } from '../../../../lib/databases/secret.js';
import { alternatingUsers } from '../../../../lib/databases/strategies/alternating-users.js';
import { singleUser } from '../../../../lib/databases/strategies/single-user.js';
import { superuserSets } from '../../../../lib/databases/strategies/superuser-sets.js';
import { type MariadbServer, mariadbUnderTest, startMariadb } from '../../../support/mariadb.js';
import { logsIn, rotate, runSetSecret } from '../../support/rotation.js';

const MASTER = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:super-AbCdEf';

for (const { name } of mariadbUnderTest()) {
  describe(`what ${name} writes to its logs`, () => {
    let server: MariadbServer;
    beforeAll(async () => {
      server = await startMariadb({
        settings: {
          'log-bin': 'changes',
          'log-warnings': '9',
          'plugin-load-add': 'server_audit;sql_errlog;auth_ed25519',
          'server-audit-logging': 'ON',
          'server-audit-file-path': 'audit.log',
        },
      });
      await server.query(`
        CREATE USER rotation@'%' IDENTIFIED BY 'rotation-password'; GRANT CREATE USER ON *.* TO rotation@'%'; GRANT SELECT ON mysql.* TO rotation@'%'`);
    });
    afterAll(() => server.stop());

    const others = () => {
      const at = { engine: 'mariadb', host: 'localhost', port: server.port };
      return { [MASTER]: { ...at, username: 'rotation', password: 'rotation-password' } };
    };

    async function newUser(username: string, identified: string): Promise<DatabaseSecret> {
      await server.query(
        `CREATE USER ${username}@'%' IDENTIFIED ${identified}; CREATE USER ${username}@'10.%' IDENTIFIED ${identified}`,
      );
      const at = { engine: 'mariadb', host: 'localhost', port: server.port };
      return { ...at, username, password: 'first-Passw0rd!', masterarn: MASTER };
    }

    /** By single user, by the superuser, and by the superuser for the clone and back. @returns all that were set */
    async function rotateInAllWays(first: DatabaseSecret): Promise<readonly DatabaseSecret[]> {
      const options = { ca: server.ca };
      const own = await rotate(singleUser([mariadb()], options), first);
      const set = await rotate(superuserSets([mariadb()], options), own, others());
      const clone = await rotate(alternatingUsers([mariadb()], options), set, others());
      const back = await rotate(alternatingUsers([mariadb()], options), clone, others());
      return [own, set, clone, back];
    }

    const hashesOf = async (username: string) =>
      (await server.query(`SELECT authentication_string AS hash FROM mysql.user WHERE User LIKE '${username}%'`)).map(
        ({ hash }) => String(hash),
      );

    async function files(pattern: RegExp): Promise<string> {
      const names = (await readdir(server.data)).filter((file) => pattern.test(file));
      expect(names).not.toEqual([]);
      return (await Promise.all(names.map((file) => readFile(join(server.data, file), 'latin1')))).join('\n');
    }

    it.each([
      ['mysql_native_password', "BY 'first-Passw0rd!'"],
      ['ed25519', "VIA ed25519 USING PASSWORD('first-Passw0rd!')"],
    ])('holds no password and no hash, with %s', async (plugin, identified) => {
      const first = await newUser(`logged_${plugin.slice(0, 2)}`, identified);
      await server.forgetLogs();
      const values = await rotateInAllWays(first);
      const hashes = await hashesOf(first.username);
      expect(hashes).toHaveLength(4);
      const logs = (await Promise.all((['general', 'slow', 'error'] as const).map((log) => server.readLog(log)))).join(
        '\n',
      );
      expect(logs).toContain('EXECUTE IMMEDIATE CONCAT(');
      expect(logs).toContain(`CREATE USER \`${first.username}_clone\`@`);
      for (const { password } of values) expect(logs).not.toContain(password);
      for (const hash of hashes) expect(logs).not.toContain(hash);
      // The binary log has to have the hash, as replicas need it, and never the password; nor has the log of errors.
      const binaryLog = await files(/^changes\.\d+$/);
      expect(hashes.some((hash) => binaryLog.includes(hash))).toBe(true);
      const others = `${binaryLog}${await files(/^audit\.log|sql_errors\.log$/)}`;
      for (const { password } of values) expect(others).not.toContain(password);
    });

    it('shows hashes to the audit plugin where the statement has to have USING or SET PASSWORD, and never a password', async () => {
      const audited = await files(/^audit\.log$/);
      expect(audited).toContain("SET PASSWORD = \\'*");
      expect(audited).toMatch(/ALTER USER `logged_my`@`%` IDENTIFIED BY PASSWORD \*{5}/);
    });

    describe('where a plugin judges passwords', () => {
      beforeAll(() => server.query("INSTALL SONAME 'simple_password_check'"));
      afterAll(() => server.query("UNINSTALL SONAME 'simple_password_check'"));

      it('lets it judge, and holds no password: not the binary log either', async () => {
        const first = await newUser('judged', "BY 'first-Passw0rd!'");
        const options = { ca: server.ca };
        await server.forgetLogs();
        const own = await rotate(singleUser([mariadb()], options), first);
        // Who may write to mysql.* sets it in a way that puts a hash into the binary log; who may not is refused.
        await expect(rotate(superuserSets([mariadb()], options), own, others())).rejects.toMatchObject({
          name: 'PermissionMissingError',
          message: expect.stringMatching(/strict_password_validation.* binary log.*UPDATE ON mysql/),
        });
        await expect(rotate(alternatingUsers([mariadb()], options), own, others())).rejects.toMatchObject({
          name: 'PermissionMissingError',
          message: expect.stringMatching(/make the user yourself/),
        });
        expect(await logsIn(singleUser([mariadb()], options), own)).toBe(true);
        await server.query(`GRANT UPDATE ON mysql.* TO rotation@'%'`);
        const set = await rotate(superuserSets([mariadb()], options), own, others());
        await server.query(`REVOKE UPDATE ON mysql.* FROM rotation@'%'`);
        const logs = (
          await Promise.all((['general', 'slow', 'error'] as const).map((log) => server.readLog(log)))
        ).join('\n');
        const all = `${logs}${await files(/^changes\.\d+$|^audit\.log|sql_errors\.log$/)}`;
        for (const { password } of [own, set]) expect(all).not.toContain(password);
        expect(logs).toContain("'SET PASSWORD = PASSWORD('");
      });

      it('says what it said of a password that it refuses, and shows none', async () => {
        const current = await newUser('judged_badly', "BY 'first-Passw0rd!'");
        await server.forgetLogs();
        const rotator = singleUser([mariadb()], { ca: server.ca });
        const refused = runSetSecret(rotator, { current, pending: { ...current, password: 'all-lower-case' } });
        await expect(refused).rejects.toMatchObject({
          name: 'PasswordRefusedError',
          message: expect.stringMatching(/does not satisfy the current policy requirements \(simple_password_check\)/),
        });
        const error = await refused.catch((thrown: Error) => thrown);
        expect(`${(error as Error).stack}${JSON.stringify(error)}`).not.toContain('all-lower-case');
        expect(await server.readLog('general')).not.toContain('all-lower-case');
        expect(await logsIn(rotator, current)).toBe(true);
      });
    });
  });
}

it('runs', () => expect(mariadb().engines).toEqual(['mariadb']));

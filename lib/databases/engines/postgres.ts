import type { DatabaseDriver, SuperuserSession } from '../driver.js';
import { connect, DEFAULT_PORT } from './postgres/connection.js';
import { quoteIdentifier } from './postgres/quote.js';
import { setPassword } from './postgres/set-password.js';
import { syncRoles } from './postgres/sync-roles.js';

/**
 * PostgreSQL 13 to 18, Aurora included, through the npm package `pg` (install it beside Keyturn).
 *
 * Single user needs nothing but the user's own login. For alternating users the superuser needs CREATEROLE and, from PostgreSQL 16 on, the ADMIN
 * option on the user (who created the user has it; else `GRANT app TO superuser WITH ADMIN OPTION`). No true superuser is needed.
 *
 * The clone of alternating users is a member of the original and acts as it (`ALTER ROLE app_clone SET role = app`): it has the original's privileges,
 * no more and no less, and what it creates belongs to the original. Grant to, revoke from and alter the original; a rotation in either direction makes
 * the clone follow. A setting or attribute that the superuser may not give stops the rotation; somebody who may can give it to the clone once, as what is equal
 * already is left alone. `session_user`, pg_stat_activity and the server's log show which of the two logged in.
 *
 * Passwords reach the server as SCRAM-SHA-256 verifiers (or md5, where its `password_encryption` says so), sealed against its own statement log.
 * This needs the language plpgsql, which every database has unless it was dropped.
 */
export function postgres(): DatabaseDriver<SuperuserSession> {
  return {
    engines: ['postgres', 'aurora-postgresql'],
    defaultPort: DEFAULT_PORT,
    maxUsernameLength: 63,
    cloneSuffix: '_clone',
    async login(secret, options) {
      const connection = await connect(secret, options);
      return {
        async ping() {
          await connection.query('read a constant', 'SELECT 1');
        },
        async changePassword(username, password) {
          await connection.transaction(`change the password of user "${username}"`, () =>
            setPassword(connection, username, password),
          );
        },
        async userExists(username) {
          const doing = `look for user "${username}"`;
          const sql = 'SELECT FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) $1::pg_catalog.name';
          return (await connection.query(doing, sql, [username])).length > 0;
        },
        async cloneUser(source, clone, password) {
          const doing = `make user "${clone}"`;
          await connection.transaction(doing, async () => {
            await connection.query(doing, `CREATE ROLE ${quoteIdentifier(clone)} LOGIN`);
            await setPassword(connection, clone, password);
            await syncRoles(connection, source, clone, source);
          });
        },
        async syncPrivileges(source, target, original) {
          await connection.transaction(`copy the privileges of user "${source}"`, () =>
            syncRoles(connection, source, target, original),
          );
        },
        [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
      };
    },
  };
}

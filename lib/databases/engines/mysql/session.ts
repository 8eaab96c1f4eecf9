import type { Connection, DualPasswordSession, SuperuserSession } from '../../driver.js';
import type { DatabaseSecret } from '../../secret.js';
import { accountsOf, firstText } from './accounts.js';
import { addPassword } from './add-password.js';
import { cloneUser } from './clone-user.js';
import { connect } from './connection.js';
import { setPassword } from './set-password.js';
import { syncPrivileges } from './sync-privileges.js';
import { assertUsername } from './username.js';

/** A session with a server of either dialect. @throws as DatabaseDriver.login; InvalidSecretError for a name that no server knows */
export async function openSession(
  secret: DatabaseSecret,
  options: Connection,
): Promise<SuperuserSession & DualPasswordSession> {
  assertUsername(secret.username);
  const connection = await connect(secret, options);
  return {
    async ping() {
      await connection.query('read a constant', 'SELECT 1');
    },
    changePassword: (username, password) => setPassword(connection, username, password),
    addPassword: (username, password, current) => addPassword(connection, username, password, current),
    userExists: async (username) => (await accountsOf(connection, username)).length > 0,
    cloneUser: (source, clone, password) => cloneUser(connection, source, clone, password),
    syncPrivileges: (source, target) => syncPrivileges(connection, source, target),
    async maxUsernameLength() {
      const [row = []] = await connection.query(
        'read how long names may be',
        "SELECT CHARACTER_MAXIMUM_LENGTH FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'information_schema' AND TABLE_NAME = 'PROCESSLIST' AND COLUMN_NAME = 'USER'",
      );
      return Number(firstText(row));
    },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

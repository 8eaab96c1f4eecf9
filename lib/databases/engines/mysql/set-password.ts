import type { MysqlConnection } from './connection.js';
import { setOthersSealed, setOwnSealed } from './mariadb-password.js';
import { setOthersPassword, setOwnPassword } from './mysql-password.js';
import { assertUsername } from './username.js';

/**
 * Gives a user a password and no other: somebody else at all hosts in one statement, oneself at the host that the session came in by, since that is all that a user may do.
 * @throws as UserSession.changePassword
 */
export async function setPassword(connection: MysqlConnection, username: string, password: string): Promise<void> {
  assertUsername(username);
  const { server } = await connection.prepared();
  const own = username === connection.username;
  if (server.name === 'MariaDB') await (own ? setOwnSealed : setOthersSealed)(connection, username, password);
  else await (own ? setOwnPassword : setOthersPassword)(connection, username, password);
}

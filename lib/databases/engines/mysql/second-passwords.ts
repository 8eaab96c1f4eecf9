import { firstText } from './accounts.js';
import type { MysqlConnection } from './connection.js';
import { quoteText } from './quote.js';

/**
 * The hashes of the second passwords of a user's accounts, by host. MySQL keeps them among the attributes, where SHOW CREATE USER does not tell them.
 * @see https://dev.mysql.com/doc/refman/8.0/en/password-management.html#dual-passwords
 */
export async function secondPasswords(
  connection: MysqlConnection,
  username: string,
): Promise<ReadonlyMap<string, string>> {
  const { server } = await connection.prepared();
  if (!server.atLeast(8, 0, 14)) return new Map();
  const rows = await connection.query(
    `look for second passwords of user "${username}"`,
    `SELECT Host, JSON_UNQUOTE(JSON_EXTRACT(User_attributes, '$.additional_password')) FROM mysql.user
      WHERE User = ${quoteText(username)}`,
  );
  return new Map(
    rows.flatMap(([host, hash]) =>
      hash === null || hash === undefined ? [] : [[firstText([host]), firstText([hash])]],
    ),
  );
}

import type { DatabaseDriver, SuperuserSession } from '../driver.js';
import { DEFAULT_PORT } from './mysql/connection.js';
import { openSession } from './mysql/session.js';

/**
 * MariaDB 10.4 and later, through the npm package `mysql2` (install it beside Keyturn; and `@noble/ed25519` for users of the plugin ed25519).
 *
 * Single user needs nothing but the user's own login. It changes the account that the login comes in by (`SELECT CURRENT_USER()`), since a user may change no other: where a user name has accounts at
 * several hosts with one password, take `superuserSets` or alternating users. Those change all of them in one statement.
 *
 * The superuser needs CREATE USER, SELECT on mysql.*, and what the users differ in with GRANT OPTION (roles with ADMIN OPTION; UPDATE on mysql.* for a default role). Nothing that is equal is granted again.
 *
 * Passwords reach the server as hashes, sealed against its own logs; where a plugin has to judge them (`strict_password_validation`), as they are, sealed in the same way. Before MariaDB 10.10 the
 * seal is made of the best that the server has for random bytes.
 */
export function mariadb(): DatabaseDriver<SuperuserSession> {
  return {
    engines: ['mariadb'],
    defaultPort: DEFAULT_PORT,
    maxUsernameLength: 32,
    serversDifferInUsernames: true,
    cloneSuffix: '_clone',
    login: openSession,
  };
}

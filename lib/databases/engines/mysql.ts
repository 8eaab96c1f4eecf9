import type { DatabaseDriver, DualPasswordSession, SuperuserSession } from '../driver.js';
import { DEFAULT_PORT } from './mysql/connection.js';
import { openSession } from './mysql/session.js';

/**
 * MySQL 5.7, 8 and 9, Aurora included, through the npm package `mysql2` (install it beside Keyturn). Which dialect a server speaks is read from the server, so a secret whose engine is mysql may
 * lead to MariaDB; for what is special about that see `mariadb()`.
 *
 * Single user needs nothing but the user's own login. It changes the account that the login comes in by (`SELECT CURRENT_USER()`), since a user may change no other: where a user name has accounts at
 * several hosts with one password, take `superuserSets` or alternating users. Those change all of them in one statement. Dual password needs MySQL 8.0.14, and APPLICATION_PASSWORD_ADMIN for a user
 * who adds passwords to itself.
 *
 * The superuser needs CREATE USER, SELECT on mysql.*, and what the users differ in with GRANT OPTION (roles with ADMIN OPTION). Nothing that is equal is granted again.
 *
 * Passwords are sent as they are, over TLS: the server rewrites them before a statement comes into any of its logs (unless it runs with `--log-raw`), and does not do that with hashes; and a user's own
 * can be changed in no other way.
 */
export function mysql(): DatabaseDriver<SuperuserSession & DualPasswordSession> {
  return {
    engines: ['mysql', 'aurora-mysql'],
    defaultPort: DEFAULT_PORT,
    maxUsernameLength: 32,
    serversDifferInUsernames: true,
    cloneSuffix: '_clone',
    login: openSession,
  };
}

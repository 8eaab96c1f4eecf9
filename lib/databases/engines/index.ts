/** The engines that Keyturn knows. Each is an entry point of its own (`keyturn/engines/postgres`), so that a function carries only its own client. */
export { activeDirectory } from './active-directory.js';
export { ldap } from './ldap.js';
export { managedDirectory } from './managed-directory.js';
export { mariadb } from './mariadb.js';
export { mysql } from './mysql.js';
export { postgres } from './postgres.js';
export { redis } from './redis.js';

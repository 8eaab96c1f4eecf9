/** The engines that Keyturn knows. Each is an entry point of its own (`keyturn/engines/postgres`), so that a function carries only its own client. */
export { mariadb } from './mariadb.js';
export { mysql } from './mysql.js';
export { postgres } from './postgres.js';

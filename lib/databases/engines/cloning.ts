/** The engines whose users can be cloned, for alternating users. */
export { mariadb } from './mariadb.js';
export { mysql } from './mysql.js';
export { postgres } from './postgres.js';
export { redis } from './redis.js';

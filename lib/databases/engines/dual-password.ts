/** The engines whose users may have two passwords, for dual password. */
export { mysql } from './mysql.js';
export { redis } from './redis.js';

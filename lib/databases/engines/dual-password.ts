/** The engines whose users may have two passwords, for dual password. */
export { redis } from './redis.js';

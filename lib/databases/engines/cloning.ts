/** The engines whose users can be cloned, for alternating users. */
export { postgres } from './postgres.js';
export { redis } from './redis.js';

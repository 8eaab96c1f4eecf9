/** Databases: strategies that work with any driver, and what it takes to write one of either. */
export type { AuthorityOptions } from './authorities.js';
export type { DatabaseOptions } from './database-access.js';
export type { Connection, DatabaseDriver, SuperuserSession, TlsSettings, UserSession } from './driver.js';
export { type DatabaseSecret, databaseSecret } from './secret.js';
export { alternatingUsers } from './strategies/alternating-users.js';
export { type SingleUserOptions, singleUser } from './strategies/single-user.js';

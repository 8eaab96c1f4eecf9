/** Databases: strategies that work with any driver, and what it takes to write one of either. */
export type { AuthorityOptions } from './authorities.js';
export type { ConnectionOptions, Drivers } from './database-access.js';
export type {
  Connection,
  DatabaseDriver,
  DualPasswordSession,
  SuperuserSession,
  TlsSettings,
  UserSession,
} from './driver.js';
export { type DatabaseSecret, databaseSecret, type SecretKeys } from './secret.js';
export { alternatingUsers, type CloningOptions, type PairOptions } from './strategies/alternating-users.js';
export type { DatabaseOptions } from './strategies/database-rotator.js';
export { dualPassword } from './strategies/dual-password.js';
export type { RecoveryOptions } from './strategies/known-logins.js';
export { type SingleUserOptions, singleUser } from './strategies/single-user.js';
export { type SuperuserSetsOptions, superuserSets } from './strategies/superuser-sets.js';

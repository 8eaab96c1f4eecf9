/** An engine for which this package brings prebuilt rotators: one of `RotationEngine`. */
export interface IRotationEngine {
  /** What the rotators of the engine are called by: `postgres`. */
  readonly engineName: string;
}

/** An engine whose users can be cloned, for alternating users. */
export interface ICloningEngine extends IRotationEngine {
  /** What is added to a user's name for its clone, unless `cloneName` says otherwise. */
  readonly cloneSuffix: string;
}

/** An engine whose users may have two passwords, for dual password. */
export interface IDualPasswordEngine extends IRotationEngine {
  /** How many passwords a user has after a rotation: the new one, and the one that consumers may still use. */
  readonly validPasswords: number;
}

/** An engine that can do both. */
export interface ICloningDualPasswordEngine extends ICloningEngine, IDualPasswordEngine {}

/**
 * The engines that have prebuilt rotators. What an engine cannot do does not compile: `RotationCode.alternatingUsers(RotationEngine.LDAP)`. What each strategy asks of
 * the engine's server and users: docs/databases.md.
 */
export class RotationEngine {
  /** PostgreSQL, Amazon Aurora PostgreSQL included. */
  public static readonly POSTGRES: ICloningEngine = { engineName: 'postgres', cloneSuffix: '_clone' };
  /** MySQL, Amazon Aurora MySQL included. */
  public static readonly MYSQL: ICloningDualPasswordEngine = {
    engineName: 'mysql',
    cloneSuffix: '_clone',
    validPasswords: 2,
  };
  /** MariaDB. */
  public static readonly MARIADB: ICloningEngine = { engineName: 'mariadb', cloneSuffix: '_clone' };
  /** Redis and Valkey. */
  public static readonly REDIS: ICloningDualPasswordEngine = {
    engineName: 'redis',
    cloneSuffix: '_clone',
    validPasswords: 2,
  };
  /** Directories that speak LDAP. */
  public static readonly LDAP: IRotationEngine = { engineName: 'ldap' };
  /** Active Directory, over LDAP. One of AWS Directory Service, by AWS's API: `RotationCode.managedDirectory`. */
  public static readonly ACTIVE_DIRECTORY: IRotationEngine = { engineName: 'active-directory' };

  private constructor() {}
}

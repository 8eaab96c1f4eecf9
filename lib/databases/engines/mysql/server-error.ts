import { types } from 'node:util';
import {
  AccountLockedError,
  DatabaseNotFoundError,
  HostUnreachableError,
  InvalidSecretError,
  LoginRejectedError,
  PasswordRefusedError,
  PermissionMissingError,
  RotationError,
  StepFailedError,
} from '../../../rotation/errors.js';

/** What is kept of an error that the server sent. mysql2's own object carries the statement too. */
export interface ServerError {
  readonly number: number;
  readonly message: string;
}

/** Tells an answer of the server from errors of the socket, of TLS and of the client. */
export function asServerError(error: unknown): ServerError | undefined {
  if (!types.isNativeError(error) || !('sqlMessage' in error) || !('errno' in error)) return undefined;
  return typeof error.errno === 'number' ? { number: error.errno, message: String(error.sqlMessage) } : undefined;
}

/** Who was doing what and where, for messages. */
export interface Attempt {
  readonly username: string;
  /** Host and port. */
  readonly server: string;
  readonly database: string | undefined;
  /** A verb phrase: `log in`, `change the password of user "app"`. */
  readonly doing: string;
}

/** An answer that depends on what was done, for whoever can go on from it. */
export class StatementError extends StepFailedError {
  readonly number: number;
  constructor(message: string, number: number) {
    super(message);
    this.number = number;
  }
}

/**
 * Further errors whose messages name objects and quote no statement: a missing or an existing object, a reserved name, a timeout of a lock, a statement that was
 * interrupted, one that the server does not know how to run.
 */
const NAMES_ONLY = new Set([1054, 1133, 1141, 1146, 1147, 1205, 1269, 1305, 1317, 1372, 1396, 1969, 3024, 3530, 3619]);

/**
 * A fresh error for what the server answered. The server's own message is repeated only where it speaks of users, privileges and rules; for the rest, the number has to
 * do, since a message may quote the statement.
 *
 * @see https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html
 * @see https://mariadb.com/kb/en/mariadb-error-code-reference/
 */
export function describeServerError({ number, message }: ServerError, attempt: Attempt): RotationError {
  const { username, server, database = '', doing } = attempt;
  const here = `The database at ${server}`;
  const because = message.replace(/\.?$/, '.');
  switch (number) {
    case 1045: // ER_ACCESS_DENIED_ERROR
    case 1698: // ER_ACCESS_DENIED_NO_PASSWORD_ERROR
      // A session is told the same where it may not grant a role.
      return doing === 'log in'
        ? new LoginRejectedError(
            `${here} refused the login of user "${username}": wrong password, or no such user for the function's address.`,
          )
        : new PermissionMissingError(`${here} does not let user "${username}" ${doing}: ${because}`);
    case 1820: // ER_MUST_CHANGE_PASSWORD
    case 1862: // ER_MUST_CHANGE_PASSWORD_LOGIN
      return new LoginRejectedError(
        `${here} refuses user "${username}", whose password has expired. Whoever may alter the user can give it another (recover: 'superuser'), and PASSWORD EXPIRE NEVER, since it is rotated.`,
      );
    case 3118: // ER_ACCOUNT_HAS_BEEN_LOCKED, MySQL
    case 4151: // the same, MariaDB
      return new AccountLockedError(
        `${here} lets user "${username}" not log in: its account is locked. The password may be right; ALTER USER … ACCOUNT UNLOCK lets it in again.`,
      );
    case 3955: // ER_USER_ACCESS_DENIED_FOR_USER_ACCOUNT_BLOCKED_BY_PASSWORD_LOCK, MySQL
    case 4150: // ER_USER_IS_BLOCKED, MariaDB
      return new AccountLockedError(
        `${here} has blocked user "${username}" after too many wrong passwords (FAILED_LOGIN_ATTEMPTS, max_password_errors). Wait, or unlock it: ALTER USER … ACCOUNT UNLOCK, ` +
          'or FLUSH PRIVILEGES with MariaDB.',
      );
    case 1049: // ER_BAD_DB_ERROR
      return new DatabaseNotFoundError(
        `${here} has no database "${database}". Correct dbname in the secret, or create the database.`,
      );
    case 1044: // ER_DBACCESS_DENIED_ERROR
      // Said of a database that is not there, too, to somebody without privileges on it.
      return doing === 'log in'
        ? new DatabaseNotFoundError(
            `${here} has no database "${database}" that user "${username}" may use. Correct dbname in the secret, create the database, or grant the user a privilege on it.`,
          )
        : new PermissionMissingError(`${here} does not let user "${username}" ${doing}: ${because}`);
    case 1130: // ER_HOST_NOT_PRIVILEGED
    case 1129: // ER_HOST_IS_BLOCKED
      return new PermissionMissingError(
        number === 1130
          ? `${here} lets nobody in from the function's address. Create the user for that address too ('${username}'@'10.0.%', say), or run the function where it may connect from.`
          : `${here} has blocked the function's address after too many broken connections. Lift it with FLUSH HOSTS, or TRUNCATE TABLE performance_schema.host_cache.`,
      );
    case 1142: // ER_TABLEACCESS_DENIED_ERROR
    case 1143: // ER_COLUMNACCESS_DENIED_ERROR
    case 1227: // ER_SPECIFIC_ACCESS_DENIED_ERROR
    case 1370: // ER_PROCACCESS_DENIED_ERROR
    case 1410: // ER_CANT_CREATE_USER_WITH_GRANT
    case 3879: // ER_NO_AUTH… of another user's system account
      return new PermissionMissingError(`${here} does not let user "${username}" ${doing}: ${because}`);
    case 1290: // ER_OPTION_PREVENTS_STATEMENT
    case 1836: // ER_READ_ONLY_MODE
      return /read.only/i.test(message)
        ? new PermissionMissingError(
            `${here} is read-only (a replica?), so user "${username}" cannot ${doing}. Point host at the writer.`,
          )
        : new PermissionMissingError(
            `${here} runs with an option by which user "${username}" cannot ${doing}: ${because}`,
          );
    case 1819: // ER_NOT_VALID_PASSWORD
    case 3638: // ER_CREDENTIALS_CONTRADICT_TO_HISTORY
      return new PasswordRefusedError(
        `${here} could not ${doing}: ${because} Make the passwords fit it (passwordPolicy in the function), or change the server's policy.`,
      );
    case 1040: // ER_CON_COUNT_ERROR
    case 1203: // ER_TOO_MANY_USER_CONNECTIONS
    case 1226: // ER_USER_LIMIT_REACHED
    case 1053: // ER_SERVER_SHUTDOWN
    case 1077: // ER_NORMAL_SHUTDOWN
    case 1079: // ER_SHUTDOWN_COMPLETE
    case 1080: // ER_FORCING_CLOSE
    case 1152: // ER_ABORTING_CONNECTION
    case 1184: // ER_NEW_ABORTING_CONNECTION
    case 1927: // ER_CONNECTION_KILLED, MariaDB
    case 3169: // ER_SESSION_WAS_KILLED
    case 4031: // ER_CLIENT_INTERACTION_TIMEOUT
      return [1040, 1203, 1226].includes(number)
        ? new HostUnreachableError(
            'refused',
            `${here} takes no connection of user "${username}" now: ${because} The step can be run again.`,
          )
        : new HostUnreachableError(
            'closed',
            `${here} ended the session of user "${username}" while it was to ${doing}. The step can be run again.`,
          );
    default: {
      const why = NAMES_ONLY.has(number) ? `: ${message.replace(/\.$/, '')}` : '';
      return new StatementError(`${here} could not ${doing} as user "${username}"${why} (error ${number}).`, number);
    }
  }
}

/** The server asked for something else than a password, or mysql2 does not know how to answer. */
export function describeLoginError(error: Error, { username, server }: Attempt): unknown {
  if (error instanceof RotationError) return error;
  const [, unknown] = /unknown plugin ([\w.-]{1,64})\. /.exec(error.message) ?? [];
  const plugin =
    'code' in error && error.code === 'MYSQL_CLEAR_PASSWORD_NOT_ENABLED' ? 'mysql_clear_password' : unknown;
  const why =
    plugin === undefined
      ? 'the server asks for it in a way that does not fit its plugin. With "ssl": false, passwords of more than 200 bytes are too long for some plugins'
      : `the server asks for the client plugin ${plugin} (of users who log in by PAM, LDAP, Kerberos or IAM, for instance), and such a password is not kept by the database`;
  return new InvalidSecretError(
    `User "${username}" at ${server} cannot be logged in with a password: ${why}. Nothing was changed. Give the user a plugin with a password: mysql_native_password, ` +
      'caching_sha2_password, sha256_password or ed25519.',
    ['username has an unknown plugin'],
  );
}

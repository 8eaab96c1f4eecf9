import { types } from 'node:util';
import {
  AccountLockedError,
  DatabaseNotFoundError,
  HostUnreachableError,
  LoginRejectedError,
  PasswordRefusedError,
  PermissionMissingError,
  type RotationError,
  StepFailedError,
} from '../../../rotation/errors.js';

/** What is kept of an error that the server sent. Its other fields may quote the statement, and with it a verifier. */
export interface ServerError {
  readonly code: string;
  readonly message: string;
  readonly detail: string | undefined;
}

/** Tells an answer of the server from errors of the socket, of TLS and of the client. */
export function asServerError(error: unknown): ServerError | undefined {
  if (!types.isNativeError(error) || !('severity' in error) || !('code' in error)) return undefined;
  const detail = 'detail' in error && typeof error.detail === 'string' ? error.detail : undefined;
  return { code: String(error.code), message: error.message, detail };
}

/** Who was doing what and where, for messages. */
export interface Attempt {
  readonly username: string;
  /** Host and port. */
  readonly server: string;
  readonly database: string;
  /** A verb phrase: `log in`, `change the password of user "app"`. */
  readonly doing: string;
}

/** What a driver is doing when it logs in. */
export const LOG_IN = 'log in';

const PASSWORD_POLICY = new Set(['22023', '28000', '28P01']);

/** Further errors whose messages name objects and quote no statement: a missing or an existing object, a reserved name, a timeout of a lock or a statement. */
const NAMES_ONLY = new Set(['42704', '42710', '42939', '55P03', '57014']);

/**
 * A fresh error for what the server answered. The server's own message is repeated only where it speaks of roles and rules; for the rest, the
 * SQLSTATE has to do, since a message may quote the statement.
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function describeServerError(error: ServerError, attempt: Attempt): RotationError {
  const { username, server, database, doing } = attempt;
  // What modules that check passwords (passwordcheck, credcheck) answer: after the login nobody's credentials are refused any more.
  if (doing !== LOG_IN && PASSWORD_POLICY.has(error.code)) {
    return new PasswordRefusedError(
      `PostgreSQL at ${server} did not ${doing}, because of its password policy: ${sentences(error.message, error.detail)}`,
    );
  }
  switch (error.code) {
    case '28P01':
      return new LoginRejectedError(
        `PostgreSQL at ${server} refused the login of user "${username}": wrong password, expired password or no such user.`,
      );
    case '28000':
      // Said after the password was found right.
      if (/is not permitted to log in/.test(error.message)) {
        return new AccountLockedError(
          `PostgreSQL at ${server} lets user "${username}" not log in: ${error.message}. The password may be right; ALTER ROLE … LOGIN lets it in again.`,
        );
      }
      return new LoginRejectedError(
        `PostgreSQL at ${server} refused the login of user "${username}" before looking at the password: ${error.message}.${wayIn(error)}`,
      );
    case '3D000':
      return new DatabaseNotFoundError(
        `PostgreSQL at ${server} has no database "${database}". Correct dbname in the secret, or create the database.`,
      );
    case '42501':
      return new PermissionMissingError(
        `PostgreSQL at ${server} does not let user "${username}" ${doing}: ${sentences(error.message, error.detail)}`,
      );
    case '25006':
      return new PermissionMissingError(
        `PostgreSQL at ${server} is read-only (a replica?), so user "${username}" cannot ${doing}. Point host at the writer.`,
      );
    case '53300':
    case '55000':
    case '57P03':
      return new HostUnreachableError(
        'refused',
        `PostgreSQL at ${server} takes no connection now: ${error.message}. The step can be run again.`,
      );
    case '57P01':
    case '57P02':
    case '08003':
    case '08006':
      return new HostUnreachableError(
        'closed',
        `PostgreSQL at ${server} ended the session of user "${username}" while it was to ${doing}. The step can be run again.`,
      );
    default: {
      const why = NAMES_ONLY.has(error.code) ? `: ${error.message}` : '';
      return new StepFailedError(
        `PostgreSQL at ${server} could not ${doing} as user "${username}"${why} (SQLSTATE ${error.code}).`,
      );
    }
  }
}

/** pg_hba.conf turned the connection away: with another encryption it might have let it in. */
function wayIn({ message }: ServerError): string {
  return /no encryption|SSL off/.test(message)
    ? ' The server wants TLS: take "ssl": false out of the secret.'
    : ' The password may be right.';
}

function sentences(...parts: (string | undefined)[]): string {
  return parts
    .map((part) => part && (part.endsWith('.') ? part : `${part}.`))
    .join(' ')
    .trim();
}

import { types } from 'node:util';
import {
  HostUnreachableError,
  LoginRejectedError,
  PermissionMissingError,
  type RotationError,
  StepFailedError,
} from '../../../rotation/errors.js';

/** Who was doing what and where, for messages. */
export interface Attempt {
  readonly username: string;
  /** Host and port, and how they were found. */
  readonly server: string;
  /** The command's name without its arguments: `ACL SETUSER`. */
  readonly command: string;
}

/** What the server answered instead of a result; undefined for errors of the socket, of TLS and of the client. */
export function serverAnswer(error: unknown): string | undefined {
  return types.isNativeError(error) && error.name === 'ReplyError' ? error.message : undefined;
}

/**
 * A fresh error for an answer of the server, of which no more than the code is repeated: the rest may quote arguments, and the client's error holds them all.
 *
 * @see https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors
 */
export function describeServerAnswer(answer: string, { username, server, command }: Attempt): RotationError {
  const [code = ''] = /^[A-Z]+/.exec(answer) ?? [];
  switch (code) {
    case 'WRONGPASS':
      return new LoginRejectedError(
        `Redis at ${server} refused the login of user "${username}": wrong password, no such user, or the user is off. Users are not replicated: each node has its own.`,
      );
    case 'NOAUTH':
      return new LoginRejectedError(`Redis at ${server} takes user "${username}" for not logged in.`);
    case 'NOPERM':
      return new PermissionMissingError(
        `Redis at ${server} does not let user "${username}" run ${command}. Whoever may can allow it: ACL SETUSER ${username} +${command.toLowerCase().replace(' ', '|')}`,
      );
    case 'LOADING':
    case 'MASTERDOWN':
    case 'BUSY':
    case 'DENIED':
      return new HostUnreachableError(
        'refused',
        `Redis at ${server} takes no commands now (${code}): ${REFUSALS[code]}. The step can be run again.`,
      );
    default:
      return describeError(answer, code, { username, server, command });
  }
}

function describeError(answer: string, code: string, { username, server, command }: Attempt): RotationError {
  if (/max number of clients/.test(answer)) {
    return new HostUnreachableError(
      'refused',
      `Redis at ${server} has as many clients as it takes (maxclients). The step can be run again.`,
    );
  }
  if (command === 'AUTH' && /wrong number of arguments/.test(answer)) {
    return new PermissionMissingError(
      `Redis at ${server} knows no user names: it is older than Redis 6, which this rotation needs.`,
    );
  }
  if (/unknown (sub)?command/i.test(answer)) {
    return new PermissionMissingError(
      `Redis at ${server} does not offer ${command}: the command was renamed, or the service behind it manages users by an API of its own, as ElastiCache does.`,
    );
  }
  return new StepFailedError(
    `Redis at ${server} could not run ${command} for user "${username}"${code && ` (${code})`}. The server's log may say why.`,
  );
}

const REFUSALS = {
  LOADING: 'it is reading its data set',
  MASTERDOWN: 'it is a replica that has lost its primary',
  BUSY: 'a script occupies it',
  DENIED: 'it is in protected mode, which lets nobody in from other hosts',
};

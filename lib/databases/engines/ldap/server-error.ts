import { types } from 'node:util';
import {
  AccountLockedError,
  HostUnreachableError,
  InvalidSecretError,
  LoginRejectedError,
  PasswordRefusedError,
  PermissionMissingError,
  type RotationError,
  StepFailedError,
} from '../../../rotation/errors.js';

/** What a server said to a request that it did not do. */
export interface Answer {
  /** @see https://www.rfc-editor.org/rfc/rfc4511#appendix-A */
  readonly code: number;
  /** Its diagnostic message; may be empty. */
  readonly words: string;
}

/** Tells an answer of the server from errors of the socket and of the client. */
export function asAnswer(error: unknown): Answer | undefined {
  if (!types.isNativeError(error) || !('code' in error) || typeof error.code !== 'number') return undefined;
  // ldapts adds the code to the text; Active Directory ends its texts with a NUL.
  const words = error.message.replace(/ ?Code: 0x[0-9a-f]+$/, '').replace(/\p{Cc}+/gu, ' ');
  return { code: error.code, words: words.trim().slice(0, 400) };
}

/** Who was doing what and where, for messages. */
export interface Attempt {
  /** Host and port. */
  readonly server: string;
  readonly username: string;
  /** A verb phrase: `log in`, `change the password of user "app"`. */
  readonly doing: string;
}

/** A fresh error for what the server answered to a login. */
export function describeRefusedLogin(answer: Answer, attempt: Attempt): RotationError {
  const { code, words } = answer;
  const { server, username } = attempt;
  switch (code) {
    case 49: {
      const [, data = ''] = /\bdata ([0-9a-f]{3})\b/.exec(words) ?? [];
      return refusalOfDomain(data, attempt) ?? refused(attempt, 'wrong credentials, or no such user');
    }
    case 48:
      return refused(attempt, 'it has no password to log in with');
    case 32:
      return refused(attempt, 'no such user');
    case 34:
      return new InvalidSecretError(
        `User "${username}" is no name that the directory at ${server} can read (${quoted(words)}). Correct username in the secret.`,
        ['username is no valid DN'],
      );
    // Of 389 Directory Server and its descendants: too many wrong passwords, and users who were inactivated.
    case 19:
      return locked(attempt, quoted(words));
    case 53:
      if (/inactiv|lock|disabl|expire/i.test(words)) return locked(attempt, quoted(words));
  }
  return describeAnswer(answer, attempt);
}

/** A fresh error for what the server answered to the change of a password. */
export function describeRefusedChange(answer: Answer, attempt: Attempt): RotationError {
  const { code, words } = answer;
  // Both from Active Directory's ERROR_INVALID_PASSWORD and from OpenLDAP: it was let in, but the password that it gave as its old one is not the current one.
  if ((code === 19 && /\b00000056\b/.test(words)) || (code === 53 && /verify old password/i.test(words))) {
    return new LoginRejectedError(
      `The directory at ${attempt.server} refused to ${attempt.doing}: the old password is not the current one (${quoted(words)}).`,
    );
  }
  const ofPolicy = code === 19 || (code === 53 && /password|polic|quality|history|0000052D/i.test(words));
  if (!ofPolicy) return describeAnswer(answer, attempt);
  const explained = /\b0000052D\b/i.test(words)
    ? ' Domains refuse with 0000052D what is too short, too simple, was used before, or comes too soon after the last change.'
    : '';
  return new PasswordRefusedError(
    `The directory at ${attempt.server} refused to ${attempt.doing}: ${quoted(words)}.${explained} Give the function a password policy that fits the directory's.`,
  );
}

/** A fresh error for what the server answered to anything. */
export function describeAnswer({ code, words }: Answer, { server, username, doing }: Attempt): RotationError {
  const inWords = words === '' ? '' : `: ${words}`;
  switch (code) {
    case 50:
      return new PermissionMissingError(
        `The directory at ${server} does not let user "${username}" ${doing}${inWords}.`,
      );
    case 10:
    case 53:
      if (code === 10 || /shadow|read-?only|replica|referral/i.test(words)) {
        return new PermissionMissingError(
          `The directory at ${server} is a copy that cannot be written, or holds another part, so user "${username}" cannot ${doing}${inWords}. Point host at the writable one.`,
        );
      }
      break;
    case 8:
    case 13:
      return new InvalidSecretError(
        `The directory at ${server} takes passwords over TLS only: take "ssl": false out of the secret.`,
        ['ssl is false'],
      );
    case 32:
      return new InvalidSecretError(
        `The directory at ${server} has no such user, or shows it not, so "${username}" cannot ${doing}. Correct username in the secret.`,
        ['username is unknown'],
      );
    case 34:
      return new InvalidSecretError(
        `The directory at ${server} cannot read a name, so "${username}" cannot ${doing}${inWords}. Correct username in the secret.`,
        ['username is no valid DN'],
      );
    case 51:
    case 52:
      return new HostUnreachableError(
        'refused',
        `The directory at ${server} is too busy or not ready to ${doing}${inWords}. The step can be run again.`,
      );
  }
  return new StepFailedError(
    `The directory at ${server} could not ${doing} as user "${username}"${inWords} (LDAP result ${code}).`,
  );
}

/**
 * What a domain controller says of a login beside "refused"; all but the first two only when the password was right.
 * @see https://learn.microsoft.com/windows/win32/debug/system-error-codes--1300-1699-
 */
function refusalOfDomain(data: string, attempt: Attempt): RotationError | undefined {
  switch (data) {
    case '52e':
      return refused(attempt, 'wrong credentials, or no such user');
    case '525':
      return refused(attempt, 'no such user');
    case '532':
      return refused(attempt, 'the password has expired, so that only an administrator can change it');
    case '773':
      return refused(
        attempt,
        'the password has to be changed at the next login. Reset it as an administrator without that demand',
      );
    case '530':
      return locked(attempt, 'it may not log in at this hour');
    case '531':
      return locked(attempt, 'it may not log in from here (userWorkstations)');
    case '533':
      return locked(attempt, 'the account is disabled');
    case '701':
      return locked(attempt, 'the account has expired');
    case '775':
      return locked(attempt, 'the account is locked out after too many wrong passwords');
    default:
      return undefined;
  }
}

export function refused({ server, username }: Attempt, why: string): LoginRejectedError {
  return new LoginRejectedError(`The directory at ${server} refused the login of user "${username}": ${why}.`);
}

export function locked({ server, username }: Attempt, why: string): AccountLockedError {
  return new AccountLockedError(
    `The directory at ${server} lets user "${username}" not log in: ${why}. The password may be right; more tries could keep it so.`,
  );
}

function quoted(words: string): string {
  return words === '' ? 'it does not say why' : words.replace(/\.$/, '');
}

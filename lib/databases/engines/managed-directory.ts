import { types } from 'node:util';
import { HostUnreachableError, InvalidSecretError } from '../../rotation/errors.js';
import type { DatabaseDriver } from '../driver.js';
import { directoryService, isDirectoryId } from './ldap/directory-service.js';
import { domainSession, PORT } from './ldap/domain-session.js';
import { assertSendable } from './ldap/sendable-password.js';

/** Of ResetUserPassword. */
const LONGEST_PASSWORD = 127;

/**
 * AWS Managed Microsoft AD, whose passwords AWS Directory Service resets (ResetUserPassword): no administrator's secret is needed. Through the npm packages `ldapts` and
 * `@aws-sdk/client-directory-service` (install them beside Keyturn; Lambda has the second one).
 *
 * The secret's `host` is the directory's id, `d-1234567890`: logins are tried over LDAPS at the domain name that DescribeDirectories gives, which the function has to resolve, and which the
 * domain controllers' certificate has to bear. `username` is the plain sAMAccountName. The role that rotates the secret needs `ds:DescribeDirectories` and, on the directory, `ds:ResetUserPassword`.
 *
 * ResetUserPassword enables a user who is disabled. A rotation stops before it: a disabled user is an AccountLockedError.
 *
 * @see https://docs.aws.amazon.com/directoryservice/latest/admin-guide/ms_ad_ldap_server_side.html
 */
export function managedDirectory(): DatabaseDriver {
  return {
    engines: ['managed-directory'],
    defaultPort: PORT,
    maxUsernameLength: 20,
    serversDifferInUsernames: true,
    cloneSuffix: '_clone',
    async login({ host, port = PORT, username, password }, connection) {
      const login = { port, username, password, longestPassword: LONGEST_PASSWORD, factory: 'managedDirectory()' };
      if (!isDirectoryId(host)) return domainSession({ host, ...login }, connection);
      const domain = await directoryService(host, connection).domainName();
      try {
        return await domainSession({ host: domain, ...login }, connection);
      } catch (error) {
        throw isNameError(error) ? domainNotFound(domain, host) : error;
      }
    },
    async administer({ host }, connection) {
      if (!isDirectoryId(host)) {
        throw new InvalidSecretError(
          'AWS Directory Service knows directories by their id, d- and ten hexadecimal digits: that is what host in the secret has to be for its users to be administered.',
          ['host is no directory id'],
        );
      }
      const directory = directoryService(host, connection);
      return {
        async ping() {
          await directory.domainName();
        },
        async changePassword(username, password) {
          assertSendable(password, LONGEST_PASSWORD);
          assertPlain(username);
          await directory.resetPassword(username, password);
        },
        maxUsernameLength: async () => Number.MAX_SAFE_INTEGER,
        async [Symbol.asyncDispose]() {},
      };
    },
  };
}

/** What ResetUserPassword takes. */
function assertPlain(username: string): void {
  if (username.length <= 64 && /^[^\\"/[\]:;|=,+*?<>@]+$/.test(username)) return;
  throw new InvalidSecretError(
    `AWS Directory Service takes the plain name of a user only (sAMAccountName), at most 64 characters and none of \\ " / [ ] : ; | = , + * ? < > @, and "${username}" is none. Correct username in ` +
      'the secret. Nothing was changed.',
    ['username is no plain name'],
  );
}

/** DNS does not know the name. */
function isNameError(error: unknown): boolean {
  return types.isNativeError(error) && 'code' in error && /^(ENOTFOUND|EAI_)/.test(String(error.code));
}

function domainNotFound(domain: string, directoryId: string): HostUnreachableError {
  return new HostUnreachableError(
    'not found',
    `The domain ${domain} of directory ${directoryId} was not found: give the function a VPC that asks the directory's own DNS servers (its DHCP options), or a Route 53 Resolver rule for the domain.`,
  );
}

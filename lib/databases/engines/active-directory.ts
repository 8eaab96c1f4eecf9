import type { DatabaseDriver } from '../driver.js';
import { domainSession, PORT } from './ldap/domain-session.js';

/**
 * Domains of Active Directory and Samba, through the npm package `ldapts` (install it beside Keyturn). For AWS Managed Microsoft AD without an administrator of one's own take `managedDirectory`.
 *
 * Users may change their own password by themselves, unless the domain forbids it ("User cannot change password"). An administrator needs the right "Reset password" on the users, and nothing else.
 *
 * `username` may be a user principal name (`app@corp.example.com`), `CORP\app`, a DN, or the plain sAMAccountName. Domain controllers change passwords over TLS only: on port 389 it begins with StartTLS,
 * on every other port at once (LDAPS).
 *
 * The domain may take the old password for an hour more (OldPasswordAllowedPeriod).
 *
 * @see https://learn.microsoft.com/troubleshoot/windows-server/active-directory/set-user-password-with-ldifde
 */
export function activeDirectory(): DatabaseDriver {
  return {
    engines: ['active-directory'],
    defaultPort: PORT,
    // Of a sAMAccountName; the other forms are longer.
    maxUsernameLength: 20,
    serversDifferInUsernames: true,
    cloneSuffix: '_clone',
    login: ({ host, port = PORT, username, password }, connection) =>
      domainSession({ host, port, username, password, longestPassword: 256, factory: 'activeDirectory()' }, connection),
  };
}

/** A Samba domain for the driver contract, with an administrator who may reset passwords and nothing else. */
import type { DatabaseSecret } from '../../../lib/databases/secret.js';
import type { DriverFixture } from '../../../lib/testing/driver-contract.js';
import { ROTATION, type Samba, sambaUnderTest, startSamba } from '../../support/samba.js';

export const variants = sambaUnderTest ? [{ name: 'Samba' }] : [];

let server: Samba;

export async function start(): Promise<void> {
  server = await startSamba();
}

export const stop = async (): Promise<void> => server?.stop();

const secret = (username: string, password: string): DatabaseSecret => ({
  engine: 'active-directory',
  host: server.host,
  port: server.port,
  username,
  password,
});

export const fixture: DriverFixture = {
  secret,
  connection: () => ({
    tls: { ca: [server.ca], minVersion: 'TLSv1.2', rejectUnauthorized: true },
    timeoutMillis: 5_000,
  }),
  superuser: () => secret(ROTATION.username, ROTATION.password),
  address: () => server.host,
  async createUser(username, password) {
    await server.addUser(username, password);
  },
  takesUsername,
  takesPassword: (password) => password.length <= 256,
};

/** What a sAMAccountName may be. @see https://learn.microsoft.com/windows/win32/adschema/a-samaccountname */
export function takesUsername(username: string): boolean {
  return username.length <= 20 && !/["/\\[\]:;|=,+*?<>@]/.test(username);
}

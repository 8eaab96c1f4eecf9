/** An OpenLDAP server for the driver contract, with an administrator who may write the passwords of people and nothing else. */
import { ldap } from '../../../lib/databases/engines/ldap.js';
import type { DatabaseSecret } from '../../../lib/databases/secret.js';
import type { DriverFixture } from '../../../lib/testing/driver-contract.js';
import { PEOPLE, ROTATION, type Slapd, slapdUnderTest, startSlapd } from '../../support/slapd.js';

export const variants = slapdUnderTest ? [{ name: 'OpenLDAP' }] : [];

let server: Slapd;

export async function start(): Promise<void> {
  server = await startSlapd();
}

export const stop = (): Promise<void> => server.stop();

export const driver = () => ldap({ userDn: `uid={username},${PEOPLE}` });

const secret = (username: string, password: string): DatabaseSecret => ({
  engine: 'ldap',
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
  superuser: () => secret(ROTATION.dn, ROTATION.password),
  async createUser(username, password) {
    await server.addPerson(username, password);
  },
};

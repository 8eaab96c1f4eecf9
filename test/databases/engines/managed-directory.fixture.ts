/** A Samba domain for logins, and a double of AWS Directory Service that resets passwords in it: what AWS itself does is not proven. */
import type { DatabaseSecret } from '../../../lib/databases/secret.js';
import type { DriverFixture } from '../../../lib/testing/driver-contract.js';
import { type DirectoryServiceDouble, startDirectoryService } from '../../support/directory-service.js';
import { type Samba, sambaUnderTest, startSamba } from '../../support/samba.js';
import { takesUsername } from './active-directory.fixture.js';

export const variants = sambaUnderTest ? [{ name: 'Samba and a double of AWS Directory Service' }] : [];

const DIRECTORY_ID = 'd-926716a5a3';
let server: Samba;
let service: DirectoryServiceDouble;

export async function start(): Promise<void> {
  server = await startSamba();
  const directory = { domainName: server.host, resetPassword: server.resetPassword };
  service = await startDirectoryService(new Map([[DIRECTORY_ID, directory]]));
}

export async function stop(): Promise<void> {
  await service?.[Symbol.asyncDispose]();
  await server?.stop();
}

const secret = (username: string, password: string): DatabaseSecret => ({
  engine: 'managed-directory',
  host: DIRECTORY_ID,
  username,
  password,
});

export const fixture: DriverFixture = {
  secret,
  connection: () => ({
    tls: { ca: [server.ca], minVersion: 'TLSv1.2', rejectUnauthorized: true },
    timeoutMillis: 5_000,
    aws: async () => {
      const config = {
        endpoint: service.endpoint,
        region: 'eu-central-1',
        credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' },
        maxAttempts: 1,
        requestHandler: { connectionTimeout: 2_000, requestTimeout: 4_000, throwOnRequestTimeout: true },
      } as const;
      return config;
    },
  }),
  address: () => server.host,
  async createUser(username, password) {
    await server.addUser(username, password);
  },
  takesUsername,
  takesPassword: (password) => password.length <= 127,
};

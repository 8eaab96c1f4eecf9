/** A server for the driver contract, with a superuser and users that have the rights which the driver says they need, and no others. */
import { randomUUID } from 'node:crypto';
import type { DatabaseSecret } from '../../../lib/databases/secret.js';
import type { DualPasswordFixture, SuperuserFixture } from '../../../lib/testing/driver-contract.js';
import { createCertificateAuthority } from '../../support/certificates.js';
import { type RedisBinary, type RedisServer, serversUnderTest, sha256, startRedis } from '../../support/redis.js';

export const variants = serversUnderTest();

const superuser = { username: 'rotation', password: 'superuser-password' };
let server: RedisServer;
let ca: string;

export async function start({ path }: Pick<RedisBinary, 'path'>): Promise<void> {
  const authority = await createCertificateAuthority();
  ca = authority.ca;
  server = await startRedis({ binary: path, certificate: await authority.issue(), ca });
  await createUser(superuser.username, superuser.password, [
    '+info',
    '+acl|setuser',
    '+acl|save',
    '+acl|users',
    '+acl|list',
  ]);
}

export const stop = (): Promise<void> => server.stop();

const secret = (username: string, password: string): DatabaseSecret => ({
  engine: 'redis',
  host: server.host,
  port: server.tlsPort,
  username,
  password,
});

async function createUser(username: string, password: string, rights: readonly string[]): Promise<void> {
  await server.command(['ACL', 'SETUSER', username, 'on', `#${sha256(password)}`, '-@all', ...rights]);
}

async function permitted(as: DatabaseSecret, ...words: string[]): Promise<boolean> {
  try {
    await server.command(words, as);
    return true;
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('NOPERM')) return false;
    throw error;
  }
}

export const fixture: SuperuserFixture & DualPasswordFixture = {
  dualPassword: true,
  secret,
  connection: () => ({ tls: { ca: [ca], minVersion: 'TLSv1.2', rejectUnauthorized: true }, timeoutMillis: 5_000 }),
  takesUsername: (username) => !/[\s\0]/.test(username),
  superuser: () => secret(superuser.username, superuser.password),
  createUser: (username, password) =>
    createUser(username, password, ['+info', '+acl|setuser', '+acl|save', '~workshop:*', '+set', '+append']),
  async grant(username) {
    await server.command(['ACL', 'SETUSER', username, '~shared', '+get']);
  },
  async revoke(username) {
    await server.command(['ACL', 'SETUSER', username, 'resetkeys', '~workshop:*', '-get']);
  },
  mayUse: (as) => permitted(as, 'GET', 'shared'),
  async createObject(as) {
    const key = `workshop:${randomUUID()}`;
    await server.command(['SET', key, 'made'], as);
    return key;
  },
  mayUseObject: (as, key) => permitted(as, 'APPEND', key, 'changed'),
};

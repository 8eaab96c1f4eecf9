/** Users are not replicated: a primary with a replica, and a cluster of three, as real servers. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DualPasswordSession, SuperuserSession } from '../../../../lib/databases/driver.js';
import { redis } from '../../../../lib/databases/engines/redis.js';
import {
  HostUnreachableError,
  LoginRejectedError,
  PermissionMissingError,
  StepFailedError,
  TlsFailedError,
} from '../../../../lib/rotation/errors.js';
import { createCertificateAuthority } from '../../../support/certificates.js';
import { type RedisServer, redisIsMissing, sha256, startCluster, startReplication } from '../../../support/redis.js';
import { listen } from '../../support/listener.js';

const describeRedis = redisIsMissing === undefined ? describe : describe.skip;

const SELF = ['+info', '+cluster|nodes', '+acl|setuser', '+acl|save'];

interface Deployment {
  readonly nodes: readonly RedisServer[];
  stop(): Promise<void>;
}

let count = 0;
async function newUser(nodes: readonly RedisServer[], rights: readonly string[] = SELF): Promise<string> {
  count += 1;
  const username = `app${count}`;
  for (const node of nodes) {
    await node.command(['ACL', 'SETUSER', username, 'on', `#${sha256('first')}`, ...rights]);
  }
  return username;
}

const portOf = (node: RedisServer | undefined) => node?.tlsPort || node?.port || 0;

let ca = '';
async function as<T>(
  node: RedisServer | undefined,
  username: string,
  password: string,
  work: (session: SuperuserSession & DualPasswordSession) => Promise<T>,
): Promise<T> {
  await using session = await redis().login(
    { engine: 'redis', host: 'localhost', port: portOf(node), username, password },
    {
      tls: node?.tlsPort ? { ca: [ca], minVersion: 'TLSv1.2', rejectUnauthorized: true } : false,
      timeoutMillis: 5_000,
      signal: new AbortController().signal,
      aws: () => Promise.reject(new Error('AWS is not there')),
    },
  );
  return await work(session);
}

const logsIn = (node: RedisServer | undefined, username: string, password: string) =>
  as(node, username, password, (session) => session.ping());

async function letIn(nodes: readonly RedisServer[], username: string, password: string): Promise<boolean[]> {
  return Promise.all(nodes.map((node) => node.letsIn(username, password)));
}

const deployments: readonly (readonly [string, () => Promise<Deployment>])[] = [
  [
    'a primary with a replica',
    async () => {
      const { primary, replica, stop } = await startReplication();
      return { nodes: [primary, replica], stop };
    },
  ],
  [
    'a cluster, over TLS',
    async () => {
      const authority = await createCertificateAuthority();
      ca = authority.ca;
      const certificate = await authority.issue();
      return startCluster(3, { certificate, ca, settings: { 'tls-cluster': 'yes', 'tls-replication': 'yes' } });
    },
  ],
];

describeRedis.each(deployments)('%s', (_name, start) => {
  let deployment: Deployment;
  let nodes: readonly RedisServer[];
  beforeAll(async () => {
    deployment = await start();
    nodes = deployment.nodes;
  });
  afterAll(() => deployment?.stop());
  const everywhere = <T>(value: T) => nodes.map(() => value);

  it('changes a password at every node, whichever the secret names, and for good', async () => {
    const username = await newUser(nodes);
    let password = 'first';
    for (const [index, node] of nodes.entries()) {
      const next = `next-${index}`;
      await as(node, username, password, (session) => session.changePassword(username, next));
      expect(await letIn(nodes, username, next)).toEqual(everywhere(true));
      expect(await letIn(nodes, username, password)).toEqual(everywhere(false));
      password = next;
    }
    await nodes.at(-1)?.restart();
    expect(await letIn(nodes, username, password)).toEqual(everywhere(true));
  });

  it('adds a password at every node, and settles what was left half way', async () => {
    const username = await newUser(nodes);
    const [named, ...others] = nodes;
    await others[0]?.command(['ACL', 'SETUSER', username, `#${sha256('lost')}`]);
    await as(named, username, 'first', (session) => session.addPassword(username, 'second', 'first'));
    expect(await letIn(nodes, username, 'first')).toEqual(everywhere(true));
    expect(await letIn(nodes, username, 'second')).toEqual(everywhere(true));
    expect(await letIn(nodes, username, 'lost')).toEqual(everywhere(false));
    await others[0]?.command(['ACL', 'SETUSER', username, `<first`]);
    await named?.command(['ACL', 'SETUSER', username, `#${sha256('lost')}`]);
    await as(named, username, 'second', (session) => session.settlePasswords?.(username, ['second']) ?? fail());
    expect(await letIn(nodes, username, 'second')).toEqual(everywhere(true));
    expect(await letIn(nodes, username, 'first')).toEqual(everywhere(false));
    expect(await letIn(nodes, username, 'lost')).toEqual(everywhere(false));
  });

  it('refuses a login that one node refuses, and names that node', async () => {
    const username = await newUser(nodes);
    const [named, other] = nodes;
    await other?.command(['ACL', 'SETUSER', username, 'resetpass', '>another']);
    const error = await failureOf(logsIn(named, username, 'first'));
    expect(error).toBeInstanceOf(LoginRejectedError);
    expect(error.message).toContain(`127.0.0.1:${portOf(other)} (found through localhost:${portOf(named)})`);
    await other?.command(['ACL', 'DELUSER', username]);
    expect(await failureOf(logsIn(named, username, 'first'))).toBeInstanceOf(LoginRejectedError);
  });

  it('logs a user who may not look for other nodes in at the one, and lets him change nothing', async () => {
    const username = await newUser(nodes, ['+acl|setuser', '+acl|save', '+ping']);
    const [named, other] = nodes;
    await other?.command(['ACL', 'SETUSER', username, 'resetpass', '>another']);
    await logsIn(named, username, 'first');
    const error = await failureOf(
      as(named, username, 'first', (session) => session.changePassword(username, 'second')),
    );
    expect(error).toBeInstanceOf(PermissionMissingError);
    expect(error.message).toMatch(/^Nothing was changed.*\+info/);
    expect(await letIn(nodes, username, 'second')).toEqual(everywhere(false));
  });

  it('clones at every node, completes a clone that was cut off, and makes all equal', async () => {
    const superuser = await newUser(nodes, [...SELF, '+acl|users', '+acl|list']);
    const username = await newUser(nodes, ['+get', '~app:*']);
    const clone = `${username}_clone`;
    const [named, other] = nodes;
    await other?.command(['ACL', 'SETUSER', clone, 'on', '>of-a-lost-rotation', '+@all', '~*']);
    await as(named, superuser, 'first', async (session) => {
      expect(await session.userExists(clone)).toBe(false);
      await session.cloneUser(username, clone, 'of-the-clone');
      expect(await session.userExists(clone)).toBe(true);
      await expect(session.cloneUser(username, clone, 'another')).rejects.toThrow('exists already');
    });
    expect(await letIn(nodes, clone, 'of-the-clone')).toEqual(everywhere(true));
    expect(await letIn(nodes, clone, 'of-a-lost-rotation')).toEqual(everywhere(false));
    const rules = () =>
      Promise.all(
        nodes.map(async (node) => {
          const list = (await node.command(['ACL', 'LIST'])) as string[];
          return list.find((line) => line.startsWith(`user ${clone} `))?.replace(/^.*#\w+ /, '');
        }),
      );
    const [expected] = await rules();
    expect(expected).toContain('~app:*');
    expect(await rules()).toEqual(everywhere(expected));
    await other?.command(['ACL', 'SETUSER', clone, '+@all', '~*']);
    await as(named, superuser, 'first', (session) => session.syncPrivileges(username, clone, username));
    expect(await rules()).toEqual(everywhere(expected));
  });

  it('changes nothing where one node lacks the user, and names that node', async () => {
    const superuser = await newUser(nodes, [...SELF, '+acl|users', '+acl|list']);
    const username = await newUser(nodes);
    const [named, other] = nodes;
    await other?.command(['ACL', 'DELUSER', username]);
    for (const change of [
      (session: SuperuserSession & DualPasswordSession) => session.changePassword(username, 'second'),
      (session: SuperuserSession & DualPasswordSession) => session.addPassword(username, 'second', 'first'),
      (session: SuperuserSession & DualPasswordSession) => session.cloneUser(username, `${username}_clone`, 'second'),
    ]) {
      const error = await failureOf(as(named, superuser, 'first', change));
      expect(error).toBeInstanceOf(StepFailedError);
      expect(error.message).toContain(`127.0.0.1:${portOf(other)}`);
      expect(error.message).toContain('Nothing was changed');
    }
    expect(await named?.letsIn(username, 'second')).toBe(false);
    expect(await other?.letsIn(username, 'second')).toBe(false);
  });
});

describeRedis('a node that does not answer', () => {
  it('stops a login at a replica that is announced where nothing listens, and is named', async () => {
    await using gone = await listen();
    const { port } = gone;
    await gone[Symbol.asyncDispose]();
    const { primary, replica, stop } = await startReplication({}, { 'replica-announce-port': String(port) });
    try {
      const username = await newUser([primary, replica]);
      const error = await failureOf(logsIn(primary, username, 'first'));
      expect(error).toBeInstanceOf(HostUnreachableError);
      expect(error).toMatchObject({ reason: 'refused' });
      expect(error.message).toContain(`127.0.0.1:${port} (found through localhost:${primary.port})`);
    } finally {
      await stop();
    }
  });

  it('stops a login at a node of a cluster that is down, until the cluster forgets it', async () => {
    const { nodes, stop } = await startCluster(3, { settings: { 'cluster-require-full-coverage': 'no' } });
    try {
      const [named, other, down] = nodes;
      const username = await newUser(nodes);
      const id = String(await down?.command(['CLUSTER', 'MYID']));
      await down?.stop();
      expect(await failureOf(logsIn(named, username, 'first'))).toMatchObject({
        name: 'HostUnreachableError',
        reason: 'refused',
        message: expect.stringContaining(`127.0.0.1:${down?.port}`),
      });
      for (const node of [named, other]) await node?.command(['CLUSTER', 'FORGET', id]);
      await logsIn(named, username, 'first');
    } finally {
      await stop();
    }
  });

  it('is told apart from one without a certificate for its address', async () => {
    const authority = await createCertificateAuthority();
    ca = authority.ca;
    const certificate = await authority.issue({ ips: ['10.0.0.1'] });
    const { primary, replica, stop } = await startReplication({
      certificate,
      ca,
      settings: { 'tls-replication': 'yes' },
    });
    try {
      const username = await newUser([primary, replica]);
      const error = await failureOf(logsIn(primary, username, 'first'));
      expect(error).toBeInstanceOf(TlsFailedError);
      expect(error).toMatchObject({ check: 'host name' });
      expect(error.message).toContain(`127.0.0.1:${replica.tlsPort}`);
      // A name that it announces, and has a certificate for.
      await replica.command(['CONFIG', 'SET', 'replica-announce-ip', 'localhost']);
      await primary.command(['CLIENT', 'KILL', 'TYPE', 'replica']);
      await untilSeen(async () => /slave0:ip=localhost.*state=online/.test(String(await primary.command(['INFO']))));
      await logsIn(primary, username, 'first');
    } finally {
      await stop();
    }
  });
});

async function untilSeen(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

function fail(): never {
  throw new Error('The session settles no passwords.');
}

async function failureOf(doing: Promise<unknown>): Promise<Error> {
  return doing.then(
    () => {
      throw new Error('It did not fail.');
    },
    (error: Error) => error,
  );
}

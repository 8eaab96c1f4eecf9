/** Whole rotations of users of Redis, with the emulator, and cut off after each change. */
import { CreateSecretCommand, UpdateSecretVersionStageCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { redis } from '../../../lib/databases/engines/redis.js';
import type { DatabaseSecret } from '../../../lib/databases/secret.js';
import { alternatingUsers } from '../../../lib/databases/strategies/alternating-users.js';
import { dualPassword } from '../../../lib/databases/strategies/dual-password.js';
import { singleUser } from '../../../lib/databases/strategies/single-user.js';
import { superuserSets } from '../../../lib/databases/strategies/superuser-sets.js';
import { LoginRejectedError } from '../../../lib/rotation/errors.js';
import type { Rotator } from '../../../lib/rotation/rotator.js';
import { type RotationHarness, rotationHarness } from '../../../lib/testing/index.js';
import { type CertificateAuthority, createCertificateAuthority } from '../../support/certificates.js';
import {
  type RedisServer,
  redisIsMissing,
  sha256,
  startCluster,
  startRedis,
  startReplication,
} from '../../support/redis.js';
import { type RedisRelays, startRelays } from '../support/redis-relays.js';
import { createPending, runSetSecret } from '../support/rotation.js';

const describeRedis = redisIsMissing === undefined ? describe : describe.skip;

const SELF = ['+info', '+cluster|nodes', '+acl|setuser', '+acl|save'];
const SUPERUSER = [...SELF, '+acl|users', '+acl|list'];
const APP = ['~app:*', '+@read'];

/** What the other nodes are told of as well. */
interface Target {
  readonly nodes: readonly RedisServer[];
  readonly address: Pick<DatabaseSecret, 'host' | 'port' | 'ssl'>;
}

let count = 0;
async function newUser({ nodes, address }: Target, rights: readonly string[]): Promise<DatabaseSecret> {
  count += 1;
  const username = `app${count}`;
  for (const node of nodes) {
    await node.command(['ACL', 'SETUSER', username, 'on', `#${sha256('first-password')}`, ...rights]);
  }
  return { engine: 'redis', ...address, username, password: 'first-password' };
}

/** A harness with the secret of a new superuser beside it, which `masterarn` names. */
async function open(
  rotator: Rotator<DatabaseSecret>,
  target: Target,
  initial: DatabaseSecret,
): Promise<RotationHarness<DatabaseSecret>> {
  const harness = await rotationHarness(rotator, { initial });
  const superuser = await newUser(target, SUPERUSER);
  await harness.client.send(
    new CreateSecretCommand({ Name: initial.masterarn ?? 'superuser', SecretString: JSON.stringify(superuser) }),
  );
  return harness;
}

const withSuperuser = (secret: DatabaseSecret): DatabaseSecret => ({ ...secret, masterarn: 'the-superuser' });

async function valueUnder(harness: RotationHarness<DatabaseSecret>, label: Parameters<typeof harness.value>[0]) {
  const value = await harness.value(label);
  if (value === undefined) throw new Error(`There is no ${label}.`);
  return value;
}

/** Of each node, whether it lets the user of the secret in. */
const letIn = ({ nodes }: Target, { username, password }: DatabaseSecret): Promise<boolean[]> =>
  Promise.all(nodes.map((node) => node.letsIn(username, password)));

async function letInEverywhere(target: Target, secret: DatabaseSecret): Promise<boolean> {
  return (await letIn(target, secret)).every(Boolean);
}

async function rotates(harness: RotationHarness<DatabaseSecret>): Promise<DatabaseSecret> {
  expect(await harness.rotate()).toMatchObject({ status: 'Succeeded' });
  return valueUnder(harness, 'AWSCURRENT');
}

describeRedis('one server, over TLS', () => {
  let authority: CertificateAuthority;
  let server: RedisServer;
  let target: Target;
  beforeAll(async () => {
    authority = await createCertificateAuthority();
    server = await startRedis({ certificate: await authority.issue(), ca: authority.ca });
    target = { nodes: [server], address: { host: 'localhost', port: server.tlsPort } };
  });
  afterAll(() => server?.stop());
  const lets = async (secret: DatabaseSecret) => server.letsIn(secret.username, secret.password);

  it.each([
    ['by himself', SELF, (secret: DatabaseSecret) => secret],
    ['by the superuser', APP, withSuperuser],
  ])('dual password, %s: AWSCURRENT is never refused during three rotations', async (_by, rights, complete) => {
    const first = complete(await newUser(target, rights));
    await using harness = await open(dualPassword(redis(), { ca: authority.ca }), target, first);
    let over = false;
    let logins = 0;
    const consumer = (async () => {
      while (!over) {
        expect(await lets(await valueUnder(harness, 'AWSCURRENT'))).toBe(true);
        logins += 1;
      }
    })();
    const values = [first];
    try {
      for (let rotation = 0; rotation < 3; rotation += 1) values.unshift(await rotates(harness));
    } finally {
      over = true;
      await consumer;
    }
    expect(logins).toBeGreaterThan(3);
    expect(await Promise.all(values.map(lets))).toEqual([true, true, false, false]);
  });

  it('single user: the old password is refused afterwards, and nopass is gone', async () => {
    const first = await newUser(target, ['nopass', ...SELF]);
    await using harness = await open(singleUser(redis(), { ca: authority.ca }), target, first);
    const second = await rotates(harness);
    expect(await lets(second)).toBe(true);
    expect(await lets(first)).toBe(false);
    const third = await rotates(harness);
    expect([await lets(third), await lets(second)]).toEqual([true, false]);
  });

  it('single user: a password that nobody knows is set by the superuser', async () => {
    const first = withSuperuser(await newUser(target, SELF));
    const rotator = singleUser(redis(), { ca: authority.ca, recover: 'superuser' });
    await using harness = await open(rotator, target, { ...first, password: 'nobody-knows' });
    const second = await rotates(harness);
    expect([await lets(second), await lets(first)]).toEqual([true, false]);
  });

  it('superuser sets: for a user who may not change his own', async () => {
    const first = withSuperuser(await newUser(target, APP));
    await using harness = await open(superuserSets(redis(), { ca: authority.ca }), target, first);
    const second = await rotates(harness);
    expect([await lets(second), await lets(first)]).toEqual([true, false]);
  });

  it('user default, who is there before anybody makes him', async () => {
    await using own = await startRedis();
    const at: Target = { nodes: [own], address: { host: 'localhost', port: own.port, ssl: false } };
    const first: DatabaseSecret = { engine: 'redis', ...at.address, ...own.superuser };
    await using harness = await open(singleUser(redis()), at, first);
    const second = await rotates(harness);
    expect([await own.letsIn('default', second.password), await own.letsIn('default', first.password)]).toEqual([
      true,
      false,
    ]);
  });

  it('alternating users: the other one follows each time, and AWSPREVIOUS still logs in', async () => {
    const first = withSuperuser(await newUser(target, APP));
    await using harness = await open(alternatingUsers(redis(), { ca: authority.ca }), target, first);
    const rules = async (username: string) => {
      const list = (await server.command(['ACL', 'LIST'])) as string[];
      return list.find((line) => line.startsWith(`user ${username} `))?.replace(/^.*#\w+ (sanitize-payload )?/, '');
    };
    const second = await rotates(harness);
    expect(second.username).toBe(`${first.username}_clone`);
    expect(await rules(second.username)).toBe(await rules(first.username));
    await server.command(['ACL', 'SETUSER', second.username, '+set']);
    const third = await rotates(harness);
    expect(third.username).toBe(first.username);
    expect(await rules(first.username)).toContain('+set');
    expect([await lets(third), await lets(second), await lets(first)]).toEqual([true, true, false]);
  });
});

interface Deployment extends Target {
  readonly relays: RedisRelays;
  stop(): Promise<void>;
}

/** With what step setSecret is run again after it was cut off: the same version, or another one because the first was taken away. */
type Next = 'the same version' | 'another version';

const deployments: readonly (readonly [string, Next, () => Promise<Deployment>])[] = [
  [
    'a primary with a replica',
    'another version',
    async () => {
      const relays = await startRelays(2);
      const [named, other] = relays.ports;
      const { primary, replica, stop } = await startReplication({}, { 'replica-announce-port': String(other) });
      return deployed(relays, [primary, replica], named, stop);
    },
  ],
  [
    'a cluster',
    'the same version',
    async () => {
      const relays = await startRelays(3);
      const [named] = relays.ports;
      const { nodes, stop } = await startCluster(3, {}, (index) => ({
        'cluster-announce-port': String(relays.ports[index]),
      }));
      return deployed(relays, nodes, named, stop);
    },
  ],
];

function deployed(
  relays: RedisRelays,
  nodes: readonly RedisServer[],
  port: number | undefined,
  stop: () => Promise<void>,
): Deployment {
  relays.lead(nodes.map((node) => node.port));
  return {
    relays,
    nodes,
    address: { host: '127.0.0.1', ssl: false, ...(port !== undefined && { port }) },
    async stop() {
      await relays[Symbol.asyncDispose]();
      await stop();
    },
  };
}

interface CutOff {
  readonly rotator: Rotator<DatabaseSecret>;
  readonly rights: readonly string[];
  readonly masterarn?: true;
  /** Whether AWSCURRENT has to log in at every node, whatever happened; otherwise it or AWSPENDING has to. */
  readonly always: boolean;
}

const cutOffs: Readonly<Record<string, CutOff>> = {
  'single user': { rotator: singleUser(redis()), rights: SELF, always: false },
  'superuser sets': { rotator: superuserSets(redis()), rights: APP, masterarn: true, always: false },
  'dual password': { rotator: dualPassword(redis()), rights: SELF, always: true },
  'alternating users': { rotator: alternatingUsers(redis()), rights: APP, masterarn: true, always: true },
};

describeRedis.each(deployments)('%s, cut off after each change, goes on with %s', (_name, next, start) => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await start();
  });
  afterAll(() => deployment?.stop());

  /** Step setSecret is cut off after its first change, in the next rotation after its second, and so on, until one comes through. */
  async function expectRecovery({ rotator, rights, masterarn, always }: CutOff): Promise<void> {
    const abandon = next === 'another version';
    const superuser = await newUser(deployment, SUPERUSER);
    const user = await newUser(deployment, rights);
    const others = { 'the-superuser': superuser };
    let current = masterarn ? withSuperuser(user) : user;
    for (let change = 1; ; change += 1) {
      const lost = await createPending(rotator, current);
      deployment.relays.cutAfterChange(change);
      const setting = runSetSecret(rotator, { current, pending: lost }, others);
      const failed = await setting.then(
        () => false,
        () => true,
      );
      if (!deployment.relays.mend()) {
        await setting;
        expect(change).toBeGreaterThan(4);
        return;
      }
      expect({ change, failed }).toEqual({ change, failed: true });
      // The one that the secret names comes last.
      if (change <= 2 * (deployment.nodes.length - 1)) expect((await letIn(deployment, lost))[0]).toBe(false);
      const works = await letInEverywhere(deployment, current);
      if (always) expect({ change, works }).toEqual({ change, works: true });
      if (!works) expect(await letInEverywhere(deployment, lost)).toBe(true);

      const pending = abandon ? await createPending(rotator, current) : lost;
      try {
        await runSetSecret(rotator, { current, pending }, others);
      } catch (error) {
        // The handler finds the value of the version that lost its label.
        if (!abandon || !(error instanceof LoginRejectedError)) throw error;
        await runSetSecret(rotator, { current: lost, pending }, others);
      }
      const answers = async (secret: DatabaseSecret) => ({ change, letIn: await letIn(deployment, secret) });
      const everywhere = (letIn: boolean) => ({ change, letIn: deployment.nodes.map(() => letIn) });
      expect(await answers(pending)).toEqual(everywhere(true));
      expect(await answers(current)).toEqual(everywhere(always));
      if (abandon) expect(await answers(lost)).toEqual(everywhere(false));
      current = pending;
    }
  }

  it.each(Object.keys(cutOffs))('%s', async (strategy) => {
    await expectRecovery(cutOffs[strategy] as CutOff);
  });

  it('and finds the version that lost AWSPENDING, where some nodes have no other password', async () => {
    const user = await newUser(deployment, SELF);
    await using harness = await open(singleUser(redis()), deployment, user);
    // The first of the nodes on which nothing but the new password is left.
    deployment.relays.cutAfterChange(3 * deployment.nodes.length + 2);
    const { status, versionId } = await harness.rotate();
    expect([status, deployment.relays.mend()]).toEqual(['Failed', true]);
    expect(await letInEverywhere(deployment, user)).toBe(false);
    const { secretArn: SecretId, client } = harness;
    await client.send(
      new UpdateSecretVersionStageCommand({ SecretId, VersionStage: 'AWSPENDING', RemoveFromVersionId: versionId }),
    );
    expect(await letInEverywhere(deployment, await rotates(harness))).toBe(true);
  });
});

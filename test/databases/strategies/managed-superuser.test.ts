/** Whole rotations with a superuser that RDS manages, and at other endpoints than the superuser's, on a real PostgreSQL that goes by the names of RDS. */
import dns from 'node:dns';
import { CreateSecretCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { DatabaseDriver, SuperuserSession } from '../../../lib/databases/driver.js';
import { postgres } from '../../../lib/databases/engines/postgres.js';
import type { DatabaseSecret } from '../../../lib/databases/secret.js';
import { alternatingUsers } from '../../../lib/databases/strategies/alternating-users.js';
import { superuserSets } from '../../../lib/databases/strategies/superuser-sets.js';
import { LoginRejectedError } from '../../../lib/rotation/errors.js';
import type { Rotator } from '../../../lib/rotation/rotator.js';
import { type RotationHarness, rotationHarness } from '../../../lib/testing/index.js';
import { type AwsDouble, callersOf, type DoubleCall } from '../../support/aws-double.js';
import { createCertificateAuthority } from '../../support/certificates.js';
import { type PostgresServer, startPostgres } from '../../support/postgres.js';
import { startStandby } from '../../support/postgres-standby.js';
import { type RdsDoubleOptions, startRdsDouble } from '../../support/rds-double.js';

const SECRET_ACCOUNT = '111122223333';
const FUNCTION_ACCOUNT = '444455556666';
const REGION = 'us-east-1';
const SECRET_ROLE = `arn:aws:iam::${SECRET_ACCOUNT}:role/SecretRotation`;
const clusterArn = (id: string) => `arn:aws:rds:${REGION}:${SECRET_ACCOUNT}:cluster:${id}`;

const at = (name: string) => `${name}.${REGION}.rds.amazonaws.com`;
const [WRITER, READER] = [at('shop.cluster-abc123'), at('shop.cluster-ro-abc123')];
const OTHERS_READER = at('other.cluster-ro-abc123');
const [SOURCE, REPLICA] = [at('source.abc123'), at('replica.abc123')];
const LOOK_ALIKE = `${READER}.example.com`;
const NAMES = [WRITER, READER, OTHERS_READER, SOURCE, REPLICA, LOOK_ALIKE];

const creator = { username: 'creator', password: 'creator-password' };
let ca: string;
let server: PostgresServer;
let users = 0;

beforeAll(async () => {
  // The names of RDS lead to the server here, for this process alone.
  const lookup = dns.lookup as (name: string, ...rest: unknown[]) => void;
  jest
    .spyOn(dns, 'lookup')
    .mockImplementation(((name: string, ...rest: unknown[]) =>
      lookup(NAMES.includes(name) ? '127.0.0.1' : name, ...rest)) as never);
  const authority = await createCertificateAuthority();
  ca = authority.ca;
  server = await startPostgres({ tls: await authority.issue({ dnsNames: NAMES, ips: [] }) });
  await server.query(`CREATE ROLE creator LOGIN CREATEROLE PASSWORD '${creator.password}'`);
});
afterEach(() => {
  delete process.env.AWS_ENDPOINT_URL_RDS;
});
afterAll(async () => {
  jest.restoreAllMocks();
  await server.stop();
});

async function newUser(host: string): Promise<DatabaseSecret> {
  users += 1;
  const username = `app${users}`;
  await server.query(`CREATE ROLE ${username} LOGIN PASSWORD 'first-password'`, [], creator);
  return { engine: 'postgres', host, port: server.port, dbname: 'postgres', username, password: 'first-password' };
}

interface Login {
  readonly host: string;
  readonly username: string;
}

/** PostgreSQL's driver, and where it logged in. @param refuses What a replica does that has not followed yet. */
function watched(refuses: (secret: DatabaseSecret) => boolean = () => false) {
  const logins: Login[] = [];
  const driver: DatabaseDriver<SuperuserSession> = {
    ...postgres(),
    async login(secret, connection) {
      logins.push({ host: secret.host, username: secret.username });
      if (refuses(secret)) throw new LoginRejectedError('the replica knows no such password');
      return postgres().login(secret, connection);
    },
  };
  return {
    driver,
    logins,
    hostsOf: (name: string) => [...new Set(logins.flatMap((login) => (login.username === name ? login.host : [])))],
  };
}

const cluster = (id: string) => ({
  DBClusterIdentifier: id,
  DBClusterArn: clusterArn(id),
  Engine: 'aurora-postgresql',
  Endpoint: at(`${id}.cluster-abc123`),
  ReaderEndpoint: at(`${id}.cluster-ro-abc123`),
  Port: server.port,
});

/** RDS as the harness' account has it, with the permissions of its roles. */
async function rds(
  { emulator }: RotationHarness<DatabaseSecret>,
  options: Partial<RdsDoubleOptions> = {},
): Promise<AwsDouble> {
  const roleOf = (callerArn: string) =>
    callerArn.replace(/^arn:aws:sts::(\d+):assumed-role\/([^/]+)\/.*$/, 'arn:aws:iam::$1:role/$2');
  const double = await startRdsDouble({
    clusters: [cluster('shop'), cluster('other')],
    callerOf: callersOf(emulator),
    permits: ({ callerArn, action, resourceArn }: DoubleCall) =>
      emulator.simulatePrincipalPolicy({ callerArn: roleOf(callerArn), action, resourceArn }).allowed,
    ...options,
  });
  process.env.AWS_ENDPOINT_URL_RDS = double.endpoint;
  return double;
}

async function start(
  rotator: Rotator<DatabaseSecret>,
  initial: DatabaseSecret,
  superuser: 'managed' | { readonly host: string },
  functionAccountId?: string,
): Promise<RotationHarness<DatabaseSecret>> {
  const harness = await rotationHarness(rotator, {
    initial,
    ...(functionAccountId !== undefined && { functionAccountId }),
  });
  const stored = { engine: 'postgres', port: server.port, ...creator };
  const masterarn =
    superuser === 'managed'
      ? harness.emulator.createManagedSecret({
          accountId: SECRET_ACCOUNT,
          owningService: 'rds',
          name: 'rds!cluster-1',
          secretString: JSON.stringify(creator),
          tags: { 'aws:rds:primaryDBClusterArn': clusterArn('shop') },
        })
      : (
          await harness.client.send(
            new CreateSecretCommand({ Name: 'superuser', SecretString: JSON.stringify({ ...stored, ...superuser }) }),
          )
        ).ARN;
  await harness.client.send(
    new PutSecretValueCommand({ SecretId: harness.secretArn, SecretString: JSON.stringify({ ...initial, masterarn }) }),
  );
  return harness;
}

const canLogIn = ({ username, password }: DatabaseSecret) =>
  server.query('SELECT 1', [], { username, password }).then(
    () => true,
    () => false,
  );

/** Nothing but the users' own logins has reached any server, and nothing has changed. */
async function expectNothingSent(
  harness: RotationHarness<DatabaseSecret>,
  logins: readonly Login[],
  initial: DatabaseSecret,
) {
  const clone = `${initial.username}_clone`;
  expect(logins.filter(({ username }) => ![initial.username, clone].includes(username))).toEqual([]);
  expect(await server.query('SELECT FROM pg_roles WHERE rolname = $1', [clone])).toEqual([]);
  expect((await harness.value('AWSCURRENT'))?.password).toBe(initial.password);
}

describe('a superuser that RDS manages', () => {
  it('rotates alternating users, time and again; each step asks RDS once', async () => {
    const { driver, hostsOf } = watched();
    const initial = await newUser(WRITER);
    await using harness = await start(alternatingUsers(driver, { ca }), initial, 'managed');
    await using double = await rds(harness);
    await expect(harness.rotate()).resolves.toMatchObject({ status: 'Succeeded' });
    const second = (await harness.value('AWSCURRENT')) ?? initial;
    await expect(harness.rotate()).resolves.toMatchObject({ status: 'Succeeded' });
    const third = (await harness.value('AWSCURRENT')) ?? initial;
    expect([second.username, third.username]).toEqual([`${initial.username}_clone`, initial.username]);
    expect([await canLogIn(second), await canLogIn(third), await canLogIn(initial)]).toEqual([true, true, false]);
    expect(hostsOf('creator')).toEqual([WRITER]);
    expect(double.calls).toMatchObject([
      { action: 'rds:DescribeDBClusters', resourceArn: clusterArn('shop') },
      { action: 'rds:DescribeDBClusters', resourceArn: clusterArn('shop') },
    ]);
  });

  it('of another account is looked up there, by the role, in a session for that one call', async () => {
    const initial = await newUser(WRITER);
    await using harness = await start(alternatingUsers(postgres(), { ca }), initial, 'managed', FUNCTION_ACCOUNT);
    await using double = await rds(harness);

    // The role of the harness may use secrets, and nothing of RDS.
    const refused = await harness.rotate();
    expect(refused.steps.at(-1)).toMatchObject({
      step: 'setSecret',
      errorType: 'AccessDeniedError',
      error: expect.stringContaining(`Allow rds:DescribeDBClusters on ${clusterArn('shop')} to the role that calls`),
    });
    expect(await canLogIn(initial)).toBe(true);

    harness.emulator.createRole({
      roleArn: SECRET_ROLE,
      trustPolicy: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { AWS: FUNCTION_ACCOUNT }, Action: 'sts:AssumeRole' }],
      },
      policies: [
        {
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Action: 'secretsmanager:*', Resource: '*' },
            { Effect: 'Allow', Action: 'rds:DescribeDBClusters', Resource: clusterArn('shop') },
          ],
        },
      ],
    });
    await expect(harness.reattempt()).resolves.toMatchObject({ status: 'Succeeded' });
    for (const { callerArn } of double.calls) {
      expect(callerArn).toMatch(new RegExp(`^arn:aws:sts::${SECRET_ACCOUNT}:assumed-role/SecretRotation/`));
    }
    const policies = harness
      .calls()
      .filter(({ operation, errorCode }) => operation === 'AssumeRole' && errorCode === undefined)
      .map(({ parameters }) => JSON.parse(String(parameters.policy)).Statement);
    expect(policies).toContainEqual([
      { Effect: 'Allow', Action: ['rds:DescribeDBClusters'], Resource: [clusterArn('shop')] },
    ]);
  });

  it('whose database is gone stops the rotation before anything is sent', async () => {
    const { driver, logins } = watched();
    const initial = await newUser(WRITER);
    await using harness = await start(alternatingUsers(driver, { ca }), initial, 'managed');
    await using _double = await rds(harness, { fault: () => ({ code: 'DBClusterNotFoundFault', status: 404 }) });
    const { steps } = await harness.rotate();
    expect(steps.at(-1)).toMatchObject({ step: 'setSecret', errorType: 'HostUnreachableError' });
    await expectNothingSent(harness, logins, initial);
  });
});

describe('a secret for the reader endpoint', () => {
  it('rotates: the superuser works at the writer, and the users log in at their own host', async () => {
    const { driver, hostsOf } = watched();
    const initial = await newUser(READER);
    await using harness = await start(alternatingUsers(driver, { ca }), initial, 'managed');
    await using double = await rds(harness);
    await expect(harness.rotate()).resolves.toMatchObject({ status: 'Succeeded' });
    expect(hostsOf('creator')).toEqual([WRITER]);
    expect(hostsOf(initial.username)).toEqual([READER]);
    expect(hostsOf(`${initial.username}_clone`)).toEqual([READER]);
    expect(await harness.value('AWSCURRENT')).toMatchObject({ host: READER, username: `${initial.username}_clone` });
    expect(new Set(double.calls.map(({ resourceArn }) => resourceArn))).toEqual(new Set([clusterArn('shop')]));
  });

  it("rotates too where the superuser's secret names the writer; its tags are not asked for", async () => {
    const { driver, hostsOf } = watched();
    const initial = await newUser(READER);
    await using harness = await start(superuserSets(driver, { ca }), initial, { host: WRITER });
    await using _double = await rds(harness);
    await expect(harness.rotate()).resolves.toMatchObject({ status: 'Succeeded' });
    expect(hostsOf('creator')).toEqual([WRITER]);
    const described = harness.calls().filter(({ operation }) => operation === 'DescribeSecret');
    expect(described.map(({ secretArn }) => secretArn)).toEqual(described.map(() => harness.secretArn));
  });

  it('waits for a replica that follows later', async () => {
    let behind = 2;
    const { driver, logins } = watched(
      ({ host, password }) => host === READER && password !== 'first-password' && behind-- > 0,
    );
    const initial = await newUser(READER);
    await using harness = await start(superuserSets(driver, { ca }), initial, { host: WRITER });
    await using _double = await rds(harness);
    behind = 3;
    await expect(harness.rotate()).resolves.toMatchObject({ status: 'Succeeded' });
    // Guard, AWSCURRENT, superuser; refused twice, let in; testSecret.
    expect(logins.map(({ username }) => username === 'creator')).toEqual([
      false,
      false,
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  it('leaves it to testSecret to report a replica that does not follow', async () => {
    const { driver } = watched(({ host, password }) => host === READER && password !== 'first-password');
    const initial = await newUser(READER);
    await using harness = await start(superuserSets(driver, { ca }), initial, { host: WRITER });
    await using _double = await rds(harness);
    const { steps } = await harness.rotate();
    expect(steps.map(({ step, errorType }) => [step, errorType])).toEqual([
      ['createSecret', undefined],
      ['setSecret', undefined],
      ['testSecret', 'LoginRejectedError'],
    ]);
  });

  it('of another cluster is refused, by what RDS says, and nothing is sent', async () => {
    const { driver, logins } = watched();
    const initial = await newUser(OTHERS_READER);
    await using harness = await start(alternatingUsers(driver, { ca }), initial, 'managed');
    await using double = await rds(harness);
    const { steps } = await harness.rotate();
    expect(steps.at(-1)).toMatchObject({ step: 'setSecret', errorType: 'TargetMismatchError' });
    expect(double.calls.map(({ resourceArn }) => resourceArn)).toContain(clusterArn('other'));
    await expectNothingSent(harness, logins, initial);
  });

  it('that only looks like one of RDS is refused, without asking, and nothing is sent', async () => {
    const { driver, logins } = watched();
    const initial = await newUser(LOOK_ALIKE);
    await using harness = await start(alternatingUsers(driver, { ca }), initial, { host: WRITER });
    await using double = await rds(harness);
    const { steps } = await harness.rotate();
    expect(steps.at(-1)).toMatchObject({ step: 'setSecret', errorType: 'TargetMismatchError' });
    expect(double.calls).toEqual([]);
    await expectNothingSent(harness, logins, initial);
  });
});

it('a secret for a read replica, a real one that follows later, rotates time and again', async () => {
  await using standby = await startStandby(server, { delayMillis: 400 });
  const { driver, hostsOf } = watched();
  const initial = { ...(await newUser(REPLICA)), port: standby.port };
  const atReplica = (secret: DatabaseSecret) =>
    server.query('SELECT pg_is_in_recovery() AS standby', [], secret, standby.port);
  await using harness = await start(alternatingUsers(driver, { ca }), initial, { host: SOURCE });
  const instance = (id: string, host: string, Port: number) => ({
    DBInstanceIdentifier: id,
    DBInstanceArn: `arn:aws:rds:${REGION}:${SECRET_ACCOUNT}:db:${id}`,
    Engine: 'postgres',
    Endpoint: { Address: host, Port },
  });
  await using _double = await rds(harness, {
    instances: [
      instance('source', SOURCE, server.port),
      { ...instance('replica', REPLICA, standby.port), ReadReplicaSourceDBInstanceIdentifier: 'source' },
    ],
  });
  // The user has to have arrived before it is rotated there.
  while (
    !(await atReplica(initial).then(
      () => true,
      () => false,
    ))
  );
  for (const username of [`${initial.username}_clone`, initial.username]) {
    await expect(harness.rotate()).resolves.toMatchObject({ status: 'Succeeded' });
    const current = (await harness.value('AWSCURRENT')) ?? initial;
    expect(current).toMatchObject({ username, host: REPLICA, port: standby.port });
    expect(await atReplica(current)).toEqual([{ standby: true }]);
  }
  expect([hostsOf('creator'), hostsOf(initial.username)]).toEqual([[SOURCE], [REPLICA]]);
});

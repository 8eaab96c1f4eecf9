import { afterEach, describe, expect, it } from '@jest/globals';
import { loadClient } from '../../../lib/databases/managed/aws-call.js';
import { engineOf } from '../../../lib/databases/managed/engine-names.js';
import { managedServer } from '../../../lib/databases/managed/managed-server.js';
import { AccessDeniedError } from '../../../lib/rotation/errors.js';
import type { DoubleFault } from '../../support/aws-double.js';
import { type RdsDoubleOptions, startRdsDouble } from '../../support/rds-double.js';
import { type RedshiftDoubleOptions, startRedshiftDouble } from '../../support/redshift-double.js';
import { ACCOUNT, arn, asking, REGION, SUPERUSER } from './asking.js';

afterEach(() => {
  for (const service of ['RDS', 'REDSHIFT', 'REDSHIFT_SERVERLESS']) delete process.env[`AWS_ENDPOINT_URL_${service}`];
});

async function rds(options: RdsDoubleOptions) {
  const double = await startRdsDouble(options);
  process.env.AWS_ENDPOINT_URL_RDS = double.endpoint;
  return double;
}

async function redshift(options: RedshiftDoubleOptions) {
  const double = await startRedshiftDouble(options);
  process.env.AWS_ENDPOINT_URL_REDSHIFT = double.endpoint;
  process.env.AWS_ENDPOINT_URL_REDSHIFT_SERVERLESS = double.endpoint;
  return double;
}

const instance = (id: string) => ({
  DBInstanceIdentifier: id,
  DBInstanceArn: arn('db', id),
  Engine: 'postgres',
  DBInstanceStatus: 'available',
  Endpoint: { Address: `${id}.abc123.us-east-1.rds.amazonaws.com`, Port: 5433 },
});
const cluster = {
  DBClusterIdentifier: 'shop',
  DBClusterArn: arn('cluster', 'shop'),
  Engine: 'aurora-postgresql',
  Status: 'available',
  Endpoint: 'shop.cluster-abc123.us-east-1.rds.amazonaws.com',
  Port: 5432,
};
const instanceTags = { 'aws:rds:primaryDBInstanceArn': arn('db', 'shop-db') };
const clusterTags = {
  'aws:secretsmanager:owningService': 'rds',
  'aws:rds:primaryDBClusterArn': arn('cluster', 'shop'),
};

describe('the server of a managed superuser', () => {
  it('is that of the DB instance in its tags', async () => {
    await using double = await rds({ instances: [instance('other'), instance('shop-db')] });
    const context = asking(instanceTags);
    expect(await managedServer(context, SUPERUSER)).toEqual({
      engine: 'postgres',
      host: 'shop-db.abc123.us-east-1.rds.amazonaws.com',
      port: 5433,
    });
    // No more than this one call on this one instance.
    expect(context.sessions).toEqual([[['rds:DescribeDBInstances'], [arn('db', 'shop-db')]]]);
    expect(double.calls).toMatchObject([{ action: 'rds:DescribeDBInstances', region: REGION, accountId: ACCOUNT }]);
  });

  it('is the writer of the DB cluster in its tags, whatever case AWS writes them in', async () => {
    await using _ = await rds({ clusters: [cluster] });
    for (const tags of [clusterTags, { 'aws:rds:primarydbclusterarn': arn('cluster', 'shop') }]) {
      const context = asking(tags);
      const { engine, host, port } = await managedServer(context, SUPERUSER);
      expect([engine, host, port]).toEqual(['aurora-postgresql', cluster.Endpoint, 5432]);
      expect(context.sessions).toEqual([[['rds:DescribeDBClusters'], [arn('cluster', 'shop')]]]);
    }
  });

  it('is that of the Redshift cluster in its tags', async () => {
    const clusterArn = `arn:aws:redshift:${REGION}:${ACCOUNT}:cluster:wh`;
    await using _ = await redshift({
      clusters: [
        {
          ClusterIdentifier: 'wh',
          ClusterStatus: 'available',
          ClusterNamespaceArn: `arn:aws:redshift:${REGION}:${ACCOUNT}:namespace:11111111-2222-4333-8444-555555555555`,
          Endpoint: { Address: 'wh.abc123.us-east-1.redshift.amazonaws.com', Port: 5439 },
        },
      ],
    });
    const context = asking({ 'aws:redshift:primaryClusterArn': clusterArn });
    expect(await managedServer(context, SUPERUSER)).toEqual({
      engine: 'redshift',
      host: 'wh.abc123.us-east-1.redshift.amazonaws.com',
      port: 5439,
    });
    expect(context.sessions).toEqual([[['redshift:DescribeClusters'], [clusterArn]]]);
  });

  it('is that of the workgroup of the Redshift Serverless namespace in its tags, on whichever page of the lists', async () => {
    const namespaceArn = (id: number) => `arn:aws:redshift-serverless:${REGION}:${ACCOUNT}:namespace/0000-${id}`;
    const numbers = Array.from({ length: 230 }, (_, index) => index);
    await using double = await redshift({
      namespaces: numbers.map((id) => ({ namespaceArn: namespaceArn(id), namespaceName: `name-${id}` })),
      workgroups: numbers.map((id) => ({
        workgroupName: `group-${id}`,
        // In another order.
        namespaceName: `name-${numbers.length - 1 - id}`,
        status: 'AVAILABLE',
        endpoint: { address: `group-${id}.${ACCOUNT}.us-east-1.redshift-serverless.amazonaws.com`, port: 5439 },
      })),
    });
    const context = asking({ 'aws:redshift-serverless:namespaceArn': namespaceArn(120) });
    expect(await managedServer(context, SUPERUSER)).toEqual({
      engine: 'redshift',
      host: `group-109.${ACCOUNT}.us-east-1.redshift-serverless.amazonaws.com`,
      port: 5439,
    });
    expect(double.calls.map(({ action }) => action.split(':')[1])).toEqual([
      ...['ListNamespaces', 'ListNamespaces', 'ListWorkgroups', 'ListWorkgroups'],
    ]);
    const gone = asking({ 'aws:redshift-serverless:namespaceArn': namespaceArn(999) });
    await expect(managedServer(gone, SUPERUSER)).rejects.toMatchObject({ name: 'HostUnreachableError' });
    expect(double.calls).toHaveLength(4 + 3);
  });

  it.each([
    ['postgres', 'postgres'],
    ['aurora-postgresql', 'aurora-postgresql'],
    ['mysql', 'mysql'],
    ['aurora-mysql', 'aurora-mysql'],
    ['aurora', 'aurora-mysql'],
    ['mariadb', 'mariadb'],
    ['sqlserver-ee', 'sqlserver'],
    ['sqlserver-ex', 'sqlserver'],
    ['custom-sqlserver-se', 'sqlserver'],
    ['oracle-se2-cdb', 'oracle'],
    ['custom-oracle-ee', 'oracle'],
    ['db2-se', 'db2'],
    ['docdb', 'mongo'],
    ['something-new', 'something-new'],
  ])('of engine %s is called %s in secrets', (name, engine) => {
    expect(engineOf(name)).toBe(engine);
  });
});

describe('nothing is guessed', () => {
  it.each([
    ['no tags', {}],
    ['tags of its owner alone', { 'aws:secretsmanager:owningService': 'rds', team: 'shop' }],
  ])('%s: the way out is a secret with a host', async (_, tags) => {
    await expect(managedServer(asking(tags), SUPERUSER)).rejects.toMatchObject({
      name: 'InvalidSecretError',
      issues: ['engine is missing', 'host is missing'],
      message: expect.stringContaining('Store a superuser with engine, host and port in a secret of its own'),
    });
  });

  it.each([
    ['no ARN', { 'aws:rds:primaryDBInstanceArn': 'shop-db' }],
    ['an ARN of something else', { 'aws:rds:primaryDBInstanceArn': arn('cluster', 'shop') }],
    ['an ARN with a wildcard', { 'aws:rds:primaryDBInstanceArn': arn('db', '*') }],
    ['another account', { 'aws:rds:primaryDBInstanceArn': arn('db', 'shop-db').replace(ACCOUNT, '999900001111') }],
    ['another Region', { 'aws:rds:primaryDBInstanceArn': arn('db', 'shop-db').replace(REGION, 'eu-west-1') }],
  ])('%s in the tag: nothing is asked', async (_, tags) => {
    const context = asking(tags);
    await expect(managedServer(context, SUPERUSER)).rejects.toMatchObject({ name: 'InvalidSecretError' });
    expect(context.sessions).toEqual([]);
  });

  it('an instance of the same name in another account, where the function asks, is not it', async () => {
    const theirs = { ...instance('shop-db'), DBInstanceArn: arn('db', 'shop-db').replace(ACCOUNT, '444455556666') };
    await using _ = await rds({ instances: [theirs] });
    await expect(managedServer(asking(instanceTags, '444455556666'), SUPERUSER)).rejects.toMatchObject({
      name: 'InvalidSecretError',
      message: expect.stringContaining(theirs.DBInstanceArn),
    });
  });

  it('an instance that is gone', async () => {
    await using _ = await rds({ instances: [instance('other')] });
    await expect(managedServer(asking(instanceTags), SUPERUSER)).rejects.toMatchObject({
      name: 'HostUnreachableError',
      reason: 'not found',
      message: expect.stringContaining('there is no such DB instance'),
    });
  });

  it.each([
    [
      'instance',
      { instances: [{ ...instance('shop-db'), Endpoint: undefined, DBInstanceStatus: 'creating' }] },
      instanceTags,
    ],
    ['cluster', { clusters: [{ ...cluster, Endpoint: undefined, Status: 'creating' }] }, clusterTags],
  ])('an %s that has no endpoint yet', async (_, there, tags) => {
    await using _double = await rds(there as RdsDoubleOptions);
    await expect(managedServer(asking(tags), SUPERUSER)).rejects.toMatchObject({
      name: 'HostUnreachableError',
      message: expect.stringContaining('has no endpoint yet (creating)'),
    });
  });
});

describe('when the call fails', () => {
  const failing = (fault: DoubleFault) => rds({ instances: [instance('shop-db')], fault: () => fault });

  it('a policy that is missing is named, with its resource', async () => {
    await using _ = await rds({ instances: [instance('shop-db')], permits: () => false });
    await expect(managedServer(asking(instanceTags), SUPERUSER)).rejects.toMatchObject({
      name: 'AccessDeniedError',
      message: expect.stringContaining(
        `Allow rds:DescribeDBInstances on ${arn('db', 'shop-db')} to the role that calls`,
      ),
    });
  });

  it('so is that of Redshift Serverless, whose lists have no finer resource', async () => {
    await using _ = await redshift({ permits: () => false });
    const tags = {
      'aws:redshift-serverless:namespaceArn': `arn:aws:redshift-serverless:${REGION}:${ACCOUNT}:namespace/0000`,
    };
    await expect(managedServer(asking(tags), SUPERUSER)).rejects.toMatchObject({
      name: 'AccessDeniedError',
      message: expect.stringContaining('Allow redshift-serverless:ListNamespaces on * to the role that calls'),
    });
  });

  it('what the tags are for is said where they may not be read', async () => {
    const denied = new AccessDeniedError('Allow secretsmanager:DescribeSecret on it to the role that calls.');
    const context = { ...asking(), readTags: () => Promise.reject(denied) };
    await expect(managedServer(context, SUPERUSER)).rejects.toMatchObject({
      name: 'AccessDeniedError',
      message: expect.stringMatching(
        /holds no engine or host.*its tags lead to the database: Allow secretsmanager:DescribeSecret/,
      ),
    });
  });

  it('throttled once, it is asked again', async () => {
    let throttled = 1;
    const fault = () => (throttled-- > 0 ? { code: 'Throttling', message: 'Rate exceeded' } : undefined);
    await using double = await rds({ instances: [instance('shop-db')], fault });
    expect((await managedServer(asking(instanceTags), SUPERUSER)).port).toBe(5433);
    expect(double.calls).toHaveLength(2);
  });

  it('throttled for good, the step can be run again', async () => {
    await using _ = await failing({ code: 'Throttling', message: 'Rate exceeded' });
    await expect(managedServer(asking(instanceTags), SUPERUSER)).rejects.toMatchObject({
      name: 'AwsCallFailedError',
      awsCode: 'Throttling',
      message: expect.stringContaining('can be run again'),
    });
  });

  it('another error of AWS keeps its code', async () => {
    await using _ = await failing({ code: 'InvalidParameterValue', message: 'no such thing' });
    await expect(managedServer(asking(instanceTags), SUPERUSER)).rejects.toMatchObject({
      name: 'AwsCallFailedError',
      awsCode: 'InvalidParameterValue',
      message: 'DescribeDBInstances failed: InvalidParameterValue: no such thing',
    });
  });

  it('an endpoint that does not answer: a function in a VPC needs a route', async () => {
    const double = await rds({});
    await double[Symbol.asyncDispose]();
    await expect(managedServer(asking(instanceTags), SUPERUSER)).rejects.toMatchObject({
      name: 'AwsCallFailedError',
      message: expect.stringMatching(
        /no answer from the endpoint of RDS \(ECONNREFUSED\).*com\.amazonaws\.REGION\.rds/,
      ),
    });
  });

  it('when the time is over, that is what is said', async () => {
    const over = new Error('over');
    await using _ = await rds({ instances: [instance('shop-db')] });
    const context = { ...asking(instanceTags), signal: AbortSignal.abort(over) };
    await expect(managedServer(context, SUPERUSER)).rejects.toBe(over);
  });

  it('a client of the SDK that is not installed is named', async () => {
    const missing = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
    await expect(loadClient('@aws-sdk/client-rds', () => Promise.reject(missing))).rejects.toMatchObject({
      name: 'InvalidOptionsError',
      message: expect.stringContaining('npm install @aws-sdk/client-rds'),
    });
    const broken = new Error('broken');
    await expect(loadClient('@aws-sdk/client-rds', () => Promise.reject(broken))).rejects.toBe(broken);
  });
});

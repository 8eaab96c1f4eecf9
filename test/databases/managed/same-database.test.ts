import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { areRdsNames, isSameDatabase } from '../../../lib/databases/managed/same-database.js';
import type { AwsDouble } from '../../support/aws-double.js';
import { startRdsDouble } from '../../support/rds-double.js';
import { ACCOUNT, arn, asking, REGION } from './asking.js';

const at = (name: string) => `${name}.us-east-1.rds.amazonaws.com`;
const PORT = 5432;

const instance = (id: string, rest: object = {}) => ({
  DBInstanceIdentifier: id,
  DBInstanceArn: arn('db', id),
  Engine: 'postgres',
  Endpoint: { Address: at(`${id}.abc123`), Port: PORT },
  ...rest,
});
const cluster = (id: string, rest: object = {}) => ({
  DBClusterIdentifier: id,
  DBClusterArn: arn('cluster', id),
  Engine: 'aurora-postgresql',
  Endpoint: at(`${id}.cluster-abc123`),
  ReaderEndpoint: at(`${id}.cluster-ro-abc123`),
  Port: PORT,
  ...rest,
});

const instances = [
  instance('source'),
  instance('replica', {
    ReadReplicaSourceDBInstanceIdentifier: 'source',
    Endpoint: { Address: at('replica.abc123'), Port: 5555 },
  }),
  instance('second', { ReadReplicaSourceDBInstanceIdentifier: 'replica' }),
  instance('abroad', { ReadReplicaSourceDBInstanceIdentifier: arn('db', 'source').replace(REGION, 'eu-west-1') }),
  instance('theirs', { ReadReplicaSourceDBInstanceIdentifier: arn('db', 'source').replace(ACCOUNT, '999900001111') }),
  instance('by-arn', { ReadReplicaSourceDBInstanceIdentifier: arn('db', 'source') }),
  instance('stranger'),
  instance('round', { ReadReplicaSourceDBInstanceIdentifier: 'round' }),
  instance('shop-1', { DBClusterIdentifier: 'shop' }),
  instance('shop-2', { DBClusterIdentifier: 'shop' }),
  instance('other-1', { DBClusterIdentifier: 'other' }),
  instance('of-cluster', { ReadReplicaSourceDBClusterIdentifier: 'shop' }),
];
const clusters = [
  cluster('shop', { CustomEndpoints: [at('reports.cluster-custom-abc123')] }),
  cluster('other', { CustomEndpoints: [at('theirs.cluster-custom-abc123')] }),
  cluster('copy', { ReplicationSourceIdentifier: arn('cluster', 'shop') }),
  cluster('copy-of-instance', { ReplicationSourceIdentifier: arn('db', 'source') }),
];

let double: AwsDouble;
beforeAll(async () => {
  double = await startRdsDouble({ instances, clusters });
  process.env.AWS_ENDPOINT_URL_RDS = double.endpoint;
});
afterAll(async () => {
  delete process.env.AWS_ENDPOINT_URL_RDS;
  await double[Symbol.asyncDispose]();
});

const endpoint = (name: string, port = PORT) => ({ host: at(name), port });
const same = (superuser: string, other: string, port?: number) =>
  isSameDatabase(asking(), endpoint(superuser), endpoint(other, port));

describe('the same database', () => {
  it.each([
    ['reader endpoint', 'shop.cluster-abc123', 'shop.cluster-ro-abc123'],
    ['custom endpoint', 'shop.cluster-abc123', 'reports.cluster-custom-abc123'],
    ['instance of the cluster', 'shop.cluster-abc123', 'shop-2.abc123'],
    ['cluster of the instance', 'shop-1.abc123', 'shop.cluster-abc123'],
    ['reader endpoint, by the instance', 'shop-1.abc123', 'shop.cluster-ro-abc123'],
    ['custom endpoint, by the instance', 'shop-1.abc123', 'reports.cluster-custom-abc123'],
    ['instance of the same cluster', 'shop-1.abc123', 'shop-2.abc123'],
    ['replica of a replica', 'source.abc123', 'second.abc123'],
    ['replica whose source is an ARN', 'source.abc123', 'by-arn.abc123'],
    ['instance that is a replica of the cluster', 'shop.cluster-abc123', 'of-cluster.abc123'],
    ['cluster that is a replica of the cluster', 'shop.cluster-abc123', 'copy.cluster-abc123'],
    ['reader endpoint of a replica', 'shop.cluster-abc123', 'copy.cluster-ro-abc123'],
    ['cluster that is a replica of the instance', 'source.abc123', 'copy-of-instance.cluster-ro-abc123'],
  ])('%s', async (_, superuser, other) => {
    expect(await same(superuser, other)).toBe(true);
  });

  it('a replica with a port of its own, if RDS says so', async () => {
    expect(await same('source.abc123', 'replica.abc123', 5555)).toBe(true);
    expect(await same('source.abc123', 'replica.abc123')).toBe(false);
    expect(await same('shop.cluster-abc123', 'shop.cluster-ro-abc123', 5433)).toBe(false);
  });

  it('names in any case', async () => {
    const [writer, reader] = [endpoint('SHOP.Cluster-abc123'), endpoint('shop.CLUSTER-RO-abc123')];
    expect(areRdsNames(writer.host, reader.host)).toBe(true);
    expect(await isSameDatabase(asking(), writer, reader)).toBe(true);
  });
});

describe('not the same database', () => {
  it.each([
    ['another instance', 'source.abc123', 'stranger.abc123'],
    ['another cluster', 'shop.cluster-abc123', 'other.cluster-ro-abc123'],
    ["another cluster's instance", 'shop.cluster-abc123', 'other-1.abc123'],
    ["another cluster's custom endpoint", 'shop.cluster-abc123', 'theirs.cluster-custom-abc123'],
    ['a replica in another Region', 'source.abc123', 'abroad.abc123'],
    ['a replica of another account', 'source.abc123', 'theirs.abc123'],
    ['the source of the superuser', 'replica.abc123', 'source.abc123'],
    ['a replica of itself', 'source.abc123', 'round.abc123'],
    ['an instance that is gone', 'source.abc123', 'gone.abc123'],
    ['a superuser of an instance that is gone', 'gone.abc123', 'replica.abc123'],
    ['a superuser at the reader endpoint', 'shop.cluster-ro-abc123', 'shop.cluster-abc123'],
    ['a superuser at a custom endpoint', 'reports.cluster-custom-abc123', 'shop.cluster-abc123'],
    ['the name of an instance under another domain of RDS', 'source.abc123', 'replica.zzz999'],
    ['the name of a cluster under another domain of RDS', 'shop.cluster-abc123', 'shop.cluster-ro-zzz999'],
  ])('%s', async (_, superuser, other) => {
    expect(await same(superuser, other)).toBe(false);
  });

  it.each([
    'db.example.com',
    '10.0.0.1',
    'localhost',
    'evil.abc123.us-east-1.rds.amazonaws.com.example.com',
    'evil.abc123.us-east-1.rds.amazonaws.com.cn.example.com',
    'evil.abc123.us-east-1.rds-amazonaws.com',
    'abc123.us-east-1.rds.amazonaws.com',
    'evil.example.com.abc123.us-east-1.rds.amazonaws.com',
    'app.proxy-abc123.us-east-1.rds.amazonaws.com',
    'app.abc123.us-east-1.rds.amazonaws.com.',
  ])('%s is no name of RDS', (host) => {
    expect(areRdsNames(at('source.abc123'), host)).toBe(false);
    expect(areRdsNames(host, at('source.abc123'))).toBe(false);
  });

  it.each(['app.abc123.rds.cn-north-1.amazonaws.com.cn', 'app.cluster-ro-abc123.rds.cn-northwest-1.amazonaws.com.cn'])(
    '%s is one, in China',
    (host) => {
      expect(areRdsNames(host, at('source.abc123'))).toBe(true);
    },
  );
});

describe('what is asked', () => {
  it('once for each, in one session that may describe databases beside the secret', async () => {
    const before = double.calls.length;
    const context = asking();
    await isSameDatabase(context, endpoint('shop-1.abc123'), endpoint('shop-2.abc123'));
    expect(context.sessions).toEqual([
      [
        ['rds:DescribeDBInstances', 'rds:DescribeDBClusters'],
        [arn('db', '*'), arn('cluster', '*')],
      ],
    ]);
    expect(double.calls.slice(before).map(({ resourceArn }) => resourceArn)).toEqual([
      arn('db', 'shop-1'),
      arn('cluster', 'shop'),
      arn('db', 'shop-2'),
    ]);
  });

  it('a refusal says what for, and what to allow', async () => {
    await using strict = await startRdsDouble({
      instances,
      permits: ({ resourceArn }) => resourceArn !== arn('db', 'replica'),
    });
    process.env.AWS_ENDPOINT_URL_RDS = strict.endpoint;
    const refused = same('source.abc123', 'replica.abc123', 5555);
    await expect(refused).rejects.toMatchObject({
      name: 'AccessDeniedError',
      message: expect.stringMatching(
        /^The secret is for replica\.abc123.* only RDS can tell.*Allow rds:DescribeDBInstances on arn:aws:rds:us-east-1:111122223333:db:replica /,
      ),
    });
    process.env.AWS_ENDPOINT_URL_RDS = double.endpoint;
  });
});

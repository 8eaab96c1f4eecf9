import { describe, expect, it } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { DatabaseLookup, RotationEndpoints, SecretAccountRole } from '../../../infra/constructs/index.js';
import { resources, rotationFunction, statements, statementsOn } from './synthesised.js';

const LATER = { rotateImmediately: false };
const ENV = { account: '111122223333', region: 'eu-west-1' };
const FUNCTION = {
  rotationFunctionRoleArn: 'arn:aws:iam::444455556666:role/rotation-function',
  rotationFunctionArn: 'arn:aws:lambda:eu-west-1:444455556666:function:rotation',
};
const inAccount = () => new Stack(new App(), 'Stack', { env: ENV });
const secretOf = (stack: Stack, id = 'Secret') => new secretsmanager.Secret(stack, id);
const arnOf = (service: string, name: string) => ({
  'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:${service}:eu-west-1:111122223333:${name}`]],
});

/** A cluster whose superuser RDS manages. */
function managedCluster(stack: Stack): {
  readonly cluster: rds.DatabaseCluster;
  readonly superuser: secretsmanager.ISecret;
} {
  const cluster = new rds.DatabaseCluster(stack, 'Cluster', {
    engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_4 }),
    writer: rds.ClusterInstance.serverlessV2('Writer'),
    vpc: new ec2.Vpc(stack, 'Vpc'),
    manageMasterUserPassword: true,
  });
  if (cluster.secret === undefined) throw new Error('no secret');
  return { cluster, superuser: cluster.secret };
}

describe('a superuser that is managed', () => {
  it('lets the function read the tags of its secret, and look up its database alone', () => {
    const stack = inAccount();
    const { cluster, superuser } = managedCluster(stack);
    const rotation = rotationFunction(stack);
    const managedSuperuser = DatabaseLookup.clusters(cluster);
    rotation.rotate(secretOf(stack, 'A'), { ...LATER, superuser, managedSuperuser });
    rotation.rotate(secretOf(stack, 'B'), { ...LATER, superuser, managedSuperuser: DatabaseLookup.clusters(cluster) });
    const secret = { 'Fn::GetAtt': [expect.stringMatching('^Cluster'), 'MasterUserSecret.SecretArn'] };
    expect(statementsOn(stack, 'secretsmanager:DescribeSecret').slice(1)).toEqual([
      { Effect: 'Allow', Action: 'secretsmanager:DescribeSecret', Resource: [secret] },
    ]);
    expect(statementsOn(stack, 'rds:DescribeDBClusters')).toEqual([
      { Effect: 'Allow', Action: 'rds:DescribeDBClusters', Resource: [stack.resolve(cluster.clusterArn)] },
    ]);
    expect(statements(stack).filter(({ Action }) => /^(rds|redshift)/.test(String(Action)))).toHaveLength(1);
  });

  it('is asked for where a secret is one that RDS makes', () => {
    const stack = inAccount();
    const { cluster, superuser } = managedCluster(stack);
    const rotation = rotationFunction(stack);
    expect(() => rotation.rotate(secretOf(stack), { ...LATER, superuser })).toThrow(
      /^`managedSuperuser` is needed: RDS manages/,
    );
    expect(
      () =>
        new SecretAccountRole(stack, 'Role', {
          ...FUNCTION,
          secrets: [secretOf(stack, 'Other')],
          superusers: [superuser],
        }),
    ).toThrow(/^`managedSuperusers` is needed: RDS manages/);
    expect(cluster.secret).toBe(superuser);
  });

  it('needs a superuser', () => {
    const stack = inAccount();
    const lookup = DatabaseLookup.instancesNamed('app');
    const rotation = rotationFunction(stack);
    expect(() => rotation.rotate(secretOf(stack), { ...LATER, managedSuperuser: lookup })).toThrow(/there is none\.$/);
    expect(
      () => new SecretAccountRole(stack, 'Role', { ...FUNCTION, secretNames: ['app'], otherEndpoints: lookup }),
    ).toThrow(/there are none\.$/);
  });

  it.each([
    ['an instance', DatabaseLookup.instancesNamed('App-*'), 'rds:DescribeDBInstances', [arnOf('rds', 'db:app-*')]],
    [
      'a cluster of Redshift',
      DatabaseLookup.redshiftClustersNamed('wh'),
      'redshift:DescribeClusters',
      [arnOf('redshift', 'cluster:wh')],
    ],
    ['Redshift Serverless', DatabaseLookup.redshiftServerless(), 'redshift-serverless:ListNamespaces', ['*']],
    ['Redshift Serverless', DatabaseLookup.redshiftServerless(), 'redshift-serverless:ListWorkgroups', ['*']],
  ])('of %s', (_, managedSuperusers, action, Resource) => {
    const stack = inAccount();
    new SecretAccountRole(stack, 'Role', {
      ...FUNCTION,
      secretNames: ['app'],
      superuserNames: ['rds!*'],
      managedSuperusers,
    });
    expect(statementsOn(stack, action)).toMatchObject([{ Resource: Resource.length === 1 ? Resource[0] : Resource }]);
    expect(statementsOn(stack, 'secretsmanager:DescribeSecret').slice(1)).toMatchObject([
      { Action: 'secretsmanager:DescribeSecret', Resource: arnOf('secretsmanager', 'secret:rds!*-??????') },
    ]);
  });
});

describe('other endpoints', () => {
  it('let the function look up what it is told, and read no tags', () => {
    const stack = inAccount();
    const replica = rds.DatabaseInstance.fromDatabaseInstanceAttributes(stack, 'Replica', {
      instanceIdentifier: 'replica',
      instanceEndpointAddress: 'replica.abc123.eu-west-1.rds.amazonaws.com',
      port: 5432,
      securityGroups: [],
    });
    const otherEndpoints = DatabaseLookup.instancesNamed('source').plus(DatabaseLookup.instances(replica));
    rotationFunction(stack).rotate(secretOf(stack), {
      ...LATER,
      superuser: secretOf(stack, 'Superuser'),
      otherEndpoints,
    });
    expect(statementsOn(stack, 'rds:DescribeDBInstances')).toEqual([
      {
        Effect: 'Allow',
        Action: 'rds:DescribeDBInstances',
        Resource: [arnOf('rds', 'db:source'), arnOf('rds', 'db:replica')],
      },
    ]);
    expect(statementsOn(stack, 'secretsmanager:DescribeSecret')).toHaveLength(1);
  });
});

describe('what is looked up', () => {
  it.each(['*', '**', 'arn:aws:rds:eu-west-1:111122223333:db:app', 'app_db', ''])('is not named %p', (name) => {
    expect(() => DatabaseLookup.clustersNamed(name)).toThrow(/takes identifiers/);
  });

  it('is something', () => {
    expect(() => DatabaseLookup.instances()).toThrow(/at least one database/);
  });

  it('takes an endpoint in isolated subnets, of which synth warns, and which is made', () => {
    const stack = inAccount();
    const vpc = new ec2.Vpc(stack, 'Vpc', {
      natGateways: 0,
      subnetConfiguration: [{ name: 'isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }],
    });
    const superuser = secretOf(stack, 'Superuser');
    const otherEndpoints = DatabaseLookup.clustersNamed('app');
    const without = rotationFunction(stack, { vpc });
    without.rotate(secretOf(stack), { ...LATER, superuser, otherEndpoints });
    const endpoints = new RotationEndpoints(stack, 'Endpoints', { vpc });
    endpoints.allowFrom(without);
    Annotations.fromStack(stack).hasWarning('/Stack/Rotation', Match.stringLikeRegexp('no interface endpoint for RDS'));

    const enough = inAccount();
    const other = new ec2.Vpc(enough, 'Vpc', {
      natGateways: 0,
      subnetConfiguration: [{ name: 'isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }],
    });
    const rotation = rotationFunction(enough, { vpc: other });
    rotation.rotate(secretOf(enough), { ...LATER, superuser: secretOf(enough, 'Superuser'), otherEndpoints });
    const databaseLookups = otherEndpoints.plus(DatabaseLookup.redshiftServerless());
    new RotationEndpoints(enough, 'Endpoints', { vpc: other, databaseLookups }).allowFrom(rotation);
    Annotations.fromStack(enough).hasNoWarning('/Stack/Rotation', Match.anyValue());
    const services = Object.values(resources(enough, 'AWS::EC2::VPCEndpoint')).map(
      ({ Properties }) => Properties.ServiceName,
    );
    expect(services).toEqual(
      ['secretsmanager', 'rds', 'redshift-serverless'].map((name) => `com.amazonaws.eu-west-1.${name}`),
    );
  });
});

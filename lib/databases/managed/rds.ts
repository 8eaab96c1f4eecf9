import { type AwsCall, type AwsContext, ask, awsCode, loadClient } from './aws-call.js';

/** A DB instance, as RDS tells of it. */
export interface RdsInstance {
  readonly arn: string;
  readonly id: string;
  /** As RDS spells it. */
  readonly engine: string;
  readonly status: string;
  /** None while it is being made. */
  readonly endpoint: Endpoint | undefined;
  /** The cluster that it is a member of. */
  readonly clusterId: string | undefined;
  /** The instance that it is a read replica of: its identifier; its ARN, where it is in another Region. */
  readonly sourceInstance: string | undefined;
  /** The cluster that it is a read replica of. */
  readonly sourceCluster: string | undefined;
}

/** A DB cluster: Aurora, or one of RDS over several zones. */
export interface RdsCluster {
  readonly arn: string;
  readonly id: string;
  readonly engine: string;
  readonly status: string;
  /** The writer's; none while it is being made. */
  readonly endpoint: Endpoint | undefined;
  /** Reader endpoint and custom ones. */
  readonly otherHosts: readonly string[];
  /** ARN of the cluster or instance that it is a read replica of. */
  readonly source: string | undefined;
}

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** RDS, to be asked. */
export interface Rds extends Disposable {
  /** @returns undefined if there is none of that name */
  instance(id: string): Promise<RdsInstance | undefined>;
  /** @returns undefined if there is none of that name */
  cluster(id: string): Promise<RdsCluster | undefined>;
}

export const DESCRIBE_INSTANCES = 'rds:DescribeDBInstances';
export const DESCRIBE_CLUSTERS = 'rds:DescribeDBClusters';

/**
 * A session of RDS's API that allows these actions on these resources, where a role is assumed.
 * @param arnOf What a policy has to name, for messages.
 * @throws InvalidOptionsError, AssumeRoleFailedError
 */
export async function openRds(
  context: AwsContext,
  actions: readonly [string, ...string[]],
  resources: readonly string[],
  arnOf: (type: 'db' | 'cluster', id: string) => string,
): Promise<Rds> {
  const { RDSClient, DescribeDBInstancesCommand, DescribeDBClustersCommand } = await loadClient(
    '@aws-sdk/client-rds',
    () => import('@aws-sdk/client-rds'),
  );
  const client = new RDSClient(await context.aws(actions, resources));

  const unlessGone = <T>(call: Omit<AwsCall, 'service'>, fault: string, send: Parameters<typeof ask<T>>[2]) =>
    ask(context, { service: 'RDS', ...call }, (options) =>
      send(options).catch((error: unknown) => {
        if (awsCode(error) === fault) return undefined;
        throw error;
      }),
    );

  return {
    async instance(id) {
      const call = { action: DESCRIBE_INSTANCES, resource: arnOf('db', id) };
      const answer = await unlessGone(call, 'DBInstanceNotFoundFault', (options) =>
        client.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: id }), options),
      );
      const found = answer?.DBInstances?.find(({ DBInstanceIdentifier }) => isNamed(DBInstanceIdentifier, id));
      if (found?.DBInstanceArn === undefined) return undefined;
      return {
        arn: found.DBInstanceArn,
        id,
        engine: found.Engine ?? '',
        status: found.DBInstanceStatus ?? '',
        endpoint: endpointOf(found.Endpoint?.Address, found.Endpoint?.Port),
        clusterId: found.DBClusterIdentifier,
        sourceInstance: found.ReadReplicaSourceDBInstanceIdentifier,
        sourceCluster: found.ReadReplicaSourceDBClusterIdentifier,
      };
    },
    async cluster(id) {
      const call = { action: DESCRIBE_CLUSTERS, resource: arnOf('cluster', id) };
      const answer = await unlessGone(call, 'DBClusterNotFoundFault', (options) =>
        client.send(new DescribeDBClustersCommand({ DBClusterIdentifier: id }), options),
      );
      const found = answer?.DBClusters?.find(({ DBClusterIdentifier }) => isNamed(DBClusterIdentifier, id));
      if (found?.DBClusterArn === undefined) return undefined;
      return {
        arn: found.DBClusterArn,
        id,
        engine: found.Engine ?? '',
        status: found.Status ?? '',
        endpoint: endpointOf(found.Endpoint, found.Port),
        otherHosts: [found.ReaderEndpoint ?? [], found.CustomEndpoints ?? []].flat(),
        source: found.ReplicationSourceIdentifier,
      };
    },
    [Symbol.dispose]: () => client.destroy(),
  };
}

/** RDS keeps identifiers in lower case. */
function isNamed(identifier: string | undefined, id: string): boolean {
  return identifier?.toLowerCase() === id.toLowerCase();
}

function endpointOf(host: string | undefined, port: number | undefined): Endpoint | undefined {
  return host && port ? { host, port } : undefined;
}

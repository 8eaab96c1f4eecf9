/** A double of RDS: DescribeDBInstances and DescribeDBClusters, by identifier. */
import type { DBCluster, DBInstance } from '@aws-sdk/client-rds';
import {
  type AwsDouble,
  type DoubleOptions,
  DoubleRefusal,
  type DoubleService,
  queryProtocol,
  startAwsDouble,
} from './aws-double.js';

export interface RdsDoubleOptions extends DoubleOptions {
  /** Of whichever account and Region their ARNs say. May be added to. */
  readonly instances?: readonly DBInstance[];
  readonly clusters?: readonly DBCluster[];
}

export function startRdsDouble({ instances = [], clusters = [], ...options }: RdsDoubleOptions): Promise<AwsDouble> {
  const service: DoubleService = {
    signingName: 'rds',
    ...queryProtocol('2014-10-31', {
      DBInstances: 'DBInstance',
      DBClusters: 'DBCluster',
      DBClusterMembers: 'DBClusterMember',
    }),
    resourceArn(operation, parameters, { region, accountId }) {
      const [type, id] =
        operation === 'DescribeDBInstances'
          ? ['db', parameters.DBInstanceIdentifier]
          : ['cluster', parameters.DBClusterIdentifier];
      return `arn:aws:rds:${region}:${accountId}:${type}:${id ?? '*'}`;
    },
    answer({ parameters, region, accountId, resourceArn }, operation) {
      if (operation === 'DescribeDBInstances') {
        onlyKnows(parameters, 'DBInstanceIdentifier');
        const found = instances.filter(({ DBInstanceArn }) => DBInstanceArn === resourceArn);
        if (found.length === 0)
          throw new DoubleRefusal(
            'DBInstanceNotFound',
            `DBInstance ${parameters.DBInstanceIdentifier} not found.`,
            404,
          );
        return { DBInstances: found };
      }
      if (operation === 'DescribeDBClusters') {
        onlyKnows(parameters, 'DBClusterIdentifier');
        const found = clusters.filter(({ DBClusterArn }) => DBClusterArn === resourceArn);
        if (found.length === 0)
          throw new DoubleRefusal(
            'DBClusterNotFoundFault',
            `DBCluster ${parameters.DBClusterIdentifier} not found.`,
            404,
          );
        return { DBClusters: found };
      }
      throw new DoubleRefusal(
        'InvalidAction',
        `${operation} of ${accountId} in ${region}: not among what this double knows`,
      );
    },
  };
  return startAwsDouble([service], options);
}

function onlyKnows(parameters: Readonly<Record<string, unknown>>, name: string): void {
  const names = Object.keys(parameters);
  if (names.length === 1 && names[0] === name) return;
  throw new DoubleRefusal(
    'InvalidParameterValue',
    `this double takes ${name} alone, and was given ${names.join(', ')}`,
  );
}

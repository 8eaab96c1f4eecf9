import { type AwsContext, ask, awsCode, loadClient } from './aws-call.js';
import type { DatabaseArn, PlacedDatabase } from './database-arn.js';

/** Asks Redshift for a provisioned cluster. @returns undefined if there is none */
export async function redshiftCluster(
  context: AwsContext,
  { arn, id, accountId }: DatabaseArn,
): Promise<PlacedDatabase | undefined> {
  const { RedshiftClient, DescribeClustersCommand } = await loadClient(
    '@aws-sdk/client-redshift',
    () => import('@aws-sdk/client-redshift'),
  );
  const action = 'redshift:DescribeClusters';
  const client = new RedshiftClient(await context.aws([action], [arn]));
  try {
    const answer = await ask(context, { service: 'Redshift', action, resource: arn }, (options) =>
      client.send(new DescribeClustersCommand({ ClusterIdentifier: id }), options).catch((error: unknown) => {
        if (awsCode(error) === 'ClusterNotFoundFault') return undefined;
        throw error;
      }),
    );
    const cluster = answer?.Clusters?.find(({ ClusterIdentifier }) => ClusterIdentifier === id);
    if (cluster === undefined) return undefined;
    const { Endpoint, ClusterStatus = '', ClusterNamespaceArn = '' } = cluster;
    // Redshift tells no ARN of the cluster itself.
    const owner = ClusterNamespaceArn.split(':')[4];
    return {
      arn: owner === undefined || owner === accountId ? arn : ClusterNamespaceArn,
      engine: 'redshift',
      status: ClusterStatus,
      host: Endpoint?.Address,
      port: Endpoint?.Port,
    };
  } finally {
    client.destroy();
  }
}

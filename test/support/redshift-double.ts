/** Doubles of Redshift (DescribeClusters, by identifier) and of Redshift Serverless (ListNamespaces and ListWorkgroups, in pages) behind one endpoint. */
import type { Cluster } from '@aws-sdk/client-redshift';
import type { Namespace, Workgroup } from '@aws-sdk/client-redshift-serverless';
import {
  type AwsDouble,
  type DoubleOptions,
  DoubleRefusal,
  type DoubleService,
  page,
  queryProtocol,
  startAwsDouble,
} from './aws-double.js';

export interface RedshiftDoubleOptions extends DoubleOptions {
  readonly clusters?: readonly Cluster[];
  readonly namespaces?: readonly Namespace[];
  readonly workgroups?: readonly Workgroup[];
}

export function startRedshiftDouble({
  clusters = [],
  namespaces = [],
  workgroups = [],
  ...options
}: RedshiftDoubleOptions): Promise<AwsDouble> {
  const provisioned: DoubleService = {
    signingName: 'redshift',
    ...queryProtocol('2012-12-01', { Clusters: 'Cluster' }),
    resourceArn: (_operation, { ClusterIdentifier = '*' }, { region, accountId }) =>
      `arn:aws:redshift:${region}:${accountId}:cluster:${ClusterIdentifier}`,
    answer({ parameters }, operation) {
      if (operation !== 'DescribeClusters')
        throw new DoubleRefusal('InvalidAction', `not among what this double knows: ${operation}`);
      const found = clusters.filter(({ ClusterIdentifier }) => ClusterIdentifier === parameters.ClusterIdentifier);
      if (found.length === 0)
        throw new DoubleRefusal('ClusterNotFound', `Cluster ${parameters.ClusterIdentifier} not found.`, 404);
      return { Clusters: found };
    },
  };
  const serverless: DoubleService = {
    signingName: 'redshift-serverless',
    contentType: 'application/x-amz-json-1.1',
    parse(request, body) {
      const [target, operation] = String(request.headers['x-amz-target']).split('.');
      return target === 'RedshiftServerless' && operation ? { operation, parameters: JSON.parse(body) } : undefined;
    },
    resourceArn: () => '*',
    answer({ parameters }, operation) {
      const { nextToken, maxResults = 100 } = parameters;
      if (operation === 'ListNamespaces') {
        const { items, next } = page(namespaces, nextToken, Number(maxResults));
        return { namespaces: items, nextToken: next };
      }
      if (operation === 'ListWorkgroups') {
        const { items, next } = page(workgroups, nextToken, Number(maxResults));
        return { workgroups: items, nextToken: next };
      }
      throw new DoubleRefusal('UnknownOperationException', operation);
    },
    render: (_operation, answer) => JSON.stringify(answer),
    renderFault: ({ code, message = code }) => JSON.stringify({ __type: code, message }),
  };
  return startAwsDouble([provisioned, serverless], options);
}

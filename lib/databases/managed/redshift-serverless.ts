import { type AwsContext, ask, loadClient } from './aws-call.js';
import type { DatabaseArn, PlacedDatabase } from './database-arn.js';

/**
 * Asks Redshift Serverless for the workgroup of a namespace. The ARN holds the namespace's id and the API wants its name, so both are looked for in lists, to their ends.
 * IAM knows no finer resource for lists than `*`.
 * @returns undefined if there is no such namespace
 */
export async function serverlessNamespace(
  context: AwsContext,
  { arn }: DatabaseArn,
): Promise<PlacedDatabase | undefined> {
  const { RedshiftServerlessClient, paginateListNamespaces, paginateListWorkgroups } = await loadClient(
    '@aws-sdk/client-redshift-serverless',
    () => import('@aws-sdk/client-redshift-serverless'),
  );
  const [namespaces, workgroups] = [
    'redshift-serverless:ListNamespaces',
    'redshift-serverless:ListWorkgroups',
  ] as const;
  const client = new RedshiftServerlessClient(await context.aws([namespaces, workgroups]));
  const call = (action: string) => ({ service: 'Redshift Serverless', action, resource: '*' });
  try {
    const namespace = await ask(context, call(namespaces), async (options) => {
      for await (const page of paginateListNamespaces({ client }, { maxResults: 100 }, options)) {
        const found = page.namespaces?.find(({ namespaceArn }) => namespaceArn === arn);
        if (found !== undefined) return found;
      }
      return undefined;
    });
    if (namespace === undefined) return undefined;
    const workgroup = await ask(context, call(workgroups), async (options) => {
      for await (const page of paginateListWorkgroups({ client }, { maxResults: 100 }, options)) {
        const found = page.workgroups?.find(({ namespaceName }) => namespaceName === namespace.namespaceName);
        if (found !== undefined) return found;
      }
      return undefined;
    });
    return {
      arn,
      engine: 'redshift',
      status: workgroup === undefined ? 'without a workgroup' : (workgroup.status ?? ''),
      host: workgroup?.endpoint?.address,
      port: workgroup?.endpoint?.port,
    };
  } finally {
    client.destroy();
  }
}

import { ArnFormat, CfnResource, Stack, Token } from 'aws-cdk-lib';
import type * as rds from 'aws-cdk-lib/aws-rds';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { referenced } from './references.js';

/** AWS services that tell where databases are, as IAM names them. */
export type LookupService = 'rds' | 'redshift' | 'redshift-serverless';

/** One call that looks a database up, and on what. */
interface LookupCall {
  readonly service: LookupService;
  readonly action: string;
  readonly resource: (scope: Construct) => string;
}

const INSTANCES = 'rds:DescribeDBInstances';
const CLUSTERS = 'rds:DescribeDBClusters';

/**
 * Databases that a rotation function looks up in RDS or Redshift: these alone, with the calls that it takes and no others. Lists of Redshift Serverless have no finer resource
 * than `*` in IAM; all other calls are allowed on the database alone.
 */
export class DatabaseLookup {
  /** DB instances of RDS, members of clusters and read replicas among them. */
  public static instances(...instances: rds.IDatabaseInstance[]): DatabaseLookup {
    return new DatabaseLookup(
      instances.map(({ instanceArn }) => ({ service: 'rds', action: INSTANCES, resource: () => instanceArn })),
    );
  }

  /** DB instances by their identifiers, of the account and Region where it is used; `*` stands for any characters: `app-*`. */
  public static instancesNamed(...identifiers: string[]): DatabaseLookup {
    return new DatabaseLookup(identifiers.map((name) => byName('rds', INSTANCES, 'db', name)));
  }

  /** DB clusters: Aurora, or Multi-AZ. Their writer, their reader endpoints and custom endpoints, but not their instances. */
  public static clusters(...clusters: rds.IDatabaseCluster[]): DatabaseLookup {
    return new DatabaseLookup(
      clusters.map(({ clusterArn }) => ({ service: 'rds', action: CLUSTERS, resource: () => clusterArn })),
    );
  }

  /** DB clusters by their identifiers, of the account and Region where it is used; `*` stands for any characters. */
  public static clustersNamed(...identifiers: string[]): DatabaseLookup {
    return new DatabaseLookup(identifiers.map((name) => byName('rds', CLUSTERS, 'cluster', name)));
  }

  /** Provisioned clusters of Redshift by their identifiers; `*` stands for any characters. */
  public static redshiftClustersNamed(...identifiers: string[]): DatabaseLookup {
    return new DatabaseLookup(
      identifiers.map((name) => byName('redshift', 'redshift:DescribeClusters', 'cluster', name)),
    );
  }

  /** Namespaces of Redshift Serverless: all of the account, since IAM knows no finer resource for `ListNamespaces` and `ListWorkgroups`. */
  public static redshiftServerless(): DatabaseLookup {
    return new DatabaseLookup(
      ['ListNamespaces', 'ListWorkgroups'].map((name) => ({
        service: 'redshift-serverless',
        action: `redshift-serverless:${name}`,
        resource: () => '*',
      })),
    );
  }

  /** @internal */
  public readonly _calls: readonly LookupCall[];

  private constructor(calls: readonly LookupCall[]) {
    this._calls = calls;
    if (calls.length === 0) throw new Error('`DatabaseLookup` needs at least one database.');
  }

  /** These and others. */
  public plus(other: DatabaseLookup): DatabaseLookup {
    return new DatabaseLookup([...this._calls, ...other._calls]);
  }
}

function byName(service: LookupService, action: string, resource: string, resourceName: string): LookupCall {
  if (!Token.isUnresolved(resourceName) && !/^(?=.*[A-Za-z])[A-Za-z0-9*-]+$/.test(resourceName)) {
    throw new Error(
      `\`DatabaseLookup\` takes identifiers, in which * stands for any characters, and ${resourceName} is none. (A * alone would be every database of the account.)`,
    );
  }
  // RDS and Redshift keep identifiers in lower case, and IAM compares ARNs letter by letter.
  const name = Token.isUnresolved(resourceName) ? resourceName : resourceName.toLowerCase();
  return {
    service,
    action,
    resource: (scope) =>
      Stack.of(scope).formatArn({
        service,
        resource,
        resourceName: name,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
  };
}

/** What a policy has to name, by action. */
export function lookupResources(
  scope: Construct,
  lookups: Iterable<DatabaseLookup>,
): ReadonlyMap<string, readonly string[]> {
  const resources = new Map<string, string[]>();
  for (const { action, resource } of [...lookups].flatMap(({ _calls }) => _calls)) {
    const arns = resources.get(action) ?? [];
    const arn = resource(scope);
    if (!arns.includes(arn)) arns.push(arn);
    resources.set(action, arns);
  }
  return resources;
}

/** The services that are asked. */
export function servicesOf(lookups: Iterable<DatabaseLookup>): LookupService[] {
  return [...new Set([...lookups].flatMap(({ _calls }) => _calls.map(({ service }) => service)))];
}

/**
 * A secret that RDS makes for an instance or cluster of this app names no host.
 * @throws Error for one of which it is not said that it is managed
 */
export function checkManaged(
  superuser: secretsmanager.ISecret | undefined,
  managed: DatabaseLookup | undefined,
  prop: string,
): void {
  const owner = superuser && referenced(superuser.secretArn);
  if (managed !== undefined || !CfnResource.isCfnResource(owner)) return;
  if (!/^AWS::RDS::DB(Cluster|Instance)$/.test(owner.cfnResourceType)) return;
  throw new Error(
    `\`${prop}\` is needed: RDS manages the superuser's secret, which therefore names no host, and the function has to look it up: ` +
      `\`${prop}: DatabaseLookup.clusters(cluster)\` or \`DatabaseLookup.instances(instance)\`.`,
  );
}

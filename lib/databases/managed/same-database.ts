import { AccessDeniedError } from '../../rotation/errors.js';
import type { StepContext } from '../../rotation/rotator.js';
import type { AwsContext } from './aws-call.js';
import { parseDatabaseArn } from './database-arn.js';
import {
  DESCRIBE_CLUSTERS,
  DESCRIBE_INSTANCES,
  type Endpoint,
  openRds,
  type Rds,
  type RdsCluster,
  type RdsInstance,
} from './rds.js';

/** How many replicas may stand in a row; RDS allows three behind a source. */
const LONGEST_CHAIN = 8;

/** Whether RDS may be asked about both: its names, whole. RDS Proxy's are not among them. */
export function areRdsNames(one: string, other: string): boolean {
  return parseName(one) !== undefined && parseName(other) !== undefined;
}

/**
 * Whether a host is another endpoint of the database whose writer the superuser logs in at: the reader endpoint, a custom endpoint or an instance of the same cluster, or a read
 * replica, of a replica too. What counts is what RDS answers, not what the names look like; each port must be the one that RDS tells. Changes nothing.
 * @throws AccessDeniedError, AwsCallFailedError, InvalidOptionsError
 */
export async function isSameDatabase(
  context: AwsContext & Pick<StepContext, 'secretArn'>,
  superuser: Endpoint,
  other: Endpoint,
): Promise<boolean> {
  const arnOf = arnsIn(context.secretArn);
  const resources = [arnOf('db', '*'), arnOf('cluster', '*')];
  using rds = await openRds(context, [DESCRIBE_INSTANCES, DESCRIBE_CLUSTERS], resources, arnOf);
  try {
    return await relates(remembering(rds), superuser, other);
  } catch (error) {
    if (!(error instanceof AccessDeniedError)) throw error;
    throw new AccessDeniedError(
      `The secret is for ${other.host} and the superuser's for ${superuser.host}, and only RDS can tell whether that is the same database. ${error.message}`,
      { cause: error },
    );
  }
}

async function relates(rds: Rds, superuser: Endpoint, other: Endpoint): Promise<boolean> {
  const primary = await primaryAt(rds, superuser);
  if (primary === undefined) return false;
  if ('otherHosts' in primary && isEndpointOf(primary, other)) return true;
  let node = await nodeAt(rds, other);
  for (let links = 0; node !== undefined && links < LONGEST_CHAIN; links += 1) {
    if (node.arn === primary.arn) return true;
    node = await above(rds, node);
  }
  return false;
}

type Node = RdsInstance | RdsCluster;

/** The cluster of which it is the writer's endpoint or an instance; else the instance. */
async function primaryAt(rds: Rds, superuser: Endpoint): Promise<Node | undefined> {
  // A superuser at a reader endpoint could change nothing.
  if (parseName(superuser.host)?.kind === 'reader') return undefined;
  const node = await nodeAt(rds, superuser);
  if (node === undefined || 'otherHosts' in node || node.clusterId === undefined) return node;
  return rds.cluster(node.clusterId);
}

/** The cluster or instance that a name leads to, if RDS says that this is its endpoint. */
async function nodeAt(rds: Rds, endpoint: Endpoint): Promise<Node | undefined> {
  const name = parseName(endpoint.host);
  if (name === undefined) return undefined;
  if (name.kind === 'instance') {
    const instance = await rds.instance(name.id);
    return instance?.endpoint !== undefined && isSame(instance.endpoint, endpoint) ? instance : undefined;
  }
  // The name of a custom endpoint does not tell its cluster.
  const cluster = name.kind === 'custom' ? undefined : await rds.cluster(name.id);
  return cluster !== undefined && isEndpointOf(cluster, endpoint) ? cluster : undefined;
}

/** The cluster of an instance; the source of a replica. */
async function above(rds: Rds, node: Node): Promise<Node | undefined> {
  if ('otherHosts' in node) return node.source === undefined ? undefined : bySource(rds, node, node.source);
  if (node.clusterId !== undefined) return rds.cluster(node.clusterId);
  if (node.sourceCluster !== undefined) return bySource(rds, node, node.sourceCluster, 'cluster');
  return node.sourceInstance === undefined ? undefined : bySource(rds, node, node.sourceInstance);
}

/** A source in another Region or account is beyond what the session may ask, and no writer of this superuser's. */
async function bySource(rds: Rds, node: Node, source: string, type = 'db'): Promise<Node | undefined> {
  if (!source.startsWith('arn:')) return type === 'cluster' ? rds.cluster(source) : rds.instance(source);
  const [own, arn] = [parseDatabaseArn(node.arn), parseDatabaseArn(source)];
  if (arn === undefined || arn.region !== own?.region || arn.accountId !== own.accountId) return undefined;
  return arn.type === 'cluster' ? rds.cluster(arn.id) : rds.instance(arn.id);
}

function isEndpointOf({ endpoint, otherHosts }: RdsCluster, other: Endpoint): boolean {
  if (endpoint === undefined) return false;
  return [endpoint.host, ...otherHosts].some((host) => isSame({ host, port: endpoint.port }, other));
}

function isSame(one: Endpoint, other: Endpoint): boolean {
  return one.host.toLowerCase() === other.host.toLowerCase() && one.port === other.port;
}

interface RdsName {
  /** Of the instance, the cluster or the custom endpoint. */
  readonly id: string;
  readonly kind: 'instance' | 'writer' | 'reader' | 'custom';
}

const KINDS: Readonly<Record<string, RdsName['kind']>> = {
  '': 'instance',
  'cluster-': 'writer',
  'cluster-ro-': 'reader',
  'cluster-custom-': 'custom',
};

/**
 * `app-db.abc123.eu-west-1.rds.amazonaws.com`, `app.cluster-ro-abc123.eu-west-1.rds.amazonaws.com`; in China `app-db.abc123.rds.cn-north-1.amazonaws.com.cn`.
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Overview.Endpoints.html
 */
function parseName(host: string): RdsName | undefined {
  const [, id, prefix = '', domain] =
    /^([a-z][a-z0-9-]{0,62})\.(cluster-(?:ro-|custom-)?)?[a-z0-9]+\.([a-z0-9.-]+)$/i.exec(host) ?? [];
  const kind = KINDS[prefix.toLowerCase()];
  if (id === undefined || kind === undefined || domain === undefined) return undefined;
  return /^([a-z0-9-]+\.rds\.amazonaws\.com|rds\.[a-z0-9-]+\.amazonaws\.com\.cn)$/i.test(domain)
    ? { id: id.toLowerCase(), kind }
    : undefined;
}

/** ARNs beside the secret; where only its name is known, in whichever account and Region. */
function arnsIn(secretArn: string): (type: 'db' | 'cluster', id: string) => string {
  const [, partition = 'aws', region = '*', account = '*'] =
    /^arn:([\w-]+):secretsmanager:([\w-]+):(\d{12}):/.exec(secretArn) ?? [];
  return (type, id) => `arn:${partition}:rds:${region}:${account}:${type}:${id}`;
}

/** Asks once for each. */
function remembering(rds: Rds): Rds {
  const instances = new Map<string, ReturnType<Rds['instance']>>();
  const clusters = new Map<string, ReturnType<Rds['cluster']>>();
  return {
    instance(id) {
      const known = instances.get(id) ?? rds.instance(id);
      instances.set(id, known);
      return known;
    },
    cluster(id) {
      const known = clusters.get(id) ?? rds.cluster(id);
      clusters.set(id, known);
      return known;
    },
    [Symbol.dispose]: () => rds[Symbol.dispose](),
  };
}

import { AccessDeniedError, HostUnreachableError, InvalidSecretError } from '../../rotation/errors.js';
import type { SetSecretContext } from '../../rotation/rotator.js';
import type { DatabaseSecret } from '../secret.js';
import type { AwsContext } from './aws-call.js';
import { type DatabaseArn, type PlacedDatabase, parseDatabaseArn } from './database-arn.js';
import { engineOf } from './engine-names.js';
import { DESCRIBE_CLUSTERS, DESCRIBE_INSTANCES, openRds } from './rds.js';
import { redshiftCluster } from './redshift.js';
import { serverlessNamespace } from './redshift-serverless.js';

/** Where a superuser logs in. */
export type Server = Pick<DatabaseSecret, 'engine' | 'host'> & Required<Pick<DatabaseSecret, 'port'>>;

interface Kind {
  /** What it is, for messages. */
  readonly title: string;
  readonly service: string;
  readonly type: string;
  find(context: AwsContext, arn: DatabaseArn): Promise<PlacedDatabase | undefined>;
}

/** By the tags that AWS sets, and nobody else can, in lower case: RDS writes `aws:rds:primaryDBInstanceArn`. */
const KINDS: ReadonlyMap<string, Kind> = new Map([
  [
    'aws:rds:primarydbinstancearn',
    {
      title: 'DB instance',
      service: 'rds',
      type: 'db',
      async find(context, { arn, id }) {
        using rds = await openRds(context, [DESCRIBE_INSTANCES], [arn], () => arn);
        const instance = await rds.instance(id);
        return instance && { ...instance, host: instance.endpoint?.host, port: instance.endpoint?.port };
      },
    },
  ],
  [
    'aws:rds:primarydbclusterarn',
    {
      title: 'DB cluster',
      service: 'rds',
      type: 'cluster',
      async find(context, { arn, id }) {
        using rds = await openRds(context, [DESCRIBE_CLUSTERS], [arn], () => arn);
        const cluster = await rds.cluster(id);
        return cluster && { ...cluster, host: cluster.endpoint?.host, port: cluster.endpoint?.port };
      },
    },
  ],
  [
    'aws:redshift:primaryclusterarn',
    { title: 'Redshift cluster', service: 'redshift', type: 'cluster', find: redshiftCluster },
  ],
  [
    'aws:redshift-serverless:namespacearn',
    {
      title: 'namespace of Redshift Serverless',
      service: 'redshift-serverless',
      type: 'namespace',
      find: serverlessNamespace,
    },
  ],
]);

/**
 * Where the superuser logs in whose secret RDS or Redshift manages: it names neither engine nor host, but its tags lead to its database. Changes nothing.
 * @param secretId The superuser's secret.
 * @throws InvalidSecretError if there are no such tags, or they lead elsewhere; AccessDeniedError; HostUnreachableError if the database is gone or has no endpoint yet;
 * AwsCallFailedError; InvalidOptionsError if a client of the AWS SDK is missing
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
 */
export async function managedServer(
  context: AwsContext & Pick<SetSecretContext<DatabaseSecret>, 'readTags' | 'secretArn'>,
  secretId: string,
): Promise<Server> {
  const [kind, tag] = placedBy(await tagsOf(context, secretId));
  const arn = parseDatabaseArn(tag);
  if (arn?.service !== kind.service || arn.type !== kind.type) {
    throw new InvalidSecretError(
      `The tags of the superuser's secret lead to ${tag}, which is the ARN of no ${kind.title}. ${STORE_ONE}`,
      ['engine is missing', 'host is missing'],
    );
  }
  assertAtHome(arn, [secretId, context.secretArn]);
  const found = await kind.find(context, arn);
  if (found === undefined) {
    throw new HostUnreachableError(
      'not found',
      `The superuser's secret belongs to ${arn.arn}, and there is no such ${kind.title} in the account that was asked: it was deleted or renamed, and its secret is left over. ` +
        '(A function that reaches secrets of another account directly, without a role there, asks in its own.) Correct masterarn in the secret.',
    );
  }
  // The identifier was asked for, in whichever account the credentials are of.
  if (found.arn !== arn.arn) {
    throw new InvalidSecretError(
      `The superuser's secret belongs to ${arn.arn}, and the ${kind.title} of that name that was found is ${found.arn}. Nothing was sent. The function has to ask in the ` +
        'account of the secret: through a role there.',
      ['another account'],
    );
  }
  const { host, port, status } = found;
  if (!host || !port) {
    throw new HostUnreachableError(
      'not found',
      `The ${kind.title} ${arn.arn}, whose superuser masterarn names, has no endpoint yet${status && ` (${status})`}. Rotate again when it is available.`,
    );
  }
  return { engine: engineOf(found.engine), host, port };
}

const STORE_ONE = 'Store a superuser with engine, host and port in a secret of its own, and name that by masterarn.';

async function tagsOf(
  { readTags }: Pick<SetSecretContext<DatabaseSecret>, 'readTags'>,
  secretId: string,
): Promise<ReadonlyMap<string, string>> {
  try {
    return await readTags(secretId);
  } catch (error) {
    if (!(error instanceof AccessDeniedError)) throw error;
    throw new AccessDeniedError(
      `The superuser's secret, named by masterarn, holds no engine or host. If RDS or Redshift manages it, its tags lead to the database: ${error.message}`,
      { cause: error },
    );
  }
}

function placedBy(tags: ReadonlyMap<string, string>): readonly [Kind, string] {
  for (const [key, value] of tags) {
    const kind = KINDS.get(key.toLowerCase());
    if (kind !== undefined) return [kind, value];
  }
  throw new InvalidSecretError(
    "The superuser's secret, named by masterarn, holds no engine or host, and has no tag of RDS or Redshift that leads to its database. Where its password may be sent must not " +
      `be guessed. ${STORE_ONE}`,
    ['engine is missing', 'host is missing'],
  );
}

/** A service manages secrets in the database's own account and Region. @param secrets Those whose ids are ARNs say which. */
function assertAtHome({ arn, region, accountId }: DatabaseArn, secrets: readonly string[]): void {
  const homes = secrets.flatMap(
    (id) => /^arn:[\w-]+:secretsmanager:([\w-]+):(\d{12}):/.exec(id)?.slice(1).join(' ') ?? [],
  );
  if (homes.every((home) => home === `${region} ${accountId}`)) return;
  throw new InvalidSecretError(
    `The tags of the superuser's secret lead to ${arn}, which is in another account or Region than the secret. Nothing was asked or sent. ${STORE_ONE}`,
    ['another account or Region'],
  );
}

import { physicalName, stableSuffix } from '../physical-names.js';
import type { PropertyReader } from '../property-reader.js';
import type { Model, ResourceRequest } from './model.js';

const reads = [
  'ClusterIdentifier',
  'DBClusterIdentifier',
  'DBInstanceIdentifier',
  'DBName',
  'DBProxyName',
  'DatabaseName',
  'Engine',
  'EngineFamily',
  'Port',
];

/** Databases are not run here; what other resources ask of them is where they are: told by an option, or made up. */
export const databases: readonly Model[] = [
  database('AWS::RDS::DBInstance', { identifier: 'DBInstanceIdentifier', domain: 'rds', arn: 'rds:%:db:' }),
  database('AWS::RDS::DBCluster', { identifier: 'DBClusterIdentifier', domain: 'rds', arn: 'rds:%:cluster:' }),
  database('AWS::RDS::DBProxy', { identifier: 'DBProxyName', domain: 'rds', arn: 'rds:%:db-proxy:' }),
  database('AWS::DocDB::DBInstance', {
    identifier: 'DBInstanceIdentifier',
    domain: 'docdb',
    arn: 'rds:%:db:',
    engine: 'docdb',
  }),
  database('AWS::DocDB::DBCluster', {
    identifier: 'DBClusterIdentifier',
    domain: 'docdb',
    arn: 'rds:%:cluster:',
    engine: 'docdb',
  }),
  database('AWS::Redshift::Cluster', {
    identifier: 'ClusterIdentifier',
    domain: 'redshift',
    arn: 'redshift:%:cluster:',
    engine: 'redshift',
  }),
];

interface Shape {
  /** The property that names the database. */
  readonly identifier: string;
  readonly domain: string;
  /** With % for Region and account. */
  readonly arn: string;
  readonly engine?: string;
}

function database(type: string, shape: Shape): Model {
  return {
    type,
    reads,
    // Options say where it is.
    always: true,
    put(request) {
      const { properties, identity, partition, stack } = request;
      const identifier = (properties.text(shape.identifier) ?? physicalName(identity, 63)).toLowerCase();
      const target = stack.targetOf(identity.logicalId);
      const engine = target?.engine ?? secretEngine(properties, shape);
      const host = target?.host ?? inventedHost(request, identifier, shape);
      const port = target?.port ?? properties.number('Port') ?? defaultPorts[engine] ?? 5432;
      const dbname = target?.dbname ?? properties.text('DBName') ?? properties.text('DatabaseName');
      const connection = { engine, host, port, ...(dbname !== undefined && { dbname }) };
      const arn = `arn:${partition}:${shape.arn.replace('%', `${identity.region}:${identity.accountId}`)}${identifier}`;
      return {
        ref: identifier,
        leftAlone: '',
        attributes: {
          ...Object.fromEntries(['Arn', 'DBInstanceArn', 'DBClusterArn', 'DBProxyArn'].map((name) => [name, arn])),
          'Endpoint.Address': host,
          'Endpoint.Port': String(port),
          'ReadEndpoint.Address': host,
          Endpoint: host,
          Port: String(port),
        },
        facts: { connection: JSON.stringify(connection) },
      };
    },
  };
}

/** The `engine` of a secret is the family that a rotation function knows, not the product. */
function secretEngine(properties: PropertyReader, shape: Shape): string {
  const engine = (
    properties.text('Engine') ??
    properties.text('EngineFamily') ??
    shape.engine ??
    'postgres'
  ).toLowerCase();
  const families = ['postgres', 'mysql', 'mariadb', 'oracle', 'sqlserver', 'db2', 'redshift'];
  return engine === 'docdb' ? 'mongo' : (families.find((family) => engine.includes(family)) ?? engine);
}

/** A name that no resolver knows: nothing is reached by mistake. */
function inventedHost({ identity }: ResourceRequest, identifier: string, { domain }: Shape): string {
  return `${identifier}.${stableSuffix(identity).toLowerCase()}.${identity.region}.${domain}.invalid`;
}

const defaultPorts: Readonly<Record<string, number>> = {
  postgres: 5432,
  mysql: 3306,
  mariadb: 3306,
  oracle: 1521,
  sqlserver: 1433,
  db2: 50_000,
  mongo: 27_017,
  redshift: 5439,
};

/** The apps of the proof: what their secrets hold at first, and what stands for their databases. */
import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import type { ApiService } from '../../../demo/api-service.js';
import { addStacks } from '../../../infra/apps.js';
import type { DeployedStack, Deployment, DeployOptions, Emulator } from '../../../lib/emulator/index.js';
import type { PostgresServer } from '../../support/postgres.js';
import type { RdsDoubleOptions } from '../../support/rds-double.js';
import type { synthesizeApp } from '../synthesize.js';
import * as apps from './apps.js';
import { clientOf, readValue, type Secret } from './deployed-app.js';

/** What the apps' secrets open. */
export interface Servers {
  readonly postgres: PostgresServer;
  readonly service: ApiService;
  /** Of the authority that signed the certificate of PostgreSQL. */
  readonly caFile: string;
}

export interface Case {
  readonly add: Parameters<typeof synthesizeApp>[0];
  readonly rotated: readonly Secret[];
  /** Stacks whose `Database` stands for the real one. */
  readonly databases?: readonly string[];
  /** Whether the superuser's database is looked up in RDS. */
  readonly usesRds?: true;
  /** What the secrets hold, before their first rotation. */
  prepare(there: Prepared): Promise<void>;
}

/** What `prepare` works with. */
export interface Prepared extends Servers {
  readonly emulator: Emulator;
  readonly deployment: Deployment;
}

const secretIn = (stackName: string, id = 'Application', concerns = /./): Secret => ({ stackName, id, concerns });
const alternating = (stackName: string, concerns = /./): Secret => ({
  ...secretIn(stackName, 'Application', concerns),
  alternates: true,
});

export const cases: Readonly<Record<string, Case>> = {
  'one account': {
    add: (app) => addStacks(app, 'one-account'),
    rotated: [
      alternating('OneAccount', /AlternatingUsers/),
      secretIn('OneAccount', 'Database/Instance/Secret', /SingleUser/),
    ],
    databases: ['OneAccount'],
    async prepare(there) {
      await createLogin(there, 'OneAccount', 'Database/Instance/Secret', 'SUPERUSER');
      await createLogin(there, 'OneAccount', 'Application');
    },
  },
  'two accounts': {
    add: (app) => addStacks(app, 'two-accounts'),
    rotated: [secretIn('WorkloadAccount', 'Database/Instance/Secret')],
    databases: ['WorkloadAccount'],
    prepare: (there) => createLogin(there, 'WorkloadAccount', 'Database/Instance/Secret', 'SUPERUSER'),
  },
  'a rotator of its own': {
    add: (app) => addStacks(app, 'custom-rotator'),
    rotated: [secretIn('CustomRotator', 'ApiKey')],
    prepare: (there) => putKey(there, 'CustomRotator', 'ApiKey'),
  },
  'keys in one account': {
    add: apps.keysInOneAccount,
    rotated: [alternating('Keys')],
    usesRds: true,
    prepare: (there) => createManagedUsers(there, 'Keys'),
  },
  'imported secrets': {
    add: apps.importedSecrets,
    rotated: [alternating('Owner')],
    prepare: (there) => createUsers(there, 'Owner'),
  },
  'passwords of GetRandomPassword': {
    add: apps.randomPasswords,
    rotated: [secretIn('Random')],
    prepare: (there) => putKey(there, 'Random', 'Application'),
  },
  'by a role across accounts, with keys': {
    add: apps.roleAcrossAccounts,
    rotated: [alternating('Abroad')],
    usesRds: true,
    prepare: (there) => createManagedUsers(there, 'Abroad'),
  },
  'directly across accounts': {
    add: apps.directAcrossAccounts,
    rotated: [alternating('Abroad')],
    prepare: (there) => createUsers(there, 'Abroad'),
  },
  'an organization and an outsider': {
    add: apps.organization,
    rotated: [alternating('Member', /^(Home|Member)/), alternating('Outsider', /^(Home|Outsider)/)],
    async prepare(there) {
      for (const name of ['Member', 'Outsider']) await createUsers(there, name);
    },
  },
};

export function deployOptions({ databases = [], prepare }: Case, servers: Servers, emulator: Emulator): DeployOptions {
  const { host, port } = servers.postgres;
  return {
    accountId: apps.SECRET_ACCOUNT,
    targets: Object.fromEntries(databases.map((name) => [`${name}/Database/Instance`, { host, port }])),
    environment: { DATABASE_CA_FILE: servers.caFile },
    nodePath,
    beforeRotation: (deployment) => prepare({ ...servers, emulator, deployment }),
  };
}

// The newest of Lambda's Nodes that is there; .ci/run brings them.
const nodePath = process.env.KEYTURN_NODE_24 ?? process.env.KEYTURN_NODE_22 ?? process.execPath;

async function put({ emulator }: Prepared, stack: DeployedStack, id: string, value: object): Promise<void> {
  const command = { SecretId: stack.secretArn(id), SecretString: JSON.stringify(value) };
  await clientOf(emulator, stack).send(new PutSecretValueCommand(command));
}

/** The service has one key, so that the app before is locked out. */
async function putKey(there: Prepared, stackName: string, id: string): Promise<void> {
  const { secret, renewKey } = there.service;
  await put(there, there.deployment.stack(stackName), id, { ...secret, key: renewKey() });
}

/** What RDS, or whoever runs the database, does with a generated secret. */
async function createLogin(there: Prepared, stackName: string, id: string, attributes = ''): Promise<void> {
  const { emulator, deployment, postgres } = there;
  const stack = deployment.stack(stackName);
  const { username, password } = await readValue(emulator, stack, stack.secretArn(id));
  await postgres.query(`DROP ROLE IF EXISTS "${username}"`);
  await postgres.query(`CREATE ROLE "${username}" LOGIN ${attributes} PASSWORD '${password}'`);
}

/** A superuser and a user whose secrets are called so. */
async function createUsers(there: Prepared, stackName: string): Promise<void> {
  const { host, port } = there.postgres;
  const stack = there.deployment.stack(stackName);
  const common = { engine: 'postgres', host, port, dbname: 'app', password: 'at-first' };
  const name = stackName.toLowerCase();
  await put(there, stack, 'Superuser', { ...common, username: `${name}_superuser` });
  await put(there, stack, 'Application', { ...common, username: name, masterarn: stack.secretArn('Superuser') });
  await createLogin(there, stackName, 'Superuser', 'SUPERUSER');
  await createLogin(there, stackName, 'Application');
}

const rdsName = (name: string) => `${name}.abc123.${apps.REGION}.rds.amazonaws.com`;
const arnInRds = (type: string, id: string) => `arn:aws:rds:${apps.REGION}:${apps.SECRET_ACCOUNT}:${type}:${id}`;
const WRITER = `${apps.CLUSTER}.cluster-abc123.${apps.REGION}.rds.amazonaws.com`;

/** What PostgreSQL is called in RDS. */
export const RDS_NAMES: readonly string[] = [WRITER, rdsName(apps.INSTANCE)];

/** The cluster and its instance, as RDS knows them. */
export function databasesInRds({ postgres }: Servers): Pick<RdsDoubleOptions, 'clusters' | 'instances'> {
  const [common, Port] = [{ Engine: 'aurora-postgresql', Status: 'available' }, postgres.port];
  return {
    clusters: [
      {
        ...common,
        DBClusterIdentifier: apps.CLUSTER,
        DBClusterArn: arnInRds('cluster', apps.CLUSTER),
        Endpoint: WRITER,
        Port,
      },
    ],
    instances: [
      {
        ...common,
        DBInstanceIdentifier: apps.INSTANCE,
        DBInstanceArn: arnInRds('db', apps.INSTANCE),
        DBClusterIdentifier: apps.CLUSTER,
        Endpoint: { Address: rdsName(apps.INSTANCE), Port },
      },
    ],
  };
}

/** A superuser as RDS makes it, and a user whose secret is for an instance of the cluster. */
async function createManagedUsers(there: Prepared, stackName: string): Promise<void> {
  const { emulator, postgres, deployment } = there;
  const stack = deployment.stack(stackName);
  const [name, password] = [stackName.toLowerCase(), 'at-first'];
  const superuser = { username: `${name}_superuser`, password };
  const [, kmsKeyId] = Object.entries(stack.physicalIds).find(([id]) => id.startsWith('SuperuserKey')) ?? [];
  const masterarn = emulator.createManagedSecret({
    accountId: stack.accountId,
    region: stack.region,
    owningService: 'rds',
    name: apps.MANAGED_SECRET,
    secretString: JSON.stringify(superuser),
    tags: { 'aws:rds:primaryDBClusterArn': arnInRds('cluster', apps.CLUSTER) },
    ...(kmsKeyId !== undefined && { kmsKeyId }),
  });
  await postgres.query(`CREATE ROLE ${superuser.username} LOGIN SUPERUSER PASSWORD '${password}'`);
  const value = { engine: 'postgres', host: rdsName(apps.INSTANCE), port: postgres.port, dbname: 'app' };
  await put(there, stack, 'Application', { ...value, username: name, password, masterarn });
  await createLogin(there, stackName, 'Application');
}

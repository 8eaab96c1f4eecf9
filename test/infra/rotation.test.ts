/** The functions of the apps, as they lie in cdk.out and with no more than the permissions of the templates, rotate secrets of a real PostgreSQL. */
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiService, apiKeyEntry, startApiService } from '../../demo/api-service.js';
import { type DeployedStack, type Deployment, type Emulator, startEmulator } from '../../lib/emulator/index.js';
import { type PostgresServer, startPostgres } from '../support/postgres.js';
import { loseVersion } from './lost-version.js';
import { type SynthesizedApp, synthesize } from './synthesize.js';

const ROTATION_ACCOUNT = '444455556666';
const WORKLOAD_ACCOUNT = '111122223333';
// The newest of Lambda's Nodes that is there; .ci/run brings them.
const nodePath = process.env.KEYTURN_NODE_24 ?? process.env.KEYTURN_NODE_22 ?? process.execPath;

let postgres: PostgresServer;
let emulator: Emulator;
let certificates: string;

beforeAll(async () => {
  [postgres, emulator, certificates] = await Promise.all([
    startPostgres(),
    startEmulator(),
    mkdtemp(path.join(tmpdir(), 'keyturn-ca-')),
  ]);
  writeFileSync(path.join(certificates, 'ca.pem'), postgres.ca);
  await postgres.query('CREATE DATABASE app');
});
afterAll(async () => {
  await Promise.all([postgres.stop(), emulator.close(), rm(certificates, { recursive: true })]);
});

/** An app on the database that stands in for Amazon RDS: the stacks' `Database`, wherever they have one. */
function deploy(
  { folder, stackNames }: SynthesizedApp,
  beforeRotation: (deployment: Deployment) => Promise<void>,
): Promise<Deployment> {
  const { host, port } = postgres;
  const databaseStacks = stackNames.filter((name) => name === 'OneAccount' || name === 'WorkloadAccount');
  return emulator.deploy(folder, {
    accountId: WORKLOAD_ACCOUNT,
    targets: Object.fromEntries(databaseStacks.map((name) => [`${name}/Database/Instance`, { host, port }])),
    environment: { DATABASE_CA_FILE: path.join(certificates, 'ca.pem') },
    nodePath,
    beforeRotation,
  });
}

function clientOf({ accountId, region }: DeployedStack): SecretsManagerClient {
  return new SecretsManagerClient({
    endpoint: emulator.endpoint,
    region,
    credentials: emulator.credentialsFor(accountId),
  });
}

async function readValue(stack: DeployedStack, secretArn: string): Promise<Record<string, string>> {
  const { SecretString } = await clientOf(stack).send(new GetSecretValueCommand({ SecretId: secretArn }));
  return JSON.parse(SecretString ?? '');
}

/** What RDS does with the generated secret. */
async function createSuperuser(stack: DeployedStack): Promise<void> {
  const { username, password } = await readValue(stack, stack.secretArn('Database/Instance/Secret'));
  await postgres.query(`DROP ROLE IF EXISTS "${username}"`);
  await postgres.query(`CREATE ROLE "${username}" LOGIN SUPERUSER PASSWORD '${password}'`);
}

async function rotate(stack: DeployedStack, secretArn: string): Promise<string> {
  await clientOf(stack).send(new RotateSecretCommand({ SecretId: secretArn }));
  const { status, steps } = await emulator.rotationSettled(secretArn);
  return [status, ...steps.flatMap(({ error = [] }) => error)].join(': ');
}

/** @returns whom the database takes the value's login for */
async function login({ username = '', password = '' }: Record<string, string>): Promise<unknown> {
  const [row] = await postgres.query('SELECT session_user AS name', [], { username, password, database: 'app' });
  return row?.name;
}

describe('in one account', () => {
  let app: SynthesizedApp;
  let deployment: Deployment;
  let stack: DeployedStack;

  beforeAll(async () => {
    app = synthesize('one-account');
    deployment = await deploy(app, async (there) => {
      stack = there.stack('OneAccount');
      await createSuperuser(stack);
      const { username, password } = await readValue(stack, stack.secretArn('Application'));
      await postgres.query(`CREATE ROLE "${username}" LOGIN PASSWORD '${password}'`);
    });
  });
  afterAll(() => app.remove());

  it('the functions pass the test that Secrets Manager runs when the schedules are made', () => {
    const tests = deployment.rotations.map(({ logicalId, outcome: { kind, status } }) => [logicalId, kind, status]);
    expect(tests.sort()).toEqual([
      [expect.stringMatching(/^ApplicationAttachmentRotation/), 'TestRotation', 'Succeeded'],
      [expect.stringMatching(/^DatabaseInstanceSecretAttachmentRotation/), 'TestRotation', 'Succeeded'],
    ]);
  });

  it('alternating users take turns, and the one that was in use goes on working', async () => {
    const secretArn = stack.secretArn('Application');
    const first = await readValue(stack, secretArn);
    expect(await rotate(stack, secretArn)).toBe('Succeeded');
    const second = await readValue(stack, secretArn);
    expect(await rotate(stack, secretArn)).toBe('Succeeded');
    const third = await readValue(stack, secretArn);
    expect([first, second, third].map(({ username }) => username)).toEqual(['app', 'app_clone', 'app']);
    expect(await login(second)).toBe('app_clone');
    expect(await login(third)).toBe('app');
    await expect(login(first)).rejects.toThrow('password authentication failed');
  });

  it("the superuser's password changes, and the next rotation of the application works with the new one", async () => {
    const superuser = stack.secretArn('Database/Instance/Secret');
    const before = await readValue(stack, superuser);
    expect(await rotate(stack, superuser)).toBe('Succeeded');
    await expect(login(before)).rejects.toThrow('password authentication failed');
    expect(await rotate(stack, stack.secretArn('Application'))).toBe('Succeeded');
  });

  it('alternating users go on when AWSPENDING is lost half way, and AWSCURRENT is moved back to what has just changed', async () => {
    const SecretId = stack.secretArn('Application');
    await loseVersion({ emulator, client: clientOf(stack), SecretId, movesBack: true });
    await expect(login(await readValue(stack, SecretId))).rejects.toThrow('password authentication failed');
    expect(await rotate(stack, SecretId)).toBe('Succeeded');
    expect(await login(await readValue(stack, SecretId))).toMatch(/^app/);
  });
});

describe('across two accounts', () => {
  let app: SynthesizedApp;
  let rotation: DeployedStack;
  let workload: DeployedStack;

  beforeAll(async () => {
    app = synthesize('two-accounts');
    const deployment = await deploy(app, (there) => createSuperuser(there.stack('WorkloadAccount')));
    rotation = deployment.stack('RotationAccount');
    workload = deployment.stack('WorkloadAccount');
  });
  afterAll(() => app.remove());

  it('the function of the one rotates the secret of the other', async () => {
    const secretArn = workload.secretArn('Database/Instance/Secret');
    const before = await readValue(workload, secretArn);
    expect(await rotate(workload, secretArn)).toBe('Succeeded');
    const after = await readValue(workload, secretArn);
    expect([rotation.accountId, workload.accountId]).toEqual([ROTATION_ACCOUNT, WORKLOAD_ACCOUNT]);
    expect(rotation.functionArn('Rotation/Function')).toContain(ROTATION_ACCOUNT);
    expect(await login(after)).toBe(before.username);
    await expect(login(before)).rejects.toThrow('password authentication failed');
  });

  it('a single user goes on when AWSPENDING is lost half way', async () => {
    const SecretId = workload.secretArn('Database/Instance/Secret');
    const { username } = await readValue(workload, SecretId);
    await loseVersion({ emulator, client: clientOf(workload), SecretId, movesBack: false });
    await expect(login(await readValue(workload, SecretId))).rejects.toThrow('password authentication failed');
    expect(await rotate(workload, SecretId)).toBe('Succeeded');
    expect(await login(await readValue(workload, SecretId))).toBe(username);
  });

  it('it comes through the role of the workload account, with the external id', () => {
    const assumed = emulator.requests.filter(({ operation }) => operation === 'AssumeRole');
    expect(assumed.length).toBeGreaterThan(0);
    const resourceArn = `arn:aws:iam::${WORKLOAD_ACCOUNT}:role/SecretRotation`;
    for (const { parameters, decisions } of assumed) {
      expect(parameters).toMatchObject({ roleArn: resourceArn });
      const own = decisions.flatMap(({ statements }) => statements).find(({ kind }) => kind === 'identity');
      const may = (context: Record<string, string>) =>
        emulator.simulatePrincipalPolicy({ callerArn: own?.of ?? '', action: 'sts:AssumeRole', resourceArn, context });
      // Records do not tell it: that the role let the function in does.
      expect(may({ 'sts:ExternalId': 'keyturn' }).allowed).toBe(true);
      expect(may({}).missing).toBe('trust');
    }
  });
});

describe('with a rotator of its own', () => {
  let app: SynthesizedApp;
  let service: ApiService;

  beforeAll(async () => {
    app = synthesize('custom-rotator');
    service = await startApiService();
  });
  afterAll(async () => {
    app.remove();
    await service.close();
  });

  it('the function, bundled at synth, changes the key at the service', async () => {
    const { secret: first } = service;
    let stack: DeployedStack | undefined;
    await deploy(app, async (there) => {
      stack = there.stack('CustomRotator');
      const value = { SecretId: stack.secretArn('ApiKey'), SecretString: JSON.stringify(first) };
      await clientOf(stack).send(new PutSecretValueCommand(value));
    });
    if (stack === undefined) throw new Error('beforeRotation was not called');
    const secretArn = stack.secretArn('ApiKey');
    expect(await rotate(stack, secretArn)).toBe('Succeeded');
    const { url = '', key = '' } = await readValue(stack, secretArn);
    expect(key).not.toBe(first.key);
    expect(await apiKeyEntry.opens({ url, key })).toBe(true);
    expect(await apiKeyEntry.opens(first)).toBe(false);
  });
});

it.each([
  ['OneAccount', 'one-account', /AlternatingUsersSecretsPolicy/, ':assumed-role/OneAccount-AlternatingUsersRole'],
  ['WorkloadAccount', 'two-accounts', /RotationRole\w*DefaultPolicy/, ':assumed-role/SecretRotation/'],
] as const)('%s grants the calls that were made, and no others', (stackName, appName, policy, caller) => {
  const app = synthesize(appName);
  const { Resources } = JSON.parse(readFileSync(path.join(app.folder, `${stackName}.template.json`), 'utf8'));
  app.remove();
  const policies = Object.entries(Resources).filter(([id]) => policy.test(id));
  const granted = JSON.stringify(policies).match(/(?<="secretsmanager:)[A-Z]\w+(?=")/g) ?? [];
  const made = emulator.requests
    .filter(({ service, callerArn }) => service === 'secretsmanager' && callerArn?.includes(caller) === true)
    .map(({ operation }) => operation);
  expect(made).toContain('PutSecretValue');
  expect([...new Set(granted)].sort()).toEqual([...new Set(made)].sort());
});

import {
  CreateSecretCommand,
  PutSecretValueCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { postgres } from '../../../lib/databases/engines/postgres.js';
import type { DatabaseSecret } from '../../../lib/databases/secret.js';
import { alternatingUsers } from '../../../lib/databases/strategies/alternating-users.js';
import { singleUser } from '../../../lib/databases/strategies/single-user.js';
import { type RotationHarness, rotationHarness } from '../../../lib/testing/index.js';
import { type PostgresServer, startPostgres } from '../../support/postgres.js';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
  await server.query("CREATE ROLE creator LOGIN CREATEROLE PASSWORD 'creator-password'");
});
afterAll(() => server.stop());
beforeEach(() => server.forgetLog());

let count = 0;
async function newUser(changes: Partial<DatabaseSecret> = {}): Promise<DatabaseSecret> {
  count += 1;
  const username = `lost${count}`;
  const creator = { username: 'creator', password: 'creator-password' };
  await server.query(`CREATE ROLE ${username} LOGIN PASSWORD 'first-password'`, [], creator);
  return { engine: 'postgres', host: 'localhost', port: server.port, username, password: 'first-password', ...changes };
}

async function logsIn({ username, password }: DatabaseSecret): Promise<boolean> {
  return server.query('SELECT 1', [], { username, password }).then(
    () => true,
    () => false,
  );
}

async function refusedLogins(username: string): Promise<number> {
  return (await server.logFile()).split(`password authentication failed for user "${username}"`).length - 1;
}

async function put({ client, secretArn }: RotationHarness<DatabaseSecret>, value: DatabaseSecret): Promise<void> {
  await client.send(new PutSecretValueCommand({ SecretId: secretArn, SecretString: JSON.stringify(value) }));
}

describe('a single user whose password no label leads to', () => {
  it('gets the next one, by the version that lost AWSPENDING after setSecret', async () => {
    const initial = await newUser();
    const rotator = singleUser(postgres(), { ca: server.ca });
    let cut = true;
    await using harness = await rotationHarness<DatabaseSecret>(
      {
        ...rotator,
        afterSetSecret() {
          if (cut) throw new Error('cut off');
        },
      },
      { initial },
    );
    const { versionId } = await harness.rotate();
    const lost = (await harness.value('AWSPENDING')) ?? initial;
    const strip = { SecretId: harness.secretArn, VersionStage: 'AWSPENDING', RemoveFromVersionId: versionId };
    await harness.client.send(new UpdateSecretVersionStageCommand(strip));
    // An older version of another connection must not be what the login is tried with.
    await put(harness, { ...lost, ssl: false });
    await put(harness, initial);
    await put(harness, initial);
    expect([await logsIn(initial), await logsIn(lost)]).toEqual([false, true]);
    cut = false;

    await expect(harness.rotate()).resolves.toMatchObject({ status: 'Succeeded' });

    const current = (await harness.value('AWSCURRENT')) ?? initial;
    expect([await logsIn(current), await logsIn(lost)]).toEqual([true, false]);
    const shown = JSON.stringify(harness.logs);
    for (const { password } of [initial, lost, current]) expect(shown).not.toContain(password);
    expect(await server.logFile()).not.toContain(lost.password);
  });
});

describe('alternating users', () => {
  const masterarn = 'superuser';

  async function start(initial: DatabaseSecret, password: string): Promise<RotationHarness<DatabaseSecret>> {
    const harness = await rotationHarness(alternatingUsers(postgres(), { ca: server.ca }), { initial });
    const superuser = { ...initial, username: 'creator', password };
    await harness.client.send(new CreateSecretCommand({ Name: masterarn, SecretString: JSON.stringify(superuser) }));
    return harness;
  }

  it('are left alone, older versions are not tried, when it is the superuser who is refused', async () => {
    const initial = await newUser({ masterarn });
    await using harness = await start(initial, 'not-the-password');
    for (const password of ['older', 'old']) await put(harness, { ...initial, password });
    await put(harness, initial);
    await put(harness, initial);
    const outcome = await harness.rotate();
    expect(outcome.steps.at(-1)).toMatchObject({ step: 'setSecret', error: expect.stringContaining('"creator"') });
    expect(harness.calls().map(({ operation }) => operation)).toContain('ListSecretVersionIds');
    expect(await refusedLogins(initial.username)).toBe(0);
    expect(await refusedLogins('creator')).toBe(1);
  });

  it('go on, privileges included, when AWSCURRENT was overwritten with what does not log in', async () => {
    const initial = await newUser({ masterarn });
    await using harness = await start(initial, 'creator-password');
    await put(harness, { ...initial, password: 'a slip' });
    await put(harness, { ...initial, password: 'another slip' });
    await expect(harness.rotate()).resolves.toMatchObject({ status: 'Succeeded' });
    const current = (await harness.value('AWSCURRENT')) ?? initial;
    expect(current.username).toBe(`${initial.username}_clone`);
    expect([await logsIn(current), await logsIn(initial)]).toEqual([true, true]);
  });
});

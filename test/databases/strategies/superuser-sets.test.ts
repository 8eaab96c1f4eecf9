import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { postgres } from '../../../lib/databases/engines/postgres.js';
import type { DatabaseSecret, SecretKeys } from '../../../lib/databases/secret.js';
import { alternatingUsers } from '../../../lib/databases/strategies/alternating-users.js';
import { singleUser } from '../../../lib/databases/strategies/single-user.js';
import { type SuperuserSetsOptions, superuserSets } from '../../../lib/databases/strategies/superuser-sets.js';
import { rotationHarness } from '../../../lib/testing/index.js';
import { type PostgresServer, startPostgres } from '../../support/postgres.js';
import { createPending, logsIn, rotate, runSetSecret } from '../support/rotation.js';

const MASTER = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:super-AbCdEf';
const creator = { username: 'creator', password: 'creator-password' };

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
  await server.query(`CREATE ROLE creator LOGIN CREATEROLE PASSWORD 'creator-password'`);
});
afterAll(() => server.stop());

const superuser = () => ({ engine: 'postgres', host: 'localhost', port: server.port, ...creator });
const others = () => ({ [MASTER]: superuser() });

let count = 0;
/** A user that may not change its own password: RDS can be told so (`rds.restrict_password_commands`), and here it acts as somebody else. */
async function newUser(changes: Partial<DatabaseSecret> = {}): Promise<DatabaseSecret> {
  count += 1;
  const username = `ruled${count}`;
  await server.query(`CREATE ROLE ${username} LOGIN PASSWORD 'first-password'`, [], creator);
  return {
    engine: 'postgres',
    host: 'localhost',
    port: server.port,
    username,
    password: 'first-password',
    masterarn: MASTER,
    ...changes,
  };
}

describe('superuserSets', () => {
  const strategy = (options: SuperuserSetsOptions = {}) => superuserSets(postgres(), { ca: server.ca, ...options });

  it('changes the password, again and again, and the one before is refused', async () => {
    const first = await newUser();
    const second = await rotate(strategy(), first, others());
    expect(second).toEqual({ ...first, password: expect.stringMatching(/^[^/@"'\\:]{32}$/) });
    const third = await rotate(strategy(), second, others());
    expect([await logsIn(strategy(), third), await logsIn(strategy(), second)]).toEqual([true, false]);
  });

  it('does nothing to a user whom no version of the secret can log in as', async () => {
    const real = await newUser();
    const versions = {
      current: { ...real, password: 'a guess' },
      pending: { ...real, password: 'of-the-thief' },
      previous: { ...real, password: 'another guess' },
    };
    await expect(runSetSecret(strategy(), versions, others())).rejects.toMatchObject({
      name: 'LoginRejectedError',
      message: expect.stringMatching(/AWSPREVIOUS was refused too.*recover: 'superuser'/),
    });
    expect([await logsIn(strategy(), real), await logsIn(strategy(), versions.pending)]).toEqual([true, false]);
  });

  it('takes AWSPREVIOUS as the proof when AWSCURRENT is refused', async () => {
    const real = await newUser();
    const versions = {
      current: { ...real, password: 'a slip' },
      pending: { ...real, password: 'new-password' },
      previous: real,
    };
    await runSetSecret(strategy(), versions, others());
    expect(await logsIn(strategy(), versions.pending)).toBe(true);
  });

  it("sets the password where nothing logs in with recover: 'superuser'", async () => {
    const real = await newUser();
    const versions = { current: { ...real, password: 'lost' }, pending: { ...real, password: 'new-password' } };
    await runSetSecret(strategy({ recover: 'superuser' }), versions, others());
    expect(await logsIn(strategy(), versions.pending)).toBe(true);
  });

  it('wants masterarn before it makes a version', async () => {
    const { masterarn: _masterarn, ...without } = await newUser();
    await expect(createPending(strategy(), without)).rejects.toMatchObject({
      name: 'InvalidSecretError',
      message: expect.stringContaining('masterarn'),
    });
  });

  it('takes another superuser for another target', async () => {
    const secret = await newUser();
    expect(strategy().target?.(secret)).not.toEqual(strategy().target?.({ ...secret, masterarn: `${MASTER}2` }));
  });
});

describe('alternating users whom an administrator made', () => {
  it('take turns, and nothing but their passwords changes', async () => {
    const blue = await newUser();
    const green = await newUser();
    await server.query(`CREATE TABLE of_blue (id int); GRANT SELECT ON of_blue TO ${blue.username}`);
    const strategy = alternatingUsers(postgres(), { ca: server.ca, usernames: [blue.username, green.username] });
    const second = await rotate(strategy, blue, others());
    expect(second.username).toBe(green.username);
    expect([await logsIn(strategy, blue), await logsIn(strategy, second)]).toEqual([true, true]);
    const third = await rotate(strategy, second, others());
    expect(third.username).toBe(blue.username);
    expect([await logsIn(strategy, second), await logsIn(strategy, third)]).toEqual([true, true]);
    expect(await logsIn(strategy, blue)).toBe(false);
    const [row] = await server.query(
      `SELECT has_table_privilege($1, 'of_blue', 'SELECT') AS green,
              (SELECT count(*)::int FROM pg_auth_members WHERE member = $1::regrole OR roleid = $2::regrole AND member <> 'creator'::regrole) AS memberships`,
      [green.username, blue.username],
    );
    expect(row).toEqual({ green: false, memberships: 0 });
  });

  it('are left alone when the current one cannot log in', async () => {
    const blue = await newUser();
    const green = await newUser();
    const strategy = alternatingUsers(postgres(), { ca: server.ca, usernames: [blue.username, green.username] });
    const current = { ...blue, password: 'a guess' };
    const pending = await createPending(strategy, current);
    await expect(runSetSecret(strategy, { current, pending }, others())).rejects.toMatchObject({
      name: 'LoginRejectedError',
    });
    expect(await logsIn(strategy, green)).toBe(true);
  });

  it('must both be there', async () => {
    const blue = await newUser();
    const strategy = alternatingUsers(postgres(), { ca: server.ca, usernames: [blue.username, 'nobody'] });
    const pending = await createPending(strategy, blue);
    await expect(runSetSecret(strategy, { current: blue, pending }, others())).rejects.toMatchObject({
      name: 'StepFailedError',
      message: expect.stringContaining('role "nobody" does not exist'),
    });
  });
});

it('a clone may have a name of its own', async () => {
  const first = await newUser();
  const strategy = alternatingUsers(postgres(), { ca: server.ca, cloneName: 'b-{username}' });
  const second = await rotate(strategy, first, others());
  expect(second.username).toBe(`b-${first.username}`);
  const third = await rotate(strategy, second, others());
  expect(third.username).toBe(first.username);
  expect([await logsIn(strategy, second), await logsIn(strategy, third)]).toEqual([true, true]);
});

describe('a secret that calls its keys otherwise', () => {
  const keys = { username: 'user', password: 'pass', masterarn: 'admin' };

  it('rotates under its own names, and the others stay as they are', async () => {
    const { username, password, host, port } = await newUser();
    const stored = { user: username, pass: password, host, port, username: 'a note', admin: 'superuser' };
    const rotator = superuserSets(postgres(), { ca: server.ca, keys });
    await using harness = await rotationHarness<object>(rotator as never, { initial: stored });
    await harness.client.send(
      new CreateSecretCommand({ Name: 'superuser', SecretString: JSON.stringify(superuser()) }),
    );
    await expect(harness.rotate()).resolves.toMatchObject({ status: 'Succeeded' });
    const rotated = (await harness.value('AWSCURRENT')) as typeof stored;
    expect(rotated).toEqual({ ...stored, pass: expect.stringMatching(/^.{32}$/) });
    const signIn = (pass: string) => server.query('SELECT 1', [], { username, password: pass });
    await expect(signIn(rotated.pass)).resolves.toHaveLength(1);
    await expect(signIn(password)).rejects.toMatchObject({ code: '28P01' });
    // The user's name is shown under its own key, as it is under AWS's; the password under none.
    expect(JSON.stringify(harness.logs)).not.toContain(rotated.pass);
  });

  it.each([
    [{ username: '' }, 'is no text'],
    [{ user: 'username' }, 'names user'],
    [{ username: 'host' }, 'host for two things'],
    [{ username: 'x', password: 'x' }, 'x for two things'],
  ])('cannot have %j', (wrong, problem) => {
    expect(() => singleUser(postgres(), { keys: wrong as SecretKeys })).toThrow(
      expect.objectContaining({
        name: 'InvalidOptionsError',
        option: 'keys',
        message: expect.stringContaining(problem),
      }),
    );
  });
});

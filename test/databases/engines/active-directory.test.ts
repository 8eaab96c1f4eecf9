/** What is special about domains of Active Directory, with a real Samba domain controller; and AWS Managed Microsoft AD, with a double of AWS Directory Service before the same domain. */
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Connection, DatabaseDriver, TlsSettings, UserSession } from '../../../lib/databases/driver.js';
import { activeDirectory } from '../../../lib/databases/engines/active-directory.js';
import { managedDirectory } from '../../../lib/databases/engines/managed-directory.js';
import type { DatabaseSecret } from '../../../lib/databases/secret.js';
import { alternatingUsers } from '../../../lib/databases/strategies/alternating-users.js';
import { dualPassword } from '../../../lib/databases/strategies/dual-password.js';
import { singleUser } from '../../../lib/databases/strategies/single-user.js';
import { superuserSets } from '../../../lib/databases/strategies/superuser-sets.js';
import { environmentOptions } from '../../../lib/index.js';
import { rotationHarness } from '../../../lib/testing/index.js';
import { type DirectoryServiceDouble, startDirectoryService } from '../../support/directory-service.js';
import {
  DOMAIN,
  NETBIOS_DOMAIN,
  ROTATION,
  type Samba,
  SERVICES,
  sambaUnderTest,
  startSamba,
} from '../../support/samba.js';
import { createPending, logsIn, rotate, runSetSecret } from '../support/rotation.js';

const MASTER = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:super-AbCdEf';
const DIRECTORY_ID = 'd-926716a5a3';

it('is refused by the compiler what no directory can', () => {
  // @ts-expect-error Nobody clones users of a domain.
  alternatingUsers(activeDirectory());
  // @ts-expect-error They have one password.
  dualPassword(managedDirectory());
  alternatingUsers([activeDirectory(), managedDirectory()], { usernames: ['a', 'b'] });
});

if (!sambaUnderTest)
  it.skip('a domain (as root; apt-get install samba samba-dsdb-modules samba-ad-provision python3-samba)', () => {});
else describe('with Samba', withSamba);

/** The driver, which notes down what it gets for calls of AWS APIs. */
function watched(driver: DatabaseDriver, sessions: Awaited<ReturnType<Connection['aws']>>[]): DatabaseDriver {
  const watching = (connection: Connection): Connection => ({
    ...connection,
    async aws(...request) {
      const session = await connection.aws(...request);
      sessions.push(session);
      return session;
    },
  });
  const { administer } = driver;
  return {
    ...driver,
    login: (secret, connection) => driver.login(secret, watching(connection)),
    ...(administer && { administer: (secret, connection) => administer(secret, watching(connection)) }),
  };
}

function withSamba(): void {
  let server: Samba;
  beforeAll(async () => {
    // From 5 on it says whatever it does.
    server = await startSamba({ logLevel: '5' });
  }, 180_000);
  afterAll(() => server.stop());

  let count = 0;
  const newName = () => {
    count += 1;
    return `user${count}`;
  };

  async function newUser(attributes?: Parameters<Samba['addUser']>[2]): Promise<DatabaseSecret> {
    const username = newName();
    await server.addUser(username, 'first-password', attributes);
    return { engine: 'active-directory', host: server.host, username, password: 'first-password' };
  }

  const dnOf = ({ username }: Pick<DatabaseSecret, 'username'>) => `CN=${username},${SERVICES}`;
  const rotation = (): DatabaseSecret => ({ engine: 'active-directory', host: server.host, ...ROTATION });
  const tls = (): TlsSettings => ({ ca: [server.ca], minVersion: 'TLSv1.2', rejectUnauthorized: true });

  const connection = (changes: Partial<Connection> = {}): Connection => ({
    tls: tls(),
    timeoutMillis: 5_000,
    signal: new AbortController().signal,
    aws: () => Promise.reject(new Error('AWS is not there')),
    ...changes,
  });

  const login = (secret: DatabaseSecret, changes?: Partial<Connection>) =>
    activeDirectory().login(secret, connection(changes));

  async function inSession<T>(secret: DatabaseSecret, work: (session: UserSession) => Promise<T>): Promise<T> {
    await using session = await login(secret);
    return await work(session);
  }

  const ping = (session: UserSession) => session.ping();
  const change = (secret: DatabaseSecret, password: string) =>
    inSession(secret, (session) => session.changePassword(secret.username, password));

  describe('names', () => {
    it('may be plain, principal names, of a NetBIOS domain, or DNs, for users and administrators', async () => {
      const secret = await newUser({ userPrincipalName: 'Other.Name@elsewhere.example' });
      const { username } = secret;
      const names = [
        username,
        `${username}@${DOMAIN}`,
        `${username}@${DOMAIN.toUpperCase()}`,
        'Other.Name@elsewhere.example',
        `${NETBIOS_DOMAIN}\\${username}`,
        `${NETBIOS_DOMAIN.toLowerCase()}\\${username.toUpperCase()}`,
        dnOf(secret),
        dnOf(secret).toLowerCase(),
      ];
      let password = secret.password;
      for (const [index, name] of names.entries()) {
        await change({ ...secret, username: name, password }, `own-${index}`);
        await inSession(rotation(), (session) => session.changePassword(name, `reset-${index}`));
        password = `reset-${index}`;
        await inSession({ ...secret, username: name, password }, ping);
      }
    });

    it('lead to no namesake in another domain, and to nobody by what they hold', async () => {
      const secret = await newUser();
      await using session = await login(rotation());
      const { username } = secret;
      for (const name of [
        `OTHER\\${username}`,
        `${username}@other.example`,
        'user*',
        `*)(sAMAccountName=${username}`,
        '*',
      ]) {
        await expect(session.changePassword(name, 'stolen')).rejects.toMatchObject({
          name: 'InvalidSecretError',
          issues: ['username is unknown'],
        });
      }
      await inSession(secret, ping);
    });
  });

  describe('accounts that may not log in', () => {
    it.each([
      ['disabled', { userAccountControl: '514' }, 'AccountLockedError', /disabled/],
      ['expired', { accountExpires: '132000000000000000' }, 'AccountLockedError', /account has expired/],
      ['at this hour', { logonHours: Buffer.alloc(21) }, 'AccountLockedError', /at this hour/],
      ['from here', { userWorkstations: 'PC1' }, 'AccountLockedError', /from here/],
      ['before they change their password', { pwdLastSet: '0' }, 'LoginRejectedError', /at the next login/],
    ] as const)('are told apart: %s', async (_what, attributes, name, message) => {
      const secret = await newUser(attributes);
      await expect(login(secret)).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
      await expect(login({ ...secret, password: 'wrong-one' })).rejects.toMatchObject({ name: 'LoginRejectedError' });
    });

    it('are told apart: locked out', async () => {
      const secret = await newUser();
      await server.setPolicy({
        lockoutThreshold: '2',
        lockoutDuration: '-18000000000',
        lockOutObservationWindow: '-18000000000',
      });
      try {
        for (let attempt = 1; attempt <= 2; attempt += 1)
          await expect(login({ ...secret, password: 'wrong-one' })).rejects.toMatchObject({
            name: 'LoginRejectedError',
          });
        await expect(login(secret)).rejects.toMatchObject({
          name: 'AccountLockedError',
          message: expect.stringMatching(/locked out/),
        });
      } finally {
        await server.setPolicy({ lockoutThreshold: '0' });
      }
    });
  });

  describe("the domain's policy", () => {
    const strictly = async (policy: Readonly<Record<string, string>>, work: () => Promise<void>) => {
      await server.setPolicy(policy);
      try {
        await work();
      } finally {
        await server.setPolicy(Object.fromEntries(Object.keys(policy).map((name) => [name, '0'])));
      }
    };

    it.each([
      ['too short', { minPwdLength: '20' }, /password is too short/],
      ['too simple', { pwdProperties: '1' }, /complexity criteria/],
      ['used before', { pwdHistoryLength: '5' }, /already used/],
      ['too young', { minPwdAge: '-864000000000' }, /too young/],
    ] as const)('refuses in its own words: %s', async (what, policy, words) => {
      const secret = await newUser();
      await strictly(policy, async () => {
        // Of what was set before there was a history, the domain knows nothing.
        if (what === 'used before') await change(secret, 'secondpassword');
        const current = what === 'used before' ? { ...secret, password: 'secondpassword' } : secret;
        await expect(change(current, 'secondpassword')).rejects.toMatchObject({
          name: 'PasswordRefusedError',
          message: expect.stringMatching(words),
        });
        await inSession(current, ping);
      });
    });

    it('refuses an administrator too', async () => {
      const secret = await newUser();
      await strictly({ minPwdLength: '20' }, () =>
        expect(inSession(rotation(), (session) => session.changePassword(secret.username, 'x'))).rejects.toMatchObject({
          name: 'PasswordRefusedError',
        }),
      );
    });
  });

  describe('the connection', () => {
    it('is verified, also where TLS begins with StartTLS, on port 389', async () => {
      const secret = { ...(await newUser()), port: 389 };
      await change(secret, 'second-password');
      await expect(login(secret, { tls: { ...tls(), ca: [] } })).rejects.toMatchObject({
        code: expect.stringMatching(/UNABLE_TO|SELF_SIGNED/),
      });
    });

    it('is refused by the domain when it is plain', async () => {
      const secret = { ...(await newUser()), port: 389 };
      await expect(login(secret, { tls: false })).rejects.toMatchObject({
        name: 'InvalidSecretError',
        issues: ['ssl is false'],
      });
    });
  });

  it('knows an old password that is no longer the current one', async () => {
    const secret = await newUser();
    await inSession(secret, async (session) => {
      await server.resetPassword(secret.username, 'meanwhile');
      await expect(session.changePassword(secret.username, 'second-password')).rejects.toMatchObject({
        name: 'LoginRejectedError',
        message: expect.stringMatching(/old password is not the current one/),
      });
    });
  });

  it('nothing that is secret is in the log', async () => {
    const secret = await newUser();
    server.forgetLog();
    await inSession(secret, async (session) => {
      await session.changePassword(secret.username, 'log-second-password');
      await session.changePassword(secret.username, 'log-third-password');
    });
    await inSession(rotation(), (session) => session.changePassword(secret.username, 'log-fourth-password'));
    await expect(login({ ...secret, password: 'log-wrong-password' })).rejects.toThrow();
    const log = server.logFile();
    expect(log).toMatch(/Password Change \[Change\][\s\S]*Password Change \[Reset\]/);
    for (const password of [
      'log-second',
      'log-third',
      'log-fourth',
      'log-wrong',
      'first-password',
      ROTATION.password,
    ]) {
      for (const text of [password, Buffer.from(password, 'utf16le').toString('latin1')])
        expect(log).not.toContain(text);
    }
  });

  describe('rotations', () => {
    const others = () => ({ [MASTER]: rotation() });
    const options = () => ({ ca: server.ca });

    it("by the user itself, and repaired by the administrator: singleUser, recover 'superuser'", async () => {
      const strategy = singleUser(activeDirectory(), { ...options(), recover: 'superuser' });
      const first = { ...(await newUser()), masterarn: MASTER };
      const second = await rotate(strategy, first);
      expect([await logsIn(strategy, second), await logsIn(strategy, first)]).toEqual([true, false]);
      const current = { ...second, password: 'lost' };
      const pending = await createPending(strategy, current);
      await runSetSecret(strategy, { current, pending }, others());
      expect(await logsIn(strategy, pending)).toBe(true);
    });

    it('by the administrator: superuserSets', async () => {
      const strategy = superuserSets(activeDirectory(), options());
      const first = { ...(await newUser()), masterarn: MASTER };
      const second = await rotate(strategy, first, others());
      expect([await logsIn(strategy, second), await logsIn(strategy, first)]).toEqual([true, false]);
    });

    it('of two users in turn, whatever form their names have: alternatingUsers', async () => {
      const { username } = await newUser();
      const first = { ...(await newUser()), masterarn: MASTER };
      const usernames = [first.username, `${username}@${DOMAIN}`] as const;
      const strategy = alternatingUsers(activeDirectory(), { ...options(), usernames });
      const second = await rotate(strategy, first, others());
      expect(second.username).toBe(usernames[1]);
      expect([await logsIn(strategy, second), await logsIn(strategy, first)]).toEqual([true, true]);
    });
  });

  describe('AWS Managed Microsoft AD', () => {
    let service: DirectoryServiceDouble;
    beforeAll(async () => {
      const directory = { domainName: server.host, resetPassword: server.resetPassword };
      service = await startDirectoryService(new Map([[DIRECTORY_ID, directory]]));
      process.env.AWS_ENDPOINT_URL_DIRECTORY_SERVICE = service.endpoint;
    });
    afterAll(async () => {
      delete process.env.AWS_ENDPOINT_URL_DIRECTORY_SERVICE;
      await service[Symbol.asyncDispose]();
    });

    const managed = async () => ({ ...(await newUser()), engine: 'managed-directory', host: DIRECTORY_ID });

    const asked: (readonly [readonly string[], readonly string[] | undefined])[] = [];
    const aws: Connection['aws'] = async (actions, resources) => {
      asked.push([actions, resources]);
      return {
        region: 'eu-central-1',
        credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' },
        maxAttempts: 1,
        requestHandler: { connectionTimeout: 2_000, requestTimeout: 4_000, throwOnRequestTimeout: true },
      };
    };

    async function reset(secret: DatabaseSecret, password: string, username = secret.username): Promise<void> {
      await using session = await managedDirectory().administer?.(secret, connection({ aws }));
      await session?.changePassword(username, password);
    }

    it('is asked for nothing but what is needed, of the one directory', async () => {
      const secret = await managed();
      asked.length = 0;
      await reset(secret, 'second-password');
      await using _session = await managedDirectory().login(
        { ...secret, password: 'second-password' },
        connection({ aws }),
      );
      expect(asked).toEqual([
        [['ds:ResetUserPassword'], [`arn:*:ds:*:*:directory/${DIRECTORY_ID}`]],
        [['ds:DescribeDirectories'], ['*']],
      ]);
    });

    it('is not asked where the domain is known by its name', async () => {
      const secret = { ...(await managed()), host: server.host };
      await using session = await managedDirectory().login(secret, connection());
      await session.changePassword(secret.username, 'second-password');
      await expect(reset(secret, 'x')).rejects.toMatchObject({
        name: 'InvalidSecretError',
        issues: ['host is no directory id'],
      });
    });

    it('is not asked for what it does not take', async () => {
      const secret = await managed();
      asked.length = 0;
      for (const name of [
        `CORP\\${secret.username}`,
        `${secret.username}@${DOMAIN}`,
        dnOf(secret),
        'x'.repeat(65),
        '',
      ]) {
        await expect(reset(secret, 'second-password', name)).rejects.toMatchObject({
          issues: ['username is no plain name'],
        });
      }
      for (const password of ['x'.repeat(128), '']) {
        await expect(reset(secret, password)).rejects.toMatchObject({
          issues: [expect.stringMatching(/^password is/)],
        });
      }
      expect(asked).toEqual([]);
    });

    it.each([
      ['UserDoesNotExistException', 'InvalidSecretError', /no user/],
      ['InvalidPasswordException', 'PasswordRefusedError', /The words of AWS/],
      ['DirectoryUnavailableException', 'HostUnreachableError', /not available/],
      ['EntityDoesNotExistException', 'InvalidSecretError', /no directory d-926716a5a3/],
      [
        'AccessDeniedException',
        'AccessDeniedError',
        /^ds:ResetUserPassword was refused: The words of AWS.*on directory\/d-926716a5a3/,
      ],
      ['ServiceException', 'StepFailedError', /ServiceException/],
      ['ThrottlingException', 'StepFailedError', /ThrottlingException.*can be run again/],
    ])('says %s, which is a matter of its own', async (failure, name, message) => {
      service.fail('ResetUserPassword', failure, 'The words of AWS');
      const error = await reset(await managed(), 'the-new-password').catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ name, message: expect.stringMatching(message) });
      expect(error).not.toHaveProperty('cause');
      expect(`${error instanceof Error && error.stack}${JSON.stringify(error)}`).not.toMatch('the-new-password');
    });

    it('refuses with what holds the password, which goes no further', async () => {
      service.fail('ResetUserPassword', 'ValidationException', "Value 'the-new-password' at 'newPassword' failed");
      await expect(reset(await managed(), 'the-new-password')).rejects.toMatchObject({
        name: 'StepFailedError',
        message: expect.not.stringMatching(/the-new-password/),
      });
    });

    it('says that the function may not ask which domain it is, or that there is none', async () => {
      service.fail('DescribeDirectories', 'AccessDeniedException', 'no identity-based policy allows it');
      const login = async (changes: Partial<DatabaseSecret>) =>
        managedDirectory().login({ ...(await managed()), ...changes }, connection({ aws }));
      await expect(login({})).rejects.toMatchObject({
        name: 'AccessDeniedError',
        message: expect.stringMatching(/^ds:DescribeDirectories/),
      });
      await expect(login({ host: 'd-0000000000' })).rejects.toMatchObject({ issues: ['host is unknown'] });
    });

    it('enables nobody who is disabled', async () => {
      const strategy = superuserSets(managedDirectory(), { ca: server.ca, recover: 'superuser' });
      const current = { ...(await managed()) };
      await server.replace(dnOf(current), { userAccountControl: '514' });
      const before = service.requests.length;
      await using harness = await rotationHarness(strategy, { initial: current });
      expect(await harness.rotate()).toMatchObject({ status: 'Failed' });
      expect(service.requests.slice(before).map(({ action }) => action)).not.toContain('ResetUserPassword');
    });

    it("rotates a secret as AWS's function has it, across two accounts, and leaves the other keys", async () => {
      const { username } = await newUser();
      const others = {
        schemaVersion: '1.0',
        keytabArns: ['arn:aws:secretsmanager:us-east-1:111122223333:secret:keytab-AbCdEf'],
        directoryServiceSecretVersion: 1,
      };
      const stored = {
        ...others,
        awsSeamlessDomainDirectoryId: DIRECTORY_ID,
        awsSeamlessDomainUsername: username,
        awsSeamlessDomainPassword: 'first-password',
      };
      const { directory } = environmentOptions({});
      const sessions: Awaited<ReturnType<Connection['aws']>>[] = [];
      const rotator = superuserSets(watched(managedDirectory(), sessions), { ca: server.ca, ...directory });
      await using harness = await rotationHarness(rotator, {
        initial: stored as never,
        functionAccountId: '444455556666',
      });
      const before = service.requests.length;
      expect(await harness.rotate()).toMatchObject({ status: 'Succeeded' });
      const { SecretString = '' } = await harness.client.send(
        new GetSecretValueCommand({ SecretId: harness.secretArn }),
      );
      const { awsSeamlessDomainPassword: password, ...rest } = JSON.parse(SecretString);
      expect(rest).toEqual({
        ...others,
        awsSeamlessDomainDirectoryId: DIRECTORY_ID,
        awsSeamlessDomainUsername: username,
      });
      await inSession({ engine: 'active-directory', host: server.host, username, password }, ping);

      // Each request came with the key of a session of the role in the secret's account, not with the function's.
      const requests = service.requests.slice(before);
      expect(new Set(requests.map(({ action }) => action))).toEqual(
        new Set(['DescribeDirectories', 'ResetUserPassword']),
      );
      const keys: string[] = [];
      for (const session of sessions) {
        const sts = new STSClient({ ...session, endpoint: harness.emulator.endpoint });
        const { Arn } = await sts.send(new GetCallerIdentityCommand({}));
        expect(Arn).toMatch(/^arn:aws:sts::111122223333:assumed-role\/SecretRotation\//);
        keys.push((await sts.config.credentials()).accessKeyId);
      }
      expect(requests.map(({ accessKeyId }) => accessKeyId)).toEqual(keys);
      expect(requests.every(({ region }) => region === 'us-east-1')).toBe(true);
    });
  });
}

/** What is special about directories, with a real OpenLDAP server. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import type { Connection, TlsSettings, UserSession } from '../../../lib/databases/driver.js';
import { type LdapOptions, ldap } from '../../../lib/databases/engines/ldap.js';
import type { DatabaseSecret } from '../../../lib/databases/secret.js';
import { alternatingUsers } from '../../../lib/databases/strategies/alternating-users.js';
import { dualPassword } from '../../../lib/databases/strategies/dual-password.js';
import { singleUser } from '../../../lib/databases/strategies/single-user.js';
import { superuserSets } from '../../../lib/databases/strategies/superuser-sets.js';
import { createCertificateAuthority } from '../../support/certificates.js';
import { PEOPLE, ROTATION, type Slapd, SUFFIX, slapdUnderTest, startSlapd } from '../../support/slapd.js';
import { createPending, logsIn, rotate, runSetSecret } from '../support/rotation.js';

/** Everything but the bytes on the wire (`packets`, `BER`), in which any password is that a login sends. */
const ALL_STATEMENTS = 'trace,args,conns,filter,config,ACL,stats,stats2,shell,parse,sync';
const MASTER = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:super-AbCdEf';
const isRoot = process.getuid?.() === 0;

it('is refused by the compiler what no directory can', () => {
  // @ts-expect-error Nobody clones users of a directory.
  alternatingUsers(ldap());
  // @ts-expect-error They have one password.
  dualPassword(ldap());
  alternatingUsers(ldap(), { usernames: ['a', 'b'] });
});

describe('options of ldap()', () => {
  it.each(['', 'uid=app', 'uid={username}{username},dc=example', '{username}'])('are refused: userDn %j', (userDn) => {
    expect(() => ldap({ userDn })).toThrow(expect.objectContaining({ name: 'InvalidOptionsError', option: 'userDn' }));
  });
});

if (!slapdUnderTest) it.skip('an OpenLDAP server (apt-get install slapd)', () => {});
else describe('with OpenLDAP', withOpenLdap);

function withOpenLdap(): void {
  let server: Slapd;
  let authority: Awaited<ReturnType<typeof createCertificateAuthority>>;
  beforeAll(async () => {
    authority = await createCertificateAuthority();
    server = await startSlapd({
      certificate: await authority.issue(),
      logLevel: ALL_STATEMENTS,
      settings: ['ppolicy_use_lockout'],
    });
  });
  afterAll(() => server.stop());

  let count = 0;
  async function newUser(attributes?: Readonly<Record<string, string>>): Promise<DatabaseSecret> {
    count += 1;
    const username = `uid=user${count},${PEOPLE}`;
    await server.addPerson(`user${count}`, 'first-password', attributes);
    return { engine: 'ldap', host: 'localhost', port: server.port, username, password: 'first-password' };
  }

  const rotation = (): DatabaseSecret => ({
    engine: 'ldap',
    host: 'localhost',
    port: server.port,
    username: ROTATION.dn,
    password: ROTATION.password,
  });

  const tls = (ca = authority.ca): TlsSettings => ({ ca: [ca], minVersion: 'TLSv1.2', rejectUnauthorized: true });

  function login(secret: DatabaseSecret, connection: Partial<Connection> = {}, options?: LdapOptions) {
    return ldap(options).login(secret, {
      tls: tls(),
      timeoutMillis: 5_000,
      signal: new AbortController().signal,
      aws: () => Promise.reject(new Error('AWS is not there')),
      ...connection,
    });
  }

  async function inSession<T>(secret: DatabaseSecret, work: (session: UserSession) => Promise<T>): Promise<T> {
    await using session = await login(secret);
    return await work(session);
  }

  const ping = (session: UserSession) => session.ping();
  const change = (secret: DatabaseSecret, password: string) =>
    inSession(secret, (session) => session.changePassword(secret.username, password));

  describe('the connection', () => {
    it('is verified: by name and by address', async () => {
      const secret = await newUser();
      await inSession(secret, ping);
      await inSession({ ...secret, host: '127.0.0.1' }, ping);
      const other = await createCertificateAuthority();
      await expect(login(secret, { tls: tls(other.ca) })).rejects.toMatchObject({
        code: expect.stringMatching(/^CERT_|UNABLE_TO|SELF_SIGNED/),
      });
    });

    it('is refused where the certificate is for another name', async () => {
      const elsewhere = await startSlapd({
        certificate: await authority.issue({ dnsNames: ['other.example'], ips: [] }),
      });
      try {
        for (const host of ['localhost', '127.0.0.1']) {
          const secret = { ...(await newUser()), host, port: elsewhere.port };
          await expect(login(secret)).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
        }
        expect(elsewhere.logFile()).not.toMatch(/BIND dn="uid/);
      } finally {
        await elsewhere.stop();
      }
    });

    it('is plain with "ssl": false, and only then', async () => {
      const secret = { ...(await newUser()), port: server.plainPort };
      await using session = await login(secret, { tls: false });
      await session.changePassword(secret.username, 'second-password');
      // A port without TLS, spoken to in TLS.
      await expect(login(secret)).rejects.toMatchObject({ code: expect.stringMatching(/ECONNRESET|EPROTO|ERR_SSL/) });
    });

    it('is not made again when the server has gone: nothing is asked without a login', async () => {
      await using session = await login(await newUser());
      await session.ping();
      await server.restart();
      server.forgetLog();
      await expect(session.ping()).rejects.toMatchObject({ name: 'HostUnreachableError', reason: 'closed' });
      await expect(session.ping()).rejects.toMatchObject({ name: 'HostUnreachableError', reason: 'closed' });
      expect(server.logFile()).not.toMatch(/ACCEPT/);
    });

    it('is cut when the signal fires', async () => {
      const controller = new AbortController();
      await using session = await login(await newUser(), { signal: controller.signal });
      controller.abort(new Error('the time is over'));
      await expect(session.ping()).rejects.toThrow('the time is over');
    });

    it('does not come about without a password', async () => {
      const secret = await newUser();
      server.forgetLog();
      await expect(login({ ...secret, password: '' })).rejects.toMatchObject({ name: 'InvalidSecretError' });
      expect(server.logFile()).not.toMatch(/ACCEPT/);
      await inSession(secret, async (session) => {
        for (const password of ['', '\ud800'])
          await expect(session.changePassword(secret.username, password)).rejects.toMatchObject({
            name: 'InvalidSecretError',
            issues: [expect.stringMatching(/^password/)],
          });
      });
      await inSession(secret, ping);
    });
  });

  describe('port 389', () => {
    const needsRoot = isRoot ? it : it.skip;

    needsRoot('begins with StartTLS, before anything else is said', async () => {
      await using other = await startSlapd({ port389: 'StartTLS' });
      const username = await other.addPerson('app', 'first-password');
      other.forgetLog();
      const secret = { engine: 'ldap', host: other.address389, port: 389, username, password: 'first-password' };
      await using session = await login(secret, { tls: tls(other.ca) });
      await session.changePassword(username, 'second-password');
      await session.ping();
      const said = other.logFile().match(/STARTTLS|TLS established|BIND dn="uid|PASSMOD/g);
      expect(said).toEqual(['STARTTLS', 'TLS established', 'BIND dn="uid', 'BIND dn="uid', 'PASSMOD']);
      await expect(login(secret)).rejects.toMatchObject({
        code: expect.stringMatching(/^CERT_|UNABLE_TO|SELF_SIGNED/),
      });
    });

    needsRoot('sends no password to a server without TLS', async () => {
      await using other = await startSlapd({ port389: 'plain' });
      const username = await other.addPerson('app', 'first-password');
      other.forgetLog();
      const secret = { engine: 'ldap', host: other.address389, port: 389, username, password: 'first-password' };
      await expect(login(secret)).rejects.toMatchObject({ name: 'TlsFailedError', check: 'not offered' });
      expect(other.logFile()).not.toMatch(/BIND/);
      await using session = await login(secret, { tls: false });
      await session.ping();
    });
  });

  describe('names', () => {
    it('are DNs', async () => {
      const secret = await newUser();
      await expect(login({ ...secret, username: 'user1' })).rejects.toMatchObject({
        name: 'InvalidSecretError',
        issues: ['username is no DN'],
      });
      await expect(login({ ...secret, username: 'uid=user1,' })).rejects.toMatchObject({ name: 'InvalidSecretError' });
    });

    it('may be plain where it is said where such users are, and DNs too', async () => {
      const secret = await newUser();
      const username = secret.username.replace(/^uid=([^,]+).*$/, '$1');
      const options = { userDn: `uid={username},${PEOPLE}` };
      await using user = await login({ ...secret, username }, {}, options);
      await user.changePassword(username, 'second-password');
      await using superuser = await login(rotation(), {}, options);
      await superuser.changePassword(username, 'third-password');
      await inSession({ ...secret, password: 'third-password' }, ping);
    });

    it('lead nowhere else, whatever they hold', async () => {
      const { username } = await newUser();
      await using superuser = await login(rotation(), {}, { userDn: `uid={username},${PEOPLE}` });
      for (const name of [`${username.slice(4)}`, 'user1,ou=people', 'user1+cn=user1', '*']) {
        await expect(superuser.changePassword(name, 'stolen')).rejects.toMatchObject({
          name: 'InvalidSecretError',
          issues: ['username is unknown'],
        });
      }
    });
  });

  describe('policies', () => {
    async function policy(name: string, rules: Readonly<Record<string, string>>): Promise<string> {
      const dn = `cn=${name},ou=policies,${SUFFIX}`;
      await server.add(dn, { objectClass: ['device', 'pwdPolicy'], cn: name, pwdAttribute: 'userPassword', ...rules });
      return dn;
    }
    const ruled = async (name: string, rules: Readonly<Record<string, string>>) =>
      newUser({ pwdPolicySubentry: await policy(name, rules) });

    it('refuse passwords with their own words', async () => {
      const secret = await ruled('strict', { pwdCheckQuality: '2', pwdMinLength: '12', pwdInHistory: '3' });
      await expect(change(secret, 'too short')).rejects.toMatchObject({
        name: 'PasswordRefusedError',
        message: expect.stringMatching(/Password fails quality checking policy/),
      });
      const second = { ...secret, password: 'second-password' };
      await change(secret, second.password);
      await expect(change(second, 'first-password')).rejects.toMatchObject({
        name: 'PasswordRefusedError',
        message: expect.stringMatching(/history/),
      });
      await inSession(second, ping);
      await expect(
        inSession(rotation(), (session) => session.changePassword(secret.username, 'x')),
      ).rejects.toMatchObject({
        name: 'PasswordRefusedError',
      });
    });

    it('refuse changes that come too soon, and changes by users at all', async () => {
      const young = await ruled('young', { pwdMinAge: '3600' });
      await expect(change(young, 'second-password')).rejects.toMatchObject({
        name: 'PasswordRefusedError',
        message: expect.stringMatching(/too young/),
      });
      const fixed = await ruled('fixed', { pwdAllowUserChange: 'FALSE' });
      await expect(change(fixed, 'second-password')).rejects.toMatchObject({
        name: 'PermissionMissingError',
        message: expect.stringMatching(/alteration of password is not allowed/),
      });
    });

    it('lock users out, which is no refused login', async () => {
      const secret = await ruled('lockout', { pwdLockout: 'TRUE', pwdMaxFailure: '2' });
      const wrong = { ...secret, password: 'wrong-password' };
      await expect(login(wrong)).rejects.toMatchObject({ name: 'LoginRejectedError' });
      await expect(login(wrong)).rejects.toMatchObject({ name: expect.stringMatching(/LoginRejected|AccountLocked/) });
      await expect(login(secret)).rejects.toMatchObject({ name: 'AccountLockedError' });
    });

    it('let passwords expire', async () => {
      const secret = await ruled('expiring', { pwdMaxAge: '1' });
      const begun = Date.now();
      let error: unknown;
      while (error === undefined && Date.now() < begun + 10_000)
        error = await inSession(secret, ping).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ name: 'LoginRejectedError', message: expect.stringMatching(/has expired/) });
    });

    it('demand a change after a reset: the login does nothing else until then', async () => {
      const secret = await ruled('reset', { pwdMustChange: 'TRUE' });
      await server.replace(secret.username, { pwdReset: 'TRUE' });
      await inSession(secret, async (session) => {
        await expect(session.ping()).rejects.toMatchObject({
          name: 'LoginRejectedError',
          message: expect.stringMatching(/has to be changed/),
        });
        await session.changePassword(secret.username, 'second-password');
        await session.ping();
      });
      await inSession({ ...secret, password: 'second-password' }, ping);
    });
  });

  describe('a server that does not write', () => {
    it('points elsewhere, or says that it is a copy', async () => {
      await using copy = await startSlapd({ certificate: await authority.issue() });
      const username = await copy.addPerson('app', 'first-password');
      const secret = { engine: 'ldap', host: 'localhost', port: copy.port, username, password: 'first-password' };
      const follows = `syncrepl rid=1 provider=ldap://127.0.0.1:9 searchbase="${SUFFIX}" bindmethod=simple type=refreshOnly`;
      for (const settings of [[follows, 'updateref ldap://writer.example'], [follows]]) {
        await copy.restart(settings);
        await expect(change(secret, 'second-password')).rejects.toMatchObject({
          name: 'PermissionMissingError',
          message: expect.stringMatching(/Point host at the writable one/),
        });
      }
    });
  });

  it('nothing that is secret is in the log of statements, nor in errors', async () => {
    const secret = await newUser();
    const passwords = [
      'log-second-password',
      'log-third-password',
      'log-wrong-password',
      'first-password',
      ROTATION.password,
    ];
    server.forgetLog();
    await inSession(secret, async (session) => {
      await session.changePassword(secret.username, 'log-second-password');
      await session.ping();
    });
    await inSession(rotation(), (session) => session.changePassword(secret.username, 'log-third-password'));
    const errors = [
      await login({ ...secret, password: 'log-wrong-password' }).catch((error: unknown) => error),
      await inSession(rotation(), (session) =>
        session.changePassword(`uid=nobody,${PEOPLE}`, 'log-second-password'),
      ).catch((error: unknown) => error),
      await inSession({ ...secret, password: 'log-third-password' }, (session) =>
        session.changePassword(ROTATION.dn, 'log-second-password'),
      ).catch((error: unknown) => error),
    ];
    // What the server did is logged before it answers.
    expect(
      server
        .logFile()
        .match(/PASSMOD id="[^"]+" (old )?new/g)
        ?.map((line) => line.includes('old')),
    ).toEqual([true, false, false, false]);
    for (const password of passwords) {
      expect(server.logFile()).not.toContain(password);
      for (const error of errors) {
        expect(error).toBeInstanceOf(Error);
        expect(`${error instanceof Error ? error.stack : ''}${JSON.stringify(error)}`).not.toContain(password);
      }
    }
  });

  describe('rotations', () => {
    const others = () => ({ [MASTER]: rotation() });
    const options = () => ({ ca: authority.ca });

    it('by the user itself: singleUser', async () => {
      const strategy = singleUser(ldap(), options());
      const first = await newUser();
      const second = await rotate(strategy, first);
      const third = await rotate(strategy, second);
      expect([await logsIn(strategy, third), await logsIn(strategy, second)]).toEqual([true, false]);
    });

    it("repaired by the administrator: recover 'superuser'", async () => {
      const strategy = singleUser(ldap(), { ...options(), recover: 'superuser' });
      const current = { ...(await newUser()), password: 'lost', masterarn: MASTER };
      const pending = await createPending(strategy, current);
      await runSetSecret(strategy, { current, pending }, others());
      expect(await logsIn(strategy, pending)).toBe(true);
    });

    it('by the administrator: superuserSets', async () => {
      const strategy = superuserSets(ldap(), options());
      const first = { ...(await newUser()), masterarn: MASTER };
      const second = await rotate(strategy, first, others());
      expect([await logsIn(strategy, second), await logsIn(strategy, first)]).toEqual([true, false]);
    });

    it('of two users in turn: alternatingUsers', async () => {
      const first = { ...(await newUser()), masterarn: MASTER };
      const { username: other } = await newUser();
      const strategy = alternatingUsers(ldap(), { ...options(), usernames: [first.username, other] });
      const second = await rotate(strategy, first, others());
      expect(second.username).toBe(other);
      expect([await logsIn(strategy, second), await logsIn(strategy, first)]).toEqual([true, true]);
      const third = await rotate(strategy, second, others());
      expect(third.username).toBe(first.username);
      expect([await logsIn(strategy, third), await logsIn(strategy, second)]).toEqual([true, true]);
    });
  });

  describe('the driver in a bundle', () => {
    const SCRIPT = `
      import { ldap } from './lib/databases/engines/ldap.js';
      import { singleUser } from './lib/databases/strategies/single-user.js';
      const { ca, ...pending } = JSON.parse(process.env.LOGIN);
      const context = { pending, signal: new AbortController().signal, waitFor: (_what, work) => work };
      singleUser(ldap(), { ca }).testSecret(context).then(() => console.log('ok'), (error) => console.log(error.name + ': ' + error.message));
    `;
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'keyturn-bundle-'));
      await writeFile(join(folder, 'package.json'), '{}');
    });
    afterAll(() => rm(folder, { recursive: true }));

    it.each(['cjs', 'esm'] as const)(
      'logs in, as %s, and says what to install when ldapts is missing',
      async (format) => {
        const LOGIN = JSON.stringify({ ...(await newUser()), ca: authority.ca });
        const output = async (external: string[]) => {
          const file = join(folder, `bundle-${external.length}.${format === 'cjs' ? 'cjs' : 'mjs'}`);
          const contents = { stdin: { contents: SCRIPT, resolveDir: process.cwd() }, outfile: file };
          await build({
            ...contents,
            bundle: true,
            minify: true,
            platform: 'node',
            target: 'node20',
            format,
            external,
          });
          const env = { PATH: process.env.PATH, LOGIN };
          return (await promisify(execFile)(process.execPath, [file], { env, cwd: folder })).stdout.trim();
        };
        expect(await output([])).toBe('ok');
        expect(await output(['ldapts'])).toBe(
          'InvalidOptionsError: ldap() needs the npm package ldapts, which was not found: npm install ldapts.',
        );
      },
    );
  });
}

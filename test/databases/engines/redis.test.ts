/** What the contract does not ask of every engine: the answers of Redis told apart, what it keeps and what it logs, and how the driver comes into a function. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify, types } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { Redis } from 'ioredis';
import type { Connection, TlsSettings } from '../../../lib/databases/driver.js';
import { redis } from '../../../lib/databases/engines/redis.js';
import type { DatabaseSecret } from '../../../lib/databases/secret.js';
import {
  HostUnreachableError,
  InvalidSecretError,
  LoginRejectedError,
  PermissionMissingError,
  StepFailedError,
  TlsFailedError,
} from '../../../lib/rotation/errors.js';
import { type CertificateAuthority, createCertificateAuthority } from '../../support/certificates.js';
import { type RedisServer, redisIsMissing, sha256, startRedis } from '../../support/redis.js';
import { listen } from '../support/listener.js';

const describeRedis = redisIsMissing === undefined ? describe : describe.skip;

let authority: CertificateAuthority;
let server: RedisServer;
beforeAll(async () => {
  if (redisIsMissing !== undefined) return;
  authority = await createCertificateAuthority();
  server = await startRedis({
    certificate: await authority.issue(),
    ca: authority.ca,
    settings: { loglevel: 'debug', 'slowlog-log-slower-than': '0', 'slowlog-max-len': '10000' },
  });
});
afterAll(() => server?.stop());

const SELF = ['+info', '+acl|setuser', '+acl|save'];

let count = 0;
async function newUser(rights: readonly string[] = SELF, password = 'first-password', at = server) {
  count += 1;
  const username = `app${count}`;
  await at.command(['ACL', 'SETUSER', username, 'on', `#${sha256(password)}`, ...rights]);
  return secretOf(username, password, at);
}

const secretOf = (username: string, password: string, at = server): DatabaseSecret => ({
  engine: 'redis',
  host: 'localhost',
  port: at.tlsPort || at.port,
  username,
  password,
});

const plain = (secret: DatabaseSecret): DatabaseSecret => ({ ...secret, port: server.port });

const trusting = ({ ca }: CertificateAuthority): TlsSettings => ({
  ca: [ca],
  minVersion: 'TLSv1.2',
  rejectUnauthorized: true,
});

function login(secret: DatabaseSecret, connection: Partial<Connection> = {}) {
  return redis().login(secret, {
    tls: secret.port === server.tlsPort && trusting(authority),
    timeoutMillis: 5_000,
    signal: new AbortController().signal,
    aws: () => Promise.reject(new Error('AWS is not there')),
    ...connection,
  });
}

async function failureOf(doing: Promise<unknown>): Promise<Error> {
  try {
    const result = await doing;
    if (typeof result === 'object' && result !== null && Symbol.asyncDispose in result) {
      await (result as AsyncDisposable)[Symbol.asyncDispose]();
    }
  } catch (error) {
    if (types.isNativeError(error)) return error;
    throw error;
  }
  throw new Error('It did not fail.');
}

/** A peer that answers everything with one text. */
const answering = (text: string) => listen((socket) => socket.on('data', () => socket.write(text)));

async function failureAt(answer: string): Promise<Error> {
  await using peer = await answering(answer);
  return await failureOf(login({ ...secretOf('app', 'the-password'), port: peer.port }, { tls: false }));
}

describeRedis('a login', () => {
  it('is refused for a wrong password, for nobody, and for a user who is off', async () => {
    const secret = await newUser();
    const wrong = await failureOf(login({ ...secret, password: 'wrong-password' }));
    expect(wrong).toBeInstanceOf(LoginRejectedError);
    expect(wrong.message).toContain('wrong password, no such user, or the user is off');
    expect(await failureOf(login({ ...secret, username: 'nobody' }))).toBeInstanceOf(LoginRejectedError);
    await server.command(['ACL', 'SETUSER', secret.username, 'off']);
    expect(await failureOf(login(secret))).toBeInstanceOf(LoginRejectedError);
  });

  it('is one of a user who may do nothing at all', async () => {
    await using session = await login(await newUser(['-@all']));
    await session.ping();
  });

  it('is attempted once, and not again when the connection is lost', async () => {
    await using peer = await listen((socket) => socket.once('data', () => socket.destroy()));
    const secret = { ...secretOf('app', 'the-password'), port: peer.port };
    expect(await failureOf(login(secret, { tls: false }))).toMatchObject({ code: 'ECONNRESET' });
    expect(peer.connections).toHaveLength(1);
  });

  it.each([
    ['-LOADING Redis is loading the dataset in memory', HostUnreachableError],
    ["-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", HostUnreachableError],
    ['-DENIED Redis is running in protected mode', HostUnreachableError],
    ['-ERR max number of clients reached', HostUnreachableError],
    ['-NOAUTH Authentication required.', LoginRejectedError],
    ["-ERR wrong number of arguments for 'auth' command", PermissionMissingError],
    ["-ERR unknown command 'AUTH', with args beginning with: 'app' 'the-password'", PermissionMissingError],
    ['-ERR something about the-password', StepFailedError],
  ])('tells %s apart, and repeats none of it', async (answer, type) => {
    const error = await failureAt(`${answer}\r\n`);
    expect(error).toBeInstanceOf(type);
    expect(`${error.stack}${JSON.stringify(error)}`).not.toContain('the-password');
    if (type === HostUnreachableError) expect(error).toMatchObject({ reason: 'refused' });
  });

  it('says when too many clients are there', async () => {
    await using full = await startRedis({ settings: { maxclients: '1' } });
    const client = new Redis({ host: '127.0.0.1', port: full.port, password: full.superuser.password });
    await client.ping();
    const { username, password } = full.superuser;
    const error = await failureOf(login(secretOf(username, password, full)));
    client.disconnect();
    expect(error).toMatchObject({ name: 'HostUnreachableError', reason: 'refused' });
    expect(error.message).toContain('maxclients');
  });

  it('says when what answers is no Redis', async () => {
    expect(await failureAt('HTTP/1.1 400 Bad Request\r\n\r\n')).toMatchObject({
      name: 'HostUnreachableError',
      message: expect.stringContaining('does not speak the protocol of Redis'),
    });
  });

  it('refuses names that no user can have before it sends anything', async () => {
    await using peer = await answering('+OK\r\n');
    for (const username of ['with space', 'tab\t', 'x'.repeat(16_385)]) {
      const secret = { ...secretOf(username, 'the-password'), port: peer.port };
      expect(await failureOf(login(secret, { tls: false }))).toBeInstanceOf(InvalidSecretError);
    }
    expect(peer.connections).toHaveLength(0);
  });
});

describeRedis('TLS', () => {
  it('is verified, with the name and with an address', async () => {
    const secret = await newUser();
    for (const host of ['localhost', '127.0.0.1']) await (await login({ ...secret, host }))[Symbol.asyncDispose]();
    const another = await createCertificateAuthority();
    const tls = trusting(another);
    expect(await failureOf(login(secret, { tls }))).toMatchObject({ code: 'CERT_SIGNATURE_FAILURE' });
  });

  it('is refused for another name', async () => {
    await using other = await startRedis({ certificate: await authority.issue({ dnsNames: ['elsewhere.example'] }) });
    const tls = trusting(authority);
    const error = await failureOf(login(secretOf('default', 'the-password', other), { tls }));
    expect(error).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  it('is missed at a port without it, where Redis keeps silent, and no password is sent', async () => {
    const tls = trusting(authority);
    const secret = plain(await newUser());
    const error = await failureOf(login(secret, { tls, timeoutMillis: 300 }));
    expect(error).toMatchObject({ name: 'TlsFailedError', check: 'not offered' });
    // A proxy in front of it may answer.
    await using peer = await answering('-ERR unknown command\r\n');
    const answered = await failureOf(login({ ...secret, port: peer.port }, { tls }));
    expect(answered).toBeInstanceOf(TlsFailedError);
    expect(answered).toMatchObject({ check: 'not offered' });
  });
});

describeRedis('what is kept', () => {
  const servers: RedisServer[] = [];
  afterEach(async () => {
    for (const each of servers.splice(0)) await each.stop();
  });
  async function start(options: Parameters<typeof startRedis>[0]): Promise<RedisServer> {
    const started = await startRedis(options);
    servers.push(started);
    return started;
  }

  it('is there after a restart, where there is an ACL file', async () => {
    const own = await start({});
    const secret = await newUser(SELF, 'first-password', own);
    const change = async (password: string, next: string) => {
      await using session = await login({ ...secret, password });
      await session.changePassword(secret.username, next);
    };
    await change('first-password', 'second');
    await own.restart();
    expect(await own.letsIn(secret.username, 'second')).toBe(true);
    expect(await own.letsIn(secret.username, 'first-password')).toBe(false);
    await using session = await login({ ...secret, password: 'second' });
    await session.addPassword(secret.username, 'third', 'second');
    await own.restart();
    expect(await own.letsIn(secret.username, 'second')).toBe(true);
    expect(await own.letsIn(secret.username, 'third')).toBe(true);
  });

  it('is lost by a restart where there is none', async () => {
    const own = await start({ aclFile: false });
    await using session = await login(secretOf('default', own.superuser.password, own));
    await session.changePassword('default', 'second');
    expect(await own.letsIn('default', 'second')).toBe(true);
    await own.restart();
    expect(await own.letsIn('default', 'second')).toBe(false);
    expect(await own.letsIn('default', own.superuser.password)).toBe(true);
  });

  it('is an error where the file cannot be written', async () => {
    const own = await start({});
    await rm(own.aclPath);
    await mkdir(own.aclPath);
    await using session = await login(secretOf('default', own.superuser.password, own));
    const error = await failureOf(session.changePassword('default', 'second'));
    expect(error).toBeInstanceOf(StepFailedError);
    expect(error.message).toContain('could not run ACL SAVE');
    expect(await own.letsIn('default', own.superuser.password)).toBe(true);
  });
});

describeRedis('a password', () => {
  it('takes the place of nopass', async () => {
    const secret = await newUser(['nopass', ...SELF]);
    expect(await server.letsIn(secret.username, 'whatever')).toBe(true);
    await using session = await login(secret);
    await session.settlePasswords?.(secret.username, ['second']);
    expect(await server.letsIn(secret.username, 'whatever')).toBe(false);
    expect(await server.letsIn(secret.username, 'second')).toBe(true);
  });

  it('that is too long to log in with is refused, and nothing is changed', async () => {
    const secret = await newUser();
    await using session = await login(secret);
    const longest = 'ü'.repeat(8_192);
    expect(await failureOf(session.changePassword(secret.username, `${longest}x`))).toBeInstanceOf(InvalidSecretError);
    expect(await server.letsIn(secret.username, secret.password)).toBe(true);
    await session.changePassword(secret.username, longest);
    await (await login({ ...secret, password: longest }))[Symbol.asyncDispose]();
  });

  it.each([
    ['+info', 'INFO'],
    ['+acl|setuser', 'ACL SETUSER'],
    ['+acl|save', 'ACL SAVE'],
  ])('is not changed without %s, and the error says so', async (right, command) => {
    const secret = await newUser(SELF.filter((each) => each !== right));
    await using session = await login(secret);
    const error = await failureOf(session.changePassword(secret.username, 'second'));
    expect(error).toBeInstanceOf(PermissionMissingError);
    expect(error.message).toContain(command);
    expect(error.message).toContain(right);
    expect(await server.letsIn(secret.username, secret.password)).toBe(true);
  });
});

describeRedis('what the server writes down', () => {
  it('holds neither passwords nor what it keeps of them', async () => {
    const client = new Redis({ host: '127.0.0.1', port: server.port, password: server.superuser.password });
    const monitor = await client.monitor();
    let seen = '';
    monitor.on('monitor', (_time: string, words: string[]) => {
      seen += `${words.join(' ')}\n`;
    });
    const passwords = ['first-secret', 'second-secret', 'third-secret', 'clone-secret'] as const;
    const [first, second, third, ofClone] = passwords;
    const secret = await newUser([...SELF, '+acl|users', '+acl|list'], first);
    {
      await using session = await login(secret);
      await session.changePassword(secret.username, second);
      await session.addPassword(secret.username, third, second);
      await session.cloneUser(secret.username, `${secret.username}_clone`, ofClone);
      await server.command(['ACL', 'SETUSER', secret.username, '+get']);
      await session.syncPrivileges(secret.username, `${secret.username}_clone`, secret.username);
      await session.ping();
    }
    await failureOf(login({ ...secret, password: first }));
    const slow = JSON.stringify(await server.command(['SLOWLOG', 'GET', '10000']));
    const refused = JSON.stringify(await server.command(['ACL', 'LOG']));
    const mark = 'the-end';
    await server.command(['GET', mark]);
    while (!seen.includes(mark)) await new Promise(setImmediate);
    monitor.disconnect();
    client.disconnect();
    // They do record what was done.
    expect(slow).toContain('SETUSER');
    expect(refused).toContain(secret.username);
    expect(seen).toContain('INFO');
    for (const text of [slow, refused, seen, server.log()]) {
      for (const password of passwords) {
        expect(text).not.toContain(password);
        expect(text).not.toContain(sha256(password));
      }
    }
  });
});

describeRedis('a clone', () => {
  const RULES = ['~app:*', '+@read', '+client|list', '-keys'];

  async function superuser(): Promise<DatabaseSecret> {
    return newUser(['+info', '+acl|setuser', '+acl|save', '+acl|users', '+acl|list'], 'superuser-password');
  }
  const entry = async (username: string) => {
    const list = (await server.command(['ACL', 'LIST'])) as string[];
    return list.find((line) => line.startsWith(`user ${username} `))?.replace(`user ${username} `, '');
  };
  const rules = async (username: string) => (await entry(username))?.replace(/#\w+ |sanitize-payload /g, '');

  it('has commands, keys, channels, selectors and flags of the original, and follows them', async () => {
    const { username } = await newUser([
      ...RULES,
      '%R~in:*',
      '%W~out:*',
      '&news:*',
      '(~x* +set)',
      '(%R~y* +get)',
      'skip-sanitize-payload',
    ]);
    const clone = `${username}_clone`;
    await using session = await login(await superuser());
    await session.cloneUser(username, clone, 'of-the-clone');
    expect(await rules(clone)).toBe(await rules(username));
    expect(await rules(clone)).toContain('%R~in:*');
    await server.command([
      'ACL',
      'SETUSER',
      username,
      'resetkeys',
      '~other:*',
      'resetchannels',
      '-@read',
      'clearselectors',
      'sanitize-payload',
    ]);
    await session.syncPrivileges(username, clone, username);
    expect(await rules(clone)).toBe(await rules(username));
    expect(await rules(clone)).not.toMatch(/app:|news|in:|x\*|skip/);
    expect(await server.letsIn(clone, 'of-the-clone')).toBe(true);
    await server.command(['ACL', 'SETUSER', clone, '+set', '~more:*', 'nopass']);
    await session.syncPrivileges(clone, username, username);
    expect(await rules(username)).toContain('~more:*');
    expect(await server.letsIn(username, 'whatever')).toBe(false);
  });

  it('is sent nothing where it is equal', async () => {
    const { username } = await newUser([...RULES, '(~x* +set)', 'resetchannels']);
    const clone = `${username}_clone`;
    await using session = await login(await superuser());
    await session.cloneUser(username, clone, 'of-the-clone');
    const changes = async () =>
      /cmdstat_acl\|setuser:calls=(\d+)/.exec(String(await server.command(['INFO', 'commandstats'])))?.[1];
    const before = await changes();
    await session.syncPrivileges(username, clone, username);
    await session.syncPrivileges(clone, username, username);
    expect(await changes()).toBe(before);
    await server.command(['ACL', 'SETUSER', username, '+set']);
    await session.syncPrivileges(username, clone, username);
    expect(await changes()).toBe(String(Number(before) + 2));
  });

  it('of nobody is not made', async () => {
    await using session = await login(await superuser());
    expect(await failureOf(session.cloneUser('nobody', 'nobody_clone', 'of-the-clone'))).toBeInstanceOf(
      StepFailedError,
    );
    expect(await session.userExists('nobody_clone')).toBe(false);
  });
});

describeRedis('the driver in a bundle', () => {
  const SCRIPT = `
    import { redis } from './lib/databases/engines/redis.js';
    import { dualPassword } from './lib/databases/strategies/dual-password.js';
    const { ca, ...pending } = JSON.parse(process.env.LOGIN);
    const context = { pending, signal: new AbortController().signal, waitFor: (_what, work) => work };
    dualPassword(redis(), { ca }).testSecret(context).then(() => console.log('ok'), (error) => console.log(error.name + ': ' + error.message));
  `;
  const BANNER = {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  };
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keyturn-bundle-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function runBundle(name: string, options: Parameters<typeof build>[0]): Promise<string> {
    const file = join(folder, name);
    await build({
      stdin: { contents: SCRIPT, resolveDir: process.cwd() },
      bundle: true,
      platform: 'node',
      target: 'node20',
      outfile: file,
      logLevel: 'silent',
      ...options,
    });
    const { username, password } = server.superuser;
    const env = {
      PATH: process.env.PATH,
      LOGIN: JSON.stringify({ ...secretOf(username, password), ca: authority.ca }),
    };
    return (await promisify(execFile)(process.execPath, [file], { env, cwd: folder })).stdout.trim();
  }

  it('logs in when ioredis is bundled, as CommonJS and as a module', async () => {
    expect(await runBundle('bundled.cjs', { format: 'cjs', minify: true })).toBe('ok');
    expect(await runBundle('bundled.mjs', { format: 'esm', minify: true, banner: BANNER })).toBe('ok');
  });

  it('says what to install when ioredis is missing', async () => {
    await writeFile(join(folder, 'package.json'), '{}');
    for (const format of ['cjs', 'esm'] as const) {
      const output = await runBundle(`external.${format === 'cjs' ? 'cjs' : 'mjs'}`, { format, external: ['ioredis'] });
      expect(output).toBe(
        'InvalidOptionsError: redis() needs the npm package ioredis, which was not found: npm install ioredis.',
      );
    }
  });
});

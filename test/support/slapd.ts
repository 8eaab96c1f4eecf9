/** Starts a real OpenLDAP server (Debian's slapd) for tests: a fresh directory on loopback, thrown away at the end. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Attribute, Change, Client } from 'ldapts';
import { type Certificate, createCertificateAuthority } from './certificates.js';
import { freeLoopbackAddress, freePort } from './loopback.js';
import { type ServerProcess, startProcess } from './server-process.js';

const SLAPD = '/usr/sbin/slapd';

/** Whether tests of it are run: with `CI` set they are, and fail where it is missing. */
export const slapdUnderTest = existsSync(SLAPD) || Boolean(process.env.CI);

export const SUFFIX = 'dc=example,dc=com';
export const PEOPLE = `ou=people,${SUFFIX}`;
/** May write the passwords of people, and nothing else. */
export const ROTATION = { dn: `cn=rotation,${SUFFIX}`, password: 'rotation-password' };

export interface SlapdOptions {
  /** For LDAPS and StartTLS: a certificate for localhost and the server's addresses (default), or one given here. */
  readonly certificate?: Certificate;
  /** Also on port 389 of a loopback address of its own, with TLS on request or without. Needs root. */
  readonly port389?: 'StartTLS' | 'plain';
  /** As in slapd.conf. Default: `stats`. */
  readonly logLevel?: string;
  /** Lines for slapd.conf, of the database. */
  readonly settings?: readonly string[];
}

export interface Slapd extends AsyncDisposable {
  readonly host: 'localhost';
  /** Of LDAPS. */
  readonly port: number;
  /** Plain. */
  readonly plainPort: number;
  /** Where port 389 is. */
  readonly address389: string;
  /** PEM; empty with a certificate of the caller's. */
  readonly ca: string;
  /** As rootdn, who stands above rules and policies. */
  add(dn: string, attributes: Readonly<Record<string, string | readonly string[]>>): Promise<void>;
  replace(dn: string, attributes: Readonly<Record<string, string | readonly string[]>>): Promise<void>;
  remove(dn: string): Promise<void>;
  /** Of everything below, operational attributes too. */
  read(base: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** A person who may log in. @returns the DN */
  addPerson(uid: string, password: string, attributes?: Readonly<Record<string, string>>): Promise<string>;
  /** What the server has logged so far, or since `forgetLog`. */
  logFile(): string;
  forgetLog(): void;
  /**
   * Stops the server in the middle of whatever it does, and starts it again under the same ports.
   * @param settings Instead of those that it was started with.
   */
  restart(settings?: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

export async function startSlapd(options: SlapdOptions = {}): Promise<Slapd> {
  if (!existsSync(SLAPD)) throw new Error('There is no OpenLDAP server here: apt-get install slapd');
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-slapd-'));
  const root = { dn: `cn=root,${SUFFIX}`, password: randomBytes(18).toString('base64url') };
  const address389 = options.port389 === undefined ? '' : await freeLoopbackAddress([389]);
  let ca = '';
  let certificate = options.certificate;
  if (certificate === undefined) {
    const authority = await createCertificateAuthority();
    ca = authority.ca;
    certificate = await authority.issue({ ips: ['127.0.0.1', ...(address389 ? [address389] : [])] });
  }
  await writeFile(join(folder, 'server.crt'), certificate.cert);
  await writeFile(join(folder, 'server.key'), certificate.key, { mode: 0o600 });
  await mkdir(join(folder, 'data'));
  const configure = (settings: readonly string[] = []) =>
    writeFile(join(folder, 'slapd.conf'), configuration(folder, root, options.port389 !== 'plain', settings));
  await configure(options.settings);

  const [port, plainPort] = [await freePort(), await freePort()];
  let server: ServerProcess;
  let client: Client | undefined;

  async function start(): Promise<void> {
    const urls = [
      ...(options.port389 === 'plain' ? [] : [`ldaps://127.0.0.1:${port}/`]),
      `ldap://127.0.0.1:${plainPort}/`,
      ...(address389 ? [`ldap://${address389}:389/`] : []),
    ];
    server = await startProcess(
      SLAPD,
      ['-f', join(folder, 'slapd.conf'), '-h', urls.join(' '), '-d', options.logLevel ?? 'stats'],
      { host: '127.0.0.1', port: plainPort },
    );
  }

  /** Once for all: it is bound again after a restart. */
  async function asRoot(): Promise<Client> {
    if (client?.isBound) return client;
    client = new Client({ url: `ldap://127.0.0.1:${plainPort}` });
    await client.bind(root.dn, root.password);
    return client;
  }

  async function stop(): Promise<void> {
    await client?.unbind();
    await server.stop('SIGKILL');
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }

  try {
    await start();
    const slapd: Slapd = {
      host: 'localhost',
      port,
      plainPort,
      address389,
      ca,
      async add(dn, attributes) {
        await (await asRoot()).add(dn, attributesOf(attributes));
      },
      async replace(dn, attributes) {
        const changes = attributesOf(attributes).map(
          (modification) => new Change({ operation: 'replace', modification }),
        );
        await (await asRoot()).modify(dn, changes);
      },
      async remove(dn) {
        await (await asRoot()).del(dn);
      },
      async read(base) {
        return (await (await asRoot()).search(base, { scope: 'sub', attributes: ['*', '+'] })).searchEntries;
      },
      async addPerson(uid, password, attributes = {}) {
        const dn = `uid=${escaped(uid)},${PEOPLE}`;
        const entry = { objectClass: 'inetOrgPerson', uid, cn: uid, sn: uid, userPassword: password, ...attributes };
        await slapd.add(dn, entry);
        return dn;
      },
      logFile: () => server.output(),
      forgetLog: () => server.forgetOutput(),
      async restart(settings) {
        await client?.unbind();
        await server.stop('SIGKILL');
        if (settings) await configure(settings);
        await start();
      },
      stop,
      [Symbol.asyncDispose]: stop,
    };
    await slapd.add(SUFFIX, { objectClass: ['dcObject', 'organization'], dc: 'example', o: 'Example' });
    for (const ou of ['people', 'policies'])
      await slapd.add(`ou=${ou},${SUFFIX}`, { objectClass: 'organizationalUnit', ou });
    await slapd.add(ROTATION.dn, {
      objectClass: ['organizationalRole', 'simpleSecurityObject'],
      cn: 'rotation',
      userPassword: ROTATION.password,
    });
    return slapd;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Each character by its code, so that it is another way than that of the code under test. */
function escaped(text: string): string {
  return [...Buffer.from(text)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');
}

function attributesOf(attributes: Readonly<Record<string, string | readonly string[]>>): Attribute[] {
  return Object.entries(attributes).map(
    ([type, values]) => new Attribute({ type, values: typeof values === 'string' ? [values] : [...values] }),
  );
}

function configuration(
  folder: string,
  root: { readonly dn: string; readonly password: string },
  tls: boolean,
  settings: readonly string[],
): string {
  const lines = [
    ...['core', 'cosine', 'inetorgperson'].map((schema) => `include /etc/ldap/schema/${schema}.schema`),
    'modulepath /usr/lib/ldap',
    'moduleload back_mdb',
    'moduleload ppolicy',
    `pidfile ${folder}/slapd.pid`,
    `argsfile ${folder}/slapd.args`,
    ...(tls
      ? [`TLSCertificateFile ${folder}/server.crt`, `TLSCertificateKeyFile ${folder}/server.key`, 'TLSProtocolMin 3.3']
      : []),
    'database mdb',
    `suffix "${SUFFIX}"`,
    `rootdn "${root.dn}"`,
    `rootpw ${root.password}`,
    `directory ${folder}/data`,
    'maxsize 67108864',
    // It lives for seconds: nothing has to survive a power cut.
    'dbnosync',
    'index uid eq',
    `access to attrs=userPassword by self =xw by dn.exact="${ROTATION.dn}" =w by anonymous auth`,
    'access to * by self read by anonymous auth',
    'overlay ppolicy',
    'ppolicy_hash_cleartext',
    ...settings,
  ];
  return `${lines.join('\n')}\n`;
}

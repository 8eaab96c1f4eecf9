/** Starts a real domain controller (Debian's Samba) for tests, on a loopback address of its own, since its ports are fixed. It needs root. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Attribute, Change, Client } from 'ldapts';
import { type CertificateAuthority, createCertificateAuthority } from './certificates.js';
import { freeLoopbackAddress } from './loopback.js';
import { type ServerProcess, startProcess } from './server-process.js';

const SAMBA = '/usr/sbin/samba';
/** python3-samba is a package of Debian's own Python. */
const PYTHON = '/usr/bin/python3';
const installed = [
  SAMBA,
  '/usr/share/samba/setup/provision.ldif',
  '/usr/lib/python3/dist-packages/samba/provision',
].every((file) => existsSync(file));

/** Whether tests of it are run: with `CI` set they are, and fail where it is missing. */
export const sambaUnderTest = (installed && process.getuid?.() === 0) || Boolean(process.env.CI);

export const DOMAIN = 'corp.example.test';
export const NETBIOS_DOMAIN = 'CORP';
const BASE = 'DC=corp,DC=example,DC=test';
/** Where users are whose passwords `ROTATION` may reset. */
export const SERVICES = `OU=Services,${BASE}`;
export const ROTATION_DN = `CN=rotation,CN=Users,${BASE}`;
export const ROTATION = { username: 'rotation', password: 'rotation-password' };
const ADMINISTRATOR = { username: `Administrator@${DOMAIN}`, password: 'Administrator-0' };

export interface SambaOptions {
  /** As in smb.conf. Default: 1. */
  readonly logLevel?: string;
  /** Of the server's certificate, which is for its address and 127.0.0.1. Default: one of its own. */
  readonly authority?: CertificateAuthority;
  /** Where the domain's files are made, once for all who name it. Default: what KEYTURN_SAMBA_DOMAIN names, else the folder of the test run. */
  readonly folder?: string;
}

type Values = string | Buffer | readonly (string | Buffer)[];

export interface Samba extends AsyncDisposable {
  /** An address; the certificate has it. */
  readonly host: string;
  /** Of LDAPS. */
  readonly port: 636;
  readonly ca: string;
  /** A user in OU=Services. @returns the DN */
  addUser(name: string, password: string, attributes?: Readonly<Record<string, Values>>): Promise<string>;
  /** As the administrator. An empty list takes the attribute away. */
  replace(dn: string, attributes: Readonly<Record<string, Values>>): Promise<void>;
  remove(dn: string): Promise<void>;
  /** The domain's rules: `minPwdLength` and so on. */
  setPolicy(attributes: Readonly<Record<string, string>>): Promise<void>;
  /** As the administrator, by sAMAccountName. @returns false if there is no such user */
  resetPassword(name: string, password: string): Promise<boolean>;
  /** Everything below. */
  read(base: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** What the server has logged so far, or since `forgetLog`. */
  logFile(): string;
  forgetLog(): void;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** As Active Directory takes passwords. */
export function unicodePwd(password: string): Buffer {
  return Buffer.from(`"${password}"`, 'utf16le');
}

export async function startSamba(options: SambaOptions = {}): Promise<Samba> {
  if (!installed)
    throw new Error(
      'There is no domain controller here: apt-get install samba samba-dsdb-modules samba-ad-provision python3-samba',
    );
  const template = await domainFiles(
    options.folder ?? (process.env.KEYTURN_SAMBA_DOMAIN || process.env.KEYTURN_TEST_RUN || ''),
  );
  const folder = await mkdtemp(path.join(tmpdir(), 'keyturn-samba-'));
  await cp(template, folder, { recursive: true });
  const host = await freeLoopbackAddress([389, 636, 3268, 3269]);
  const authority = options.authority ?? (await createCertificateAuthority());
  const { cert, key } = await authority.issue({ ips: [host, '127.0.0.1'] });
  for (const [name, text] of Object.entries({ 'tls.key': key, 'tls.crt': cert, 'tls.ca': authority.ca }))
    await writeFile(path.join(folder, name), text, { mode: 0o600 });
  const configuration = path.join(folder, 'smb.conf');
  await writeFile(
    configuration,
    smbConf(folder, {
      'server services': 'ldap',
      interfaces: `${host}/8`,
      'bind interfaces only': 'yes',
      'old password allowed period': '0',
      'log level': options.logLevel ?? '1',
      'tls keyfile': path.join(folder, 'tls.key'),
      'tls certfile': path.join(folder, 'tls.crt'),
      'tls cafile': path.join(folder, 'tls.ca'),
    }),
  );

  const start = () =>
    startProcess(SAMBA, ['--interactive', '--model=single', `--configfile=${configuration}`], { host, port: 636 });
  let server: ServerProcess;
  let client: Client | undefined;

  async function asAdministrator(): Promise<Client> {
    if (client?.isBound) return client;
    client = new Client({ url: `ldaps://${host}`, tlsOptions: { ca: [authority.ca] } });
    await client.bind(ADMINISTRATOR.username, ADMINISTRATOR.password);
    return client;
  }

  async function replace(dn: string, attributes: Readonly<Record<string, Values>>): Promise<void> {
    const changes = attributesOf(attributes).map((modification) => new Change({ operation: 'replace', modification }));
    await (await asAdministrator()).modify(dn, changes);
  }

  const dnOf = (name: string) => `CN=${escaped(name)},${SERVICES}`;

  async function stop(): Promise<void> {
    await client?.unbind();
    await server.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }

  try {
    server = await start();
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    host,
    port: 636,
    ca: authority.ca,
    async addUser(name, password, attributes = {}) {
      const entry = {
        objectClass: 'user',
        sAMAccountName: name,
        unicodePwd: unicodePwd(password),
        // NORMAL_ACCOUNT
        userAccountControl: '512',
        ...attributes,
      };
      await (await asAdministrator()).add(dnOf(name), attributesOf(entry));
      return dnOf(name);
    },
    replace,
    async remove(dn) {
      await (await asAdministrator()).del(dn);
    },
    setPolicy: (attributes) => replace(BASE, attributes),
    async resetPassword(name, password) {
      try {
        await replace(dnOf(name), { unicodePwd: unicodePwd(password) });
        return true;
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 32) return false;
        throw error;
      }
    },
    async read(base) {
      return (await (await asAdministrator()).search(base, { scope: 'sub', attributes: ['*'] })).searchEntries;
    },
    logFile: () => server.output(),
    forgetLog: () => server.forgetOutput(),
    async restart() {
      await server.stop();
      server = await start();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Made once, which takes some seconds, and copied for each server. Whoever comes first makes them, in whichever process. @returns the folder */
async function domainFiles(parent: string): Promise<string> {
  const folder = path.join(parent, 'samba-domain');
  const done = path.join(parent, 'samba-domain-done');
  const failure = path.join(parent, 'samba-domain-failure');
  if (claimed(folder)) {
    try {
      await makeDomain(folder);
      writeFileSync(done, '');
    } catch (error) {
      writeFileSync(failure, String(error));
      throw error;
    }
  }
  while (!existsSync(done)) {
    if (existsSync(failure)) throw new Error(await readFile(failure, 'utf8'));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return folder;
}

function claimed(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

async function makeDomain(folder: string): Promise<void> {
  await writeFile(path.join(folder, 'smb.conf'), smbConf(folder, {}));
  for (const name of ['private', 'state', 'cache', 'lock']) await mkdir(path.join(folder, name), { recursive: true });
  await new Promise<void>((resolve, reject) => {
    const script = path.join(process.cwd(), 'test/support/samba-domain.py');
    const child = execFile(PYTHON, [script, folder], (error, _stdout, stderr) =>
      error ? reject(new Error(`The domain was not made: ${error.message}\n${stderr}`)) : resolve(),
    );
    child.stdin?.end(ADMINISTRATOR.password);
  });
  await rename(path.join(folder, 'smb.conf'), path.join(folder, 'smb.conf.of-the-domain'));
}

function smbConf(folder: string, settings: Readonly<Record<string, string>>): string {
  const global = {
    realm: DOMAIN.toUpperCase(),
    workgroup: NETBIOS_DOMAIN,
    'netbios name': 'DC1',
    'server role': 'active directory domain controller',
    'private dir': path.join(folder, 'private'),
    'state directory': path.join(folder, 'state'),
    'cache directory': path.join(folder, 'cache'),
    'lock directory': path.join(folder, 'lock'),
    'pid directory': path.join(folder, 'lock'),
    'ncalrpc dir': path.join(folder, 'ncalrpc'),
    'binddns dir': path.join(folder, 'bind-dns'),
    // It lives for seconds: nothing has to survive a power cut.
    'ldb:nosync': 'true',
    ...settings,
  };
  const lines = Object.entries(global).map(([name, value]) => `${name} = ${value}`);
  const shares = [
    `[sysvol]\npath = ${folder}/state/sysvol`,
    `[netlogon]\npath = ${folder}/state/sysvol/${DOMAIN}/scripts`,
  ];
  return ['[global]', ...lines, ...shares, ''].join('\n');
}

/** Each character by its code, so that it is another way than that of the code under test. */
function escaped(text: string): string {
  return [...Buffer.from(text)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');
}

function attributesOf(attributes: Readonly<Record<string, Values>>): Attribute[] {
  return Object.entries(attributes).map(([type, values]) => {
    const all = Array.isArray(values) ? values : [values];
    return new Attribute({ type, values: all });
  });
}

/**
 * MySQL for the driver contract: doubles of it, since it is packaged neither by Debian nor by npm, and a real server where MYSQL_URL names one:
 * `mysql://root:password@localhost:3306`, with `?ca=/path/of/ca.pem` where no known authority has signed its certificate, or `?ssl=false` for one without TLS. What is made there is removed. The superuser has CREATE USER, SELECT on mysql.*, and what the users have,
 * WITH GRANT OPTION.
 */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import { type Connection, createConnection, format } from 'mysql2/promise';
import type { DatabaseSecret } from '../../../lib/databases/secret.js';
import type { DualPasswordFixture, SuperuserFixture } from '../../../lib/testing/driver-contract.js';
import { type MysqlDouble, type MysqlDoubleOptions, startMysqlDouble } from '../../support/mysql-double.js';
import type { Variant } from './engine-fixture.js';

interface MysqlVariant extends MysqlDoubleOptions, Variant {
  readonly url?: string;
}

const { MYSQL_URL } = process.env;

export const variants: readonly MysqlVariant[] = [
  { name: 'a double of 8.0 with caching_sha2_password', version: '8.0.36' },
  {
    name: 'a double of 8.4 with mysql_native_password',
    version: '8.4.3',
    defaultPlugin: 'mysql_native_password',
    plugins: ['caching_sha2_password', 'mysql_native_password'],
    everyCharacter: false,
  },
  ...(MYSQL_URL ? [{ name: 'the server of MYSQL_URL', url: MYSQL_URL }] : []),
];

interface Target {
  readonly host: string;
  readonly port: number;
  /** Undefined: no TLS. */
  readonly ca: string[] | undefined;
  readonly administrator: { readonly username: string; readonly password: string };
  /** Of passwords, in bytes; undefined where there is no limit. */
  readonly longestPassword: number | undefined;
}

/** Of the plugins caching_sha2_password and sha256_password. */
const LONGEST_SHA2_PASSWORD = 255;

/** Databases of this run: a real server may have others of these names. */
const run = randomUUID().slice(0, 8);
const shared = `keyturn_shared_${run}`;
const workshop = `keyturn_workshop_${run}`;
const made: string[] = [];
const superuser = { username: `creator_${run}`, password: 'creator-password' };

let double: MysqlDouble | undefined;
let target: Target;
let administrator: Connection;

export async function start({ url, ...options }: MysqlVariant): Promise<void> {
  target = url === undefined ? await startDouble(options) : await targetOf(new URL(url));
  administrator = await connect(target.administrator);
  const account = quoted(superuser.username);
  for (const sql of [
    `CREATE DATABASE ${shared}`,
    `CREATE DATABASE ${workshop}`,
    `CREATE TABLE ${shared}.notes (id int)`,
    format(`CREATE USER ${account} IDENTIFIED BY ?`, [superuser.password]),
    `GRANT CREATE USER ON *.* TO ${account}`,
    `GRANT SELECT ON mysql.* TO ${account}`,
    `GRANT SELECT ON ${shared}.notes TO ${account} WITH GRANT OPTION`,
    `GRANT CREATE, ALTER ON ${workshop}.* TO ${account} WITH GRANT OPTION`,
    ...((await hasSecondPasswords())
      ? [`GRANT APPLICATION_PASSWORD_ADMIN ON *.* TO ${account} WITH GRANT OPTION`]
      : []),
  ])
    await administrator.query(sql);
}

async function startDouble(options: MysqlDoubleOptions): Promise<Target> {
  double = await startMysqlDouble(options);
  const { host, port, ca } = double;
  const native = options.defaultPlugin === 'mysql_native_password';
  return {
    host,
    port,
    ca: [ca],
    administrator: double.superuser,
    longestPassword: native ? undefined : LONGEST_SHA2_PASSWORD,
  };
}

async function targetOf({ hostname, port, username, password, searchParams }: URL): Promise<Target> {
  const ca = searchParams.get('ca');
  return {
    host: hostname,
    port: Number(port || 3306),
    ca:
      searchParams.get('ssl') === 'false'
        ? undefined
        : ca === null
          ? [...rootCertificates]
          : [await readFile(ca, 'utf8')],
    administrator: { username: decodeURIComponent(username), password: decodeURIComponent(password) },
    longestPassword: LONGEST_SHA2_PASSWORD,
  };
}

export async function stop(): Promise<void> {
  if (double === undefined) {
    await administrator.query(`DROP DATABASE ${shared}`);
    await administrator.query(`DROP DATABASE ${workshop}`);
    for (const username of [superuser.username, ...made.splice(0)])
      await administrator.query(`DROP USER IF EXISTS ${quoted(username)}`);
  }
  await administrator.end();
  // What the driver sends has to be MySQL's own language.
  const unsupported = double?.unsupported() ?? [];
  await double?.stop();
  double = undefined;
  if (unsupported.length > 0) throw new Error(`The double does not understand:\n${unsupported.join('\n')}`);
}

const quoted = (username: string) => `${format('?', [username])}@'%'`;

function connect({ username, password }: Pick<DatabaseSecret, 'username' | 'password'>): Promise<Connection> {
  const { host, port, ca } = target;
  return createConnection({
    host,
    port,
    user: username,
    password,
    ...(ca !== undefined && { ssl: { ca, verifyIdentity: true } }),
  });
}

async function hasSecondPasswords(): Promise<boolean> {
  const [rows] = await administrator.query<never[]>('SELECT VERSION() AS version');
  return !JSON.stringify(rows).includes('"5.');
}

const DENIED = [1044, 1142, 1143];

async function permitted(as: DatabaseSecret, sql: string): Promise<boolean> {
  const connection = await connect(as);
  try {
    await connection.query(sql);
    return true;
  } catch (error) {
    if (error instanceof Error && 'errno' in error && DENIED.includes(Number(error.errno))) return false;
    throw error;
  } finally {
    await connection.end();
  }
}

const secret = (username: string, password: string): DatabaseSecret => ({
  engine: 'mysql',
  host: target.host,
  port: target.port,
  username,
  password,
});

/** Without a second password, for servers before 8.0.14. */
export const singlePasswordFixture: SuperuserFixture = {
  secret,
  connection: () => ({
    tls: target.ca === undefined ? false : { ca: target.ca, minVersion: 'TLSv1.2', rejectUnauthorized: true },
    timeoutMillis: 5_000,
  }),
  missingDatabase: 'no such database',
  // Spaces around a name are trimmed, and the tables of accounts know no characters beyond the Basic Multilingual Plane.
  takesUsername: (username) => username.trim() === username && !/[\u{10000}-\u{10ffff}]/u.test(username),
  takesPassword: (password) => Buffer.byteLength(password) <= (target.longestPassword ?? Number.POSITIVE_INFINITY),
  superuser: () => secret(superuser.username, superuser.password),
  async createUser(username, password) {
    const account = quoted(username);
    made.push(username, `${username}_clone`);
    await administrator.query(format(`CREATE USER ${account} IDENTIFIED BY ?`, [password]));
    await administrator.query(`GRANT CREATE, ALTER ON ${workshop}.* TO ${account}`);
    if (await hasSecondPasswords()) await administrator.query(`GRANT APPLICATION_PASSWORD_ADMIN ON *.* TO ${account}`);
  },
  async grant(username) {
    await administrator.query(`GRANT SELECT ON ${shared}.notes TO ${quoted(username)}`);
  },
  async revoke(username) {
    await administrator.query(`REVOKE SELECT ON ${shared}.notes FROM ${quoted(username)}`);
  },
  mayUse: (as) => permitted(as, `SELECT * FROM ${shared}.notes`),
  async createObject(as) {
    const table = `${workshop}.\`${randomUUID()}\``;
    await permitted(as, `CREATE TABLE ${table} (id int)`);
    return table;
  },
  mayUseObject: (as, table) => permitted(as, `ALTER TABLE ${table} ADD COLUMN \`${randomUUID()}\` int`),
};

export const fixture: SuperuserFixture & DualPasswordFixture = {
  ...singlePasswordFixture,
  superuser: () => secret(superuser.username, superuser.password),
  dualPassword: true,
};

import type { PostgresConnection } from './connection.js';
import { quoteIdentifier, quoteLiteral } from './quote.js';
import { parseSettings, type RoleSetting, sameKey, settingStatements } from './role-settings.js';

/** The first version whose memberships have options of their own, and whose CREATEROLE needs ADMIN OPTION on a role to change it. */
const MEMBERSHIP_OPTIONS = 160_000;

const LOCK_TIMEOUT = '2s';

interface Role {
  readonly name: string;
  readonly oid: number;
  readonly login: boolean;
  readonly inherit: boolean;
  readonly connectionLimit: number;
  readonly validUntil: string;
  readonly replication: boolean;
  readonly createdb: boolean;
  readonly createrole: boolean;
  readonly bypassrls: boolean;
  readonly superuser: boolean;
}

interface Membership {
  readonly role: string;
  readonly member: string;
  readonly grantor: string;
  readonly admin: boolean;
  readonly inherit: boolean;
  readonly set: boolean;
}

/** The two roles of alternating users. */
interface Pair {
  /** Its attributes, settings and privileges are the truth. */
  readonly original: Role;
  /** A member of the original that acts as it. */
  readonly clone: Role;
  /** Whoever makes the copy. */
  readonly self: Role;
  readonly version: number;
}

/**
 * Makes two roles interchangeable, inside a transaction of the caller's. Works in both directions, since either way it is the clone that is made to
 * follow the original:
 *
 * - the clone is a member of the original, and `ALTER ROLE clone SET role = original` makes each of its sessions act as the original. So
 *   privileges need no copying: GRANT, REVOKE, grant options, default privileges and row security of the original hold for both at once, and what
 *   a session of the clone creates belongs to the original. (`session_user`, pg_stat_activity and the server's log still name the clone.)
 * - attributes and settings are copied, and taken away again.
 * - what the clone owns in this database (made before it acted as the original) goes to the original.
 * - memberships that the original does not have are taken from the clone. Privileges granted to the clone by name are left alone: its sessions do not
 *   use them.
 *
 * @param source, target Which of them is the clone is read from their membership; where there is none yet, `namedOriginal` decides.
 */
export async function syncRoles(
  connection: PostgresConnection,
  source: string,
  target: string,
  namedOriginal: string,
): Promise<void> {
  const pair = await readPair(connection, source, target, namedOriginal);
  await syncAttributes(connection, pair);
  await syncMemberships(connection, pair);
  await syncSettings(connection, pair);
  await handOverObjects(connection, pair);
}

async function readPair(
  connection: PostgresConnection,
  source: string,
  target: string,
  namedOriginal: string,
): Promise<Pair> {
  const doing = `read users "${source}" and "${target}"`;
  const roles = await connection.query<Role & { readonly self: boolean; readonly version: number }>(
    doing,
    `SELECT rolname AS name, oid, rolcanlogin AS login, rolinherit AS inherit, rolconnlimit AS "connectionLimit",
            coalesce(rolvaliduntil, 'infinity')::text AS "validUntil", rolreplication AS replication, rolcreatedb AS createdb,
            rolcreaterole AS createrole, rolbypassrls AS bypassrls, rolsuper AS superuser,
            rolname = current_user AS self, current_setting('server_version_num')::int AS version
       FROM pg_roles WHERE rolname IN ($1, $2, current_user)`,
    [source, target],
  );
  const memberships = await readMemberships(connection, [source, target]);
  const isMember = (member: string, role: string) => memberships.some((m) => m.member === member && m.role === role);
  // Whichever was made as the other's clone; the name alone could mislead, as somebody may have called his user `x_clone` from the start.
  let originalName = namedOriginal;
  if (isMember(target, source)) originalName = source;
  else if (isMember(source, target)) originalName = target;
  const original = roles.find(({ name }) => name === originalName);
  const clone = roles.find(({ name }) => name === (originalName === source ? target : source));
  const self = roles.find((role) => role.self);
  if (!original || !clone || !self) throw new TypeError(`Cannot ${doing}: one of them does not exist`);
  return { original, clone, self, version: self.version };
}

function readMemberships(connection: PostgresConnection, members: readonly string[]): Promise<readonly Membership[]> {
  return connection.query<Membership>(
    'read the memberships of users',
    // Columns that older versions lack are found in no JSON: a membership there always allows SET ROLE, and inheriting is up to the member.
    `SELECT pg_get_userbyid(m.roleid) AS role, pg_get_userbyid(m.member) AS member, pg_get_userbyid(m.grantor) AS grantor,
            m.admin_option AS admin, coalesce((to_jsonb(m)->>'inherit_option')::bool, true) AS inherit,
            coalesce((to_jsonb(m)->>'set_option')::bool, true) AS set
       FROM pg_auth_members m WHERE pg_get_userbyid(m.member) = ANY ($1::name[])`,
    [members],
  );
}

/** In the words of ALTER ROLE. */
async function syncAttributes(connection: PostgresConnection, { original, clone, self, version }: Pair): Promise<void> {
  const clauses: string[] = [];
  if (original.login !== clone.login) clauses.push(original.login ? 'LOGIN' : 'NOLOGIN');
  // Not copied: the clone's only membership is the original. To inherit from it is to have what the original has, no more.
  if (!clone.inherit) clauses.push('INHERIT');
  if (original.connectionLimit !== clone.connectionLimit) clauses.push(`CONNECTION LIMIT ${original.connectionLimit}`);
  if (original.validUntil !== clone.validUntil) clauses.push(`VALID UNTIL ${quoteLiteral(original.validUntil)}`);
  if (original.replication !== clone.replication) clauses.push(original.replication ? 'REPLICATION' : 'NOREPLICATION');
  for (const attribute of ['createdb', 'createrole', 'bypassrls', 'superuser'] as const) {
    const keyword = attribute.toUpperCase();
    if (clone[attribute] && !original[attribute]) clauses.push(`NO${keyword}`);
    // One that may not be given is not missed, because the server asks for it in the role that a session acts as: the original.
    if (original[attribute] && !clone[attribute] && mayGive(attribute, self, version)) clauses.push(keyword);
  }
  if (clauses.length === 0) return;
  const sql = `ALTER ROLE ${quoteIdentifier(clone.name)} ${clauses.join(' ')}`;
  await connection.query(`give user "${clone.name}" the attributes of "${original.name}" (${clauses.join(', ')})`, sql);
}

function mayGive(
  attribute: 'createdb' | 'createrole' | 'bypassrls' | 'superuser',
  self: Role,
  version: number,
): boolean {
  if (self.superuser) return true;
  if (attribute === 'superuser') return false;
  return self[attribute] && (attribute !== 'bypassrls' || version >= MEMBERSHIP_OPTIONS);
}

async function syncMemberships(connection: PostgresConnection, { original, clone, version }: Pair): Promise<void> {
  const optional = (sql: string) => (version >= MEMBERSHIP_OPTIONS ? sql : '');
  const cloneName = quoteIdentifier(clone.name);
  const memberships = await readMemberships(connection, [clone.name, original.name]);
  const ofClone = memberships.filter(({ member }) => member === clone.name);
  const ofOriginal = memberships.filter(({ member }) => member === original.name).map(({ role }) => role);

  if (!ofClone.some(({ role, inherit, set }) => role === original.name && inherit && set)) {
    await connection.query(
      `make user "${clone.name}" a member of "${original.name}"`,
      `GRANT ${quoteIdentifier(original.name)} TO ${cloneName}${optional(' WITH INHERIT TRUE, SET TRUE')}`,
    );
  }
  for (const { role, grantor, admin } of ofClone) {
    const isOriginal = role === original.name;
    if (isOriginal ? !admin : ofOriginal.includes(role)) continue;
    await connection.query(
      `take role "${role}" from user "${clone.name}", since "${original.name}" does not have it`,
      `REVOKE ${isOriginal ? 'ADMIN OPTION FOR ' : ''}${quoteIdentifier(role)} FROM ${cloneName}` +
        optional(` GRANTED BY ${quoteIdentifier(grantor)}`),
    );
  }
}

async function syncSettings(connection: PostgresConnection, { original, clone }: Pair): Promise<void> {
  const rows = await connection.query<{ role: string; database: string | null; setconfig: string[] }>(
    'read the settings of users',
    `SELECT pg_get_userbyid(s.setrole) AS role, d.datname::text AS database, s.setconfig
       FROM pg_db_role_setting s LEFT JOIN pg_database d ON d.oid = s.setdatabase
      WHERE pg_get_userbyid(s.setrole) IN ($1, $2)`,
    [original.name, clone.name],
  );
  const settingsOf = ({ name }: Role) =>
    rows.filter(({ role }) => role === name).flatMap(({ database, setconfig }) => parseSettings(database, setconfig));
  const actingRole: RoleSetting = { database: null, name: 'role', value: original.name };

  // Left over where the original was once dropped and made again, this time as the clone of its clone.
  const circular = (setting: RoleSetting) => setting.name === 'role' && setting.value === clone.name;
  const ofOriginal = settingsOf(original);
  const wanted = ofOriginal.filter((setting) => !circular(setting));
  // If the original has a default role itself, the clone, being its member, may act as that one too.
  const wantedOfClone = wanted.some((setting) => sameKey(setting, actingRole)) ? wanted : [...wanted, actingRole];
  const statements = [
    ...settingStatements(original.name, ofOriginal, wanted),
    ...settingStatements(clone.name, settingsOf(clone), wantedOfClone),
  ];
  for (const { name, sql } of statements) {
    await connection.query(`copy setting ${name} of user "${original.name}" to "${clone.name}"`, sql);
  }
}

async function handOverObjects(
  connection: PostgresConnection,
  { original, clone, self, version }: Pair,
): Promise<void> {
  const doing = `hand over what user "${clone.name}" owns to "${original.name}"`;
  const [found] = await connection.query<{ owns: boolean; lacking: string[] }>(
    doing,
    `SELECT EXISTS (
              SELECT FROM pg_shdepend
               WHERE refclassid = 'pg_authid'::regclass AND refobjid = $1 AND deptype = 'o'
                 AND dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
            ) AS owns,
            ARRAY(SELECT rolname::text FROM pg_roles
                   WHERE oid IN ($1, $2) AND NOT pg_has_role(oid, 'USAGE')) AS lacking`,
    [clone.oid, original.oid],
  );
  if (!found?.owns) return;
  // Only who has the rights of both may do it. Somebody with CREATEROLE (and ADMIN OPTION) may give them to himself: until the transaction ends.
  const own = await readMemberships(connection, [self.name]);
  for (const role of found.lacking) {
    const options = version >= MEMBERSHIP_OPTIONS ? ' WITH INHERIT TRUE, SET TRUE' : '';
    await connection.query(doing, `GRANT ${quoteIdentifier(role)} TO ${quoteIdentifier(self.name)}${options}`);
  }
  // It locks what it hands over, and whoever queues behind a lock that waits, waits too. Better to fail here, and be run again, than to hold up the database.
  await connection.query(doing, `SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
  await connection.query(
    doing,
    `REASSIGN OWNED BY ${quoteIdentifier(clone.name)} TO ${quoteIdentifier(original.name)}`,
  );
  for (const role of found.lacking) {
    const before = own.find((membership) => membership.role === role && membership.grantor === self.name);
    for (const option of before ? optionsToTakeBack(before) : ['']) {
      await connection.query(doing, `REVOKE ${option}${quoteIdentifier(role)} FROM ${quoteIdentifier(self.name)}`);
    }
  }
}

function optionsToTakeBack({ inherit, set }: Membership): string[] {
  return [...(inherit ? [] : ['INHERIT OPTION FOR ']), ...(set ? [] : ['SET OPTION FOR '])];
}

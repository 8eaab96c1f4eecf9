/** The tables in which accounts are looked up. @see https://dev.mysql.com/doc/refman/8.0/en/grant-tables.html */
import { type Account, type AccountName, nameOf, objectName } from './account.js';
import type { Context } from './context.js';
import { allAt, type Privilege } from './privileges.js';
import { accountText } from './quoting.js';
import { json } from './show-create-user.js';
import type { Value } from './statement.js';

export type Row = Readonly<Record<string, Value>>;

export interface SystemTable {
  readonly columns: readonly string[];
  /** Those that are compared byte by byte; the others ignore case. */
  readonly binary: readonly string[];
  readonly rows: readonly Row[];
}

/** Columns of mysql.user and mysql.db that say Y or N. */
const FLAGS = {
  Select_priv: 'SELECT',
  Insert_priv: 'INSERT',
  Update_priv: 'UPDATE',
  Delete_priv: 'DELETE',
  Create_priv: 'CREATE',
  Drop_priv: 'DROP',
  Reload_priv: 'RELOAD',
  Shutdown_priv: 'SHUTDOWN',
  Process_priv: 'PROCESS',
  File_priv: 'FILE',
  Grant_priv: 'GRANT OPTION',
  References_priv: 'REFERENCES',
  Index_priv: 'INDEX',
  Alter_priv: 'ALTER',
  Show_db_priv: 'SHOW DATABASES',
  Super_priv: 'SUPER',
  Create_tmp_table_priv: 'CREATE TEMPORARY TABLES',
  Lock_tables_priv: 'LOCK TABLES',
  Execute_priv: 'EXECUTE',
  Repl_slave_priv: 'REPLICATION SLAVE',
  Repl_client_priv: 'REPLICATION CLIENT',
  Create_view_priv: 'CREATE VIEW',
  Show_view_priv: 'SHOW VIEW',
  Create_routine_priv: 'CREATE ROUTINE',
  Alter_routine_priv: 'ALTER ROUTINE',
  Create_user_priv: 'CREATE USER',
  Event_priv: 'EVENT',
  Trigger_priv: 'TRIGGER',
  Create_tablespace_priv: 'CREATE TABLESPACE',
  Create_role_priv: 'CREATE ROLE',
  Drop_role_priv: 'DROP ROLE',
} as const satisfies Readonly<Record<string, Privilege>>;

const yes = (condition: boolean): Value => (condition ? 'Y' : 'N');
const date = (millis: number): Value => new Date(millis).toISOString().slice(0, 19).replace('T', ' ');
const set = (privileges: ReadonlySet<Privilege>): Value =>
  [...privileges]
    .map((privilege) => (privilege === 'GRANT OPTION' ? 'Grant' : capitalized(privilege)))
    .sort()
    .join(',');
const capitalized = (privilege: string) =>
  privilege.toLowerCase().replace(/(^| )[a-z]/g, (letter) => letter.toUpperCase());

type TableOf = (context: Context) => SystemTable;

/** @returns undefined for a table that is not known here */
export function systemTable(context: Context, database: string, table: string): SystemTable | undefined {
  const tables = database === 'mysql' ? GRANT_TABLES : database.toLowerCase() === 'information_schema' ? VIEWS : {};
  const name = database === 'mysql' ? table : table.toUpperCase();
  return Object.hasOwn(tables, name) ? tables[name]?.(context) : undefined;
}

function tableOf(columns: readonly string[], rows: readonly Row[], ignoringCase: readonly string[] = []): SystemTable {
  return { columns, binary: columns.filter((column) => !ignoringCase.includes(column)), rows };
}

const each = <T>({ server }: Context, rows: (account: Account) => readonly T[]) =>
  [...server.accounts.values()].sort(inOrder).flatMap(rows);

const inOrder = (a: AccountName, b: AccountName) => (`${a.host}\0${a.user}` < `${b.host}\0${b.user}` ? -1 : 1);

const GRANT_TABLES: Readonly<Record<string, TableOf>> = {
  user(context) {
    const { features } = context.server;
    const rows = each(context, (account) => [userRow(account, features.roles)]);
    const [first] = rows;
    return tableOf(Object.keys(first ?? {}), rows, ['Host']);
  },
  db: (context) => {
    const flags = Object.entries(FLAGS).filter(
      ([, privilege]) => privilege === 'GRANT OPTION' || allAt('database').includes(privilege),
    );
    const rows = each(context, ({ user, host, databases }) =>
      [...databases].map(([pattern, privileges]) => ({
        Host: host,
        Db: pattern,
        User: user,
        ...Object.fromEntries(flags.map(([column, privilege]) => [column, yes(privileges.has(privilege))])),
      })),
    );
    return tableOf(['Host', 'Db', 'User', ...flags.map(([column]) => column)], rows, ['Host']);
  },
  tables_priv: (context) =>
    tableOf(
      ['Host', 'Db', 'User', 'Table_name', 'Table_priv', 'Column_priv'],
      each(context, ({ user, host, tables }) =>
        [...tables].map(([key, { privileges, columns }]) => {
          const [database = '', table = ''] = objectName(key);
          const ofColumns = new Set([...columns.values()].flatMap((granted) => [...granted]));
          return {
            Host: host,
            Db: database,
            User: user,
            Table_name: table,
            Table_priv: set(privileges),
            Column_priv: set(ofColumns),
          };
        }),
      ),
      ['Host'],
    ),
  columns_priv: (context) =>
    tableOf(
      ['Host', 'Db', 'User', 'Table_name', 'Column_name', 'Column_priv'],
      each(context, ({ user, host, tables }) =>
        [...tables].flatMap(([key, { columns }]) => {
          const [database = '', table = ''] = objectName(key);
          return [...columns].map(([column, privileges]) => ({
            Host: host,
            Db: database,
            User: user,
            Table_name: table,
            Column_name: column,
            Column_priv: set(privileges),
          }));
        }),
      ),
      ['Host'],
    ),
  procs_priv: (context) =>
    tableOf(
      ['Host', 'Db', 'User', 'Routine_name', 'Routine_type', 'Proc_priv'],
      each(context, ({ user, host, routines }) =>
        [...routines].map(([key, privileges]) => {
          const [kind = '', database = '', routine = ''] = objectName(key);
          return {
            Host: host,
            Db: database,
            User: user,
            Routine_name: routine,
            Routine_type: kind,
            Proc_priv: set(privileges),
          };
        }),
      ),
      ['Host', 'Routine_name'],
    ),
  proxies_priv: (context) =>
    tableOf(
      ['Host', 'User', 'Proxied_host', 'Proxied_user', 'With_grant'],
      each(context, ({ user, host, proxies }) =>
        [...proxies].map(([key, option]) => ({
          Host: host,
          User: user,
          Proxied_host: nameOf(key).host,
          Proxied_user: nameOf(key).user,
          With_grant: option ? 1 : 0,
        })),
      ),
      ['Host', 'Proxied_host'],
    ),
  global_grants: (context) =>
    tableOf(
      ['USER', 'HOST', 'PRIV', 'WITH_GRANT_OPTION'],
      each(context, ({ user, host, dynamic }) =>
        [...dynamic].map(([privilege, option]) => ({
          USER: user,
          HOST: host,
          PRIV: privilege,
          WITH_GRANT_OPTION: yes(option),
        })),
      ),
      ['HOST', 'PRIV'],
    ),
  role_edges: (context) =>
    tableOf(
      ['FROM_HOST', 'FROM_USER', 'TO_HOST', 'TO_USER', 'WITH_ADMIN_OPTION'],
      each(context, ({ user, host, roles }) =>
        [...roles].map(([key, admin]) => ({
          FROM_HOST: nameOf(key).host,
          FROM_USER: nameOf(key).user,
          TO_HOST: host,
          TO_USER: user,
          WITH_ADMIN_OPTION: yes(admin),
        })),
      ),
      ['FROM_HOST', 'TO_HOST'],
    ),
  default_roles: (context) =>
    tableOf(
      ['HOST', 'USER', 'DEFAULT_ROLE_HOST', 'DEFAULT_ROLE_USER'],
      each(context, ({ user, host, defaultRoles }) =>
        [...defaultRoles].map((key) => ({
          HOST: host,
          USER: user,
          DEFAULT_ROLE_HOST: nameOf(key).host,
          DEFAULT_ROLE_USER: nameOf(key).user,
        })),
      ),
      ['HOST', 'DEFAULT_ROLE_HOST'],
    ),
  password_history: (context) =>
    tableOf(
      ['Host', 'User', 'Password_timestamp', 'Password'],
      each(context, ({ user, host, history }) =>
        [...history]
          .reverse()
          .map(({ verifier, at }) => ({ Host: host, User: user, Password_timestamp: date(at), Password: verifier })),
      ),
      ['Host'],
    ),
};

function userRow(account: Account, roles: boolean): Row {
  const { tls, resources } = account;
  const flags = Object.entries(FLAGS).filter(([column]) => roles || !/_role_/.test(column));
  return {
    Host: account.host,
    User: account.user,
    ...Object.fromEntries(flags.map(([column, privilege]) => [column, yes(account.global.has(privilege))])),
    ssl_type: { NONE: '', SSL: 'ANY', X509: 'X509', SPECIFIED: 'SPECIFIED' }[tls.type],
    ssl_cipher: tls.cipher ?? '',
    x509_issuer: tls.issuer ?? '',
    x509_subject: tls.subject ?? '',
    max_questions: resources.MAX_QUERIES_PER_HOUR,
    max_updates: resources.MAX_UPDATES_PER_HOUR,
    max_connections: resources.MAX_CONNECTIONS_PER_HOUR,
    max_user_connections: resources.MAX_USER_CONNECTIONS,
    plugin: account.plugin,
    authentication_string: account.primary,
    password_expired: yes(account.passwordExpired),
    password_last_changed: date(account.passwordLastChanged),
    password_lifetime: account.passwordLifetime ?? null,
    account_locked: yes(account.locked),
    ...(roles && {
      Password_reuse_history: account.passwordHistory ?? null,
      Password_reuse_time: account.passwordReuseInterval ?? null,
      Password_require_current:
        account.passwordRequireCurrent === undefined ? null : yes(account.passwordRequireCurrent),
      User_attributes: userAttributes(account),
    }),
  };
}

/** @see https://dev.mysql.com/doc/refman/8.0/en/grant-tables.html#grant-tables-user-db (User_attributes) */
function userAttributes({ secondary, attributes, failedLoginAttempts, passwordLockTime }: Account): Value {
  const tracked = failedLoginAttempts !== 0 || passwordLockTime !== 0;
  const all = {
    ...(attributes && { metadata: attributes }),
    ...(tracked && {
      Password_locking: { failed_login_attempts: failedLoginAttempts, password_lock_time_days: passwordLockTime },
    }),
    ...(secondary !== undefined && { additional_password: secondary }),
  };
  return Object.keys(all).length === 0 ? null : json(all);
}

const VIEWS: Readonly<Record<string, TableOf>> = {
  /** How wide user names are: what is asked before one that is too long. */
  COLUMNS: ({ access }) => {
    const wide = (schema: string, table: string, column: string, type: string, length: number) => ({
      TABLE_SCHEMA: schema,
      TABLE_NAME: table,
      COLUMN_NAME: column,
      DATA_TYPE: type,
      COLUMN_TYPE: `${type}(${length})`,
      CHARACTER_MAXIMUM_LENGTH: length,
    });
    const rows = [
      wide('information_schema', 'PROCESSLIST', 'USER', 'varchar', 32),
      wide('information_schema', 'PROCESSLIST', 'HOST', 'varchar', 261),
      // "Each user has the right to access these tables, but can see only the rows that correspond to objects for which the user has the proper access privileges."
      ...(access.may('SELECT', { database: 'mysql', table: 'user' })
        ? [wide('mysql', 'user', 'User', 'char', 32), wide('mysql', 'user', 'Host', 'char', 255)]
        : []),
    ];
    return tableOf(Object.keys(rows[0] ?? {}), rows, Object.keys(rows[0] ?? {}));
  },
  PROCESSLIST: ({ server, access, session }) => {
    const columns = ['ID', 'USER', 'HOST', 'DB', 'COMMAND', 'TIME', 'STATE', 'INFO'];
    const rows = [...server.sessions.values()]
      .filter((each) => each.accountKey === session.accountKey || access.may('PROCESS'))
      .map(({ id, login, database }) => ({
        ID: id,
        USER: login.user,
        HOST: login.host,
        DB: database ?? null,
        COMMAND: id === session.id ? 'Query' : 'Sleep',
        TIME: 0,
        STATE: '',
        INFO: null,
      }));
    return tableOf(columns, rows, columns);
  },
  USER_ATTRIBUTES: (context) =>
    tableOf(
      ['USER', 'HOST', 'ATTRIBUTE'],
      each(context, (account) =>
        context.access.isSelf(account) || context.access.may('SELECT', { database: 'mysql', table: 'user' })
          ? [
              {
                USER: account.user,
                HOST: account.host,
                ATTRIBUTE: account.attributes === undefined ? null : json(account.attributes),
              },
            ]
          : [],
      ),
      ['HOST'],
    ),
  USER_PRIVILEGES: (context) =>
    tableOf(
      ['GRANTEE', 'TABLE_CATALOG', 'PRIVILEGE_TYPE', 'IS_GRANTABLE'],
      each(context, (account) => {
        if (!context.access.isSelf(account) && !context.access.may('SELECT', { database: 'mysql' })) return [];
        const row = (privilege: string, grantable: boolean) => ({
          GRANTEE: accountText(account),
          TABLE_CATALOG: 'def',
          PRIVILEGE_TYPE: privilege,
          IS_GRANTABLE: grantable ? 'YES' : 'NO',
        });
        const option = account.global.has('GRANT OPTION');
        const statics = [...account.global].filter((privilege) => privilege !== 'GRANT OPTION');
        return [
          ...(statics.length === 0 ? [row('USAGE', false)] : statics.map((privilege) => row(privilege, option))),
          ...[...account.dynamic].map(([privilege, grantable]) => row(privilege, grantable)),
        ];
      }),
      ['GRANTEE', 'PRIVILEGE_TYPE', 'IS_GRANTABLE'],
    ),
};

/** The privileges and the levels at which they are granted. @see https://dev.mysql.com/doc/refman/8.0/en/privileges-provided.html */

export type Level = 'global' | 'database' | 'table' | 'column' | 'routine';

/** In the order in which SHOW GRANTS lists them; each with the levels below the global one. */
const STATIC = {
  SELECT: ['database', 'table', 'column'],
  INSERT: ['database', 'table', 'column'],
  UPDATE: ['database', 'table', 'column'],
  DELETE: ['database', 'table'],
  CREATE: ['database', 'table'],
  DROP: ['database', 'table'],
  RELOAD: [],
  SHUTDOWN: [],
  PROCESS: [],
  FILE: [],
  REFERENCES: ['database', 'table', 'column'],
  INDEX: ['database', 'table'],
  ALTER: ['database', 'table'],
  'SHOW DATABASES': [],
  SUPER: [],
  'CREATE TEMPORARY TABLES': ['database'],
  'LOCK TABLES': ['database'],
  EXECUTE: ['database', 'routine'],
  'REPLICATION SLAVE': [],
  'REPLICATION CLIENT': [],
  'CREATE VIEW': ['database', 'table'],
  'SHOW VIEW': ['database', 'table'],
  'CREATE ROUTINE': ['database'],
  'ALTER ROUTINE': ['database', 'routine'],
  'CREATE USER': [],
  EVENT: ['database'],
  TRIGGER: ['database', 'table'],
  'CREATE TABLESPACE': [],
  'CREATE ROLE': [],
  'DROP ROLE': [],
} as const satisfies Readonly<Record<string, readonly Level[]>>;

export type Privilege = keyof typeof STATIC | 'GRANT OPTION';

export const STATIC_PRIVILEGES = Object.keys(STATIC) as readonly Exclude<Privilege, 'GRANT OPTION'>[];

export const DYNAMIC_PRIVILEGES: readonly string[] = [
  'APPLICATION_PASSWORD_ADMIN',
  'AUDIT_ABORT_EXEMPT',
  'AUDIT_ADMIN',
  'AUTHENTICATION_POLICY_ADMIN',
  'BACKUP_ADMIN',
  'BINLOG_ADMIN',
  'BINLOG_ENCRYPTION_ADMIN',
  'CLONE_ADMIN',
  'CONNECTION_ADMIN',
  'ENCRYPTION_KEY_ADMIN',
  'FIREWALL_EXEMPT',
  'FLUSH_OPTIMIZER_COSTS',
  'FLUSH_STATUS',
  'FLUSH_TABLES',
  'FLUSH_USER_RESOURCES',
  'GROUP_REPLICATION_ADMIN',
  'GROUP_REPLICATION_STREAM',
  'INNODB_REDO_LOG_ARCHIVE',
  'INNODB_REDO_LOG_ENABLE',
  'PASSWORDLESS_USER_ADMIN',
  'PERSIST_RO_VARIABLES_ADMIN',
  'REPLICATION_APPLIER',
  'REPLICATION_SLAVE_ADMIN',
  'RESOURCE_GROUP_ADMIN',
  'RESOURCE_GROUP_USER',
  'ROLE_ADMIN',
  'SENSITIVE_VARIABLES_OBSERVER',
  'SERVICE_CONNECTION_ADMIN',
  'SESSION_VARIABLES_ADMIN',
  'SET_USER_ID',
  'SHOW_ROUTINE',
  'SYSTEM_USER',
  'SYSTEM_VARIABLES_ADMIN',
  'TABLE_ENCRYPTION_ADMIN',
  'XA_RECOVER_ADMIN',
];

export function isGrantableAt(privilege: Privilege, level: Level): boolean {
  if (privilege === 'GRANT OPTION') return level !== 'column';
  return level === 'global' || (STATIC[privilege] as readonly Level[]).includes(level);
}

/** What ALL PRIVILEGES stands for. */
export const allAt = (level: Level): readonly Privilege[] =>
  STATIC_PRIVILEGES.filter((privilege) => isGrantableAt(privilege, level));

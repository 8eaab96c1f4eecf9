/** Errors as the server sends them. @see https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html */

export class MysqlError extends Error {
  override readonly name = 'MysqlError';
  readonly number: number;
  readonly sqlState: string;

  constructor(number: number, sqlState: string, message: string) {
    super(message);
    this.number = number;
    this.sqlState = sqlState;
  }
}

const general = (number: number, message: string) => new MysqlError(number, 'HY000', message);
const access = (number: number, message: string) => new MysqlError(number, '42000', message);

/** Of an account, as messages show it. */
type Named = { readonly user: string; readonly host: string };
const shown = ({ user, host }: Named) => `'${user}'@'${host}'`;

export const errors = {
  // ---- Logins ----
  accessDenied: (account: Named, usingPassword: boolean) =>
    new MysqlError(
      1045,
      '28000',
      `Access denied for user ${shown(account)} (using password: ${usingPassword ? 'YES' : 'NO'})`,
    ),
  hostNotAllowed: (host: string) => general(1130, `Host '${host}' is not allowed to connect to this MySQL server`),
  accountLocked: (account: Named) => general(3118, `Access denied for user ${shown(account)}. Account is locked.`),
  blockedByPasswordLock: (account: Named, days: string, remaining: string, failures: number) =>
    general(
      3955,
      `Access denied for user ${shown(account)}. Account is blocked for ${days} day(s) (${remaining} day(s) remaining) due to ${failures} consecutive failed logins.`,
    ),
  expiredAtLogin: () =>
    general(
      1862,
      'Your password has expired. To log in you must change it using a client that supports expired passwords.',
    ),
  mustChangePassword: () =>
    general(1820, 'You must reset your password using ALTER USER statement before executing this statement.'),
  badHandshake: () => new MysqlError(1043, '08S01', 'Bad handshake'),
  insecureTransport: () =>
    general(3159, 'Connections using insecure transport are prohibited while --require_secure_transport=ON.'),
  pluginNotLoaded: (plugin: string) => general(1524, `Plugin '${plugin}' is not loaded`),

  // ---- Statements ----
  syntax: (near: string) =>
    access(
      1064,
      `You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version for the right syntax to use near '${near}' at line 1`,
    ),
  emptyQuery: () => access(1065, 'Query was empty'),
  unknownCommand: () => new MysqlError(1047, '08S01', 'Unknown command'),
  noDatabase: () => new MysqlError(1046, '3D000', 'No database selected'),
  unknownDatabase: (database: string) => access(1049, `Unknown database '${database}'`),
  databaseExists: (database: string) => general(1007, `Can't create database '${database}'; database exists`),
  noDatabaseToDrop: (database: string) => general(1008, `Can't drop database '${database}'; database doesn't exist`),
  tableExists: (table: string) => new MysqlError(1050, '42S01', `Table '${table}' already exists`),
  unknownTable: (table: string) => new MysqlError(1051, '42S02', `Unknown table '${table}'`),
  noSuchTable: (table: string) => new MysqlError(1146, '42S02', `Table '${table}' doesn't exist`),
  noSuchRoutine: (kind: string, routine: string) => access(1305, `${kind} ${routine} does not exist`),
  unknownColumn: (column: string, where: string) =>
    new MysqlError(1054, '42S22', `Unknown column '${column}' in '${where}'`),
  duplicateColumn: (column: string) => new MysqlError(1060, '42S21', `Duplicate column name '${column}'`),
  columnCount: () => new MysqlError(1136, '21S01', "Column count doesn't match value count at row 1"),
  unknownVariable: (variable: string) => general(1193, `Unknown system variable '${variable}'`),
  readOnlyVariable: (variable: string) => general(1238, `Variable '${variable}' is a read only variable`),
  wrongValueForVariable: (variable: string, value: string) =>
    access(1231, `Variable '${variable}' can't be set to the value of '${value}'`),
  unknownFunction: (name: string) => access(1305, `FUNCTION ${name} does not exist`),
  unknownStatement: (id: number) => general(1243, `Unknown prepared statement handler (${id}) given to EXECUTE`),
  invalidJson: () =>
    new MysqlError(3140, '22032', 'Invalid JSON text: "Invalid value." at position 0 in value for column \'.\'.'),
  readOnly: () =>
    general(1290, 'The MySQL server is running with the --read-only option so it cannot execute this statement'),
  noSuchThread: (id: number) => general(1094, `Unknown thread id: ${id}`),
  notOwnerOfThread: (id: number) => general(1095, `You are not owner of thread ${id}`),

  // ---- Privileges ----
  databaseDenied: (account: Named, database: string) =>
    access(1044, `Access denied for user ${shown(account)} to database '${database}'`),
  tableDenied: (command: string, account: Named, table: string) =>
    access(1142, `${command} command denied to user ${shown(account)} for table '${table}'`),
  columnDenied: (command: string, account: Named, column: string, table: string) =>
    access(1143, `${command} command denied to user ${shown(account)} for column '${column}' in table '${table}'`),
  routineDenied: (command: string, account: Named, routine: string) =>
    access(1370, `${command} command denied to user ${shown(account)} for routine '${routine}'`),
  needsPrivilege: (privileges: string) =>
    access(1227, `Access denied; you need (at least one of) the ${privileges} privilege(s) for this operation`),
  mayNotGrant: () => access(1410, 'You are not allowed to create a user with GRANT'),
  wrongGrant: () =>
    access(1144, 'Illegal GRANT/REVOKE command; please consult the manual to see which privileges can be used'),
  wrongUse: (one: string, other: string) => general(1221, `Incorrect usage of ${one} and ${other}`),
  noSuchGrant: ({ user, host }: Named) =>
    access(1141, `There is no such grant defined for user '${user}' on host '${host}'`),
  noSuchTableGrant: ({ user, host }: Named, table: string) =>
    access(1147, `There is no such grant defined for user '${user}' on host '${host}' on table '${table}'`),
  noSuchRoutineGrant: ({ user, host }: Named, routine: string) =>
    access(1403, `There is no such grant defined for user '${user}' on host '${host}' on routine '${routine}'`),
  notRevoked: () => general(1269, "Can't revoke all privileges for one or more of the requested users"),
  unknownDynamicPrivilege: () => access(1149, 'You have an error in your SQL syntax'),
  unknownRole: ({ user, host }: Named) => general(3523, `Unknown authorization ID \`${user}\`@\`${host}\``),
  roleNotGranted: (role: Named, to: Named) =>
    general(3530, `\`${role.user}\`@\`${role.host}\` is not granted to \`${to.user}\`@\`${to.host}\``),

  // ---- Accounts and passwords ----
  failedFor: (operation: string, accounts: readonly Named[]) =>
    general(1396, `Operation ${operation} failed for ${accounts.map(shown).join(',')}`),
  noMatchingUser: () => access(1133, "Can't find any matching row in the user table"),
  anonymousMayNot: () =>
    access(1131, 'You are using MySQL as an anonymous user and anonymous users are not allowed to change passwords'),
  tooLong: (text: string, what: string, length: number) =>
    general(1470, `String '${text}' is too long for ${what} (should be no longer than ${length})`),
  passwordFormat: () => general(1827, "The password hash doesn't have the expected format."),
  passwordPolicy: () => general(1819, 'Your password does not satisfy the current policy requirements'),
  passwordHistory: ({ user, host }: Named) =>
    general(
      3638,
      `Cannot use these credentials for '${user}@${host}' because they contradict the password history policy`,
    ),
  incorrectCurrentPassword: () =>
    general(3891, 'Incorrect current password. Specify the correct password which has to be replaced.'),
  missingCurrentPassword: () =>
    general(3892, 'Current password needs to be specified in the REPLACE clause in order to change it.'),
  currentPasswordNotRequired: () =>
    general(3893, 'Do not specify the current password while changing it for other users.'),
  emptySecondPassword: (account: Named) =>
    general(3878, `Empty password can not be retained as second password for user ${shown(account)}.`),
  retainedOnPluginChange: (account: Named) =>
    general(
      3894,
      `Current password can not be retained for user ${shown(account)} because authentication plugin is being changed.`,
    ),
  retainedBesideEmpty: (account: Named) =>
    general(3895, `Current password can not be retained for user ${shown(account)} because new password is empty.`),
};

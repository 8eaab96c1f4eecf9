/** System variables, as many as clients read. @see https://dev.mysql.com/doc/refman/8.0/en/server-system-variables.html */
import type { Value } from './statement.js';

const SQL_MODE =
  'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';

/** Those that each session has its own of. */
const OF_SESSIONS = [
  'autocommit',
  'character_set_client',
  'character_set_connection',
  'character_set_results',
  'collation_connection',
  'innodb_lock_wait_timeout',
  'interactive_timeout',
  'lock_wait_timeout',
  'max_execution_time',
  'net_read_timeout',
  'net_write_timeout',
  'print_identified_with_as_hex',
  'sql_log_bin',
  'sql_mode',
  'sql_quote_show_create',
  'time_zone',
  'transaction_isolation',
  'wait_timeout',
];
const READ_ONLY = [
  'version',
  'version_comment',
  'version_compile_os',
  'hostname',
  'port',
  'have_ssl',
  'lower_case_table_names',
];
const SWITCHES = [
  'autocommit',
  'sql_log_bin',
  'sql_quote_show_create',
  'print_identified_with_as_hex',
  'password_require_current',
  'read_only',
  'super_read_only',
  'require_secure_transport',
  'activate_all_roles_on_login',
  'partial_revokes',
  'disconnect_on_expired_password',
];

export function defaultVariables(version: string, plugin: string): Map<string, Value> {
  return new Map<string, Value>([
    ['version', version],
    ['version_comment', 'MySQL Community Server - GPL'],
    ['version_compile_os', 'Linux'],
    ['hostname', 'localhost'],
    ['port', 3306],
    ['have_ssl', 'YES'],
    ['lower_case_table_names', 0],
    ['activate_all_roles_on_login', 'OFF'],
    ['autocommit', 'ON'],
    ['caching_sha2_password_digest_rounds', 5_000],
    ['character_set_client', 'utf8mb4'],
    ['character_set_connection', 'utf8mb4'],
    ['character_set_results', 'utf8mb4'],
    ['collation_connection', 'utf8mb4_0900_ai_ci'],
    ...(version.startsWith('8.0.') || version.startsWith('5.')
      ? ([['default_authentication_plugin', plugin]] as const)
      : []),
    ...(version.startsWith('5.') ? [] : ([['authentication_policy', '*,,']] as const)),
    ['default_password_lifetime', 0],
    ['disconnect_on_expired_password', 'ON'],
    ['general_log', 'ON'],
    ['innodb_lock_wait_timeout', 50],
    ['interactive_timeout', 28_800],
    ['lock_wait_timeout', 31_536_000],
    ['log_output', 'FILE'],
    ['mandatory_roles', ''],
    ['max_allowed_packet', 67_108_864],
    ['max_execution_time', 0],
    ['net_read_timeout', 30],
    ['net_write_timeout', 60],
    ['partial_revokes', 'OFF'],
    ['password_history', 0],
    ['password_require_current', 'OFF'],
    ['password_reuse_interval', 0],
    ['print_identified_with_as_hex', 'OFF'],
    ['read_only', 'OFF'],
    ['require_secure_transport', 'OFF'],
    ['sql_log_bin', 'ON'],
    ['sql_mode', SQL_MODE],
    ['sql_quote_show_create', 'ON'],
    ['super_read_only', 'OFF'],
    ['time_zone', 'SYSTEM'],
    ['transaction_isolation', 'REPEATABLE-READ'],
    ['wait_timeout', 28_800],
  ]);
}

export const isOfSessions = (name: string): boolean => OF_SESSIONS.includes(name);
export const isReadOnly = (name: string): boolean => READ_ONLY.includes(name);

/** As SHOW VARIABLES writes it; a query shows 1 and 0 of switches. */
export const shownValue = (name: string, value: Value): Value =>
  SWITCHES.includes(name) ? (value === 'ON' ? 1 : 0) : value;

/** @returns undefined if the variable does not take it */
export function assignedValue(name: string, value: Value): Value | undefined {
  if (!SWITCHES.includes(name)) return value;
  if (value === 1 || /^(ON|1|TRUE)$/i.test(String(value))) return 'ON';
  return value === 0 || /^(OFF|0|FALSE)$/i.test(String(value)) ? 'OFF' : undefined;
}

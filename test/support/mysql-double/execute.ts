/** Carries out a statement in a session. */
import { type Context, contextOf, ok, type Result } from './context.js';
import { errors } from './errors.js';
import { executeAccountStatement } from './execute-account.js';
import { executeGrantStatement } from './execute-grant.js';
import { evaluatorOf, executeSelect } from './execute-query.js';
import { databaseExists, executeTableStatement } from './execute-table.js';
import { likePattern } from './patterns.js';
import type { Server, Session } from './server.js';
import type { Assignment, Statement, Value } from './statement.js';
import { assignedValue, isOfSessions, isReadOnly } from './variables.js';

/** @throws MysqlError */
export function execute(server: Server, session: Session, statement: Statement, parameters: readonly Value[]): Result {
  const context = contextOf(server, session, parameters);
  assertAllowedInSandbox(context, statement);
  assertWritable(context, statement);
  switch (statement.kind) {
    case 'select':
      return executeSelect(context, statement);
    case 'use':
      useDatabase(context, statement.database);
      return ok();
    case 'set names':
      return setNames(context, statement.charset);
    case 'set variables':
      for (const assignment of statement.assignments) setVariable(context, assignment);
      return ok();
    case 'show variables':
      return showVariables(context, statement.like);
    case 'show warnings':
      return { kind: 'rows', columns: ['Level', 'Code', 'Message'], rows: [] };
    case 'transaction':
      return ok();
    case 'flush privileges':
      context.access.demand('RELOAD');
      // "FLUSH PRIVILEGES" starts the counts of failed logins anew, and empties the cache of caching_sha2_password.
      server.failedLogins.clear();
      return ok();
    case 'kill':
      return kill(context, statement.id);
    case 'create user':
    case 'alter user':
    case 'set password':
    case 'create role':
    case 'drop':
    case 'rename user':
    case 'set default role':
    case 'set role':
    case 'show create user':
      return executeAccountStatement(context, statement);
    case 'grant':
    case 'revoke':
    case 'revoke everything':
    case 'grant proxy':
    case 'revoke proxy':
    case 'grant roles':
    case 'revoke roles':
    case 'show grants':
      return executeGrantStatement(context, statement);
    default:
      return executeTableStatement(context, statement);
  }
}

/** @see https://dev.mysql.com/doc/refman/8.0/en/expired-password-handling.html */
function assertAllowedInSandbox({ session }: Context, { kind }: Statement): void {
  if (session.sandboxed && kind !== 'alter user' && kind !== 'set password' && kind !== 'set variables')
    throw errors.mustChangePassword();
}

const READING = /^(select|use|set names|set variables|show .*|transaction|flush privileges|kill|set role|call)$/;

/** On a replica. @see https://dev.mysql.com/doc/refman/8.0/en/server-system-variables.html#sysvar_read_only */
function assertWritable({ server, access }: Context, { kind }: Statement): void {
  if (READING.test(kind)) return;
  const readOnly = server.variables.get('read_only') === 'ON' && !access.hasDynamic('CONNECTION_ADMIN');
  if (readOnly || server.variables.get('super_read_only') === 'ON') throw errors.readOnly();
}

/** @throws MysqlError 1044, 1049 */
export function useDatabase({ server, session, access }: Context, database: string): void {
  if (database.toLowerCase() !== 'information_schema') {
    if (!access.mayUse(database)) throw errors.databaseDenied(access.current, database);
    if (!databaseExists({ server }, database)) throw errors.unknownDatabase(database);
  }
  session.database = database;
}

function setNames({ session }: Context, charset: string): Result {
  if (!/^(utf8|utf8mb3|utf8mb4|latin1|default)$/i.test(charset)) throw errors.syntax(charset);
  session.encoding = /^latin1$/i.test(charset) ? 'latin1' : 'utf8';
  return ok();
}

function setVariable(context: Context, { variable, global, value: expression }: Assignment): void {
  const { server, session, access } = context;
  if (!server.variables.has(variable)) throw errors.unknownVariable(variable);
  if (isReadOnly(variable)) throw errors.readOnlyVariable(variable);
  const given = evaluatorOf(context)(expression, {});
  const value = assignedValue(variable, given);
  if (value === undefined) throw errors.wrongValueForVariable(variable, String(given));
  if (global) {
    if (!access.hasDynamic('SYSTEM_VARIABLES_ADMIN')) throw errors.needsPrivilege('SUPER or SYSTEM_VARIABLES_ADMIN');
    server.variables.set(variable, value);
    return;
  }
  if (!isOfSessions(variable)) throw errors.wrongUse(variable, 'SESSION');
  session.variables.set(variable, value);
}

function showVariables({ server, session }: Context, like: string | undefined): Result {
  const pattern = likePattern(like ?? '%', 'i');
  const rows = [...server.variables]
    .filter(([name]) => pattern.test(name))
    .map(([name, value]) => [name, String(session.variables.get(name) ?? value)]);
  return { kind: 'rows', columns: ['Variable_name', 'Value'], rows };
}

/** @see https://dev.mysql.com/doc/refman/8.0/en/kill.html */
function kill({ server, session, access }: Context, id: number): Result {
  const victim = server.sessions.get(id);
  if (victim === undefined) throw errors.noSuchThread(id);
  if (victim.accountKey !== session.accountKey && !access.hasDynamic('CONNECTION_ADMIN'))
    throw errors.notOwnerOfThread(id);
  victim.kill();
  return ok();
}

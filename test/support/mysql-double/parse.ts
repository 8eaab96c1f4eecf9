/** What a statement says. What is not understood is error 1064, never something else that looks like it. */
import { type Cursor, cursorOver } from './cursor.js';
import { errors } from './errors.js';
import * as account from './parse-account.js';
import * as grants from './parse-grant.js';
import { expression, type Parameters, select } from './parse-query.js';
import * as tables from './parse-table.js';
import type { Assignment, Statement } from './statement.js';
import type { LexicalMode } from './tokens.js';
import type { Features } from './version.js';

export interface Parsed {
  readonly statement: Statement;
  /** Of a prepared statement. */
  readonly parameters: number;
}

/** @throws MysqlError 1064, 1065, 1470 */
export function parse(sql: string, mode: LexicalMode, features: Features): Parsed {
  const cursor = cursorOver(sql, mode);
  if (cursor.peek().kind === 'end') throw errors.emptyQuery();
  const parameters: Parameters = { count: 0 };
  const statement = read(cursor, features, parameters);
  cursor.take(';');
  if (cursor.peek().kind !== 'end') throw cursor.failure();
  return { statement, parameters: parameters.count };
}

function read(cursor: Cursor, features: Features, parameters: Parameters): Statement {
  const { roles } = features;
  if (cursor.take('SELECT')) return select(cursor, parameters);
  if (cursor.take('CREATE', 'USER')) return account.createUser(cursor, features);
  if (cursor.take('ALTER', 'USER')) return account.alterUser(cursor, features);
  if (cursor.take('DROP', 'USER')) return account.drop(cursor, 'USER');
  if (cursor.take('RENAME', 'USER')) return account.renameUser(cursor);
  if (cursor.take('SET', 'PASSWORD')) return account.setPassword(cursor, features);
  if (roles && cursor.take('CREATE', 'ROLE')) return account.createRole(cursor);
  if (roles && cursor.take('DROP', 'ROLE')) return account.drop(cursor, 'ROLE');
  if (roles && cursor.take('SET', 'DEFAULT', 'ROLE')) return account.setDefaultRole(cursor);
  if (roles && cursor.take('SET', 'ROLE')) return account.setRole(cursor);
  if (cursor.take('SHOW', 'CREATE', 'USER'))
    return { kind: 'show create user', account: account.accountReference(cursor) };
  if (cursor.take('GRANT')) return grants.grant(cursor, features);
  if (cursor.take('REVOKE')) return grants.revoke(cursor, features);
  if (cursor.take('SHOW', 'GRANTS')) return grants.showGrants(cursor);
  if (cursor.take('CREATE', 'DATABASE') || cursor.take('CREATE', 'SCHEMA')) return tables.createDatabase(cursor);
  if (cursor.take('DROP', 'DATABASE') || cursor.take('DROP', 'SCHEMA')) return tables.dropDatabase(cursor);
  if (cursor.take('CREATE', 'TABLE')) return tables.createTable(cursor);
  if (cursor.take('DROP', 'TABLE')) return tables.dropTable(cursor);
  if (cursor.take('ALTER', 'TABLE')) return tables.alterTable(cursor);
  if (cursor.take('INSERT')) return tables.insert(cursor, parameters);
  if (cursor.take('CREATE', 'PROCEDURE')) return tables.createProcedure(cursor, parameters);
  if (cursor.take('DROP', 'PROCEDURE')) return tables.dropProcedure(cursor);
  if (cursor.take('CALL')) return tables.call(cursor);
  if (cursor.take('USE')) return { kind: 'use', database: cursor.name() };
  if (cursor.take('FLUSH', 'PRIVILEGES')) return { kind: 'flush privileges' };
  if (cursor.take('SHOW', 'WARNINGS')) return { kind: 'show warnings' };
  if (cursor.take('KILL')) return kill(cursor);
  if (['START', 'BEGIN', 'COMMIT', 'ROLLBACK'].some((word) => cursor.at(word))) return transaction(cursor);
  for (const scope of ['GLOBAL', 'SESSION', 'LOCAL'])
    if (cursor.take('SHOW', scope, 'VARIABLES')) return showVariables(cursor);
  if (cursor.take('SHOW', 'VARIABLES')) return showVariables(cursor);
  if (cursor.take('SET', 'NAMES')) return setNames(cursor);
  if (cursor.take('SET')) return setVariables(cursor, parameters);
  throw cursor.failure();
}

function kill(cursor: Cursor): Statement {
  cursor.take('CONNECTION');
  return { kind: 'kill', id: cursor.number() };
}

/** Account management statements commit by themselves, so there is nothing to do. */
function transaction(cursor: Cursor): Statement {
  if (cursor.take('START')) cursor.expect('TRANSACTION');
  else {
    cursor.next();
    cursor.take('WORK');
  }
  return { kind: 'transaction' };
}

function showVariables(cursor: Cursor): Statement {
  return { kind: 'show variables', like: cursor.take('LIKE') ? cursor.text() : undefined };
}

function setNames(cursor: Cursor): Statement {
  const charset = cursor.peek().kind === 'string' ? cursor.text() : cursor.name();
  if (cursor.take('COLLATE')) cursor.next();
  return { kind: 'set names', charset };
}

function setVariables(cursor: Cursor, parameters: Parameters): Statement {
  const assignments = cursor.list((): Assignment => {
    const at = cursor.take('@@');
    const scope = ['GLOBAL', 'SESSION', 'LOCAL'].find((each) => cursor.take(each));
    if (scope !== undefined && at) cursor.expect('.');
    let variable = cursor.name();
    while (cursor.take('.')) variable += `.${cursor.name()}`;
    if (!cursor.take('=')) cursor.expect(':=');
    // ON and names of charsets and modes may go without quotes.
    const { kind } = cursor.peek();
    const bare = kind === 'word' && [',', ';', ''].includes(cursor.peek(1).value);
    const assigned = bare ? ({ kind: 'literal', value: cursor.next().value } as const) : expression(cursor, parameters);
    return { variable: variable.toLowerCase(), global: scope === 'GLOBAL', value: assigned };
  });
  return { kind: 'set variables', assignments };
}

/** Databases, tables and procedures: as much of them as it takes to use a privilege. */
import type { Cursor } from './cursor.js';
import { expression, type Parameters, select, tableName } from './parse-query.js';
import type { TableStatement } from './statement.js';

export function createDatabase(cursor: Cursor): TableStatement {
  const ifNotExists = cursor.take('IF', 'NOT', 'EXISTS');
  return { kind: 'create database', ifNotExists, database: cursor.name() };
}

export function dropDatabase(cursor: Cursor): TableStatement {
  const ifExists = cursor.take('IF', 'EXISTS');
  return { kind: 'drop database', ifExists, database: cursor.name() };
}

export function createTable(cursor: Cursor): TableStatement {
  const ifNotExists = cursor.take('IF', 'NOT', 'EXISTS');
  const table = tableName(cursor);
  cursor.expect('(');
  const columns = cursor.list(() => columnDefinition(cursor));
  cursor.expect(')');
  return { kind: 'create table', ifNotExists, table, columns };
}

export function dropTable(cursor: Cursor): TableStatement {
  const ifExists = cursor.take('IF', 'EXISTS');
  return { kind: 'drop table', ifExists, tables: cursor.list(() => tableName(cursor)) };
}

export function alterTable(cursor: Cursor): TableStatement {
  const table = tableName(cursor);
  const add = cursor.list(() => {
    cursor.expect('ADD');
    cursor.take('COLUMN');
    return columnDefinition(cursor);
  });
  return { kind: 'alter table', table, add };
}

/** A name and a type, which is not looked at. */
function columnDefinition(cursor: Cursor): string {
  const column = cursor.name();
  const type = cursor.name();
  if (!/^(tinyint|int|integer|bigint|char|varchar|text|json|date|datetime|timestamp)$/i.test(type))
    throw cursor.failure();
  if (cursor.take('(')) {
    cursor.number();
    cursor.expect(')');
  }
  if (cursor.take('NOT')) cursor.expect('NULL');
  else cursor.take('NULL');
  cursor.take('PRIMARY', 'KEY');
  return column;
}

export function insert(cursor: Cursor, parameters: Parameters): TableStatement {
  cursor.take('INTO');
  const table = tableName(cursor);
  let columns: readonly string[] = [];
  if (cursor.take('(')) {
    columns = cursor.list(() => cursor.name());
    cursor.expect(')');
  }
  if (!cursor.take('VALUES')) cursor.expect('VALUE');
  const rows = cursor.list(() => {
    cursor.expect('(');
    const row = cursor.list(() => expression(cursor, parameters));
    cursor.expect(')');
    return row;
  });
  return { kind: 'insert', table, columns, rows };
}

export function createProcedure(cursor: Cursor, parameters: Parameters): TableStatement {
  const routine = tableName(cursor);
  cursor.expect('(', ')');
  cursor.expect('SELECT');
  return { kind: 'create procedure', routine, body: select(cursor, parameters) };
}

export function dropProcedure(cursor: Cursor): TableStatement {
  const ifExists = cursor.take('IF', 'EXISTS');
  return { kind: 'drop procedure', ifExists, routine: tableName(cursor) };
}

export function call(cursor: Cursor): TableStatement {
  const routine = tableName(cursor);
  if (cursor.take('(')) cursor.expect(')');
  return { kind: 'call', routine };
}

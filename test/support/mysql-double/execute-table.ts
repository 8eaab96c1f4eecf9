/** Carries out statements about databases, tables and procedures. */

import { objectKey } from './account.js';
import { type Context, ok, type Result } from './context.js';
import { errors } from './errors.js';
import { evaluatorOf, executeSelect } from './execute-query.js';
import type { Privilege } from './privileges.js';
import { type Database, draftOf, type Table } from './server.js';
import type { TableName, TableStatement } from './statement.js';

type Of<Kind extends TableStatement['kind']> = Extract<TableStatement, { readonly kind: Kind }>;

const SYSTEM_DATABASES = ['mysql', 'information_schema', 'performance_schema', 'sys'];

export function databaseExists({ server }: Pick<Context, 'server'>, database: string): boolean {
  return server.databases.has(database) || SYSTEM_DATABASES.includes(database);
}

export function executeTableStatement(context: Context, statement: TableStatement): Result {
  const { server, access } = context;
  switch (statement.kind) {
    case 'create database': {
      const { database, ifNotExists } = statement;
      if (!access.may('CREATE', { database })) throw errors.databaseDenied(access.current, database);
      if (!databaseExists(context, database))
        server.databases.set(database, { tables: new Map(), procedures: new Map() });
      else if (!ifNotExists) throw errors.databaseExists(database);
      return ok(1);
    }
    case 'drop database': {
      const { database, ifExists } = statement;
      if (SYSTEM_DATABASES.includes(database) || !access.may('DROP', { database }))
        throw errors.databaseDenied(access.current, database);
      // Privileges that were granted in it stay.
      if (!server.databases.delete(database) && !ifExists) throw errors.noDatabaseToDrop(database);
      return ok();
    }
    case 'create table':
      return createTable(context, statement);
    case 'drop table':
      for (const name of statement.tables) {
        const { database, table } = permitted(context, 'DROP', name);
        if (!databaseOf(context, database).tables.delete(table) && !statement.ifExists)
          throw errors.unknownTable(`${database}.${table}`);
      }
      return ok();
    case 'alter table': {
      const name = permitted(context, 'ALTER', statement.table);
      const { columns, rows } = tableOf(context, name);
      for (const column of statement.add) {
        if (columns.includes(column)) throw errors.duplicateColumn(column);
        columns.push(column);
        for (const row of rows) row.push(null);
      }
      return ok();
    }
    case 'insert':
      return insert(context, statement);
    case 'create procedure': {
      const { database, table: procedure } = permitted(context, 'CREATE ROUTINE', statement.routine);
      databaseOf(context, database).procedures.set(procedure, statement.body);
      grantToCreator(context, database, procedure);
      return ok();
    }
    case 'drop procedure': {
      const { database, name } = routinePermitted(context, 'ALTER ROUTINE', statement.routine);
      if (!databaseOf(context, database).procedures.delete(name) && !statement.ifExists)
        throw errors.noSuchRoutine('PROCEDURE', `${database}.${name}`);
      return ok();
    }
    case 'call': {
      const { database, name } = routinePermitted(context, 'EXECUTE', statement.routine);
      const body = databaseOf(context, database).procedures.get(name);
      if (body === undefined) throw errors.noSuchRoutine('PROCEDURE', `${database}.${name}`);
      return executeSelect(context, body);
    }
  }
}

/** With automatic_sp_privileges, which is on. @see https://dev.mysql.com/doc/refman/8.0/en/stored-routines-privileges.html */
function grantToCreator({ server, access }: Context, database: string, procedure: string): void {
  const draft = draftOf(server);
  const place = { database, routine: { kind: 'PROCEDURE', name: procedure } };
  if (access.may('EXECUTE', place) && access.may('ALTER ROUTINE', place)) return;
  const privileges: Privilege[] = ['EXECUTE', 'ALTER ROUTINE'];
  draft.get(access.current)?.routines.set(objectKey('PROCEDURE', database, procedure), new Set(privileges));
  draft.commit();
}

function createTable(context: Context, { ifNotExists, table: name, columns }: Of<'create table'>): Result {
  const { database, table } = permitted(context, 'CREATE', name);
  const { tables } = databaseOf(context, database);
  if (tables.has(table)) {
    if (ifNotExists) return ok();
    throw errors.tableExists(table);
  }
  tables.set(table, { columns: [...columns], rows: [] });
  return ok();
}

function insert(context: Context, { table: name, columns: named, rows: values }: Of<'insert'>): Result {
  const { access } = context;
  const database = context.database(name.database);
  const place = { database, table: name.table, ...(named.length > 0 && { columns: named }) };
  if (!access.may('INSERT', place)) throw errors.tableDenied('INSERT', access.shown, name.table);
  const { columns, rows } = tableOf(context, { database, table: name.table });
  const targets = named.length > 0 ? named : columns;
  for (const column of targets) if (!columns.includes(column)) throw errors.unknownColumn(column, 'field list');
  const value = evaluatorOf(context);
  for (const row of values) {
    if (row.length !== targets.length) throw errors.columnCount();
    const given = new Map(targets.map((column, index) => [column, row[index]]));
    rows.push(
      columns.map((column) => {
        const expression = given.get(column);
        return expression === undefined ? null : value(expression, {});
      }),
    );
  }
  return ok(values.length);
}

interface FullName {
  readonly database: string;
  readonly table: string;
}

/** @throws MysqlError 1046, 1142, 1044 */
function permitted(context: Context, privilege: Privilege, { database: named, table }: TableName): FullName {
  const { access } = context;
  const database = context.database(named);
  if (privilege === 'CREATE ROUTINE') {
    if (!access.may(privilege, { database })) throw errors.databaseDenied(access.current, database);
  } else if (!access.may(privilege, { database, table })) throw errors.tableDenied(privilege, access.shown, table);
  return { database, table };
}

function routinePermitted(context: Context, privilege: Privilege, { database: named, table: name }: TableName) {
  const { access } = context;
  const database = context.database(named);
  if (!access.may(privilege, { database, routine: { kind: 'PROCEDURE', name } }))
    throw errors.routineDenied(privilege.toLowerCase(), access.shown, `${database}.${name}`);
  return { database, name };
}

function databaseOf({ server }: Context, database: string): Database {
  const found = server.databases.get(database);
  if (found === undefined) throw errors.unknownDatabase(database);
  return found;
}

function tableOf(context: Context, { database, table }: FullName): Table {
  const found = databaseOf(context, database).tables.get(table);
  if (found === undefined) throw errors.noSuchTable(`${database}.${table}`);
  return found;
}

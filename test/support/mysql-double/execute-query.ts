/** Carries out SELECT. */
import { nameOf } from './account.js';
import type { Context, Result } from './context.js';
import { errors } from './errors.js';
import { likePattern } from './patterns.js';
import { quotedAccount } from './quoting.js';
import type { Expression, Select, Value } from './statement.js';
import { type SystemTable, systemTable } from './system-tables.js';
import { shownValue } from './variables.js';

interface Source {
  readonly columns: readonly string[];
  readonly binary: readonly string[];
  readonly rows: readonly Readonly<Record<string, Value>>[];
}

const NOTHING: Source = { columns: [], binary: [], rows: [{}] };

type Row = Readonly<Record<string, Value>>;

export function executeSelect(context: Context, statement: Select): Extract<Result, { readonly kind: 'rows' }> {
  const { from, where, items, distinct, orderBy, limit } = statement;
  const source = from === undefined ? NOTHING : open(context, statement, from.table);
  const value = evaluatorOf(context, source);
  const items_ = items.flatMap((item) =>
    item === '*'
      ? source.columns.map((name) => ({ title: name, expression: { kind: 'column', name } as const }))
      : [item],
  );
  // Columns are looked for even where there is no row.
  const everything = [
    ...items_.map(({ expression }) => expression),
    ...(where ? [where] : []),
    ...orderBy.map(({ by }) => by),
  ];
  for (const name of everything.flatMap(columnsOf))
    if (columnOf(source, name) === undefined) throw errors.unknownColumn(name, 'field list');

  const found = source.rows.filter((row) => where === undefined || isTrue(value(where, row)));
  for (const { by, descending } of [...orderBy].reverse())
    found.sort((a, b) => order(value(by, a), value(by, b)) * (descending ? -1 : 1));
  const counts = items_.some(({ expression }) => isAggregate(expression));
  let rows = counts
    ? [items_.map(({ expression }) => aggregate(expression, found, value))]
    : found.map((row) => items_.map(({ expression }) => value(expression, row)));
  if (distinct) rows = [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()];
  return { kind: 'rows', columns: items_.map(({ title }) => title), rows: rows.slice(0, limit) };
}

/** @throws MysqlError 1142, 1146 */
function open(
  context: Context,
  statement: Select,
  name: { readonly database: string | undefined; readonly table: string },
): Source {
  const { access, server } = context;
  const database = context.database(name.database);
  const own = server.databases.get(database)?.tables.get(name.table);
  const isView = database.toLowerCase() === 'information_schema';
  const table: SystemTable | undefined = own
    ? {
        columns: own.columns,
        binary: [],
        rows: own.rows.map((row) =>
          Object.fromEntries(own.columns.map((column, index) => [column, row[index] ?? null])),
        ),
      }
    : systemTable(context, database, name.table);
  if (!isView) {
    const columns = statement.items.includes('*')
      ? (table?.columns ?? [])
      : statement.items.flatMap((item) => (item === '*' ? [] : columnsOf(item.expression)));
    const used = [...columns, ...(statement.where ? columnsOf(statement.where) : [])];
    const place = { database, table: name.table, ...(used.length > 0 && { columns: used }) };
    // What somebody may not see is denied whether it is there or not.
    if (!access.may('SELECT', place)) throw errors.tableDenied('SELECT', access.shown, name.table);
  }
  if (table === undefined) throw errors.noSuchTable(`${database}.${name.table}`);
  return table;
}

const columnOf = ({ columns }: Source, name: string) =>
  columns.find((column) => column.toLowerCase() === name.toLowerCase());

function columnsOf(expression: Expression): readonly string[] {
  switch (expression.kind) {
    case 'column':
      return [expression.name];
    case 'call':
      return expression.args.flatMap(columnsOf);
    case 'tuple':
      return expression.items.flatMap(columnsOf);
    case 'not':
    case 'is null':
      return columnsOf(expression.operand);
    case 'binary':
      return [...columnsOf(expression.left), ...columnsOf(expression.right)];
    case 'in':
      return [...columnsOf(expression.left), ...expression.items.flatMap(columnsOf)];
    default:
      return [];
  }
}

const isAggregate = (expression: Expression): boolean =>
  expression.kind === 'count all' || (expression.kind === 'call' && expression.name === 'COUNT');

function aggregate(expression: Expression, rows: readonly Row[], value: Evaluate): Value {
  if (expression.kind === 'count all') return rows.length;
  const [counted] = expression.kind === 'call' ? expression.args : [];
  if (counted === undefined || !isAggregate(expression)) return value(expression, rows[0] ?? {});
  return rows.filter((row) => value(counted, row) !== null).length;
}

// ---- Expressions ----

type Evaluate = (expression: Expression, row: Row) => Value;

/** Expressions that are more than a value are evaluated where they stand. */
export function evaluatorOf(context: Context, source: Source = NOTHING): Evaluate {
  const isBinary = (expression: Expression): boolean =>
    (expression.kind === 'column' && source.binary.includes(columnOf(source, expression.name) ?? '')) ||
    (expression.kind === 'call' && expression.name === 'BINARY') ||
    (expression.kind === 'call' && expression.args.some(isBinary));

  function equal(left: Expression, right: Expression, row: Row): Value {
    if (left.kind === 'tuple' && right.kind === 'tuple') {
      if (left.items.length !== right.items.length) throw errors.columnCount();
      return allOf(left.items.map((item, index) => equal(item, right.items[index] ?? item, row)));
    }
    const [a, b] = [value(left, row), value(right, row)];
    if (a === null || b === null) return null;
    return same(a, b, isBinary(left) || isBinary(right)) ? 1 : 0;
  }

  function binary({ operator, left, right }: Extract<Expression, { kind: 'binary' }>, row: Row): Value {
    if (operator === 'AND') return allOf([value(left, row), value(right, row)]);
    if (operator === 'OR') return negation(allOf([negation(value(left, row)), negation(value(right, row))]));
    if (operator === '=') return equal(left, right, row);
    if (operator === '<>') return negation(equal(left, right, row));
    const [a, b] = [value(left, row), value(right, row)];
    if (operator === '<=>')
      return (a === null) === (b === null) && (a === null || b === null || isTrue(equal(left, right, row))) ? 1 : 0;
    if (a === null || b === null) return null;
    if (operator === 'LIKE')
      return likePattern(String(b), isBinary(left) || isBinary(right) ? '' : 'i').test(String(a)) ? 1 : 0;
    const difference = order(a, b);
    const holds = { '<': difference < 0, '>': difference > 0, '<=': difference <= 0, '>=': difference >= 0 }[operator];
    return holds ? 1 : 0;
  }

  const value: Evaluate = (expression, row) => {
    switch (expression.kind) {
      case 'literal':
        return expression.value;
      case 'parameter':
        return context.parameters[expression.index] ?? null;
      case 'column':
        return row[columnOf(source, expression.name) ?? ''] ?? null;
      case 'variable':
        return variable(context, expression.name, expression.global);
      case 'not':
        return negation(value(expression.operand, row));
      case 'is null':
        return value(expression.operand, row) === null ? 1 : 0;
      case 'binary':
        return binary(expression, row);
      case 'in': {
        const equals = expression.items.map((item) => equal(expression.left, item, row));
        return negation(allOf(equals.map(negation)));
      }
      case 'subquery': {
        const { rows } = executeSelect(context, expression.select);
        return expression.exists ? Math.min(rows.length, 1) : (rows[0]?.[0] ?? null);
      }
      case 'call':
        return call(
          context,
          expression.name,
          expression.args.map((each) => value(each, row)),
        );
      case 'tuple':
      case 'count all':
        throw errors.syntax('');
    }
  };
  return value;
}

/** Without case and without accents unless it is byte by byte; spaces at the end never count. */
function same(a: NonNullable<Value>, b: NonNullable<Value>, binary: boolean): boolean {
  if (typeof a === 'number' || typeof b === 'number') return Number(a) === Number(b);
  const [left, right] = [a.replace(/ +$/, ''), b.replace(/ +$/, '')];
  return binary ? left === right : left.localeCompare(right, 'en', { sensitivity: 'base' }) === 0;
}

function order(a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [String(a ?? ''), String(b ?? '')];
  return left < right ? -1 : left > right ? 1 : 0;
}

const isTrue = (value: Value) => value !== null && Number(value) !== 0;
const negation = (value: Value): Value => (value === null ? null : isTrue(value) ? 0 : 1);

function allOf(values: readonly Value[]): Value {
  if (values.some((value) => value !== null && !isTrue(value))) return 0;
  return values.includes(null) ? null : 1;
}

function variable({ server, session }: Context, name: string, global: boolean): Value {
  const known = server.variables.get(name);
  if (known === undefined) throw errors.unknownVariable(name);
  const own = global ? undefined : session.variables.get(name);
  return shownValue(name, own ?? known);
}

function call(context: Context, name: string, args: readonly Value[]): Value {
  const { session, access, server } = context;
  const [first = null, second = null] = args;
  const text = (value: Value) => String(value ?? '');
  const account = ({ user, host }: { readonly user: string; readonly host: string }) => `${user}@${host}`;
  const functions: Readonly<Record<string, () => Value>> = {
    CURRENT_USER: () => account(access.current),
    USER: () => account(session.login),
    SESSION_USER: () => account(session.login),
    SYSTEM_USER: () => account(session.login),
    VERSION: () => server.version,
    DATABASE: () => session.database ?? null,
    SCHEMA: () => session.database ?? null,
    CONNECTION_ID: () => session.id,
    ...(server.features.roles && {
      CURRENT_ROLE: () => {
        const roles = [...session.activeRoles].map((key) => quotedAccount(nameOf(key))).sort();
        return roles.length === 0 ? 'NONE' : roles.join(',');
      },
    }),
    GET_LOCK: () => server.locks.get(text(first), session.id, Number(second) * 1_000),
    RELEASE_LOCK: () => server.locks.release(text(first), session.id),
    BINARY: () => first,
    CONCAT: () => (args.includes(null) ? null : args.map(text).join('')),
    HEX: () => (first === null ? null : Buffer.from(text(first), 'utf8').toString('hex').toUpperCase()),
    UPPER: () => (first === null ? null : text(first).toUpperCase()),
    LOWER: () => (first === null ? null : text(first).toLowerCase()),
    LENGTH: () => (first === null ? null : Buffer.byteLength(text(first))),
    CHAR_LENGTH: () => (first === null ? null : [...text(first)].length),
    COALESCE: () => args.find((each) => each !== null) ?? null,
    IFNULL: () => first ?? second,
    IF: () => (isTrue(first) ? second : (args[2] ?? null)),
    ISNULL: () => (first === null ? 1 : 0),
    SUBSTRING_INDEX: () => {
      const parts = text(first).split(text(second));
      const count = Number(args[2]);
      return (count >= 0 ? parts.slice(0, count) : parts.slice(count)).join(text(second));
    },
    JSON_EXTRACT: () => extracted(first, text(second)),
    JSON_UNQUOTE: () => (typeof first === 'string' && first.startsWith('"') ? String(JSON.parse(first)) : first),
    JSON_CONTAINS_PATH: () => (first === null ? null : extracted(first, text(args[2] ?? null)) === null ? 0 : 1),
  };
  if (!Object.hasOwn(functions, name)) throw errors.unknownFunction(name);
  return functions[name]?.() ?? null;
}

/** A path of keys: $.additional_password. */
function extracted(document: Value, path: string): Value {
  if (document === null) return null;
  let found: unknown = JSON.parse(String(document));
  for (const [, quoted, key = quoted] of path.matchAll(/\.(?:"([^"]*)"|([A-Za-z_]\w*))/g)) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key ?? '')) return null;
    found = Object.entries(found).find(([name]) => name === key)?.[1];
  }
  return JSON.stringify(found);
}

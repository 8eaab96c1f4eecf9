/** SELECT and its expressions, as far as they are needed to look at accounts. @see https://dev.mysql.com/doc/refman/8.0/en/expressions.html */
import type { Cursor } from './cursor.js';
import type { Expression, Select, SelectItem, TableName } from './statement.js';

/** Words that end an item or a table rather than name it. */
const CLAUSES =
  /^(FROM|WHERE|ORDER|LIMIT|AS|AND|OR|XOR|IN|NOT|LIKE|IS|ASC|DESC|UNION|GROUP|HAVING|FOR|INTO|JOIN|LEFT|RIGHT|INNER|CROSS|ON|BETWEEN|REGEXP|DIV|MOD)$/i;
const COMPARISONS = ['<=>', '<=', '>=', '<>', '!=', '=', '<', '>'];

/** Numbers the placeholders of one statement. */
export interface Parameters {
  count: number;
}

/** After the word SELECT. */
export function select(cursor: Cursor, parameters: Parameters): Select {
  const distinct = cursor.take('DISTINCT');
  const items = cursor.list(() => selectItem(cursor, parameters));
  let from: Select['from'];
  if (cursor.take('FROM')) {
    const table = tableName(cursor);
    cursor.take('AS');
    const alias = isName(cursor) ? cursor.name() : table.table;
    from = { table, alias };
  }
  const where = cursor.take('WHERE') ? expression(cursor, parameters) : undefined;
  const orderBy = cursor.take('ORDER', 'BY')
    ? cursor.list(() => {
        const by = expression(cursor, parameters);
        const descending = cursor.take('DESC');
        if (!descending) cursor.take('ASC');
        return { by, descending };
      })
    : [];
  const limit = cursor.take('LIMIT') ? cursor.number() : undefined;
  return {
    kind: 'select',
    distinct,
    items,
    orderBy,
    ...(from && { from }),
    ...(where && { where }),
    ...(limit !== undefined && { limit }),
  };
}

export function tableName(cursor: Cursor): TableName {
  const first = cursor.name();
  return cursor.take('.') ? { database: first, table: cursor.name() } : { database: undefined, table: first };
}

function isName(cursor: Cursor): boolean {
  const { kind, value } = cursor.peek();
  return kind === 'quoted name' || (kind === 'word' && !CLAUSES.test(value));
}

function selectItem(cursor: Cursor, parameters: Parameters): SelectItem {
  if (cursor.take('*')) return '*';
  const { start } = cursor.peek();
  const value = expression(cursor, parameters);
  const text = cursor.sql.slice(start, cursor.peek(-1).end);
  if (cursor.take('AS')) {
    const title = cursor.peek().kind === 'string' ? cursor.text() : cursor.name();
    return { expression: value, title };
  }
  if (isName(cursor)) return { expression: value, title: cursor.name() };
  return { expression: value, title: value.kind === 'column' ? value.name : text };
}

// ---- Expressions, from the weakest operator to the strongest ----

export function expression(cursor: Cursor, parameters: Parameters): Expression {
  const read = () => expression(cursor, parameters);

  function either(): Expression {
    let left = both();
    while (cursor.take('OR') || cursor.take('||')) left = { kind: 'binary', operator: 'OR', left, right: both() };
    return left;
  }

  function both(): Expression {
    let left = negated();
    while (cursor.take('AND') || cursor.take('&&')) left = { kind: 'binary', operator: 'AND', left, right: negated() };
    return left;
  }

  function negated(): Expression {
    return cursor.take('NOT') ? { kind: 'not', operand: negated() } : compared();
  }

  function compared(): Expression {
    let left = primary();
    for (;;) {
      const operator = COMPARISONS.find((each) => cursor.take(each));
      if (operator !== undefined) {
        left = { kind: 'binary', operator: operator === '!=' ? '<>' : operator, left, right: primary() };
        continue;
      }
      if (cursor.take('IS')) {
        const not = cursor.take('NOT');
        cursor.expect('NULL');
        const isNull: Expression = { kind: 'is null', operand: left };
        left = not ? { kind: 'not', operand: isNull } : isNull;
        continue;
      }
      const not = cursor.at('NOT', 'IN') || cursor.at('NOT', 'LIKE');
      if (not) cursor.next();
      let found: Expression;
      if (cursor.take('IN')) {
        cursor.expect('(');
        const items = cursor.list(read);
        cursor.expect(')');
        found = { kind: 'in', left, items };
      } else if (cursor.take('LIKE')) found = { kind: 'binary', operator: 'LIKE', left, right: primary() };
      else return left;
      left = not ? { kind: 'not', operand: found } : found;
    }
  }

  function primary(): Expression {
    let value = atom();
    for (;;) {
      // JSON: column->'$.path' and column->>'$.path'.
      const unquote = cursor.take('->>');
      if (!unquote && !cursor.take('->')) return value;
      const path: Expression = { kind: 'literal', value: cursor.text() };
      const extracted: Expression = { kind: 'call', name: 'JSON_EXTRACT', args: [value, path] };
      value = unquote ? { kind: 'call', name: 'JSON_UNQUOTE', args: [extracted] } : extracted;
    }
  }

  function atom(): Expression {
    if (cursor.take('?')) {
      parameters.count += 1;
      return { kind: 'parameter', index: parameters.count - 1 };
    }
    if (cursor.take('-')) return { kind: 'literal', value: -cursor.number() };
    if (cursor.take('BINARY')) return { kind: 'call', name: 'BINARY', args: [primary()] };
    if (cursor.take('(')) {
      if (cursor.take('SELECT')) return subquery(false);
      const items = cursor.list(read);
      cursor.expect(')');
      const [only] = items;
      return items.length === 1 && only !== undefined ? only : { kind: 'tuple', items };
    }
    if (cursor.take('EXISTS', '(', 'SELECT')) return subquery(true);
    if (cursor.take('@@')) return variable();
    const { kind, value } = cursor.peek();
    if (kind === 'string' || kind === 'hex') return { kind: 'literal', value: cursor.next().value };
    if (kind === 'number') return { kind: 'literal', value: cursor.number() };
    if (cursor.take('NULL')) return { kind: 'literal', value: null };
    if (cursor.take('TRUE')) return { kind: 'literal', value: 1 };
    if (cursor.take('FALSE')) return { kind: 'literal', value: 0 };
    if (kind === 'word' && cursor.peek(1).value === '(' && cursor.peek(1).kind === 'symbol') return call();
    if (kind === 'word' && /^CURRENT_USER$/i.test(value)) {
      cursor.next();
      return { kind: 'call', name: 'CURRENT_USER', args: [] };
    }
    if (kind !== 'quoted name' && (kind !== 'word' || CLAUSES.test(value))) throw cursor.failure();
    let name = cursor.name();
    while (cursor.take('.')) name = cursor.name();
    return { kind: 'column', name };
  }

  function subquery(exists: boolean): Expression {
    const inner = select(cursor, parameters);
    cursor.expect(')');
    return { kind: 'subquery', select: inner, exists };
  }

  function call(): Expression {
    const name = cursor.name().toUpperCase();
    cursor.expect('(');
    if (name === 'COUNT' && cursor.take('*', ')')) return { kind: 'count all' };
    if (cursor.take(')')) return { kind: 'call', name, args: [] };
    const args = cursor.list(read);
    cursor.expect(')');
    return { kind: 'call', name, args };
  }

  function variable(): Expression {
    const first = cursor.name();
    const scope = /^(GLOBAL|SESSION|LOCAL)$/i.test(first) && cursor.take('.');
    let name = scope ? cursor.name() : first;
    // Of components: validate_password.policy.
    while (cursor.take('.')) name += `.${cursor.name()}`;
    return { kind: 'variable', name: name.toLowerCase(), global: scope && /^GLOBAL$/i.test(first) };
  }

  return either();
}

/** GRANT, REVOKE and SHOW GRANTS. @see https://dev.mysql.com/doc/refman/8.0/en/grant.html */
import type { Cursor } from './cursor.js';
import { accountReference, roleNames } from './parse-account.js';
import { DYNAMIC_PRIVILEGES, STATIC_PRIVILEGES } from './privileges.js';
import type { GrantStatement, GrantTarget, PrivilegeItem } from './statement.js';
import type { Features } from './version.js';

export function grant(cursor: Cursor, features: Features): GrantStatement {
  const users = () => {
    cursor.expect('TO');
    return cursor.list(() => accountReference(cursor));
  };
  if (cursor.take('PROXY')) {
    cursor.expect('ON');
    const proxied = accountReference(cursor);
    const accounts = users();
    return { kind: 'grant proxy', proxied, accounts, grantOption: cursor.take('WITH', 'GRANT', 'OPTION') };
  }
  if (features.roles && comesBefore(cursor, 'TO', 'ON')) {
    const roles = roleNames(cursor);
    const accounts = users();
    return { kind: 'grant roles', roles, accounts, adminOption: cursor.take('WITH', 'ADMIN', 'OPTION') };
  }
  const items = privilegeItems(cursor, features);
  const target = grantTarget(cursor);
  const accounts = users();
  return { kind: 'grant', ...items, target, accounts, grantOption: cursor.take('WITH', 'GRANT', 'OPTION') };
}

export function revoke(cursor: Cursor, features: Features): GrantStatement {
  const users = () => {
    cursor.expect('FROM');
    return cursor.list(() => accountReference(cursor));
  };
  if (cursor.take('PROXY')) {
    cursor.expect('ON');
    const proxied = accountReference(cursor);
    return { kind: 'revoke proxy', proxied, accounts: users(), grantOption: false };
  }
  const all = cursor.at('ALL', 'PRIVILEGES', ',') ? 2 : 1;
  if (cursor.at('ALL') && cursor.peek(all).value === ',') {
    if (!cursor.take('ALL', 'PRIVILEGES')) cursor.expect('ALL');
    cursor.expect(',', 'GRANT', 'OPTION');
    return { kind: 'revoke everything', accounts: users() };
  }
  if (features.roles && comesBefore(cursor, 'FROM', 'ON'))
    return { kind: 'revoke roles', roles: roleNames(cursor), accounts: users(), adminOption: false };
  const items = privilegeItems(cursor, features);
  return { kind: 'revoke', ...items, target: grantTarget(cursor), accounts: users(), grantOption: false };
}

export function showGrants(cursor: Cursor): GrantStatement {
  return { kind: 'show grants', account: cursor.take('FOR') ? accountReference(cursor) : 'current user' };
}

/** Whether one word comes before another, which tells roles from privileges. */
function comesBefore(cursor: Cursor, word: string, other: string): boolean {
  for (let ahead = 0; cursor.peek(ahead).kind !== 'end'; ahead += 1) {
    const { kind, value } = cursor.peek(ahead);
    if (kind !== 'word') continue;
    if (value.toUpperCase() === word) return true;
    if (value.toUpperCase() === other) return false;
  }
  return false;
}

interface Items {
  readonly all: boolean;
  readonly privileges: readonly PrivilegeItem[];
  readonly dynamic: readonly string[];
}

function privilegeItems(cursor: Cursor, features: Features): Items {
  if (cursor.take('ALL')) {
    cursor.take('PRIVILEGES');
    return { all: true, privileges: [], dynamic: [] };
  }
  const privileges: PrivilegeItem[] = [];
  const dynamic: string[] = [];
  cursor.list(() => {
    if (cursor.take('USAGE')) return;
    if (cursor.take('GRANT', 'OPTION')) {
      privileges.push({ privilege: 'GRANT OPTION', columns: [] });
      return;
    }
    // The longest that fits: CREATE VIEW is not CREATE.
    const privilege = [...STATIC_PRIVILEGES]
      .sort((a, b) => b.length - a.length)
      .find((each) => (features.roles || !each.endsWith(' ROLE')) && cursor.take(...each.split(' ')));
    if (privilege !== undefined) {
      privileges.push({ privilege, columns: columnList(cursor) });
      return;
    }
    const named = features.dynamicPrivileges ? DYNAMIC_PRIVILEGES.find((each) => cursor.take(each)) : undefined;
    if (named === undefined) throw cursor.failure();
    dynamic.push(named);
  });
  return { all: false, privileges, dynamic };
}

function columnList(cursor: Cursor): readonly string[] {
  if (!cursor.take('(')) return [];
  const columns = cursor.list(() => cursor.name());
  cursor.expect(')');
  return columns;
}

function grantTarget(cursor: Cursor): GrantTarget {
  cursor.expect('ON');
  const routineKind = cursor.take('PROCEDURE') ? 'PROCEDURE' : cursor.take('FUNCTION') ? 'FUNCTION' : undefined;
  if (routineKind === undefined) {
    if (cursor.at('TABLE') && cursor.peek(1).value !== '.') cursor.next();
    if (cursor.take('*', '.', '*')) return { level: 'global' };
    if (cursor.take('*')) return { level: 'database', database: undefined };
  }
  const first = cursor.name();
  const qualified = cursor.take('.');
  if (qualified && routineKind === undefined && cursor.take('*')) return { level: 'database', database: first };
  const database = qualified ? first : undefined;
  const object = qualified ? cursor.name() : first;
  return routineKind === undefined
    ? { level: 'table', database, table: object }
    : { level: 'routine', routineKind, database, routine: object };
}

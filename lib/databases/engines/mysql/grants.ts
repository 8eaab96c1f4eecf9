import { quoteName } from './quote.js';
import { type Reader, readerOf, tokenize, UnreadableError } from './tokens.js';

/** All that an account was granted, as SHOW GRANTS tells it. Keys are texts that can stand in a statement. */
export interface Grants {
  /** By what they are on: `*.*`, `` `shop`.* ``, `` PROCEDURE `shop`.`total` ``. */
  readonly levels: ReadonlyMap<string, Level>;
  /** MySQL's dynamic privileges, each with its own grant option. */
  readonly dynamic: ReadonlyMap<string, boolean>;
  /** MySQL's partial revokes: what global privileges do not hold for, by database. */
  readonly restrictions: ReadonlyMap<string, ReadonlySet<string>>;
  /** With or without the admin option. */
  readonly roles: ReadonlyMap<string, boolean>;
  /** Whose proxy the account is, with or without the grant option. */
  readonly proxies: ReadonlyMap<string, boolean>;
  /** MariaDB's, which SHOW GRANTS tells; MySQL's are told by SHOW CREATE USER. */
  readonly defaultRole: string | undefined;
}

export interface Level {
  /** `SELECT`, `` SELECT (`id`) ``, `ALL PRIVILEGES`. */
  readonly privileges: ReadonlySet<string>;
  readonly grantOption: boolean;
}

export const ALL = 'ALL PRIVILEGES';
export const GLOBAL = '*.*';

/** @throws UnreadableError */
export function parseGrants(statements: readonly string[]): Grants {
  const levels = new Map<string, { privileges: Set<string>; grantOption: boolean }>();
  const dynamic = new Map<string, boolean>();
  const restrictions = new Map<string, Set<string>>();
  const roles = new Map<string, boolean>();
  const proxies = new Map<string, boolean>();
  let defaultRole: string | undefined;

  for (const statement of statements) {
    const reader = readerOf(tokenize(statement));
    if (reader.take('SET', 'DEFAULT', 'ROLE')) {
      defaultRole = readAccount(reader);
    } else if (reader.take('REVOKE')) {
      const privileges = readPrivileges(reader);
      reader.needWords('ON');
      restrictions.set(readObject(reader), new Set(privileges));
    } else if (reader.take('GRANT', 'PROXY', 'ON')) {
      const proxied = readAccount(reader);
      reader.needWords('TO');
      readAccount(reader);
      proxies.set(proxied, readEnd(reader));
    } else {
      reader.needWords('GRANT');
      const granted = readPrivilegesOrRoles(reader);
      if (reader.take('ON')) {
        const object = readObject(reader);
        reader.needWords('TO');
        readAccount(reader);
        const grantOption = readEnd(reader);
        const level = levels.get(object) ?? { privileges: new Set(), grantOption: false };
        for (const privilege of granted) {
          // Only they have an underscore in their names.
          if (object === GLOBAL && privilege.includes('_')) dynamic.set(privilege, grantOption);
          else if (privilege !== 'USAGE') level.privileges.add(privilege);
        }
        // The grant option of a level is one for all, but that of dynamic privileges is their own.
        level.grantOption ||= grantOption && !granted.every((privilege) => dynamic.has(privilege));
        levels.set(object, level);
      } else {
        reader.needWords('TO');
        readAccount(reader);
        const adminOption = readEnd(reader);
        for (const role of granted) roles.set(role, adminOption);
      }
    }
  }
  return { levels, dynamic, restrictions, roles, proxies, defaultRole };
}

function readPrivilegesOrRoles(reader: Reader): readonly string[] {
  const items: string[] = [];
  do {
    const role = readOptionalAccount(reader);
    items.push(...(role === undefined ? readPrivilege(reader) : [role]));
  } while (reader.take(','));
  return items;
}

function readPrivileges(reader: Reader): readonly string[] {
  const items: string[] = [];
  do items.push(...readPrivilege(reader));
  while (reader.take(','));
  return items;
}

/** One for each column that it is for. */
function readPrivilege(reader: Reader): readonly string[] {
  const words: string[] = [];
  while (!reader.take('(')) {
    if (words.length > 0 && (reader.next('ON') || reader.next('TO') || reader.next(','))) return [normal(words)];
    words.push(reader.need('word'));
  }
  const columns: string[] = [];
  do columns.push(quoteName(reader.need('name')));
  while (reader.take(','));
  reader.needWords(')');
  return columns.map((column) => `${normal(words)} (${column})`);
}

const normal = (words: readonly string[]) => (words.join(' ') === 'ALL' ? ALL : words.join(' '));

/** `*.*`, `` `db`.* ``, `` [TABLE|PROCEDURE|FUNCTION|PACKAGE [BODY]|…] `db`.`name` ``. */
function readObject(reader: Reader): string {
  const words: string[] = [];
  for (let word = reader.takeA('word'); word !== undefined; word = reader.takeA('word')) {
    if (word !== 'TABLE') words.push(word);
  }
  const kind = words.length > 0 ? `${words.join(' ')} ` : '';
  const part = () => (reader.take('*') ? '*' : quoteName(reader.need('name')));
  const first = part();
  reader.needWords('.');
  return `${kind}${first}.${part()}`;
}

function readOptionalAccount(reader: Reader): string | undefined {
  const user = reader.takeA('name', 'text');
  if (user === undefined) return undefined;
  return reader.take('@') ? `${quoteName(user)}@${quoteName(reader.need('name', 'text'))}` : quoteName(user);
}

function readAccount(reader: Reader): string {
  const account = readOptionalAccount(reader);
  if (account === undefined) throw new UnreadableError();
  return account;
}

/** What follows the account: MariaDB repeats its attributes there, with a verifier among them. @returns whether the grant or admin option is there */
function readEnd(reader: Reader): boolean {
  let option = false;
  while (!reader.done) {
    if (reader.take('GRANT', 'OPTION') || reader.take('ADMIN', 'OPTION')) option = true;
    else reader.need('word', 'text', 'name', 'sign');
  }
  return option;
}

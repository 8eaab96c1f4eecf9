import { quoteName, quoteText } from './quote.js';
import { type Reader, readerOf, tokenize, UnreadableError } from './tokens.js';

/** Whom a server lets in: a user name, from a host. One name may have several. */
export interface AccountName {
  readonly user: string;
  readonly host: string;
}

/** An account without its privileges, as SHOW CREATE USER tells it. */
export interface Account {
  /** One, or with MariaDB several, of which any lets in; with MySQL several, of which all are asked. */
  readonly authentications: readonly Authentication[];
  /** What is not as it is by default, each with the clause of ALTER USER that makes it so: `REQUIRE` → `REQUIRE SSL`. */
  readonly attributes: ReadonlyMap<string, string>;
  /** MySQL's attribute, a JSON object with the comment in it. */
  readonly attribute: Readonly<Record<string, unknown>>;
  /** MySQL's. MariaDB tells it with the grants. */
  readonly defaultRoles: readonly string[];
}

export interface Authentication {
  readonly plugin: string;
  /** What is stored of the password, if there is one and it is shown. */
  readonly hash: string | undefined;
}

export const quoteAccount = ({ user, host }: AccountName) => `${quoteName(user)}@${quoteName(host)}`;

/** What MariaDB takes for granted where it names no plugin. */
const NATIVE = 'mysql_native_password';

/** The clause that sets an attribute back, which servers that know the attribute take. */
const DEFAULTS: Readonly<Record<string, string>> = {
  REQUIRE: 'REQUIRE NONE',
  ACCOUNT: 'ACCOUNT UNLOCK',
  'PASSWORD EXPIRE': 'PASSWORD EXPIRE DEFAULT',
  'PASSWORD HISTORY': 'PASSWORD HISTORY DEFAULT',
  'PASSWORD REUSE INTERVAL': 'PASSWORD REUSE INTERVAL DEFAULT',
  'PASSWORD REQUIRE CURRENT': 'PASSWORD REQUIRE CURRENT DEFAULT',
  FAILED_LOGIN_ATTEMPTS: 'FAILED_LOGIN_ATTEMPTS 0',
  PASSWORD_LOCK_TIME: 'PASSWORD_LOCK_TIME 0',
};

/**
 * @param statements What SHOW CREATE USER answers: one statement, to which MariaDB adds an ALTER USER for a password that was made to expire.
 * @throws UnreadableError
 */
export function parseAccount([statement = '', ...more]: readonly string[]): Account {
  const attributes = new Map<string, string>();
  const authentications: Authentication[] = [];
  const defaultRoles: string[] = [];
  let attribute: Account['attribute'] = {};
  const set = (key: string, clause: string) => {
    if (clause === (DEFAULTS[key] ?? `${key} 0`)) attributes.delete(key);
    else attributes.set(key, clause);
  };

  function readClauses(reader: Reader): void {
    while (!reader.done) {
      if (reader.take('IDENTIFIED')) authentications.push(...readAuthentications(reader));
      else if (reader.take('DEFAULT', 'ROLE')) defaultRoles.push(...readRoles(reader));
      else if (reader.take('REQUIRE')) set('REQUIRE', readRequire(reader));
      else if (reader.take('WITH')) readLimits(reader, set);
      else if (reader.take('ACCOUNT')) set('ACCOUNT', `ACCOUNT ${reader.need('word')}`);
      else if (reader.take('PASSWORD', 'EXPIRE')) readExpiry(reader, set);
      else if (reader.take('PASSWORD', 'HISTORY')) set('PASSWORD HISTORY', `PASSWORD HISTORY ${reader.need('word')}`);
      else if (reader.take('PASSWORD', 'REUSE', 'INTERVAL')) {
        const days = reader.need('word');
        set('PASSWORD REUSE INTERVAL', `PASSWORD REUSE INTERVAL ${days}${reader.take('DAY') ? ' DAY' : ''}`);
      } else if (reader.take('PASSWORD', 'REQUIRE', 'CURRENT')) {
        const how = ['DEFAULT', 'OPTIONAL'].find((word) => reader.take(word));
        set('PASSWORD REQUIRE CURRENT', `PASSWORD REQUIRE CURRENT${how === undefined ? '' : ` ${how}`}`);
      } else if (reader.take('FAILED_LOGIN_ATTEMPTS'))
        set('FAILED_LOGIN_ATTEMPTS', `FAILED_LOGIN_ATTEMPTS ${reader.need('word')}`);
      else if (reader.take('PASSWORD_LOCK_TIME'))
        set('PASSWORD_LOCK_TIME', `PASSWORD_LOCK_TIME ${reader.need('word')}`);
      else if (reader.take('ATTRIBUTE')) attribute = readAttribute(reader.need('text'));
      else if (reader.take('COMMENT')) attribute = { comment: reader.need('text') };
      else throw new UnreadableError();
    }
  }

  for (const [text, verb] of [[statement, 'CREATE'] as const, ...more.map((each) => [each, 'ALTER'] as const)]) {
    const reader = readerOf(tokenize(text));
    reader.needWords(verb, 'USER');
    readRole(reader);
    readClauses(reader);
  }
  return { authentications, attributes, attribute, defaultRoles };
}

function readAuthentications(reader: Reader): Authentication[] {
  if (reader.take('BY', 'PASSWORD')) return [{ plugin: NATIVE, hash: reader.need('text') }];
  if (!reader.take('VIA') && !reader.take('WITH')) throw new UnreadableError();
  const found: Authentication[] = [];
  do {
    const plugin = (reader.takeA('text', 'name') ?? reader.need('word')).toLowerCase();
    const hash = reader.take('AS') || reader.take('USING') ? readHash(reader) : undefined;
    found.push({ plugin, hash });
    // MySQL's further factors say IDENTIFIED again.
  } while (reader.take('OR') || reader.take('AND', 'IDENTIFIED', 'WITH'));
  return found;
}

function readHash(reader: Reader): string | undefined {
  const text = reader.takeA('text');
  if (text === undefined) return Buffer.from(reader.need('word').replace(/^0X/, ''), 'hex').toString('utf8');
  // How MySQL writes what it does not show.
  return text === '<secret>' ? undefined : text;
}

function readRoles(reader: Reader): string[] {
  const roles: string[] = [];
  do roles.push(readRole(reader));
  while (reader.take(','));
  return roles;
}

function readRole(reader: Reader): string {
  const user = reader.need('name', 'text');
  return reader.take('@') ? quoteAccount({ user, host: reader.need('name', 'text') }) : quoteName(user);
}

function readRequire(reader: Reader): string {
  const demands: string[] = [];
  for (;;) {
    const simple = ['NONE', 'SSL', 'X509'].find((word) => reader.take(word));
    const of = simple === undefined ? ['ISSUER', 'SUBJECT', 'CIPHER'].find((word) => reader.take(word)) : undefined;
    if (simple !== undefined) demands.push(simple);
    else if (of !== undefined) demands.push(`${of} ${quoteText(reader.need('text'))}`);
    else return `REQUIRE ${demands.join(' AND ')}`;
    reader.take('AND');
  }
}

function readLimits(reader: Reader, set: (key: string, clause: string) => void): void {
  for (;;) {
    const limit = [
      'MAX_QUERIES_PER_HOUR',
      'MAX_UPDATES_PER_HOUR',
      'MAX_CONNECTIONS_PER_HOUR',
      'MAX_USER_CONNECTIONS',
      'MAX_STATEMENT_TIME',
    ].find((word) => reader.take(word));
    if (limit === undefined) return;
    set(limit, `${limit} ${reader.need('word')}`);
  }
}

/** That a password was made to expire is said of that password, and no attribute of the account; how long passwords live is. */
function readExpiry(reader: Reader, set: (key: string, clause: string) => void): void {
  const how = ['DEFAULT', 'NEVER'].find((word) => reader.take(word));
  if (how !== undefined) set('PASSWORD EXPIRE', `PASSWORD EXPIRE ${how}`);
  else if (reader.take('INTERVAL')) {
    set('PASSWORD EXPIRE', `PASSWORD EXPIRE INTERVAL ${reader.need('word')} DAY`);
    reader.needWords('DAY');
  }
}

function readAttribute(json: string): Account['attribute'] {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch {}
  throw new UnreadableError();
}

/**
 * The clauses of ALTER USER that give `target` the attributes of `source`, in the order in which both dialects take them.
 * @returns undefined if they are equal
 */
export function attributeClauses(source: Account, target: Account): string | undefined {
  const keys = new Set([...source.attributes.keys(), ...target.attributes.keys()]);
  const differing = [...keys]
    .filter((key) => source.attributes.get(key) !== target.attributes.get(key))
    .map((key) => ({ key, clause: source.attributes.get(key) ?? DEFAULTS[key] ?? `${key} 0` }));
  const clauses = (which: (key: string) => boolean) =>
    differing.filter(({ key }) => which(key)).map(({ clause }) => clause);
  const isLimit = (key: string) => key.startsWith('MAX_');
  const limits = clauses(isLimit);
  const patch = attributePatch(source.attribute, target.attribute);
  const all = [
    ...clauses((key) => key === 'REQUIRE'),
    ...(limits.length > 0 ? [`WITH ${limits.join(' ')}`] : []),
    ...clauses((key) => key !== 'REQUIRE' && !isLimit(key)),
    ...(patch === undefined ? [] : [`ATTRIBUTE ${quoteText(patch)}`]),
  ];
  return all.length > 0 ? all.join(' ') : undefined;
}

/** The server merges what it is given into what is there; null takes a key away. */
function attributePatch(source: Account['attribute'], target: Account['attribute']): string | undefined {
  const same = (key: string) => JSON.stringify(source[key]) === JSON.stringify(target[key]);
  const keys = [...new Set([...Object.keys(source), ...Object.keys(target)])].filter((key) => !same(key));
  return keys.length > 0
    ? JSON.stringify(Object.fromEntries(keys.map((key) => [key, source[key] ?? null])))
    : undefined;
}

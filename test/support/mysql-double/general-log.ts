/** The general query log. @see https://dev.mysql.com/doc/refman/8.0/en/query-log.html https://dev.mysql.com/doc/refman/8.0/en/password-logging.html */
import type { AccountName, TlsRequirement } from './account.js';
import { accountText, quotedAccount, quotedText } from './quoting.js';
import type { AccountOptions, AccountReference, Authentication, Statement } from './statement.js';

export type Command =
  | 'Connect'
  | 'Query'
  | 'Prepare'
  | 'Execute'
  | 'Init DB'
  | 'Ping'
  | 'Quit'
  | 'Reset Connection'
  | 'Close stmt';

export interface GeneralLog {
  write(connection: number, command: Command, text: string): void;
  /** A statement; what cannot be parsed "is not written, since it cannot be known to be free of passwords", unless the log is raw. */
  statement(connection: number, command: Command, sql: string, statement: Statement | undefined, whoIs: WhoIs): void;
  text(): string;
  forget(): void;
}

/** The account of a reference. */
export type WhoIs = (reference: AccountReference) => AccountName;

/** @param raw As with --log-raw: passwords are written in clear text. */
export function generalLog(raw: boolean): GeneralLog {
  let lines: string[] = [];
  const log: GeneralLog = {
    write(connection, command, text) {
      lines.push(`${new Date().toISOString()}\t${String(connection).padStart(5)} ${command}\t${text}\n`);
    },
    statement(connection, command, sql, statement, whoIs) {
      if (raw) log.write(connection, command, sql);
      else if (statement !== undefined) log.write(connection, command, rewritten(statement, whoIs) ?? sql);
    },
    text: () => lines.join(''),
    forget() {
      lines = [];
    },
  };
  return log;
}

/** @returns undefined if the statement holds no password in clear text: then it is logged as it came, verifiers included. */
function rewritten(statement: Statement, whoIs: WhoIs): string | undefined {
  if (statement.kind === 'set password') {
    const { account, replace, retain } = statement;
    const parts = [replace === undefined ? '' : ' REPLACE <secret>', retain ? ' RETAIN CURRENT PASSWORD' : ''];
    return `SET PASSWORD FOR ${quotedAccount(whoIs(account))}=<secret>${parts.join('')}`;
  }
  if (statement.kind !== 'create user' && statement.kind !== 'alter user') return undefined;
  if (!statement.users.some(({ by, replace }) => (by ?? replace) !== undefined)) return undefined;
  const { users, options } = statement;
  const clause = statement.kind === 'create user' ? ['CREATE USER', 'IF NOT EXISTS'] : ['ALTER USER', 'IF EXISTS'];
  const conditional = statement.kind === 'create user' ? statement.ifNotExists : statement.ifExists;
  const roles = statement.kind === 'create user' ? statement.defaultRoles : [];
  return [
    ...(conditional ? clause : clause.slice(0, 1)),
    users.map((user) => `${accountText(whoIs(user.account))}${identification(user)}`).join(','),
    ...(roles.length > 0 ? [`DEFAULT ROLE ${roles.map(accountText).join(',')}`] : []),
    ...optionsText(options),
  ].join(' ');
}

function identification({ plugin, by, as, replace, retain, discard }: Authentication): string {
  return [
    ...(plugin === undefined ? [] : [` IDENTIFIED WITH ${quotedText(plugin)}`]),
    ...(by === undefined ? [] : [plugin === undefined ? ' IDENTIFIED BY <secret>' : ' BY <secret>']),
    ...(as === undefined ? [] : [` AS ${quotedText(as.value)}`]),
    ...(replace === undefined ? [] : [' REPLACE <secret>']),
    ...(retain ? [' RETAIN CURRENT PASSWORD'] : []),
    ...(discard ? [' DISCARD OLD PASSWORD'] : []),
  ].join('');
}

function optionsText(options: AccountOptions): readonly string[] {
  const { tls, resources, expire, lock, history, reuseInterval, requireCurrent, attributes } = options;
  const days = (value: number | 'default') => (value === 'default' ? 'DEFAULT' : `${value} DAY`);
  const expiry = { now: '', default: ' DEFAULT', never: ' NEVER' };
  const current = { required: '', optional: ' OPTIONAL', default: ' DEFAULT' };
  return [
    ...(tls === undefined ? [] : [tlsText(tls)]),
    ...(resources === undefined
      ? []
      : [
          `WITH ${Object.entries(resources)
            .map(([name, limit]) => `${name} ${limit}`)
            .join(' ')}`,
        ]),
    ...(expire === undefined
      ? []
      : [`PASSWORD EXPIRE${typeof expire === 'number' ? ` INTERVAL ${expire} DAY` : expiry[expire]}`]),
    ...(lock === undefined ? [] : [lock ? 'ACCOUNT LOCK' : 'ACCOUNT UNLOCK']),
    ...(history === undefined ? [] : [`PASSWORD HISTORY ${history === 'default' ? 'DEFAULT' : history}`]),
    ...(reuseInterval === undefined ? [] : [`PASSWORD REUSE INTERVAL ${days(reuseInterval)}`]),
    ...(requireCurrent === undefined ? [] : [`PASSWORD REQUIRE CURRENT${current[requireCurrent]}`]),
    ...(options.failedLoginAttempts === undefined ? [] : [`FAILED_LOGIN_ATTEMPTS ${options.failedLoginAttempts}`]),
    ...(options.passwordLockTime === undefined ? [] : [`PASSWORD_LOCK_TIME ${options.passwordLockTime}`]),
    ...(attributes === undefined ? [] : [`ATTRIBUTE ${quotedText(JSON.stringify(attributes))}`]),
  ];
}

function tlsText({ type, cipher, issuer, subject }: TlsRequirement): string {
  if (type !== 'SPECIFIED') return `REQUIRE ${type}`;
  const parts = Object.entries({ SUBJECT: subject, ISSUER: issuer, CIPHER: cipher });
  return `REQUIRE${parts.map(([name, value]) => (value === undefined ? '' : ` ${name} '${value}'`)).join('')}`;
}

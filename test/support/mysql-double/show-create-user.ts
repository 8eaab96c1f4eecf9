/** SHOW CREATE USER. @see https://dev.mysql.com/doc/refman/8.0/en/show-create-user.html */
import { type Account, type AccountName, keyOf, nameOf, type TlsRequirement } from './account.js';
import type { Context, Result } from './context.js';
import { errors } from './errors.js';
import { accountText, quotedAccount, quotedText } from './quoting.js';

export function showCreateUser(context: Context, name: AccountName): Result {
  const { server, access, session } = context;
  const maySeeVerifier = access.may('SELECT', { database: 'mysql', table: 'user' });
  // "Requires the SELECT privilege for the mysql system schema, except to see information for the current user."
  if (!access.isSelf(name) && !access.may('SELECT', { database: 'mysql' }))
    throw errors.databaseDenied(access.current, 'mysql');
  const account = server.accounts.get(keyOf(name));
  if (account === undefined) throw errors.failedFor('SHOW CREATE USER', [name]);
  const asHex = session.variables.get('print_identified_with_as_hex') === 'ON';
  const { features } = server;
  const text = [
    `CREATE USER ${features.roles ? quotedAccount(account) : accountText(account)}`,
    `IDENTIFIED WITH '${account.plugin}'`,
    ...(account.primary === '' ? [] : [`AS ${verifierText(account.primary, maySeeVerifier, asHex)}`]),
    ...defaultRoles(account),
    tlsText(account.tls),
    ...resourcesText(account),
    expiry(account),
    account.locked ? 'ACCOUNT LOCK' : 'ACCOUNT UNLOCK',
    ...(features.passwordHistory ? reuse(account) : []),
    ...(features.passwordVerification ? [requireCurrent(account)] : []),
    ...loginTracking(account),
    ...(account.attributes === undefined ? [] : [`ATTRIBUTE ${quotedText(json(account.attributes))}`]),
  ].join(' ');
  return { kind: 'rows', columns: [`CREATE USER for ${account.user}@${account.host}`], rows: [[text]] };
}

/** As the server writes JSON: with a space after colons and commas. */
export function json(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(json).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, each]) => `${JSON.stringify(key)}: ${json(each)}`)
    .join(', ')}}`;
}

function verifierText(verifier: string, shown: boolean, asHex: boolean): string {
  if (!shown) return "'<secret>'";
  return asHex ? `0x${Buffer.from(verifier, 'latin1').toString('hex').toUpperCase()}` : quotedText(verifier);
}

const defaultRoles = ({ defaultRoles: roles }: Account) =>
  roles.size === 0
    ? []
    : [
        `DEFAULT ROLE ${[...roles]
          .sort()
          .map((key) => quotedAccount(nameOf(key)))
          .join(',')}`,
      ];

function tlsText({ type, cipher, issuer, subject }: TlsRequirement): string {
  if (type !== 'SPECIFIED') return `REQUIRE ${type}`;
  const parts = Object.entries({ SUBJECT: subject, ISSUER: issuer, CIPHER: cipher });
  return `REQUIRE ${parts.flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${quotedText(value)}`])).join(' ')}`;
}

function resourcesText({ resources }: Account): readonly string[] {
  const limits = Object.entries(resources).filter(([, limit]) => limit > 0);
  return limits.length === 0 ? [] : [`WITH ${limits.map(([name, limit]) => `${name} ${limit}`).join(' ')}`];
}

function expiry({ passwordExpired, passwordLifetime }: Account): string {
  if (passwordExpired) return 'PASSWORD EXPIRE';
  if (passwordLifetime === undefined) return 'PASSWORD EXPIRE DEFAULT';
  return passwordLifetime === 0 ? 'PASSWORD EXPIRE NEVER' : `PASSWORD EXPIRE INTERVAL ${passwordLifetime} DAY`;
}

const reuse = ({ passwordHistory, passwordReuseInterval }: Account) => [
  `PASSWORD HISTORY ${passwordHistory ?? 'DEFAULT'}`,
  `PASSWORD REUSE INTERVAL ${passwordReuseInterval === undefined ? 'DEFAULT' : `${passwordReuseInterval} DAY`}`,
];

function requireCurrent({ passwordRequireCurrent: required }: Account): string {
  if (required === undefined) return 'PASSWORD REQUIRE CURRENT DEFAULT';
  return required ? 'PASSWORD REQUIRE CURRENT' : 'PASSWORD REQUIRE CURRENT OPTIONAL';
}

function loginTracking({ failedLoginAttempts, passwordLockTime }: Account): readonly string[] {
  if (failedLoginAttempts === 0 && passwordLockTime === 0) return [];
  const lockTime = passwordLockTime === -1 ? 'UNBOUNDED' : passwordLockTime;
  return [`FAILED_LOGIN_ATTEMPTS ${failedLoginAttempts} PASSWORD_LOCK_TIME ${lockTime}`];
}

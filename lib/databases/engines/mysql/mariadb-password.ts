import { PermissionMissingError } from '../../../rotation/errors.js';
import { quoteAccount } from './account.js';
import type { MysqlConnection } from './connection.js';
import {
  assertOwnAccount,
  type PasswordAccount,
  readPasswordAccount,
  readPasswordAccounts,
} from './password-account.js';
import { runSealed, type Sealed } from './sealed-statements.js';

export interface PasswordRules {
  /** A plugin judges passwords, and `strict_password_validation` refuses hashes, which it cannot judge. */
  readonly clearText: boolean;
  /** Whether there is a binary log: it holds CREATE USER and ALTER USER as they were run, but SET PASSWORD with a hash. */
  readonly binaryLog: boolean;
}

export async function readPasswordRules(connection: MysqlConnection, doing: string): Promise<PasswordRules> {
  await connection.prepared();
  const [row = []] = await connection.query(
    doing,
    `SELECT @@strict_password_validation = 1 AND EXISTS (
              SELECT * FROM information_schema.PLUGINS WHERE PLUGIN_TYPE = 'PASSWORD VALIDATION' AND PLUGIN_STATUS = 'ACTIVE'
            ), @@log_bin`,
  );
  const [clearText, binaryLog] = row.map((value) => String(value) === '1');
  return { clearText: clearText ?? false, binaryLog: binaryLog ?? false };
}

export async function setOwnSealed(connection: MysqlConnection, username: string, password: string): Promise<void> {
  const doing = `change the password of user "${username}"`;
  await assertOwnAccount(connection, username);
  const { hashing } = await readPasswordAccount(connection, password);
  const { clearText } = await readPasswordRules(connection, doing);
  await runSealed(connection, doing, [
    clearText
      ? ['SET PASSWORD = PASSWORD(', { secret: password }, ')']
      : ['SET PASSWORD = ', { secret: await hashing.hash(password) }],
  ]);
}

export async function setOthersSealed(connection: MysqlConnection, username: string, password: string): Promise<void> {
  const doing = `change the password of user "${username}"`;
  const accounts = await readPasswordAccounts(connection, doing, username, password);
  const rules = await readPasswordRules(connection, doing);
  const alter = async () =>
    runSealed(connection, doing, [['ALTER USER ', ...(await identifiedSealed(accounts, password, rules))]]);
  if (!rules.clearText) return alter();
  try {
    await runSealed(
      connection,
      doing,
      accounts.map(({ name }) => [`SET PASSWORD FOR ${quoteAccount(name)} = PASSWORD(`, { secret: password }, ')']),
    );
  } catch (error) {
    // It takes more rights than ALTER USER.
    if (!(error instanceof PermissionMissingError)) throw error;
    assertNotInBinaryLog(connection, doing, rules, 'UPDATE ON mysql.*');
    await alter();
  }
}

/** @throws PermissionMissingError rather than that the password stands in the binary log */
export function assertNotInBinaryLog(
  connection: MysqlConnection,
  doing: string,
  { clearText, binaryLog }: PasswordRules,
  wayOut: string,
): void {
  if (!clearText || !binaryLog) return;
  throw new PermissionMissingError(
    `The database at ${connection.server} takes passwords in the clear only, for a plugin that judges them (strict_password_validation), and would write this one to its binary log. So user ` +
      `"${connection.username}" was not let ${doing}. Nothing was changed. Way out: ${wayOut}, or strict_password_validation = OFF.`,
  );
}

/** For CREATE USER and ALTER USER. Plugins without a password stay as they are. */
export async function identifiedSealed(
  accounts: readonly Pick<PasswordAccount, 'name' | 'plugin' | 'hashing' | 'authentications'>[],
  password: string,
  { clearText }: PasswordRules,
): Promise<Sealed> {
  const parts: Sealed[number][] = [];
  for (const { name, plugin, hashing, authentications } of accounts) {
    const using: Sealed = clearText ? [{ secret: password }] : [{ secret: await hashing.hash(password) }];
    parts.push(`${parts.length > 0 ? ', ' : ''}${quoteAccount(name)} IDENTIFIED `);
    if (plugin === 'mysql_native_password' && authentications.length === 1) {
      // Audit plugins blot out what follows BY and BY PASSWORD, but not a hash that follows USING.
      parts.push(clearText ? 'BY ' : 'BY PASSWORD ', ...using);
    } else {
      const each = authentications.map((other): Sealed => {
        if (other.plugin !== plugin)
          return other.hash === undefined ? [other.plugin] : [`${other.plugin} USING `, { secret: other.hash }];
        return clearText ? [`${plugin} USING PASSWORD(`, ...using, ')'] : [`${plugin} USING `, ...using];
      });
      parts.push('VIA ', ...each.flatMap((one, index) => (index === 0 ? one : [' OR ', ...one])));
    }
  }
  return parts;
}

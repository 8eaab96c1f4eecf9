import type { PasswordPolicy } from '../../rotation/password.js';
import type { DatabaseDriver } from '../driver.js';
import type { DatabaseSecret } from '../secret.js';

/** What may be shown: everything that helps to find a fault, and opens nothing. */
export const DATABASE_PUBLIC_FIELDS: readonly (keyof DatabaseSecret)[] = [
  'engine',
  'host',
  'port',
  'dbname',
  'username',
  'masterarn',
  'ssl',
];

/** AWS's functions leave out the characters that break connection URLs and shell commands. */
export const DATABASE_PASSWORDS: PasswordPolicy = { length: 32, excludeCharacters: '/@"\'\\:' };

/** Which database of which server a secret opens, and whether over TLS; a rotation never changes that, nor falls back to plain because an older version says so. */
export function databaseTarget({ host, port, dbname, ssl = true }: DatabaseSecret, driver: DatabaseDriver) {
  return {
    engine: driver.engines[0],
    host: host.toLowerCase(),
    port: port ?? driver.defaultPort,
    dbname,
    ssl: String(ssl),
  };
}

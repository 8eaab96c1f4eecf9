import { createHash, randomInt, timingSafeEqual } from 'node:crypto';
import { ed25519Hash } from './client-ed25519.js';
import { sha256Crypt } from './sha256-crypt.js';

/** A plugin whose accounts have a password that the server keeps, as a hash that can be made here. */
export interface PasswordPlugin {
  /** In bytes, where the plugin has a limit. */
  readonly maxPasswordLength?: number;
  /** What the server stores for the password. */
  hash(password: string): Promise<string>;
  /** Whether it is what the server stores for the password. */
  matches(hash: string, password: string): Promise<boolean>;
}

const ROUNDS = 5000;
const SALT_LENGTH = 20;
/** MySQL's manual speaks of 256 bytes; with the NUL at its end a password has one less. */
const MAX_SHA2_PASSWORD = 255;

/** @see https://dev.mysql.com/doc/refman/8.0/en/authentication-plugins.html */
const plugins: Readonly<Record<string, PasswordPlugin>> = {
  mysql_native_password: unsalted(async (password) => {
    const once = createHash('sha1').update(password).digest();
    return `*${createHash('sha1').update(once).digest('hex').toUpperCase()}`;
  }),
  ed25519: unsalted(ed25519Hash),
  caching_sha2_password: salted({
    // The rounds, in thousands and hexadecimal.
    prefix: '$A$005$',
    pattern: /^\$A\$([0-9A-F]{3})\$([\s\S]{20})([\s\S]{43})$/,
    rounds: (text) => Number.parseInt(text, 16) * 1000,
    separator: '',
  }),
  sha256_password: salted({
    prefix: '$5$',
    pattern: /^\$(5)\$([\s\S]{20})\$([\s\S]{43})$/,
    rounds: () => ROUNDS,
    separator: '$',
  }),
};

/** @returns undefined for a plugin without a password, or one that Keyturn does not know */
export function passwordPlugin(name: string): PasswordPlugin | undefined {
  return Object.hasOwn(plugins, name) ? plugins[name] : undefined;
}

function unsalted(hash: (password: string) => Promise<string>): PasswordPlugin {
  return { hash, matches: async (stored, password) => equal(stored, await hash(password)) };
}

interface SaltedFormat {
  readonly prefix: string;
  readonly pattern: RegExp;
  rounds(text: string): number;
  readonly separator: string;
}

function salted({ prefix, pattern, rounds, separator }: SaltedFormat): PasswordPlugin {
  return {
    maxPasswordLength: MAX_SHA2_PASSWORD,
    async hash(password) {
      const salt = newSalt();
      return `${prefix}${salt}${separator}${sha256Crypt(password, Buffer.from(salt), ROUNDS)}`;
    },
    async matches(stored, password) {
      const [, count, salt, digest] = pattern.exec(stored) ?? [];
      if (count === undefined || salt === undefined || digest === undefined) return false;
      return equal(digest, sha256Crypt(password, Buffer.from(salt), rounds(count)));
    },
  };
}

/** Letters and digits, which a statement can hold as they are; the server itself draws from more. */
function newSalt(): string {
  const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./';
  return Array.from({ length: SALT_LENGTH }, () => characters[randomInt(characters.length)]).join('');
}

function equal(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** What the sessions of a server share. */
import type { Account, AccountName } from './account.js';
import { keyOf } from './account.js';
import type { AuthenticationPlugin } from './plugins/plugin.js';
import type { Select, Value } from './statement.js';
import type { UserLocks } from './user-locks.js';
import type { Features } from './version.js';

export interface Table {
  readonly columns: string[];
  readonly rows: Value[][];
}

export interface Database {
  readonly tables: Map<string, Table>;
  readonly procedures: Map<string, Select>;
}

/** The component validate_password. @see https://dev.mysql.com/doc/refman/8.0/en/validate-password.html */
export interface PasswordPolicy {
  readonly policy: 'LOW' | 'MEDIUM';
  /** @default 8 */
  readonly length?: number;
}

/** Of an account with FAILED_LOGIN_ATTEMPTS: a restart forgets it. */
export interface FailedLogins {
  count: number;
  lockedAt?: number;
}

export interface Server {
  readonly version: string;
  readonly features: Features;
  readonly policy: PasswordPolicy | undefined;
  /** What is on disk. Statements replace it as a whole, or not at all. */
  accounts: ReadonlyMap<string, Account>;
  databases: Map<string, Database>;
  readonly variables: Map<string, Value>;
  // ---- What a restart forgets ----
  plugins: ReadonlyMap<string, AuthenticationPlugin>;
  readonly failedLogins: Map<string, FailedLogins>;
  readonly sessions: Map<number, Session>;
  readonly locks: UserLocks;
}

export interface Session {
  readonly id: number;
  /** USER(): the name that logged in, and the client's host. */
  readonly login: AccountName;
  /** CURRENT_USER(): the account that it was let in as. */
  readonly accountKey: string;
  activeRoles: ReadonlySet<string>;
  database: string | undefined;
  readonly variables: Map<string, Value>;
  /** Of the text that the client sends. */
  encoding: 'utf8' | 'latin1';
  /** The password has expired, and only a new one is accepted. */
  sandboxed: boolean;
  kill(): void;
}

/** Copies of accounts that a statement changes: they become the server's when all of it has gone well. @see https://dev.mysql.com/doc/refman/8.0/en/atomic-ddl.html */
export interface Draft {
  get(name: AccountName): Account | undefined;
  set(account: Account): void;
  delete(name: AccountName): void;
  /** To be changed at will. */
  all(): readonly Account[];
  commit(): void;
}

export function draftOf(server: Server): Draft {
  const accounts = new Map(server.accounts);
  const copied = new Set<string>();

  function get(name: AccountName): Account | undefined {
    const key = keyOf(name);
    const account = accounts.get(key);
    if (account === undefined || copied.has(key)) return account;
    const copy = structuredClone(account);
    accounts.set(key, copy);
    copied.add(key);
    return copy;
  }

  return {
    get,
    set(account) {
      accounts.set(keyOf(account), account);
      copied.add(keyOf(account));
    },
    delete: (name) => void accounts.delete(keyOf(name)),
    all: () => [...accounts.values()].flatMap((account) => get(account) ?? []),
    commit() {
      server.accounts = accounts;
    },
  };
}

/** Accounts: what the tables of the mysql schema hold of them. Plain data, so that a copy can be made of it. */
import type { PluginName } from './plugins/plugin.js';
import type { Privilege } from './privileges.js';

export interface AccountName {
  readonly user: string;
  readonly host: string;
}

export interface TlsRequirement {
  readonly type: 'NONE' | 'SSL' | 'X509' | 'SPECIFIED';
  readonly cipher?: string;
  readonly issuer?: string;
  readonly subject?: string;
}

/** Limits by the hour, and of connections at a time; 0 is none. */
export interface Resources {
  MAX_QUERIES_PER_HOUR: number;
  MAX_UPDATES_PER_HOUR: number;
  MAX_CONNECTIONS_PER_HOUR: number;
  MAX_USER_CONNECTIONS: number;
}

export interface TableGrant {
  readonly privileges: Set<Privilege>;
  readonly columns: Map<string, Set<Privilege>>;
}

export interface Account extends AccountName {
  plugin: PluginName;
  /** authentication_string, bytes as Latin-1; empty is no password. */
  primary: string;
  /** $.additional_password of User_attributes. */
  secondary?: string;
  /** Of accounts that CREATE ROLE made. */
  readonly isRole: boolean;
  passwordExpired: boolean;
  passwordLastChanged: number;
  /** In days; 0 is never, undefined the server's default. */
  passwordLifetime?: number;
  /** Undefined: the server's default. */
  passwordHistory?: number;
  /** In days. */
  passwordReuseInterval?: number;
  passwordRequireCurrent?: boolean;
  failedLoginAttempts: number;
  /** In days; -1 is without end. */
  passwordLockTime: number;
  locked: boolean;
  tls: TlsRequirement;
  resources: Resources;
  /** ATTRIBUTE; COMMENT is its key "comment". */
  attributes: Record<string, unknown> | undefined;
  history: { readonly verifier: string; readonly at: number }[];
  // ---- Privileges ----
  readonly global: Set<Privilege>;
  /** And whether WITH GRANT OPTION. */
  readonly dynamic: Map<string, boolean>;
  /** By the pattern that was granted. */
  readonly databases: Map<string, Set<Privilege>>;
  /** By `objectKey`. */
  readonly tables: Map<string, TableGrant>;
  /** By `objectKey` with PROCEDURE or FUNCTION. */
  readonly routines: Map<string, Set<Privilege>>;
  /** Accounts that it may be a proxy of, and whether WITH GRANT OPTION. */
  readonly proxies: Map<string, boolean>;
  /** Roles, and whether WITH ADMIN OPTION. */
  readonly roles: Map<string, boolean>;
  readonly defaultRoles: Set<string>;
}

const SEPARATOR = '\0';

export const keyOf = ({ user, host }: AccountName): string => `${user}${SEPARATOR}${host.toLowerCase()}`;

export function nameOf(key: string): AccountName {
  const [user = '', host = ''] = key.split(SEPARATOR);
  return { user, host };
}

export const objectKey = (...parts: readonly string[]): string => parts.join(SEPARATOR);
export const objectName = (key: string): readonly string[] => key.split(SEPARATOR);

export function newAccount(name: AccountName, plugin: PluginName, isRole: boolean): Account {
  return {
    ...name,
    plugin,
    primary: '',
    isRole,
    passwordExpired: isRole,
    passwordLastChanged: Date.now(),
    failedLoginAttempts: 0,
    passwordLockTime: 0,
    locked: isRole,
    tls: { type: 'NONE' },
    resources: {
      MAX_QUERIES_PER_HOUR: 0,
      MAX_UPDATES_PER_HOUR: 0,
      MAX_CONNECTIONS_PER_HOUR: 0,
      MAX_USER_CONNECTIONS: 0,
    },
    attributes: undefined,
    history: [],
    global: new Set(),
    dynamic: new Map(),
    databases: new Map(),
    tables: new Map(),
    routines: new Map(),
    proxies: new Map(),
    roles: new Map(),
    defaultRoles: new Set(),
  };
}

/** What statements say. Types only. */
import type { AccountName, Resources, TlsRequirement } from './account.js';
import type { Privilege } from './privileges.js';

export type Statement =
  | AccountStatement
  | GrantStatement
  | TableStatement
  | Select
  | { readonly kind: 'use'; readonly database: string }
  | { readonly kind: 'set variables'; readonly assignments: readonly Assignment[] }
  | { readonly kind: 'set names'; readonly charset: string }
  | { readonly kind: 'transaction' }
  | { readonly kind: 'flush privileges' }
  | { readonly kind: 'kill'; readonly id: number }
  | { readonly kind: 'show variables'; readonly like: string | undefined }
  | { readonly kind: 'show warnings' };

// ---- Accounts ----

/** CURRENT_USER(), or USER() of ALTER USER: whoever the session is. */
export type AccountReference = AccountName | 'current user';

export interface Authentication {
  readonly account: AccountReference;
  /** IDENTIFIED WITH. */
  readonly plugin?: string;
  /** BY: in clear text. */
  readonly by?: string;
  /** AS: a verifier. */
  readonly as?: Verifier;
  readonly replace?: string;
  readonly retain?: true;
  readonly discard?: true;
}

/** A text, or the bytes of a hexadecimal literal as Latin-1. */
export interface Verifier {
  readonly value: string;
  readonly hex: boolean;
}

export interface AccountOptions {
  readonly tls?: TlsRequirement;
  readonly resources?: Readonly<Partial<Resources>>;
  readonly expire?: 'now' | 'default' | 'never' | number;
  readonly history?: number | 'default';
  readonly reuseInterval?: number | 'default';
  readonly requireCurrent?: 'required' | 'optional' | 'default';
  readonly failedLoginAttempts?: number;
  /** -1 for UNBOUNDED. */
  readonly passwordLockTime?: number;
  readonly lock?: boolean;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

export type AccountStatement =
  | {
      readonly kind: 'create user';
      readonly ifNotExists: boolean;
      readonly users: readonly Authentication[];
      readonly defaultRoles: readonly AccountName[];
      readonly options: AccountOptions;
    }
  | {
      readonly kind: 'alter user';
      readonly ifExists: boolean;
      readonly users: readonly Authentication[];
      readonly options: AccountOptions;
    }
  | { readonly kind: 'create role'; readonly ifNotExists: boolean; readonly roles: readonly AccountName[] }
  | {
      readonly kind: 'drop';
      readonly what: 'USER' | 'ROLE';
      readonly ifExists: boolean;
      readonly accounts: readonly AccountReference[];
    }
  | { readonly kind: 'rename user'; readonly pairs: readonly (readonly [AccountReference, AccountReference])[] }
  | {
      readonly kind: 'set password';
      readonly account: AccountReference;
      readonly password: string;
      readonly replace?: string;
      readonly retain: boolean;
    }
  | {
      readonly kind: 'set default role';
      readonly roles: RoleChoice;
      readonly users: readonly AccountReference[];
    }
  | { readonly kind: 'set role'; readonly roles: RoleChoice | 'default' }
  | { readonly kind: 'show create user'; readonly account: AccountReference };

export type RoleChoice = 'none' | 'all' | readonly AccountName[];

// ---- Privileges ----

export interface PrivilegeItem {
  readonly privilege: Privilege;
  /** Of column privileges. */
  readonly columns: readonly string[];
}

/** What privileges are on. Undefined is the current database. */
export type GrantTarget =
  | { readonly level: 'global' }
  | { readonly level: 'database'; readonly database: string | undefined }
  | { readonly level: 'table'; readonly database: string | undefined; readonly table: string }
  | {
      readonly level: 'routine';
      readonly routineKind: 'PROCEDURE' | 'FUNCTION';
      readonly database: string | undefined;
      readonly routine: string;
    };

export type GrantStatement =
  | {
      readonly kind: 'grant' | 'revoke';
      /** ALL [PRIVILEGES]. */
      readonly all: boolean;
      readonly privileges: readonly PrivilegeItem[];
      readonly dynamic: readonly string[];
      readonly target: GrantTarget;
      readonly grantOption: boolean;
      readonly accounts: readonly AccountReference[];
    }
  | { readonly kind: 'revoke everything'; readonly accounts: readonly AccountReference[] }
  | {
      readonly kind: 'grant proxy' | 'revoke proxy';
      readonly proxied: AccountReference;
      readonly accounts: readonly AccountReference[];
      readonly grantOption: boolean;
    }
  | {
      readonly kind: 'grant roles' | 'revoke roles';
      readonly roles: readonly AccountName[];
      readonly accounts: readonly AccountReference[];
      readonly adminOption: boolean;
    }
  | { readonly kind: 'show grants'; readonly account: AccountReference };

// ---- Databases, tables and routines ----

export interface TableName {
  readonly database: string | undefined;
  readonly table: string;
}

export type TableStatement =
  | { readonly kind: 'create database'; readonly ifNotExists: boolean; readonly database: string }
  | { readonly kind: 'drop database'; readonly ifExists: boolean; readonly database: string }
  | {
      readonly kind: 'create table';
      readonly ifNotExists: boolean;
      readonly table: TableName;
      readonly columns: readonly string[];
    }
  | { readonly kind: 'drop table'; readonly ifExists: boolean; readonly tables: readonly TableName[] }
  | { readonly kind: 'alter table'; readonly table: TableName; readonly add: readonly string[] }
  | {
      readonly kind: 'insert';
      readonly table: TableName;
      readonly columns: readonly string[];
      readonly rows: readonly (readonly Expression[])[];
    }
  | { readonly kind: 'create procedure'; readonly routine: TableName; readonly body: Select }
  | { readonly kind: 'drop procedure'; readonly ifExists: boolean; readonly routine: TableName }
  | { readonly kind: 'call'; readonly routine: TableName };

// ---- Queries ----

export interface Select {
  readonly kind: 'select';
  readonly distinct: boolean;
  readonly items: readonly SelectItem[];
  readonly from?: { readonly table: TableName; readonly alias: string };
  readonly where?: Expression;
  readonly orderBy: readonly { readonly by: Expression; readonly descending: boolean }[];
  readonly limit?: number;
}

export type SelectItem = '*' | { readonly expression: Expression; readonly title: string };

export type Expression =
  | { readonly kind: 'literal'; readonly value: Value }
  | { readonly kind: 'parameter'; readonly index: number }
  | { readonly kind: 'column'; readonly name: string }
  | { readonly kind: 'variable'; readonly name: string; readonly global: boolean }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: 'count all' }
  | { readonly kind: 'tuple'; readonly items: readonly Expression[] }
  | { readonly kind: 'subquery'; readonly select: Select; readonly exists: boolean }
  | { readonly kind: 'not'; readonly operand: Expression }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'in'; readonly left: Expression; readonly items: readonly Expression[] }
  | { readonly kind: 'is null'; readonly operand: Expression };

export type Value = string | number | null;

export interface Assignment {
  readonly variable: string;
  readonly global: boolean;
  readonly value: Expression;
}

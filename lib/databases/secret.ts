import { isIP } from 'node:net';
import type { SecretSchema } from '../rotation/rotator.js';

/** AWS's JSON shape of a database secret. @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html */
export interface DatabaseSecret {
  readonly engine: string;
  readonly host: string;
  readonly port?: number;
  readonly dbname?: string;
  readonly username: string;
  readonly password: string;
  /** Absent or true: TLS demanded and verified. False: plain, and only then. */
  readonly ssl?: boolean;
  /** The superuser's secret. */
  readonly masterarn?: string;
}

/** What a secret calls its keys, where they are not AWS's for databases. */
export type SecretKeys = Readonly<Partial<Record<keyof DatabaseSecret, string>>>;

/** A secret as AWS's functions and consoles write it: `port` may be a numeric text, `ssl` may be "true" or "false", other keys are ignored. */
export const databaseSecret: SecretSchema<DatabaseSecret> = databaseSecretOf({});

/**
 * The same of a secret that calls its keys otherwise.
 * @param engine Of secrets that name none. Default: there must be one.
 */
export function databaseSecretOf(keys: SecretKeys, engine?: string): SecretSchema<DatabaseSecret> {
  return schema((fields) => {
    const named = read(fields, (field) => keys[field] ?? field);
    if (named.values.engine === undefined && engine !== undefined) named.values.engine = engine;
    return complete(named, ['engine', 'host', 'username', 'password'], keys);
  });
}

/** The superuser's secret: as RDS and Redshift make it, it names neither host nor engine. */
export type SuperuserSecret = Omit<DatabaseSecret, 'engine' | 'host'> &
  Partial<Pick<DatabaseSecret, 'engine' | 'host'>>;

/** The superuser's secret, named by `masterarn`. It may call its keys as the secret that rotates does, or as AWS does. */
export function superuserSecretOf(keys: SecretKeys): SecretSchema<SuperuserSecret> {
  return schema((fields) => {
    const nameOf = (field: keyof DatabaseSecret) => {
      const own = keys[field];
      return own !== undefined && Object.hasOwn(fields, own) ? own : field;
    };
    return complete(read(fields, nameOf), ['username', 'password'], {});
  });
}

interface Issue {
  readonly message: string;
  readonly path: readonly string[];
}

interface Fields {
  readonly values: { -readonly [field in keyof DatabaseSecret]?: unknown };
  readonly issues: readonly Issue[];
}

type Check = (value: unknown) => { readonly value: unknown } | { readonly problem: string };

const CHECKS: Readonly<Record<keyof DatabaseSecret, Check>> = {
  engine: text,
  host,
  port,
  dbname: text,
  username: text,
  password: text,
  ssl,
  masterarn: text,
};

const NO_TARGET =
  'is missing: attach the secret to its database (SecretTargetAttachment, or the console) or add the key';

function schema<T extends DatabaseSecret | SuperuserSecret>(
  parse: (fields: Readonly<Record<string, unknown>>) => Fields,
): SecretSchema<T> {
  const standard: SecretSchema<object> = {
    '~standard': {
      version: 1,
      vendor: 'keyturn',
      validate(value) {
        if (!isObject(value)) return { issues: [{ message: 'is not a JSON object' }] };
        const { values, issues } = parse(value);
        return issues.length > 0 ? { issues } : { value: values };
      },
    },
  };
  // `parse` has checked what makes it a T.
  return standard as SecretSchema<T>;
}

function read(fields: Readonly<Record<string, unknown>>, nameOf: (field: keyof DatabaseSecret) => string): Fields {
  const values: Fields['values'] = {};
  const issues: Issue[] = [];
  for (const field of Object.keys(CHECKS) as (keyof DatabaseSecret)[]) {
    const name = nameOf(field);
    const found = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (found === undefined) continue;
    const result = CHECKS[field](found);
    if ('problem' in result) issues.push({ message: result.problem, path: [name] });
    else values[field] = result.value;
  }
  return { values, issues };
}

/** Says which of the keys that must be there is not. One that is there and wrong is no missing one. */
function complete({ values, issues }: Fields, required: readonly (keyof DatabaseSecret)[], keys: SecretKeys): Fields {
  const wrong = issues.flatMap(({ path }) => path);
  const missing = required
    .filter((field) => values[field] === undefined && !wrong.includes(keys[field] ?? field))
    .map((field) => ({
      message: field === 'engine' || field === 'host' ? NO_TARGET : 'is missing',
      path: [keys[field] ?? field],
    }));
  return { values, issues: [...issues, ...missing] };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): ReturnType<Check> {
  if (typeof value !== 'string') return { problem: 'is not a text' };
  if (value === '') return { problem: 'is empty' };
  // Wire protocols of databases end a text at the first NUL.
  return value.includes('\0') ? { problem: 'holds a NUL character' } : { value };
}

function host(value: unknown): ReturnType<Check> {
  const result = text(value);
  if ('problem' in result || typeof value !== 'string') return result;
  if (isIP(value) !== 0 || /^[^\s/:@,]+$/.test(value)) return result;
  return { problem: 'is not a host name or IP address (no scheme, no port, no path)' };
}

function port(value: unknown): ReturnType<Check> {
  const number = typeof value === 'string' && /^[0-9]{1,5}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number >= 1 && number <= 65_535
    ? { value: number }
    : { problem: 'is not a port number from 1 to 65535' };
}

function ssl(value: unknown): ReturnType<Check> {
  if (value === true || value === 'true') return { value: true };
  if (value === false || value === 'false') return { value: false };
  return { problem: 'is neither true nor false' };
}

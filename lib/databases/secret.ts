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

/** A secret as AWS's functions and consoles write it: `port` may be a numeric text, `ssl` may be "true" or "false", other keys are ignored. */
export const databaseSecret = schema(
  'is missing: attach the secret to its database (SecretTargetAttachment, or the console) or add the key',
);

/** The superuser's secret, named by `masterarn`. */
export const superuserSecret = schema(
  'is missing: a superuser secret that RDS manages holds only username and password, and where it may be sent must not be guessed; ' +
    'store a secret with engine, host and port too, and name it in masterarn',
);

type Check = (value: unknown) => { readonly value: unknown } | { readonly problem: string };

function schema(missingTarget: string): SecretSchema<DatabaseSecret> {
  const checks: Readonly<Record<keyof DatabaseSecret, { readonly check: Check; readonly missing?: string }>> = {
    engine: { check: text, missing: missingTarget },
    host: { check: host, missing: missingTarget },
    port: { check: port },
    dbname: { check: text },
    username: { check: text, missing: 'is missing' },
    password: { check: text, missing: 'is missing' },
    ssl: { check: ssl },
    masterarn: { check: text },
  };
  return {
    '~standard': {
      version: 1,
      vendor: 'keyturn',
      validate(value) {
        if (!isObject(value)) return { issues: [{ message: 'is not a JSON object' }] };
        const issues: { message: string; path: string[] }[] = [];
        const entries: [string, unknown][] = [];
        for (const [key, { check, missing }] of Object.entries(checks)) {
          const field = Object.hasOwn(value, key) ? value[key] : undefined;
          if (field === undefined) {
            if (missing !== undefined) issues.push({ message: missing, path: [key] });
            continue;
          }
          const result = check(field);
          if ('problem' in result) issues.push({ message: result.problem, path: [key] });
          else entries.push([key, result.value]);
        }
        return issues.length > 0 ? { issues } : { value: Object.fromEntries(entries) as unknown as DatabaseSecret };
      },
    },
  };
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

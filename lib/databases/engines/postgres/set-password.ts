import type { PostgresConnection } from './connection.js';
import { md5Verifier, scramVerifier } from './password-verifier.js';
import { quoteLiteral } from './quote.js';

/** Before `scram_iterations` came with PostgreSQL 16, the number was fixed. */
const DEFAULT_ITERATIONS = 4096;
/** SHA-256 blocks of the one-time pad: 192 bytes. A verifier has about 135. */
const PAD_BLOCKS = 6;

interface ServerPolicy {
  readonly encryption: string;
  readonly iterations: string | null;
  readonly own: boolean;
  readonly pad: string;
}

/**
 * Gives a role a password, inside a transaction of the caller's.
 *
 * The server never sees the password, only a verifier made here. But the verifier must not stay in its log either (with it, guesses can be checked
 * offline, and the md5 form logs in by itself), and ALTER ROLE takes no bound value: with `log_statement` at ddl or all, or when
 * `log_min_duration_statement` triggers, it would be written out, and only a superuser could turn that off. So the verifier travels sealed: the
 * server draws a one-time pad and returns it as a query's result, which is never logged; what is sent back is the verifier XOR the pad; a DO block
 * opens it and runs ALTER ROLE from within, where statements are not logged. The block catches errors, and PostgreSQL 18's warning about md5 is turned
 * off, because either would log the inner statement as its context.
 */
export async function setPassword(connection: PostgresConnection, role: string, password: string): Promise<void> {
  const doing = `change the password of user "${role}"`;
  const [policy] = await connection.query<ServerPolicy>(
    doing,
    `SELECT current_setting('password_encryption') AS encryption,
            current_setting('scram_iterations', true) AS iterations,
            session_user = $1::name AS own,
            CASE WHEN current_setting('md5_password_warnings', true) = 'on'
                 THEN set_config('md5_password_warnings', 'off', true) END AS "md5Warnings",
            set_config('keyturn.pad', (
              SELECT string_agg(encode(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 'hex'), '')
              FROM generate_series(1, ${PAD_BLOCKS})
            ), true) AS pad`,
    [role],
  );
  if (!policy) throw new TypeError('A SELECT without FROM returned no row');
  // With a default role (ALTER ROLE … SET role) the session acts as somebody else, who may not change this one's password.
  if (policy.own) await connection.query(doing, 'SET LOCAL ROLE NONE');
  const verifier = /scram/.test(policy.encryption)
    ? await scramVerifier(password, Number(policy.iterations ?? DEFAULT_ITERATIONS))
    : md5Verifier(role, password);
  await connection.query(
    doing,
    `DO LANGUAGE plpgsql ${quoteLiteral(alterRoleBlock(role, seal(verifier, policy.pad)))}`,
  );
}

function seal(verifier: string, padHex: string): string {
  const text = Buffer.from(verifier);
  const pad = Buffer.from(padHex, 'hex');
  if (pad.length < text.length) throw new RangeError('The pad is shorter than the verifier');
  return Buffer.from(text.map((byte, index) => byte ^ (pad[index] ?? 0))).toString('hex');
}

function alterRoleBlock(role: string, sealedHex: string): string {
  return `
DECLARE
  sealed bytea := decode('${sealedHex}', 'hex');
  pad bytea := decode(current_setting('keyturn.pad'), 'hex');
  detail text;
BEGIN
  FOR i IN 0 .. length(sealed) - 1 LOOP
    sealed := set_byte(sealed, i, get_byte(sealed, i) # get_byte(pad, i));
  END LOOP;
  EXECUTE format('ALTER ROLE %I PASSWORD %L', ${quoteLiteral(role)}, convert_from(sealed, 'SQL_ASCII'));
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
  RAISE EXCEPTION USING ERRCODE = SQLSTATE, MESSAGE = SQLERRM, DETAIL = detail;
END`;
}

import { firstText } from './accounts.js';
import type { MysqlConnection } from './connection.js';
import { quoteText } from './quote.js';

/** A statement, or a part of one, with texts in it that must not be logged. */
export type Sealed = readonly (string | Secret)[];

export interface Secret {
  readonly secret: string;
}

/** The most that RANDOM_BYTES makes at once. */
const MAX_RANDOM_BYTES = 1024;
const CHUNK_BYTES = 8;
/** Of SHA2(…, 512). */
const HASH_BYTES = 64;

/**
 * Runs statements of MariaDB so that the secrets in them are in no general, slow or error log.
 *
 * The server would write a statement to its logs as it came. So the secrets travel sealed: the server draws a one-time pad and returns it as a query's result, which is never logged;
 * what is sent is the secrets XOR the pad; and a block of statements, which the logs show as it came, opens them and runs the statements from within, where they are not logged. They are
 * built without variables of the block, since MariaDB puts the values of those into the text that it gives to the binary log and to audit plugins.
 *
 * The pad is drawn with RANDOM_BYTES; before MariaDB 10.10 came with it, from a hash of what no reader of the logs knows: random numbers, microseconds, and all counters of the server.
 */
export async function runSealed(
  connection: MysqlConnection,
  doing: string,
  statements: readonly Sealed[],
): Promise<void> {
  // As literals, so that the pad hides their quotes too.
  const literals = statements
    .flat()
    .filter((part) => typeof part !== 'string')
    .map(literalOf);
  const pad = await drawPad(
    connection,
    doing,
    literals.reduce((length, literal) => length + literal.length, 0),
  );
  let offset = 0;
  const open = (literal: Buffer) => {
    const chunks: string[] = [];
    for (let at = 0; at < literal.length; at += CHUNK_BYTES, offset += CHUNK_BYTES) {
      const sealed = literal.subarray(at, at + CHUNK_BYTES).map((byte, index) => byte ^ (pad[offset + index] ?? 0));
      const padNumber = `CAST(CONV(SUBSTR(@keyturn_pad, ${offset * 2 + 1}, ${CHUNK_BYTES * 2}), 16, 10) AS UNSIGNED)`;
      chunks.push(`LPAD(HEX(${padNumber} ^ 0x${Buffer.from(sealed).toString('hex')}), ${CHUNK_BYTES * 2}, '0')`);
    }
    return `CONVERT(UNHEX(CONCAT(${chunks.join(', ')})) USING utf8mb4)`;
  };
  const executed = statements.map((parts) => {
    const texts = parts.map((part) => (typeof part === 'string' ? quoteText(part) : open(literalOf(part))));
    return `EXECUTE IMMEDIATE CONCAT(${texts.join(', ')});`;
  });
  await connection.query(doing, `BEGIN NOT ATOMIC\n${executed.join('\n')}\nSET @keyturn_pad = NULL;\nEND`);
}

/** A text of SQL, with spaces after it up to a whole number of chunks. */
function literalOf({ secret }: Secret): Buffer {
  const literal = Buffer.from(quoteText(secret));
  return Buffer.concat([literal, Buffer.alloc((CHUNK_BYTES - (literal.length % CHUNK_BYTES)) % CHUNK_BYTES, ' ')]);
}

async function drawPad(connection: MysqlConnection, doing: string, length: number): Promise<Buffer> {
  const { server } = await connection.prepared();
  const parts: string[] = [];
  if (server.atLeast(10, 10)) {
    for (let left = length; left > 0; left -= MAX_RANDOM_BYTES)
      parts.push(`HEX(RANDOM_BYTES(${Math.min(left, MAX_RANDOM_BYTES)}))`);
  } else {
    await connection.query(
      doing,
      `SET @keyturn_seed = (SELECT SHA2(CONCAT_WS('/', UUID(), RAND(), RAND(), SYSDATE(6), GROUP_CONCAT(VARIABLE_VALUE)), 512)
                              FROM information_schema.GLOBAL_STATUS)`,
    );
    for (let left = length; left > 0; left -= HASH_BYTES)
      parts.push(`UPPER(SHA2(CONCAT(@keyturn_seed, '/', ${left}), 512))`);
  }
  const [row = []] = await connection.query(doing, `SELECT @keyturn_pad := CONCAT(${parts.join(', ')})`);
  const pad = Buffer.from(firstText(row), 'hex');
  if (pad.length < length) throw new RangeError('The pad is shorter than what it is for');
  return pad;
}

/** One client: it logs in and sends commands. @see https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_command_phase.html */
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { keyOf, nameOf } from './account.js';
import { contextOf, type Result } from './context.js';
import { errors, MysqlError } from './errors.js';
import { execute, useDatabase } from './execute.js';
import type { Command, GeneralLog } from './general-log.js';
import { type Client, type Login, logIn } from './login.js';
import { ConnectionLost, type PacketStream, packetStream, readerOf } from './packets.js';
import { type Parsed, parse } from './parse.js';
import { sendError, sendOk, sendPrepared, sendResult } from './responses.js';
import type { Server, Session } from './server.js';
import type { Value } from './statement.js';
import type { LexicalMode } from './tokens.js';
import { LockWait } from './user-locks.js';

const COMMAND = {
  quit: 0x01,
  initDatabase: 0x02,
  query: 0x03,
  ping: 0x0e,
  prepare: 0x16,
  execute: 0x17,
  close: 0x19,
  resetStatement: 0x1a,
  resetConnection: 0x1f,
};

/** What the connections of a server share, besides its data. */
export interface Surroundings {
  readonly server: Server;
  readonly log: GeneralLog;
  readonly tls: SecureContext | undefined;
  /** What was not understood. */
  readonly unsupported: string[];
}

export async function serve(surroundings: Surroundings, socket: Socket, id: number, client: Client): Promise<void> {
  const { server, log, tls } = surroundings;
  const stream = packetStream(socket);
  try {
    const login = await logIn(server, stream, socket, id, client, tls).catch((error: unknown) => {
      if (error instanceof MysqlError) log.write(id, 'Connect', error.message);
      throw error;
    });
    const session = newSession(login, id, client, () => socket.destroy());
    const over = tls === undefined ? 'TCP/IP' : 'SSL/TLS';
    log.write(id, 'Connect', `${login.user}@${client.host} on ${login.database ?? ''} using ${over}`);
    if (login.database !== undefined) useDatabase(contextOf(server, session, []), login.database);
    server.sessions.set(id, session);
    sendOk(stream);
    await answerCommands(surroundings, stream, session, login.capabilities);
  } catch (error) {
    if (error instanceof MysqlError) sendError(stream, error);
    else if (!(error instanceof ConnectionLost) && !isOfSocket(error)) throw error;
  } finally {
    server.sessions.delete(id);
    server.locks.releaseAll(id);
    stream.end();
  }
}

/** The client's doing: a connection that was reset, or a TLS handshake that it gave up. */
const isOfSocket = (error: unknown) =>
  error instanceof Error && ('code' in error || /TLS handshake/.test(error.message));

export function newSession(
  login: Pick<Login, 'user' | 'account' | 'encoding' | 'sandboxed'>,
  id: number,
  { host }: Client,
  kill: () => void,
): Session {
  return {
    id,
    login: { user: login.user, host },
    accountKey: keyOf(login.account),
    activeRoles: new Set(login.account.defaultRoles),
    database: undefined,
    variables: new Map(),
    encoding: login.encoding,
    sandboxed: login.sandboxed,
    kill,
  };
}

async function answerCommands(
  surroundings: Surroundings,
  stream: PacketStream,
  session: Session,
  capabilities: number,
): Promise<void> {
  const { server, log } = surroundings;
  const prepared = new Map<number, Parsed & { readonly sql: string }>();
  let statements = 0;

  async function answer(command: number, payload: Buffer): Promise<void> {
    switch (command) {
      case COMMAND.ping:
        log.write(session.id, 'Ping', '');
        sendOk(stream);
        return;
      case COMMAND.initDatabase: {
        const database = payload.toString('utf8');
        log.write(session.id, 'Init DB', database);
        useDatabase(contextOf(server, session, []), database);
        sendOk(stream);
        return;
      }
      case COMMAND.query: {
        const { statement } = understand(surroundings, session, 'Query', payload);
        sendResult(stream, capabilities, await carryOut(server, session, statement, []), 'text');
        return;
      }
      case COMMAND.prepare: {
        const sql = payload.toString(session.encoding);
        const parsed = understand(surroundings, session, 'Prepare', payload);
        statements += 1;
        prepared.set(statements, { ...parsed, sql });
        const { statement, parameters } = parsed;
        const columns = statement.kind === 'select' && !statement.items.includes('*') ? statement.items.length : 0;
        sendPrepared(stream, capabilities, statements, columns, parameters);
        return;
      }
      case COMMAND.execute: {
        const reader = readerOf(payload);
        const id = reader.integer(4);
        const found = prepared.get(id);
        if (found === undefined) throw errors.unknownStatement(id);
        log.statement(session.id, 'Execute', found.sql, found.statement, whoIs(session));
        const values = boundValues(payload, found.parameters, session.encoding);
        sendResult(stream, capabilities, await carryOut(server, session, found.statement, values), 'binary');
        return;
      }
      case COMMAND.close:
        // Which has no answer.
        prepared.delete(readerOf(payload).integer(4));
        return;
      case COMMAND.resetStatement:
        sendOk(stream);
        return;
      case COMMAND.resetConnection:
        log.write(session.id, 'Reset Connection', '');
        session.variables.clear();
        server.locks.releaseAll(session.id);
        session.activeRoles = new Set(server.accounts.get(session.accountKey)?.defaultRoles);
        prepared.clear();
        sendOk(stream);
        return;
      default:
        surroundings.unsupported.push(`command ${command}`);
        throw errors.unknownCommand();
    }
  }

  for (;;) {
    stream.startCommand();
    const packet = await stream.read();
    const [command] = packet;
    if (command === COMMAND.quit) {
      log.write(session.id, 'Quit', '');
      return;
    }
    try {
      await answer(command ?? -1, packet.subarray(1));
    } catch (error) {
      if (!(error instanceof MysqlError)) throw error;
      sendError(stream, error);
    }
  }
}

/** Carries a statement out, and again once a lock that it waits for may be had. */
async function carryOut(
  server: Server,
  session: Session,
  statement: Parsed['statement'],
  parameters: readonly Value[],
): Promise<Result> {
  for (;;) {
    try {
      return execute(server, session, statement, parameters);
    } catch (error) {
      if (!(error instanceof LockWait)) throw error;
      await error.over;
    }
  }
}

const whoIs = (session: Session) => (reference: Parameters<Parameters<GeneralLog['statement']>[4]>[0]) =>
  reference === 'current user' ? nameOf(session.accountKey) : reference;

/** Parses a statement and logs it. @throws MysqlError 1064 */
export function understand(
  { server, log, unsupported }: Surroundings,
  session: Session,
  command: Command,
  payload: Buffer,
): Parsed {
  const sql = payload.toString(session.encoding);
  let parsed: Parsed | undefined;
  try {
    parsed = parse(sql, lexicalMode(server, session), server.features);
    return parsed;
  } catch (error) {
    if (error instanceof MysqlError && error.number === 1064) unsupported.push(sql);
    throw error;
  } finally {
    log.statement(session.id, command, sql, parsed?.statement, whoIs(session));
  }
}

function lexicalMode(server: Server, session: Session): LexicalMode {
  const modes = String(session.variables.get('sql_mode') ?? server.variables.get('sql_mode'))
    .toUpperCase()
    .split(',');
  return {
    ansiQuotes: modes.includes('ANSI_QUOTES') || modes.includes('ANSI'),
    noBackslashEscapes: modes.includes('NO_BACKSLASH_ESCAPES'),
  };
}

// ---- Values of prepared statements ----

const TYPE = { tiny: 0x01, short: 0x02, long: 0x03, double: 0x05, null: 0x06, longlong: 0x08 };

/** @see https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_stmt_execute.html */
function boundValues(payload: Buffer, count: number, encoding: 'utf8' | 'latin1'): readonly Value[] {
  if (count === 0) return [];
  const reader = readerOf(payload);
  reader.bytes(9);
  const nulls = reader.bytes(Math.floor((count + 7) / 8));
  if (reader.integer(1) !== 1) throw errors.badHandshake();
  const types = Array.from({ length: count }, () => reader.integer(2) & 0xff);
  return types.map((type, index): Value => {
    if (((nulls[index >> 3] ?? 0) & (1 << (index & 7))) !== 0 || type === TYPE.null) return null;
    if (type === TYPE.tiny) return reader.bytes(1).readInt8();
    if (type === TYPE.short) return reader.bytes(2).readInt16LE();
    if (type === TYPE.long) return reader.bytes(4).readInt32LE();
    if (type === TYPE.longlong) return Number(reader.bytes(8).readBigInt64LE());
    if (type === TYPE.double) return reader.bytes(8).readDoubleLE();
    return reader.lengthEncodedBytes().toString(encoding);
  });
}

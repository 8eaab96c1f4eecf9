/** What the server answers to commands. @see https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_command_phase.html */
import { Capability } from './capabilities.js';
import type { Result } from './context.js';
import type { MysqlError } from './errors.js';
import { integer, lengthEncodedInteger, lengthEncodedText, type PacketStream, text } from './packets.js';
import type { Value } from './statement.js';

const AUTOCOMMIT = 2;
const UTF8MB4 = 255;
const BINARY = 63;
const TYPE_LONGLONG = 0x08;
const TYPE_VAR_STRING = 0xfd;

export function sendOk(stream: PacketStream, affectedRows = 0): void {
  stream.write(okPacket(0x00, affectedRows));
}

function okPacket(header: number, affectedRows: number): Buffer {
  return Buffer.concat([
    integer(header, 1),
    lengthEncodedInteger(affectedRows),
    lengthEncodedInteger(0),
    integer(AUTOCOMMIT, 2),
    integer(0, 2),
  ]);
}

export function sendError(stream: PacketStream, { number, sqlState, message }: MysqlError): void {
  stream.write(Buffer.concat([integer(0xff, 1), integer(number, 2), text(`#${sqlState}`), text(message)]));
}

/** The end of columns, or of rows. */
function sendEnd(stream: PacketStream, capabilities: number, ofRows: boolean): void {
  const deprecated = (capabilities & Capability.deprecateEof) !== 0;
  if (!deprecated) stream.write(Buffer.concat([integer(0xfe, 1), integer(0, 2), integer(AUTOCOMMIT, 2)]));
  else if (ofRows) stream.write(okPacket(0xfe, 0));
}

export function sendResult(
  stream: PacketStream,
  capabilities: number,
  result: Result,
  format: 'text' | 'binary',
): void {
  if (result.kind === 'ok') {
    sendOk(stream, result.affectedRows);
    return;
  }
  const { columns, rows } = result;
  const numeric = columns.map((_, index) => rows.length > 0 && rows.every((row) => typeof row[index] === 'number'));
  stream.write(lengthEncodedInteger(columns.length));
  columns.forEach((column, index) => {
    stream.write(columnDefinition(column, numeric[index] === true));
  });
  sendEnd(stream, capabilities, false);
  for (const row of rows) stream.write(format === 'text' ? textRow(row) : binaryRow(row, numeric));
  sendEnd(stream, capabilities, true);
}

/** @see https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_stmt_prepare.html */
export function sendPrepared(
  stream: PacketStream,
  capabilities: number,
  id: number,
  columns: number,
  parameters: number,
): void {
  stream.write(
    Buffer.concat([
      integer(0, 1),
      integer(id, 4),
      integer(columns, 2),
      integer(parameters, 2),
      Buffer.alloc(1),
      integer(0, 2),
    ]),
  );
  for (const count of [parameters, columns]) {
    if (count === 0) continue;
    for (let index = 0; index < count; index += 1) stream.write(columnDefinition('?', false));
    sendEnd(stream, capabilities, false);
  }
}

function columnDefinition(name: string, numeric: boolean): Buffer {
  return Buffer.concat([
    lengthEncodedText('def'),
    ...['', '', '', name, ''].map(lengthEncodedText),
    integer(0x0c, 1),
    integer(numeric ? BINARY : UTF8MB4, 2),
    integer(numeric ? 21 : 65_535, 4),
    integer(numeric ? TYPE_LONGLONG : TYPE_VAR_STRING, 1),
    integer(0, 2),
    integer(0, 1),
    integer(0, 2),
  ]);
}

function textRow(row: readonly Value[]): Buffer {
  return Buffer.concat(row.map((value) => (value === null ? integer(0xfb, 1) : lengthEncodedText(String(value)))));
}

/** @see https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_binary_resultset.html */
function binaryRow(row: readonly Value[], numeric: readonly boolean[]): Buffer {
  const nulls = Buffer.alloc(Math.floor((row.length + 9) / 8));
  const values = row.map((value, index) => {
    if (value === null) {
      const bit = index + 2;
      nulls[bit >> 3] = (nulls[bit >> 3] ?? 0) | (1 << (bit & 7));
      return Buffer.alloc(0);
    }
    if (numeric[index] !== true) return lengthEncodedText(String(value));
    const number = Buffer.alloc(8);
    number.writeBigInt64LE(BigInt(Math.trunc(Number(value))));
    return number;
  });
  return Buffer.concat([Buffer.alloc(1), nulls, ...values]);
}

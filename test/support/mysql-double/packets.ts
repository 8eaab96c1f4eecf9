/** Packets of the client/server protocol. @see https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html */
import type { Duplex } from 'node:stream';
import { errors } from './errors.js';

const MAX_PAYLOAD = 0xffffff;

/** Packets over a connection, one after the other. */
export interface PacketStream {
  /** The next one. @throws ConnectionLost */
  read(): Promise<Buffer>;
  write(payload: Buffer): void;
  /** Sequence numbers start anew with each command. */
  startCommand(): void;
  /** Goes on over another stream, which is TLS over the one before. */
  continueOver(stream: Duplex): void;
  /** Takes from the stream what has been read of it and not used, before something else reads it. */
  detach(): Buffer;
  /** Sends what is left, and closes. */
  end(): void;
}

export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

export function packetStream(first: Duplex): PacketStream {
  let stream = first;
  let received = Buffer.alloc(0);
  let sequence = 0;
  let lost = false;
  let wake = () => {};

  const onData = (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    wake();
  };
  const onEnd = () => {
    lost = true;
    wake();
  };
  const attach = () => {
    stream.on('data', onData);
    for (const event of ['end', 'close', 'error']) stream.on(event, onEnd);
  };
  attach();

  return {
    async read() {
      for (;;) {
        const length = received.length >= 4 ? received.readUIntLE(0, 3) : undefined;
        if (length !== undefined && received.length >= 4 + length) {
          if (length === MAX_PAYLOAD || received[3] !== sequence) throw errors.badHandshake();
          const payload = received.subarray(4, 4 + length);
          received = received.subarray(4 + length);
          sequence = (sequence + 1) & 0xff;
          return payload;
        }
        if (lost) throw new ConnectionLost('The client is gone');
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    write(payload) {
      const header = Buffer.alloc(4);
      header.writeUIntLE(payload.length, 0, 3);
      header[3] = sequence;
      sequence = (sequence + 1) & 0xff;
      if (!lost) stream.write(Buffer.concat([header, payload]));
    },
    startCommand() {
      sequence = 0;
    },
    detach() {
      stream.off('data', onData);
      const rest = received;
      received = Buffer.alloc(0);
      return rest;
    },
    continueOver(next) {
      stream = next;
      attach();
    },
    end: () => void stream.end(),
  };
}

// ---- Parts of packets ----

export function integer(value: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntLE(value, 0, bytes);
  return buffer;
}

export const text = (value: string, encoding: BufferEncoding = 'utf8'): Buffer => Buffer.from(value, encoding);
export const nulTerminated = (value: string | Buffer): Buffer => Buffer.concat([Buffer.from(value), Buffer.alloc(1)]);

export function lengthEncodedInteger(value: number): Buffer {
  if (value < 0xfb) return integer(value, 1);
  if (value < 0x10000) return Buffer.concat([integer(0xfc, 1), integer(value, 2)]);
  return Buffer.concat([integer(0xfd, 1), integer(value, 3)]);
}

export function lengthEncodedText(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([lengthEncodedInteger(bytes.length), bytes]);
}

/** Reads a packet from front to back. */
export interface PacketReader {
  integer(bytes: number): number;
  bytes(length: number): Buffer;
  nulTerminated(): Buffer;
  lengthEncodedInteger(): number;
  lengthEncodedBytes(): Buffer;
  rest(): Buffer;
  hasMore(): boolean;
}

/** @throws MysqlError 1043 where the packet is too short */
export function readerOf(payload: Buffer): PacketReader {
  let at = 0;
  const reader: PacketReader = {
    integer: (bytes) => reader.bytes(bytes).readUIntLE(0, bytes),
    bytes(length) {
      if (at + length > payload.length) throw errors.badHandshake();
      at += length;
      return payload.subarray(at - length, at);
    },
    nulTerminated() {
      const end = payload.indexOf(0, at);
      if (end < 0) throw errors.badHandshake();
      const bytes = reader.bytes(end - at);
      at += 1;
      return bytes;
    },
    lengthEncodedInteger() {
      const first = reader.integer(1);
      if (first < 0xfb) return first;
      const size = { 252: 2, 253: 3, 254: 6 }[first];
      if (size === undefined) throw errors.badHandshake();
      const value = reader.integer(size);
      if (first === 0xfe) reader.bytes(2);
      return value;
    },
    lengthEncodedBytes: () => reader.bytes(reader.lengthEncodedInteger()),
    rest: () => reader.bytes(payload.length - at),
    hasMore: () => at < payload.length,
  };
  return reader;
}

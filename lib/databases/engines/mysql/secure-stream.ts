import { isIP, type Socket } from 'node:net';
import { connect } from 'node:tls';
import type { TlsSettings } from '../../driver.js';

/** What of a connection of mysql2 has to do with TLS. */
interface Upgradable {
  stream: Socket;
  packetParser: PacketParser;
  handlePacket(packet: unknown): void;
  startTLS(onSecure: (error?: Error) => void): void;
  _handleNetworkError(error: Error): void;
}

interface PacketParser {
  execute(data: Buffer): void;
}

/**
 * What to tell mysql2 about TLS: that it is demanded, and that no authority is trusted. The first makes it ask the server for TLS before it sends anything secret. By the
 * second, no server would pass if mysql2 ever came to do TLS by itself, past `secure`.
 */
export const demandTls = () => ({ ca: [], rejectUnauthorized: true, verifyIdentity: true, minVersion: 'TLSv1.2' });

/**
 * Does the connection's TLS in place of mysql2, which (3.24) checks the certificate of a server that is named by an address against `localhost`, does not check one again with which
 * it resumes a session, takes packets that came before TLS for the server's, and writes over the error's code.
 *
 * @param connection Of mysql2, before the server's first packet.
 * @returns The error of TLS, once the connection has failed with HANDSHAKE_SSL_ERROR.
 */
export function secure(connection: object, host: string, tls: TlsSettings): () => unknown {
  // mysql2's types do not have them.
  const upgradable = connection as Upgradable;
  let failure: unknown;
  upgradable.startTLS = (onSecure) => {
    const plain = upgradable.stream;
    plain.removeAllListeners('data');
    const handlePacket = upgradable.handlePacket;
    upgradable.handlePacket = () => {
      plain.destroy(Object.assign(new Error('A packet came before TLS did'), { code: 'ERR_TLS_PACKET_BEFORE' }));
    };
    // `host` is what the certificate has to carry, an address too; the server name that is sent must be none.
    const stream = connect({ ...tls, socket: plain, host, ...(isIP(host) === 0 && { servername: host }) });
    let established = false;
    stream.once('secureConnect', () => {
      established = true;
      upgradable.handlePacket = handlePacket;
      // Whatever of a packet was left over came before TLS.
      const Parser = upgradable.packetParser.constructor as new (onPacket: (packet: unknown) => void) => PacketParser;
      upgradable.packetParser = new Parser((packet) => upgradable.handlePacket(packet));
      stream.on('data', (data) => upgradable.packetParser.execute(data));
      onSecure();
    });
    stream.on('error', (error) => {
      if (established) return upgradable._handleNetworkError(error);
      failure = error;
      onSecure(new Error('TLS failed'));
    });
    upgradable.stream = stream;
  };
  return () => failure;
}

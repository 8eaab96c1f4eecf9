import { once } from 'node:events';
import { isIP, type Socket } from 'node:net';
import { connect } from 'node:tls';
import type { TlsSettings } from '../../driver.js';
import type { Ldapts } from './client.js';
import { startTls } from './start-tls.js';

/** Where TLS begins on request (StartTLS). On every other port it begins with the connection (LDAPS). */
const PLAIN_PORT = 389;

/**
 * Connects `wire`, and secures it if TLS is demanded, before anything else is said.
 * @returns what to talk through
 * @throws TlsFailedError, and what Node makes of errors of the socket and of TLS
 */
export async function openSocket(
  ldapts: Ldapts,
  wire: Socket,
  { host, port }: { readonly host: string; readonly port: number },
  tls: TlsSettings | false,
): Promise<Socket> {
  // Errors are read where something is waited for; one that comes in between must not end the process.
  wire.on('error', () => {});
  wire.connect({ host, port, noDelay: true });
  await once(wire, 'connect');
  if (tls === false) return wire;
  if (port === PLAIN_PORT) await startTls(ldapts, wire, `${host}:${port}`);
  // With `host` the certificate's names are checked against it, an address too; only a name may be announced.
  const secured = connect({ ...tls, socket: wire, host, ...(isIP(host) === 0 && { servername: host }) });
  secured.on('error', () => {});
  await once(secured, 'secureConnect');
  return secured;
}

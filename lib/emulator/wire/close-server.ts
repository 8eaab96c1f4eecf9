import { once } from 'node:events';
import type { Server } from 'node:http';

/** Cuts every connection, and waits for the end. May be called twice. */
export async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

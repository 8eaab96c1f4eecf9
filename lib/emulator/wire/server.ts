import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { WireAnswer, WireRequest } from './front-door.js';

/** Twenty times what the largest legal request needs. */
const bodyLimit = 4 * 1024 * 1024;

/**
 * An HTTP server on loopback, listening. Requests whose body does not arrive in whole never reach the service.
 * @throws the error of `listen`, such as EADDRINUSE
 */
export async function listen(port: number, answer: (request: WireRequest) => WireAnswer): Promise<Server> {
  const server = createServer((incoming, response) => {
    void readBody(incoming).then(
      (body) => {
        if (body === undefined) {
          response.writeHead(413, { connection: 'close' }).end();
          return;
        }
        const {
          status,
          headers,
          body: text,
        } = answer({
          method: incoming.method ?? '',
          headers: incoming.headers as Readonly<Record<string, string | undefined>>,
          body,
        });
        response.writeHead(status, headers).end(text);
      },
      () => response.destroy(),
    );
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += chunk.length;
    if (size <= bodyLimit) chunks.push(chunk);
  }
  return size > bodyLimit ? undefined : Buffer.concat(chunks);
}

export async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

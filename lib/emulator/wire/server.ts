import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Connection, Door, WireAnswer } from './door.js';

/** Twenty times what the largest legal request needs. */
const bodyLimit = 4 * 1024 * 1024;

/** Takes what is none of AWS's, as it comes: no log, no weather. Says whether it did. */
export type SideDoor = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * An HTTP server on loopback, listening. Requests whose body does not arrive in whole never reach the service.
 * @throws the error of `listen`, such as EADDRINUSE
 */
export async function listen(port: number, door: Door, sideDoor: SideDoor = () => false): Promise<Server> {
  const serve = (incoming: IncomingMessage, response: ServerResponse) => {
    // Node takes a request line without a version for HTTP/0.9, and would carry out what follows it.
    if (incoming.httpVersionMajor < 1) {
      refuseHttp(incoming.socket, '400 Bad Request');
      return;
    }
    if (sideDoor(incoming, response)) return;
    void readBody(incoming)
      .then((body) => {
        const { method = '', headers } = incoming;
        const answer = door(
          { method, headers: headers as Readonly<Record<string, string | undefined>>, body },
          callerOf(response),
        );
        // Awaited only where need be: an answer in fair weather is on its way at once.
        return answer instanceof Promise ? answer.then((late) => send(response, late)) : send(response, answer);
      })
      .catch(() => response.destroy());
  };
  const server = createServer(serve);
  // A connection is its client's to end. Ended here while a request is on its way, after Node's 5 s, it would look like a
  // broken network, and a busy machine makes that likely.
  server.keepAliveTimeout = 0;
  // An expectation that is none of HTTP's is no reason to leave a caller without AWS's answer.
  server.on('checkExpectation', serve);
  server.on('connect', (_request, socket: Duplex) => refuseHttp(socket, '400 Bad Request'));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    refuseHttp(socket, httpRefusals[error.code ?? ''] ?? '400 Bad Request');
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** By events: an async iterator for each request costs more than answering it. Rejects when the caller goes away. */
function readBody(incoming: IncomingMessage): Promise<Buffer | 'too large'> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= bodyLimit) chunks.push(chunk);
    });
    incoming.once('end', () => resolve(size > bodyLimit ? 'too large' : Buffer.concat(chunks)));
    incoming.once('error', reject);
  });
}

function callerOf(response: ServerResponse): Connection {
  return {
    whenGone(listener) {
      if (response.destroyed) listener();
      else response.once('close', listener);
    },
  };
}

function send(response: ServerResponse, { status, headers, body, cut }: WireAnswer): void {
  if (cut === 'whole') {
    response.destroy();
    return;
  }
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  if (cut === 'half') response.write(body.slice(0, body.length / 2), () => response.destroy());
  else response.end(body);
}

const httpRefusals: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Content Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** What is no HTTP has no operation, so it is refused here, in the form of every other refusal. */
function refuseHttp(socket: Duplex, status: string): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = '{"__type":"MalformedHttpRequestException","Message":"The request is not well-formed HTTP."}';
  const head = `HTTP/1.1 ${status}\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: ${body.length}\r\nconnection: close`;
  socket.end(`${head}\r\n\r\n${body}`);
}

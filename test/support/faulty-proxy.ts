import { createServer, request as forward, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to a request on its way: nothing, an AWS error, no answer ever, or the effect without its answer. */
export type Fault =
  | 'hang'
  | 'lose the answer'
  | { readonly error: string; readonly message?: string; readonly status?: number }
  | undefined;

export interface FaultyProxy extends AsyncDisposable {
  readonly endpoint: string;
  /** How often each operation was called so far. */
  readonly counts: ReadonlyMap<string, number>;
}

/**
 * Stands between the AWS SDK and an endpoint, and makes calls go wrong.
 * @param decide Asked for each request: its operation, its body, and how often that operation was called before.
 */
export async function startFaultyProxy(
  upstream: () => string,
  decide: (operation: string, body: Record<string, unknown>, before: number) => Fault,
): Promise<FaultyProxy> {
  const counts = new Map<string, number>();
  const server = createServer((incoming, outgoing) => {
    void readBody(incoming).then((body) => {
      const operation = String(incoming.headers['x-amz-target'] ?? 'sts.unknown').split('.')[1] ?? '';
      const before = counts.get(operation) ?? 0;
      counts.set(operation, before + 1);
      const fault = decide(operation, operation === 'unknown' ? {} : JSON.parse(body || '{}'), before);
      if (fault === 'hang') return;
      if (typeof fault === 'object') {
        outgoing.writeHead(fault.status ?? 400, { 'content-type': 'application/x-amz-json-1.1' });
        outgoing.end(JSON.stringify({ __type: fault.error, Message: fault.message ?? fault.error }));
        return;
      }
      const url = new URL(upstream());
      const onward = forward(
        { host: url.hostname, port: url.port, method: incoming.method, path: incoming.url, headers: incoming.headers },
        (answer) => {
          if (fault === 'lose the answer') {
            answer.resume();
            answer.on('end', () => incoming.socket.destroy());
            return;
          }
          outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(outgoing);
        },
      );
      onward.on('error', () => incoming.socket.destroy());
      onward.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    counts,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readBody(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

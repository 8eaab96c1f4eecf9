/**
 * Stands between the functions and the emulator, and remembers everything secret that passes, so that the demo can look for exactly that in what came out: the functions' processes
 * share nothing with this one.
 */
import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request as sendRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Wiretap {
  readonly endpoint: string;
  /** What passed so far. */
  readonly secretValues: ReadonlySet<string>;
  readonly rotationTokens: ReadonlySet<string>;
  readonly sessionCredentials: ReadonlySet<string>;
  close(): Promise<void>;
}

export async function startWiretap(target: string): Promise<Wiretap> {
  const secretValues = new Set<string>();
  const rotationTokens = new Set<string>();
  const sessionCredentials = new Set<string>();
  const agent = new Agent({ keepAlive: true });

  /** Requests and answers of Secrets Manager are JSON, those of STS are not. */
  function listen(body: string, headers: IncomingMessage['headers']): void {
    const token = headers['x-amz-security-token'];
    if (typeof token === 'string') sessionCredentials.add(token);
    for (const [, value] of body.matchAll(/<(?:SecretAccessKey|SessionToken)>([^<]+)</g)) {
      if (value !== undefined) sessionCredentials.add(value);
    }
    if (!body.startsWith('{')) return;
    const { SecretString, RotationToken }: Record<string, unknown> = JSON.parse(body);
    if (typeof RotationToken === 'string') rotationTokens.add(RotationToken);
    if (typeof SecretString === 'string') {
      const { password, key }: Record<string, unknown> = JSON.parse(SecretString);
      for (const value of [password, key]) if (typeof value === 'string') secretValues.add(value);
    }
  }

  const server = createServer(async (incoming, outgoing) => {
    try {
      const asked = await text(incoming);
      listen(asked, incoming.headers);
      const { method, headers, url = '/' } = incoming;
      const forwarded = sendRequest(new URL(url, target), { method, headers, agent }).end(asked);
      const [answer]: [IncomingMessage] = (await once(forwarded, 'response')) as [IncomingMessage];
      const said = await text(answer);
      listen(said, answer.headers);
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders).end(said);
    } catch {
      // The function sees a broken connection, as it would without the wiretap.
      outgoing.destroy();
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    secretValues,
    rotationTokens,
    sessionCredentials,
    async close() {
      agent.destroy();
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

/** A small HTTP service behind an API key: the right key reads, and the right key sets the next one. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Entry } from './entry.js';

export interface ApiKeySecret {
  readonly url: string;
  readonly key: string;
}

export interface ApiService {
  /** The first value of the secret. */
  readonly secret: ApiKeySecret;
  /** The key that it had is refused from now on. @returns the one that it has instead */
  renewKey(): string;
  /** Cuts off whoever is connected, and listens again at the same address with the same key. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

const MIN_KEY_LENGTH = 20;

export async function startApiService(): Promise<ApiService> {
  const newKey = () => randomBytes(30).toString('base64url');
  let key = newKey();
  const secret = (port: number) => ({ url: `http://127.0.0.1:${port}/key`, key });

  const server = createServer(async (request, response) => {
    const body = await text(request);
    if (request.headers.authorization !== key) return response.writeHead(401).end();
    if (request.method === 'GET') return response.writeHead(204).end();
    if (request.method !== 'PUT') return response.writeHead(405).end();
    if (body.length < MIN_KEY_LENGTH) return response.writeHead(422).end();
    key = body;
    return response.writeHead(204).end();
  });
  const listen = (port: number) => once(server.listen(port, '127.0.0.1'), 'listening');
  async function close(): Promise<void> {
    const closed = once(server.close(), 'close');
    server.closeAllConnections();
    await closed;
  }
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    secret: secret(port),
    renewKey() {
      key = newKey();
      return key;
    },
    async restart() {
      await close();
      await listen(port);
    },
    close,
  };
}

export const apiKeyEntry: Entry<ApiKeySecret> = {
  credential: ({ key }) => key,
  sameLogin: (a, b) => a.url === b.url,
  async opens({ url, key }) {
    const { status } = await fetch(url, { headers: { authorization: key } });
    if (status === 204) return true;
    if (status === 401) return false;
    throw new Error(`The API service answered ${status}`);
  },
};

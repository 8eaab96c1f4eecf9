/** A service behind API keys, and rotators for it: sound ones, and some with one mistake each. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { build } from 'esbuild';
import type { CrashPlace, CrashSubject } from '../../../../lib/testing/index.js';

const newKey = () => randomBytes(24).toString('base64url');

export async function openApiService(): Promise<CrashPlace> {
  let keys: string[] = [];
  let scopes: string[] = [];
  let log = '';
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const key = request.headers.authorization ?? '';
    // As careless services do: with the whole address.
    log += `${request.method} ${request.url}\n`;
    if (!keys.includes(key)) return response.writeHead(401).end();
    // PUT: the body becomes the one key. PATCH: it loses the scope in the body. POST: a further one. DELETE: all but the one that asks.
    if (request.method === 'PUT') keys = [body];
    if (request.method === 'PATCH') scopes = scopes.filter((scope) => scope !== body);
    if (request.method === 'POST') keys = [...keys, body];
    if (request.method === 'DELETE') keys = [key];
    return response.writeHead(204).end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    target: { host: '127.0.0.1', port },
    async reset({ through }) {
      const key = newKey();
      keys = [key];
      scopes = ['read', 'write'];
      log = '';
      return JSON.stringify({ url: `http://${through.host}:${through.port}/key`, key });
    },
    async login(value) {
      const { key } = JSON.parse(value) as { key: string };
      const { status } = await fetch(`http://127.0.0.1:${port}/key`, { headers: { authorization: key } });
      if (status === 401) return false;
      if (status === 204) return true;
      throw new Error(`the service answered ${status}`);
    },
    snapshot: async () => [`${keys.length} keys`, ...scopes.map((scope) => `scope ${scope}`)],
    serverLog: async () => log,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

/** @returns Path of a bundle of lambda/NAME.ts or of this folder's NAME.ts. */
export async function bundled(entry: string): Promise<string> {
  const outfile = join(await mkdtemp(join(tmpdir(), 'keyturn-tests-')), 'function.mjs');
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'silent',
  });
  return outfile;
}

export function apiKeySubject(bundle: string, rest: Partial<CrashSubject> = {}): CrashSubject {
  return {
    name: 'api key',
    function: { bundle },
    availability: 'except between setSecret and finishSecret',
    open: openApiService,
    ...rest,
  };
}

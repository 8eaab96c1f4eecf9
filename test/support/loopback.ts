/** An address of the loopback network that nobody uses, for servers whose ports are fixed. */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** @param ports That must be free there. */
export async function freeLoopbackAddress(ports: readonly number[]): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const address = `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
    const free = await Promise.all(ports.map((port) => isFree(address, port)));
    if (!free.includes(false)) return address;
    if (attempt === 5) throw new Error(`No loopback address has ports ${ports.join(', ')} free (not root?).`);
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (!address || typeof address !== 'object') throw new Error('No free port.');
  return address.port;
}

function isFree(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, address, () => server.close(() => resolve(true)));
  });
}

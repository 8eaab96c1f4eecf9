/** A TCP server that says nothing by itself. */
import { createServer, type Socket } from 'node:net';

export interface Listener extends AsyncDisposable {
  readonly port: number;
  readonly connections: readonly Socket[];
}

export async function listen(onConnection: (socket: Socket) => void = () => {}): Promise<Listener> {
  const connections: Socket[] = [];
  const server = createServer((socket) => {
    connections.push(socket.on('error', () => {}));
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (!address || typeof address !== 'object') throw new Error('The listener has no port.');
  return {
    port: address.port,
    connections,
    async [Symbol.asyncDispose]() {
      for (const socket of connections) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

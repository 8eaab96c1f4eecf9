/** Stand between a driver and its nodes, and cut the way to all of them at the same moment, as when a function is killed. */
import { connect, createServer, type Socket } from 'node:net';

export interface RedisRelays extends AsyncDisposable {
  /** Of each relay, to be announced by its node. */
  readonly ports: readonly number[];
  /** Says which ports lie behind them. */
  lead(ports: readonly number[]): void;
  /** Cuts all off once the change of that number has been carried out, whichever node it was for, and before its answer arrives. */
  cutAfterChange(number: number): void;
  /** Whether that has happened; the way is free from now on. */
  mend(): boolean;
}

/** What changes users, and is in no other command. */
const CHANGE = /\r\n(SETUSER|SAVE)\r\n/;

export async function startRelays(count: number): Promise<RedisRelays> {
  const targets: number[] = [];
  const sockets = new Set<Socket>();
  let countdown = Number.POSITIVE_INFINITY;
  let cut = false;

  function cutAll(): void {
    cut = true;
    for (const socket of sockets) socket.destroy();
  }

  function relay(client: Socket, port: number): void {
    const server = connect(port, '127.0.0.1');
    let lastChange = false;
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    client.on('data', (chunk) => {
      if (CHANGE.test(chunk.toString('latin1'))) {
        countdown -= 1;
        lastChange = countdown === 0;
      }
      server.write(chunk);
    });
    server.on('data', (chunk) => {
      if (lastChange) cutAll();
      else client.write(chunk);
    });
  }

  const servers = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const server = createServer((client) => {
        if (cut) client.destroy();
        else relay(client, targets[index] ?? 0);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  return {
    ports: servers.map((server) => {
      const address = server.address();
      if (!address || typeof address !== 'object') throw new Error('The relay has no port.');
      return address.port;
    }),
    lead(ports) {
      targets.splice(0, targets.length, ...ports);
    },
    cutAfterChange(number) {
      countdown = number;
    },
    mend() {
      countdown = Number.POSITIVE_INFINITY;
      const was = cut;
      cut = false;
      return was;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

/** A process with the least server that answers as the emulator does: it reads the body and sends the same text each time. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const [, , answer = ''] = process.argv;
const headers = {
  'content-type': 'application/x-amz-json-1.1',
  'x-amzn-requestid': '00000000-0000-4000-8000-000000000000',
  'content-length': Buffer.byteLength(answer),
};
const server = createServer((incoming, response) => {
  incoming.on('data', () => undefined);
  incoming.once('end', () => response.writeHead(200, headers).end(answer));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.once('disconnect', () => process.exit());
process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);

/** What a client sees of its connections. */
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { post, useLocalAws } from '../local-aws.js';

const aws = useLocalAws();

describe('a connection', () => {
  it('is its client to end: no time is set to it, and answers have a length', async () => {
    const answer = await post(aws.emulator.endpoint, { operation: 'ListSecrets', body: '{}' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('connection')).toBe('keep-alive');
    expect(answer.headers.get('keep-alive')).toBeNull();
    expect(answer.headers.get('content-length')).toBe(String(answer.text.length));
    expect(answer.headers.get('transfer-encoding')).toBeNull();
  });

  it('that ends within a request leaves no trace', async () => {
    const { hostname, port } = new URL(aws.emulator.endpoint);
    const socket = connect(Number(port), hostname);
    socket.end('POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{"half":');
    await text(socket).catch(() => undefined);
    expect(aws.emulator.requests).toEqual([]);
    expect((await post(aws.emulator.endpoint, { operation: 'ListSecrets', body: '{}' })).status).toBe(200);
  });
});

import { Agent, request } from 'node:http';

interface Credentials {
  readonly accessKeyId: string;
  readonly sessionToken?: string;
}

/** The least a client of Secrets Manager can be: JSON over connections that are kept. Signed in form only. */
export interface WireClient {
  /** @throws Error naming the status and the fault of an answer that is not 200 */
  call(operation: string, input: Readonly<Record<string, unknown>>): Promise<unknown>;
  close(): void;
}

export function wireClient(endpoint: string, { accessKeyId, sessionToken }: Credentials, region: string): WireClient {
  const { hostname, port } = new URL(endpoint);
  const agent = new Agent({ keepAlive: true, maxSockets: 50 });
  const scope = `${accessKeyId}/20260924/${region}/secretsmanager/aws4_request`;
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=00`,
    ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
  };

  function call(operation: string, input: Readonly<Record<string, unknown>>): Promise<unknown> {
    const body = JSON.stringify(input);
    const own = { 'x-amz-target': `secretsmanager.${operation}`, 'content-length': Buffer.byteLength(body) };
    return new Promise((resolve, reject) => {
      const sending = request({ hostname, port, agent, method: 'POST', headers: { ...headers, ...own } }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('error', reject);
        answer.once('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          if (answer.statusCode === 200) resolve(JSON.parse(text));
          else reject(new Error(`${operation} was answered with ${answer.statusCode}: ${text}`));
        });
      });
      sending.once('error', reject);
      sending.end(body);
    });
  }

  return { call, close: () => agent.destroy() };
}

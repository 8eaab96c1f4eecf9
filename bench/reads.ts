import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { account, region, root, secretString } from './accounts.js';
import { atOnce } from './at-once.js';
import { type Benchmark, type Measurement, rounded, type Size } from './benchmark.js';
import { startChild } from './child-server.js';
import { wireClient } from './wire-client.js';

const secrets = 100;
const lanes = 32;
const rounds = 3;
const floor = 2000;

/** Reads one secret after the other from one endpoint. */
interface Reader {
  read(secretId: string): Promise<unknown>;
  close(): void;
}

export const getSecretValue: Benchmark = {
  name: 'get-secret-value',
  what: 'GetSecretValue from one client process, by keep-alive HTTP',
  run: (size) => measure(wireReader, size, 20_000),
};

export const getSecretValueBySdk: Benchmark = {
  name: 'get-secret-value-sdk',
  what: 'the same by the AWS SDK, which takes most of the time itself',
  run: (size) => measure(sdkReader, size, 5000),
};

/** Best of some rounds, taken in turns, of the emulator and of a server that does nothing: each in its own process. */
async function measure(readerOf: (endpoint: string) => Reader, size: Size, full: number): Promise<Measurement> {
  await using emulator = await startChild('emulator-server.ts');
  const root_ = wireClient(emulator.endpoint, root, region);
  for (let i = 0; i < secrets; i++) {
    const ClientRequestToken = `first-version-of-secret-${i}`.padEnd(36, '0');
    await root_.call('CreateSecret', { Name: `secret-${i}`, SecretString: secretString, ClientRequestToken });
  }
  const answer = JSON.stringify(await root_.call('GetSecretValue', { SecretId: 'secret-0' }));
  root_.close();
  await using echo = await startChild('echo-server.ts', answer);

  const readers = [emulator, echo].map(({ endpoint }) => readerOf(endpoint));
  const best = readers.map(() => 0);
  const requests = size.times(full);
  for (let round = 0; round < rounds; round++) {
    for (const [i, reader] of readers.entries()) {
      const seconds = await atOnce(lanes, requests, (n) => reader.read(`secret-${n % secrets}`));
      best[i] = Math.max(best[i] ?? 0, requests / seconds);
    }
  }
  for (const reader of readers) reader.close();
  const [ofEmulator = 0, ofEcho = 1] = best;
  return {
    value: Math.round(ofEmulator),
    unit: 'GetSecretValue/s',
    ratio: { value: rounded(ofEmulator / ofEcho), to: `what the same client gets from a bare node:http server` },
    floor: `at least ${floor}/s`,
    ok: !size.judged || ofEmulator >= floor,
  };
}

function wireReader(endpoint: string): Reader {
  const client = wireClient(endpoint, { accessKeyId: account }, region);
  return { read: (SecretId) => client.call('GetSecretValue', { SecretId }), close: () => client.close() };
}

function sdkReader(endpoint: string): Reader {
  const client = new SecretsManagerClient({ endpoint, region, credentials: root });
  return {
    read: (SecretId) => client.send(new GetSecretValueCommand({ SecretId })),
    close: () => client.destroy(),
  };
}

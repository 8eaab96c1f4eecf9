import { CreateSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from '@jest/globals';
import { type Keyturn, keyturn } from './keyturn.js';

/** Uses the emulator as its greeting says. */
async function use(endpoint: string, region: string): Promise<void> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new SecretsManagerClient({ endpoint, region, credentials, maxAttempts: 1 });
  await client.send(new CreateSecretCommand({ Name: 'db', SecretString: 'canary-9c2e' }));
  await client.send(new GetSecretValueCommand({ SecretId: 'db' }));
  await expect(client.send(new GetSecretValueCommand({ SecretId: 'none' }))).rejects.toThrow();
  client.destroy();
}
const stopped = async (command: Keyturn, signal: 'SIGINT' | 'SIGTERM') => {
  command.signal(signal);
  return command.exitCode;
};

describe('keyturn emulate', () => {
  it('prints the environment to export, then a line for each request, and ends at SIGINT', async () => {
    const command = keyturn('emulate', '--port', '0', '--region', 'eu-west-1', '--seed', '3');
    const [, endpoint = ''] = await command.until(/^export AWS_ENDPOINT_URL=(http:\/\/127\.0\.0\.1:\d+)$/m);
    await command.until(/^export AWS_SECRET_ACCESS_KEY=test$/m);
    expect(command.out).toContain('export AWS_REGION=eu-west-1\nexport AWS_ACCESS_KEY_ID=test\n');
    await use(endpoint, 'eu-west-1');
    await command.until(/ResourceNotFoundException/);
    const lines = command.out.trim().split('\n').slice(-3);
    const arn = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:db-[A-Za-z0-9]{6}';
    const head = '^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z 000000000000 eu-west-1 secretsmanager:';
    expect(lines[0]).toMatch(new RegExp(`${head}CreateSecret ok ${arn}$`));
    expect(lines[1]).toMatch(new RegExp(`${head}GetSecretValue ok ${arn}$`));
    expect(lines[2]).toMatch(new RegExp(`${head}GetSecretValue ResourceNotFoundException$`));
    expect(command.out).not.toContain('canary-9c2e');
    expect(await stopped(command, 'SIGINT')).toBe(0);
    expect(command.err).toBe('');
    await expect(fetch(endpoint)).rejects.toThrow();
  });

  it('--json prints one document per line, and ends at SIGTERM', async () => {
    const command = keyturn('emulate', '--port', '0', '--json');
    const [, endpoint = ''] = await command.until(/"endpoint":"([^"]+)".*\n/);
    await use(endpoint, 'us-east-1');
    await command.until(/ResourceNotFoundException.*\n/);
    expect(await stopped(command, 'SIGTERM')).toBe(0);
    const documents = command.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(documents[0]).toEqual({
      event: 'listening',
      endpoint,
      environment: {
        AWS_ENDPOINT_URL: endpoint,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
      },
    });
    expect(documents.slice(1).map(({ event, operation }) => [event, operation])).toEqual([
      ['request', 'CreateSecret'],
      ['request', 'GetSecretValue'],
      ['request', 'GetSecretValue'],
    ]);
    expect(command.out).not.toContain('canary-9c2e');
  });

  it('says when the port is in use, with exit code 1', async () => {
    const first = keyturn('emulate', '--port', '0');
    const [, port = ''] = await first.until(/http:\/\/127\.0\.0\.1:(\d+)/);
    const second = keyturn('emulate', '--port', port);
    expect(await second.exitCode).toBe(1);
    expect(second.err).toBe(
      `keyturn: cannot listen on 127.0.0.1:${port}: the port is in use. Choose another with --port, or 0 for any free one.\n`,
    );
    expect(await stopped(first, 'SIGTERM')).toBe(0);
  });
});

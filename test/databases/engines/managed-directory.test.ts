/** What managed directories need besides a domain. How they are rotated is in active-directory.test.ts. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { build } from 'esbuild';
import type { Connection } from '../../../lib/databases/driver.js';
import { managedDirectory } from '../../../lib/databases/engines/managed-directory.js';
import { startDirectoryService } from '../../support/directory-service.js';

const SCRIPT = `
  import { managedDirectory } from './lib/databases/engines/managed-directory.js';
  const secret = { engine: 'managed-directory', host: 'd-926716a5a3', username: 'app', password: 'x' };
  managedDirectory().login(secret, { signal: new AbortController().signal, aws: async () => ({}) })
    .catch((error) => console.log(error.name + ': ' + error.message));
`;

it.each(['cjs', 'esm'] as const)('a function says what to install when the SDK is missing, as %s', async (format) => {
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-bundle-'));
  try {
    await writeFile(join(folder, 'package.json'), '{}');
    const outfile = join(folder, format === 'cjs' ? 'bundle.cjs' : 'bundle.mjs');
    const stdin = { contents: SCRIPT, resolveDir: process.cwd() };
    await build({ stdin, outfile, bundle: true, platform: 'node', target: 'node20', format, external: ['@aws-sdk/*'] });
    const { stdout } = await promisify(execFile)(process.execPath, [outfile], { cwd: folder });
    expect(stdout.trim()).toBe(
      'InvalidOptionsError: managedDirectory() needs the npm package @aws-sdk/client-directory-service, which was not found: npm install @aws-sdk/client-directory-service.',
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('a domain that the function cannot resolve is said by its name, with what the network lacks', async () => {
  const nobody = { domainName: 'corp.example.invalid', resetPassword: async () => false };
  await using service = await startDirectoryService(new Map([['d-926716a5a3', nobody]]));
  const config = {
    endpoint: service.endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' },
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 4_000, throwOnRequestTimeout: true },
  } as const;
  const connection: Connection = {
    tls: { ca: [], minVersion: 'TLSv1.2', rejectUnauthorized: true },
    timeoutMillis: 10_000,
    signal: new AbortController().signal,
    aws: async () => config,
  };
  const secret = { engine: 'managed-directory', host: 'd-926716a5a3', username: 'app', password: 'x' };
  await expect(managedDirectory().login(secret, connection)).rejects.toMatchObject({
    name: 'HostUnreachableError',
    reason: 'not found',
    message: expect.stringMatching(/corp\.example\.invalid of directory d-926716a5a3.*DNS servers/),
  });
});

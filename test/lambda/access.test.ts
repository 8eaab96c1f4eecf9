import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, jest } from '@jest/globals';
import type { RotationHandler } from '../../lib/index.js';

const environment = { ...process.env };
afterEach(() => {
  process.env = { ...environment };
});

/** The first call that a function makes for a secret of another account. */
async function firstCall(load: () => Promise<{ handler: RotationHandler }>, access: string | undefined) {
  const calls: string[] = [];
  const server = createServer((request, response) => {
    const target = request.headers['x-amz-target'];
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      calls.push(target === undefined ? String(new URLSearchParams(body).get('Action')) : String(target));
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' });
      response.end('{"__type":"AccessDeniedException","Message":"no"}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    Object.assign(process.env, {
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'example',
      SECRETS_MANAGER_ENDPOINT: endpoint,
      AWS_ENDPOINT_URL_STS: endpoint,
      ...(access !== undefined && { ROTATION_ACCESS: access }),
    });
    await jest.isolateModulesAsync(async () => {
      const { handler } = await load();
      const rotated = handler(
        {
          Step: 'createSecret',
          SecretId: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:app/db-AbCdEf',
          ClientRequestToken: '6f1c3b9e-8f6a-4d3b-9f43-0c7f4cf5a111',
        },
        {
          getRemainingTimeInMillis: () => 10_000,
          invokedFunctionArn: 'arn:aws:lambda:eu-west-1:444455556666:function:rotation',
        },
      );
      await expect(rotated).rejects.toThrow();
    });
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
  return calls[0];
}

const functions = {
  'single-user': () => import('../../lambda/single-user.js'),
  'alternating-users': () => import('../../lambda/alternating-users.js'),
};

it.each(Object.entries(functions))('%s assumes a role for a secret of another account', async (_, load) => {
  expect(await firstCall(load, undefined)).toBe('AssumeRole');
});

it.each(Object.entries(functions))('%s with ROTATION_ACCESS=direct calls with its own role', async (_, load) => {
  expect(await firstCall(load, 'direct')).toMatch(/^secretsmanager\./);
});

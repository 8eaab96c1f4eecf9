/** An SDK that is not JavaScript's, unmodified, against `keyturn emulate` in a process of its own. */
import { execFile, execFileSync } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { keyturn } from '../cli/keyturn.js';

const run = promisify(execFile);

/** A Python that has boto3: the first of PATH, or Debian's. */
function pythonWithBoto3(): string | undefined {
  return ['python3', '/usr/bin/python3'].find((python) => {
    try {
      execFileSync(python, ['-c', 'import boto3'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

const python = pythonWithBoto3();
const title = "creates, puts, reads, describes and lists, and knows AWS's errors";

describe('boto3', () => {
  if (python === undefined && !process.env.CI) {
    it.skip(`${title} (no Python with boto3 on this machine: apt-get install python3-boto3)`, () => {});
    return;
  }

  it(title, async () => {
    if (python === undefined) throw new Error('no Python with boto3: apt-get install python3-boto3');
    const command = keyturn('emulate', '--port', '0', '--region', 'eu-central-1');
    const [, endpoint = ''] = await command.until(/^export AWS_ENDPOINT_URL=(.+)$/m);
    const { stdout } = await run(python, [path.resolve('test/emulator/boto3-session.py')], {
      env: {
        PATH: process.env.PATH,
        AWS_ENDPOINT_URL: endpoint,
        AWS_DEFAULT_REGION: 'eu-central-1',
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_CONFIG_FILE: '/nowhere',
        AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
      },
    });
    command.signal('SIGTERM');
    expect(await command.exitCode).toBe(0);
    const seen = JSON.parse(stdout);
    expect(seen).toEqual({
      arn: expect.stringMatching(/^arn:aws:secretsmanager:eu-central-1:000000000000:secret:py\/db-[A-Za-z0-9]{6}$/),
      put: ['AWSCURRENT', 'BLUE'],
      binary: '0074776fff',
      previous: 'one',
      created: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      described: { Name: 'py/db', Description: 'from Python', VersionIdsToStages: expect.any(Object) },
      names: ['py/db'],
      password: 20,
      identity: 'arn:aws:iam::000000000000:root',
      notFound: [400, 'ResourceNotFoundException', "Secrets Manager can't find the specified secret."],
      exists: [400, 'ResourceExistsException', 'The operation failed because the secret py/db already exists.'],
      invalid: [
        400,
        'ResourceNotFoundException',
        `Secrets Manager can't find the specified secret value for VersionId: ${'short'.repeat(7)}`,
      ],
      noFunction: [400, 'InvalidRequestException', 'No Lambda rotation function ARN is associated with this secret.'],
    });
    expect(Object.values(seen.described.VersionIdsToStages)).toEqual(
      expect.arrayContaining([expect.arrayContaining(['AWSCURRENT', 'BLUE']), ['AWSPREVIOUS']]),
    );
  });
});

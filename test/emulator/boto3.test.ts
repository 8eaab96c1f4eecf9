/** An SDK that is not JavaScript's, unmodified, against `keyturn emulate` in a process of its own. */
import { execFile, execFileSync } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { startEmulator } from '../../lib/emulator/index.js';
import { operations } from '../../lib/emulator/operations/index.js';
import { keyturn } from '../cli/keyturn.js';
import { account, functionArn, functionRole, pendingValue, rotator } from './local-aws.js';

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
const everyOperation = 'drives every operation that is served, good calls and refused ones';

describe('boto3', () => {
  if (python === undefined && !process.env.CI) {
    for (const test of [title, everyOperation]) {
      it.skip(`${test} (no Python with boto3 on this machine: apt-get install python3-boto3)`, () => {});
    }
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

  it(everyOperation, async () => {
    if (python === undefined) throw new Error('no Python with boto3: apt-get install python3-boto3');
    await using emulator = await startEmulator();
    emulator.bindFunction({ functionArn, roleArn: functionRole, handler: rotator() });
    const { stdout } = await run(python, [path.resolve('test/emulator/boto3-operations.py')], {
      env: {
        PATH: process.env.PATH,
        AWS_ENDPOINT_URL: emulator.endpoint,
        AWS_ACCESS_KEY_ID: account,
        AWS_SECRET_ACCESS_KEY: 'root',
        AWS_CONFIG_FILE: '/nowhere',
        AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
        FUNCTION_ARN: functionArn,
      },
    });
    const { driven, known, seen } = JSON.parse(stdout);
    expect(driven).toEqual([...operations.keys()].sort());
    expect(driven).toEqual(expect.arrayContaining(known));
    expect(seen).toEqual(expectedOfEveryOperation);
  });
});

const unknown = [400, 'ResourceNotFoundException', "Secrets Manager can't find the specified secret."];
const refused = (code: string, message: unknown = expect.any(String)) => [400, code, message];

const expectedOfEveryOperation = {
  replication: [{ Region: 'eu-west-1', KmsKeyId: 'alias/aws/secretsmanager', Status: 'InProgress' }],
  nameTaken: refused('ResourceExistsException', 'The operation failed because the secret py/all already exists.'),
  put: ['BLUE'],
  putNothing: refused('InvalidRequestException', 'You must provide either SecretString or SecretBinary.'),
  get: 'two',
  getUnknown: refused(
    'ResourceNotFoundException',
    "Secrets Manager can't find the specified secret value for staging label: GREEN",
  ),
  stage: ['ARN', 'Name'],
  stageHeld: refused('InvalidParameterException', expect.stringContaining("RemoveFromVersionId can't be empty")),
  versions: [['AWSCURRENT'], expect.arrayContaining(['BLUE', 'GREEN'])],
  versionsUnknown: unknown,
  update: 'py/all',
  updateBoth: refused('InvalidRequestException'),
  describe: ['from Python', 'us-west-2', [{ Key: 'team', Value: 'a' }]],
  describeUnknown: refused('ValidationException', expect.stringMatching(/^Invalid name\./)),
  list: ['py/all'],
  listToken: refused('InvalidNextTokenException'),
  password: 12,
  passwordShort: refused('InvalidParameterException'),
  tags: [{ Key: 'stage', Value: 'test' }],
  tagReserved: refused('InvalidParameterException'),
  untagUnknown: unknown,
  policyPut: 'py/all',
  policyPublic: refused(
    'PublicPolicyException',
    'You can not attach a resource policy that grants Public access to your secret.',
  ),
  policySyntax: refused('MalformedPolicyDocumentException', 'This resource policy contains a syntax error.'),
  policy: ['{', '  "Version" : "2012-10-17",', '  "Statement" : [ {'],
  policyUnknown: unknown,
  policyValid: { PolicyValidationPassed: true, ValidationErrors: [] },
  policyInvalid: 'BlockPublicPolicyCheck',
  policyGone: ['ARN', 'Name'],
  policyDeleteUnknown: unknown,
  batch: [200, ['one'], [['nobody', 'ResourceNotFoundException']]],
  batchNothing: [400, 'InvalidParameterException'],
  rotated: ['AWSCURRENT', 'AWSPENDING'],
  rotatedValue: pendingValue,
  rotateUnknown: refused(
    'AccessDeniedException',
    expect.stringContaining('cannot invoke the specified Lambda function'),
  ),
  cancel: ['ARN', 'Name'],
  cancelled: false,
  cancelUnknown: unknown,
  replica: pendingValue,
  replicaWrite: refused(
    'InvalidParameterException',
    "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
  ),
  replicated: ['eu-west-1', 'eu-west-2'],
  replicateHome: refused('InvalidParameterException', 'Invalid replica region.'),
  deletePrimary: refused('InvalidParameterException', expect.stringContaining('that still has replica regions')),
  removed: ['eu-west-1'],
  removeNothing: unknown,
  promotePrimary: refused(
    'InvalidParameterException',
    "Operation not permitted on a primary secret. Call must be made in replica secret's region.",
  ),
  promoted: 'eu-west-1',
  window: 7 * 86_400,
  marked: refused(
    'InvalidRequestException',
    "You can't perform this operation on the secret because it was marked for deletion.",
  ),
  windowShort: refused('InvalidParameterException'),
  restored: 'py/all',
  restoreUnknown: unknown,
  again: pendingValue,
};

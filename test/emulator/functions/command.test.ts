/** Functions of any language: a command that is started for each event. */
import { execFile } from 'node:child_process';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { CreateSecretCommand, GetSecretValueCommand, RotateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { account, functionArn, functionRole, region, useLocalAws } from '../local-aws.js';
import { gone, runOnce } from './deferred-test.js';
import { pythonWithBoto3 } from './python.js';

const run = promisify(execFile);
const aws = useLocalAws();
let folder = '';

beforeAll(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'keyturn-command-')));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() =>
  aws.client.send(new CreateSecretCommand({ Name: 'db', SecretString: '{"username":"app","password":"one"}' })),
);

const shell = (script: string): readonly [string, ...string[]] => ['/bin/sh', '-c', script];
const node = (script: string): readonly [string, ...string[]] => [process.execPath, '-e', script];
const output = () => aws.emulator.functionOutput(functionArn);
const asleep = 'sleep 1000';

describe('a command', () => {
  it('reads one event, as one line of JSON, on its standard input', async () => {
    expect(await runOnce(aws, { command: shell('read -r event; echo "$event"; cat; echo end >&2') })).toMatchObject({
      status: 'Succeeded',
    });
    const [event = '', end] = output().trim().split('\n');
    expect(JSON.parse(event)).toEqual({
      Step: 'testSecret',
      SecretId: expect.stringMatching(/^arn:aws:secretsmanager:/),
      ClientRequestToken: expect.any(String),
      RotationToken: expect.any(String),
    });
    expect(end).toBe('end');
  });

  it("sees Lambda's variables, its own and the PATH, and nothing else of this process", async () => {
    process.env.KEYTURN_TEST_CANARY = 'canary';
    const command = node('console.log(JSON.stringify(process.env))');
    await runOnce(aws, { command, cwd: folder, environment: { MINE: 'yes' }, memoryMegabytes: 256 });
    delete process.env.KEYTURN_TEST_CANARY;
    const seen = JSON.parse(output());
    expect(seen).toMatchObject({
      MINE: 'yes',
      PATH: process.env.PATH,
      LAMBDA_TASK_ROOT: folder,
      AWS_REGION: region,
      AWS_ENDPOINT_URL: aws.emulator.endpoint,
      AWS_ACCESS_KEY_ID: expect.stringMatching(/^ASIA/),
      AWS_LAMBDA_FUNCTION_NAME: 'rotate',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
    });
    expect(seen).not.toHaveProperty('KEYTURN_TEST_CANARY');
    expect(seen).not.toHaveProperty('AWS_EXECUTION_ENV');
  });

  it('runs in its folder, and no shell reads it', async () => {
    const command = [process.execPath, '-e', 'console.log(process.cwd(), process.argv[1])', '$(id) ; * &'] as const;
    await runOnce(aws, { command, cwd: folder });
    expect(output()).toBe(`${folder} $(id) ; * &\n`);
  });

  it('is started anew for each event', async () => {
    await runOnce(aws, { command: shell('echo $$') });
    await runOnce(aws);
    expect(new Set(output().trim().split('\n')).size).toBe(2);
  });

  it.each([
    ['with another status', 'echo "password=canary" >&2; exit 3', 'Error: Runtime exited with error: exit status 3'],
    ['by a signal', 'kill -SEGV $$', 'Error: Runtime exited with error: signal: SIGSEGV'],
  ])('that ends %s has failed; what it wrote stays in its output', async (_, script, error) => {
    const outcome = await runOnce(aws, { command: shell(script) });
    expect(outcome).toMatchObject({ status: 'Failed', errorType: 'Runtime.ExitError', error });
    expect(JSON.stringify([outcome, aws.emulator.events, aws.emulator.requests])).not.toContain('canary');
    expect(output()).toBe(script.startsWith('echo') ? 'password=canary\n' : '');
  });

  it('may end without reading its event', async () => {
    expect(await runOnce(aws, { command: shell('exec 0<&-; exit 0') })).toMatchObject({ status: 'Succeeded' });
  });

  it.each([
    ['that is not there', ['/nowhere/rotate'] as const, {}, 'spawn /nowhere/rotate ENOENT'],
    [
      'with a variable that no process can have',
      shell('true'),
      { MINE: 'canary\u0000' },
      'The process could not be started.',
    ],
  ])('%s', async (_, command, environment, error) => {
    expect(await runOnce(aws, { command, environment })).toMatchObject({
      status: 'Failed',
      errorType: 'Runtime.InvalidEntrypoint',
      error,
    });
  });

  it('that takes too long is killed with all that it started', async () => {
    const command = shell(`${asleep} & echo $$ $!; wait`);
    expect(await runOnce(aws, { command, timeoutSeconds: 0.5 })).toMatchObject({
      status: 'Failed',
      errorType: 'Sandbox.Timedout',
      error: expect.stringMatching(/^RequestId: [0-9a-f-]{36} Error: Task timed out after 0.50 seconds$/),
    });
    const pids = output().trim().split(' ').map(Number);
    expect(pids).toHaveLength(2);
    for (const pid of pids) await gone(pid);
  });

  it('leaves nothing running in the background when it ends', async () => {
    expect(await runOnce(aws, { command: shell(`${asleep} & echo $!`) })).toMatchObject({ status: 'Succeeded' });
    await gone(Number(output()));
  });

  it('that writes megabytes: the end of them is kept', async () => {
    const command = node(
      'const line = "x".repeat(1023) + "\\n"; for (let i = 0; i < 20_000; i++) require("fs").writeSync(i % 2 + 1, line); console.log("the end")',
    );
    expect(await runOnce(aws, { command })).toMatchObject({ status: 'Succeeded' });
    expect(output()).toMatch(/^\[earlier output was dropped\]\n/);
    // Not at the very end: two pipes keep no order between each other.
    expect(output()).toContain('\nthe end\n');
    expect(output().length).toBeLessThan(4.1 * 1024 * 1024);
  });

  it('is stopped with the emulator, in the middle of an event', async () => {
    aws.emulator.bindFunction({ functionArn, roleArn: functionRole, command: shell(`echo $$; ${asleep}`) });
    await aws.client.send(
      new RotateSecretCommand({ SecretId: 'db', RotationLambdaARN: functionArn, RotateImmediately: false }),
    );
    const settled = aws.emulator.rotationSettled('db');
    while (output() === '') await new Promise(setImmediate);
    const pid = Number(output());
    await aws.emulator.close();
    expect(await settled).toMatchObject({ status: 'Stopped' });
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('does not outlive a process that ends without closing its emulator', async () => {
    const library = path.resolve('lib/emulator/functions/process-group.ts');
    const program = `const { processGroup } = await import(${JSON.stringify(library)});
      const command = ['/bin/sh', '-c', 'echo $$; exec ${asleep}'];
      processGroup({ command, environment: {}, output: (text) => { console.log(text); process.exit(); } });`;
    const { stdout } = await run(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program]);
    await gone(Number(stdout));
  });

  it.each([[[]], [['']], ['rotate.py --all'], [['python3', 3]]])('%j is refused when it is bound', (command) => {
    const definition = JSON.parse(JSON.stringify({ functionArn, roleArn: functionRole, command }));
    expect(() => aws.emulator.bindFunction(definition)).toThrow(
      new TypeError('command is a list of texts: the program and its arguments'),
    );
  });
});

describe('a rotation function in Python', () => {
  const python = pythonWithBoto3();
  if (python === undefined && !process.env.CI) {
    it.skip('(no Python with boto3 on this machine: apt-get install python3-boto3)', () => {});
    return;
  }

  it('rotates a secret, with its own role, step by step', async () => {
    aws.emulator.bindFunction({
      functionArn,
      roleArn: functionRole,
      command: [python ?? 'python3', 'rotate.py'],
      cwd: __dirname,
    });
    await aws.client.send(new RotateSecretCommand({ SecretId: 'db', RotationLambdaARN: functionArn }));
    expect(await aws.emulator.rotationSettled('db')).toMatchObject({ status: 'Succeeded' });
    expect(output()).toBe('createSecret\nsetSecret\ntestSecret\nfinishSecret\n');
    const { SecretString = '' } = await aws.client.send(new GetSecretValueCommand({ SecretId: 'db' }));
    expect(JSON.parse(SecretString)).toEqual({ username: 'app', password: expect.stringMatching(/^.{20}$/) });
    const calls = aws.emulator.requests.filter(({ step }) => step !== undefined);
    expect(calls.map(({ step, operation }) => `${step} ${operation}`)).toEqual([
      'createSecret GetSecretValue',
      'createSecret GetSecretValue',
      'createSecret GetRandomPassword',
      'createSecret PutSecretValue',
      'testSecret GetSecretValue',
      'finishSecret DescribeSecret',
      'finishSecret UpdateSecretVersionStage',
    ]);
    expect(new Set(calls.map(({ callerArn }) => callerArn))).toEqual(
      new Set([`arn:aws:sts::${account}:assumed-role/rotate-role/rotate`]),
    );
  });
});

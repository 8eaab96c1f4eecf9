/** Functions that run in a process of their own, as Lambda runs them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateSecretCommand, RotateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { BundledFunction } from '../../../lib/emulator/index.js';
import { account, functionArn, functionRole, region, useLocalAws } from '../local-aws.js';

const aws = useLocalAws();
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'keyturn-bundle-'));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => aws.client.send(new CreateSecretCommand({ Name: 'db', SecretString: 'one' })));

let count = 0;
async function bundle(source: string, extension = 'mjs'): Promise<string> {
  const file = path.join(folder, `f${count++}.${extension}`);
  await writeFile(file, source);
  return file;
}
/** Runs testSecret, and nothing else, in the bundle. */
async function test(definition: Partial<BundledFunction> & { bundle?: string } = {}) {
  if (definition.bundle !== undefined) bind({ ...definition, bundle: definition.bundle });
  await aws.client.send(
    new RotateSecretCommand({ SecretId: 'db', RotationLambdaARN: functionArn, RotateImmediately: false }),
  );
  const { steps, status } = await aws.emulator.rotationSettled('db');
  return { status, ...steps[0] };
}
const bind = (definition: Partial<BundledFunction> & { bundle: string }) =>
  aws.emulator.bindFunction({ functionArn, roleArn: functionRole, ...definition });
const output = () => aws.emulator.functionOutput(functionArn);
const lines = () => output().trim().split('\n');

describe('a bundle', () => {
  it.each([
    ['mjs', 'export const handler = async (event) => console.log(event.Step);'],
    ['cjs', 'exports.handler = async (event) => console.log(event.Step);'],
    ['cjs', 'module.exports = Object.assign({}, { handler: async (event) => console.log(event.Step) });'],
  ])('.%s: %s', async (extension, source) => {
    expect(await test({ bundle: await bundle(source, extension) })).toMatchObject({ status: 'Succeeded' });
    expect(output()).toBe('testSecret\n');
  });

  it('may name its handler', async () => {
    const file = await bundle('export const rotate = async () => console.log("mine");');
    await test({ bundle: file, handlerName: 'rotate' });
    expect(output()).toBe('mine\n');
  });

  it("sees Lambda's variables and its own, and nothing of this process", async () => {
    process.env.KEYTURN_TEST_CANARY = 'canary';
    const file = await bundle('export const handler = async () => console.log(JSON.stringify(process.env));');
    await test({ bundle: file, environment: { MINE: 'yes', TZ: 'Europe/Berlin' }, memoryMegabytes: 256 });
    delete process.env.KEYTURN_TEST_CANARY;
    const seen = JSON.parse(output());
    expect(seen).toMatchObject({
      MINE: 'yes',
      TZ: 'Europe/Berlin',
      AWS_REGION: region,
      AWS_ENDPOINT_URL: aws.emulator.endpoint,
      AWS_LAMBDA_FUNCTION_NAME: 'rotate',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_SESSION_TOKEN: expect.any(String),
    });
    expect(seen).not.toHaveProperty('KEYTURN_TEST_CANARY');
    expect(seen.PATH).not.toBe(process.env.PATH);
  });

  it("gets Lambda's context", async () => {
    const file = await bundle(`export const handler = async (event, context) =>
      console.log(JSON.stringify({ ...context, left: context.getRemainingTimeInMillis() }));`);
    await test({ bundle: file, timeoutSeconds: 5, memoryMegabytes: 512 });
    const context = JSON.parse(output());
    expect(context).toMatchObject({
      functionName: 'rotate',
      functionVersion: '$LATEST',
      invokedFunctionArn: functionArn,
      memoryLimitInMB: '512',
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      logGroupName: '/aws/lambda/rotate',
    });
    expect(context.left).toBeGreaterThan(4000);
    expect(context.left).toBeLessThanOrEqual(5000);
  });

  it('calls the emulator with the keys of its execution role', async () => {
    const sdk = require.resolve('@aws-sdk/client-secrets-manager');
    const file = await bundle(
      `const { SecretsManagerClient, GetSecretValueCommand } = require(${JSON.stringify(sdk)});
      exports.handler = async (event) => {
        await new SecretsManagerClient({}).send(new GetSecretValueCommand({ SecretId: event.SecretId, VersionStage: 'AWSPENDING' }));
      };`,
      'cjs',
    );
    expect(await test({ bundle: file })).toMatchObject({ status: 'Succeeded' });
    expect(aws.emulator.requests.at(-1)).toMatchObject({
      operation: 'GetSecretValue',
      accountId: account,
      region,
      callerArn: `arn:aws:sts::${account}:assumed-role/rotate-role/rotate`,
      step: 'testSecret',
    });
  });

  it('stays warm between events, until it is bound anew', async () => {
    const source = 'let calls = 0; export const handler = async () => console.log(process.pid, ++calls);';
    await test({ bundle: await bundle(source) });
    await test();
    const [first, second] = lines().map((line) => line.split(' '));
    expect(second).toEqual([first?.[0], '2']);
    await test({ bundle: await bundle(source) });
    expect(lines()[2]?.split(' ')[1]).toBe('1');
  });

  it('takes one event at a time: two at once run in two processes', async () => {
    await aws.client.send(new CreateSecretCommand({ Name: 'two', SecretString: 'x' }));
    const file = await bundle(`export const handler = async (event) => {
      console.log(process.pid);
      await new Promise((resolve) => setTimeout(resolve, 200));
    };`);
    bind({ bundle: file });
    for (const SecretId of ['db', 'two']) {
      await aws.client.send(
        new RotateSecretCommand({ SecretId, RotationLambdaARN: functionArn, RotateImmediately: false }),
      );
    }
    await Promise.all([aws.emulator.rotationSettled('db'), aws.emulator.rotationSettled('two')]);
    expect(new Set(lines()).size).toBe(2);
  });

  it('that throws: the error is told, and written to its own output', async () => {
    const file = await bundle('export const handler = async () => { throw new RangeError("too much"); };');
    expect(await test({ bundle: file })).toMatchObject({
      status: 'Failed',
      error: 'too much',
      errorType: 'RangeError',
    });
    expect(output()).toContain('RangeError: too much');
  });

  it('that takes too long is killed, and the next event finds a new process', async () => {
    const file = await bundle(`let calls = 0;
      export const handler = async () => {
        console.log(process.pid, ++calls);
        if (process.env.HANG) for (;;);
      };`);
    expect(await test({ bundle: file, timeoutSeconds: 0.3, environment: { HANG: 'yes' } })).toMatchObject({
      status: 'Failed',
      errorType: 'Sandbox.Timedout',
      error: expect.stringMatching(/^RequestId: [0-9a-f-]{36} Error: Task timed out after 0.30 seconds$/),
    });
    const pid = Number(lines()[0]?.split(' ')[0]);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    await test();
    expect(lines()[1]?.split(' ')[1]).toBe('1');
    expect(lines()[1]?.split(' ')[0]).not.toBe(String(pid));
  });

  it.each([
    [
      'exits',
      'export const handler = () => process.exit(7);',
      'Runtime.ExitError',
      'Error: Runtime exited with error: exit status 7',
    ],
    [
      'cannot be loaded',
      'import "./nowhere.mjs";',
      'Runtime.ImportModuleError',
      expect.stringContaining('nowhere.mjs'),
    ],
    ['throws while it is loaded', 'throw new Error("no way")', 'Runtime.ImportModuleError', 'no way'],
    [
      'exports nothing',
      'export const other = 1;',
      'Runtime.HandlerNotFound',
      'index.handler is undefined or not exported',
    ],
  ])('that %s', async (_, source, errorType, error) => {
    expect(await test({ bundle: await bundle(source) })).toMatchObject({ status: 'Failed', errorType, error });
  });

  it('with a Node that is not there', async () => {
    const file = await bundle('export const handler = () => {};');
    expect(await test({ bundle: file, nodePath: '/nowhere/node' })).toMatchObject({
      status: 'Failed',
      errorType: 'Runtime.InvalidEntrypoint',
    });
  });

  it('with a variable that no process can have: its value stays untold', async () => {
    const file = await bundle('export const handler = () => {};');
    expect(await test({ bundle: file, environment: { MINE: 'canary\u0000' } })).toMatchObject({
      status: 'Failed',
      errorType: 'Runtime.InvalidEntrypoint',
      error: 'The process could not be started.',
    });
  });

  it('is stopped with the emulator, in the middle of an event if need be', async () => {
    const file = await bundle(
      'export const handler = () => { console.log(process.pid); return new Promise((resolve) => setTimeout(resolve, 60_000)); };',
    );
    bind({ bundle: file });
    await aws.client.send(
      new RotateSecretCommand({ SecretId: 'db', RotationLambdaARN: functionArn, RotateImmediately: false }),
    );
    const settled = aws.emulator.rotationSettled('db');
    while (output() === '') await new Promise(setImmediate);
    await aws.emulator.close();
    expect(await settled).toMatchObject({ status: 'Stopped' });
    expect(() => process.kill(Number(output()), 0)).toThrow('ESRCH');
  });
});

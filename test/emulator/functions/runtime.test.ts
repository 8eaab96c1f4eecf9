/** Functions that fetch their events from the Lambda Runtime API. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateSecretCommand, RotateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { RuntimeFunction } from '../../../lib/emulator/index.js';
import { functionArn, functionRole, useLocalAws } from '../local-aws.js';
import { gone, reaped, runOnce } from './deferred-test.js';

const aws = useLocalAws();
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'keyturn-runtime-'));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => aws.client.send(new CreateSecretCommand({ Name: 'db', SecretString: 'one' })));

const output = () => aws.emulator.functionOutput(functionArn);
const lines = () => output().trim().split('\n');

type Runtime = Pick<RuntimeFunction, 'runtime' | 'environment'>;
const node = (script: string): Runtime => ({ runtime: [process.execPath, '--input-type=module', '-e', script] });

let count = 0;
/** A handler behind the runtime client beside this file. */
async function handler(source: string): Promise<Runtime> {
  const file = path.join(folder, `f${count++}.mjs`);
  await writeFile(file, source);
  return {
    runtime: [process.execPath, path.join(__dirname, 'runtime-client.mjs')],
    environment: { _HANDLER: `${file}#handler` },
  };
}

/** For runtimes that misbehave: a script with `api` and `post`. */
const raw = (script: string): Runtime =>
  node(`const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime/';
    const post = async (path, body) => {
      const answer = await fetch(api + path, { method: 'POST', body });
      return answer.status + ' ' + ((await answer.json()).errorType ?? 'OK');
    };
    const next = async () => {
      const answer = await fetch(api + 'invocation/next');
      await answer.text();
      return answer.status === 200 ? answer.headers.get('lambda-runtime-aws-request-id') : answer.status;
    };
    const forever = () => new Promise(() => setInterval(() => {}, 1000));
    ${script}`);

describe('a runtime', () => {
  it('is handed an event, and all that Lambda tells of an invocation', async () => {
    const definition = await handler(
      'export const handler = async (event, context) => console.log(JSON.stringify({ event, context }));',
    );
    expect(await runOnce(aws, { ...definition, timeoutSeconds: 5 })).toMatchObject({ status: 'Succeeded' });
    const { event, context } = JSON.parse(output());
    expect(event).toMatchObject({ Step: 'testSecret', RotationToken: expect.any(String) });
    expect(context).toEqual({
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      invokedFunctionArn: functionArn,
      traceId: expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/),
      millisLeft: expect.any(Number),
    });
    expect(context.millisLeft).toBeGreaterThan(4000);
    expect(context.millisLeft).toBeLessThanOrEqual(5000);
  });

  it('stays warm between events, until it is bound anew', async () => {
    const definition = await handler(
      'let calls = 0; export const handler = async () => console.log(process.pid, ++calls);',
    );
    await runOnce(aws, definition);
    await runOnce(aws);
    const [first, second] = lines().map((line) => line.split(' '));
    expect(second).toEqual([first?.[0], '2']);
    await runOnce(aws, definition);
    expect(lines()[2]?.split(' ')[1]).toBe('1');
    await gone(Number(first?.[0]));
  });

  it('takes one event at a time: two at once run in two processes', async () => {
    await aws.client.send(new CreateSecretCommand({ Name: 'two', SecretString: 'x' }));
    // Each waits until the other has begun.
    const definition = await handler(`import { readdirSync, writeFileSync } from 'node:fs';
      export const handler = async () => {
        const folder = process.env.MEETING;
        writeFileSync(folder + '/' + process.pid + '.begun', '');
        while (readdirSync(folder).filter((name) => name.endsWith('.begun')).length < 2) await new Promise(setImmediate);
        console.log(process.pid);
      };`);
    const environment = { ...definition.environment, MEETING: folder };
    aws.emulator.bindFunction({ functionArn, roleArn: functionRole, ...definition, environment });
    for (const SecretId of ['db', 'two']) {
      await aws.client.send(
        new RotateSecretCommand({ SecretId, RotationLambdaARN: functionArn, RotateImmediately: false }),
      );
    }
    await Promise.all([aws.emulator.rotationSettled('db'), aws.emulator.rotationSettled('two')]);
    expect(new Set(lines()).size).toBe(2);
  });

  it('that reports an error, and takes the next event all the same', async () => {
    const definition = await handler(`let calls = 0;
      export const handler = async () => { console.log(process.pid, ++calls); if (calls === 1) throw new RangeError('too much'); };`);
    expect(await runOnce(aws, definition)).toMatchObject({
      status: 'Failed',
      error: 'too much',
      errorType: 'RangeError',
    });
    expect(await runOnce(aws)).toMatchObject({ status: 'Succeeded' });
    expect(lines().map((line) => line.split(' ')[1])).toEqual(['1', '2']);
  });

  it('that cannot start says why', async () => {
    expect(await runOnce(aws, await handler('throw new TypeError("no such module")'))).toMatchObject({
      status: 'Failed',
      error: 'no such module',
      errorType: 'TypeError',
    });
  });

  it.each([
    ['ends before it asks for an event', 'process.exit(7)', 'Error: Runtime exited with error: exit status 7'],
    ['ends before it asks for an event, with 0', 'process.exit(0)', 'Error: Runtime exited with error: exit status 0'],
    ['ends with an event', 'await next(); process.exit(0)', 'Error: Runtime exited with error: exit status 0'],
    ['crashes with an event', 'await next(); process.abort()', 'Error: Runtime exited with error: signal: SIGABRT'],
  ])('that %s', async (_, script, error) => {
    expect(await runOnce(aws, raw(script))).toMatchObject({ status: 'Failed', errorType: 'Runtime.ExitError', error });
  });

  it('that ends while it waits for an event: the next event finds a new one', async () => {
    const pause = "console.log(process.pid); await post('invocation/' + (await next()) + '/response', '1'); next();";
    await runOnce(aws, raw(`${pause} process.on('SIGTERM', () => process.exit(0)); await forever()`));
    const first = Number(output());
    process.kill(first, 'SIGTERM');
    await reaped(first);
    expect(await runOnce(aws)).toMatchObject({ status: 'Succeeded' });
    expect(new Set(lines()).size).toBe(2);
  });

  it('that is not there', async () => {
    expect(await runOnce(aws, { runtime: ['/nowhere/bootstrap'] })).toMatchObject({
      status: 'Failed',
      errorType: 'Runtime.InvalidEntrypoint',
    });
  });

  it('that takes too long is killed, and the next event finds a new one', async () => {
    const definition = await handler(`let calls = 0;
      export const handler = async () => { console.log(process.pid, ++calls); if (process.env.HANG) for (;;); };`);
    const environment = { ...definition.environment, HANG: 'yes' };
    expect(await runOnce(aws, { ...definition, environment, timeoutSeconds: 0.3 })).toMatchObject({
      status: 'Failed',
      errorType: 'Sandbox.Timedout',
      error: expect.stringMatching(/Task timed out after 0.30 seconds$/),
    });
    const [pid] = lines()[0]?.split(' ') ?? [];
    expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
    await runOnce(aws);
    expect(lines()[1]).toMatch(/^\d+ 1$/);
    expect(lines()[1]).not.toBe(lines()[0]);
  });

  it('that answers, and ends or hangs instead of asking for more: the answer stands, and the process is not used again', async () => {
    const answer = "console.log(process.pid); await post('invocation/' + (await next()) + '/response', '1');";
    expect(await runOnce(aws, raw(`${answer} process.exit(1)`))).toMatchObject({ status: 'Succeeded' });
    expect(await runOnce(aws)).toMatchObject({ status: 'Succeeded' });
    const hanging = { ...raw(`${answer} await forever()`), timeoutSeconds: 0.5 };
    expect(await runOnce(aws, hanging)).toMatchObject({ status: 'Succeeded' });
    expect(new Set(lines()).size).toBe(3);
    await gone(Number(lines()[2]));
  });

  it('that writes megabytes, and answers with too many', async () => {
    const definition = raw(`const id = await next();
      process.stdout.write('x'.repeat(6 * 1024 * 1024) + '\\n', async () => {
        console.log(await post('invocation/' + id + '/response', 'x'.repeat(7 * 1024 * 1024)));
        await next();
      });`);
    expect(await runOnce(aws, definition)).toMatchObject({
      status: 'Failed',
      errorType: 'Function.ResponseSizeTooLarge',
    });
    expect(output()).toMatch(/x\n413 RequestEntityTooLarge\n$/);
  });

  it('is told what it may not do, in its place', async () => {
    const definition = raw(`const say = async (name, answer) => console.log(name, await answer);
      await say('early', post('invocation/none/response', '1'));
      await say('nowhere', post('invocation', '1'));
      const id = await next();
      await say('second', next());
      await say('late', post('init/error', '{}'));
      await say('other', post('invocation/other/error', '{}'));
      const foreign = await fetch(api + 'invocation/next', { headers: { origin: 'http://example.com' } });
      console.log('page', foreign.status, (await foreign.text()).includes('RotationToken'));
      await say('right', post('invocation/' + id + '/error', 'no JSON'));
      await say('again', post('invocation/' + id + '/response', '1'));
      await next();`);
    expect(await runOnce(aws, definition)).toMatchObject({ status: 'Failed', errorType: 'Unhandled', error: '' });
    expect(lines()).toEqual([
      'early 400 InvalidRequestID',
      'nowhere 404 NotFound',
      'second 403',
      'late 403 InvalidStateTransition',
      'other 400 InvalidRequestID',
      'page 403 false',
      'right 202 OK',
      'again 400 InvalidRequestID',
    ]);
  });

  it.each([
    ['in the middle of an event', 'await next(); console.log(process.pid); await forever();'],
    ['before it asks for one', 'console.log(process.pid); await forever();'],
  ])('is stopped with the emulator, %s', async (_, script) => {
    aws.emulator.bindFunction({ functionArn, roleArn: functionRole, ...raw(script) });
    await aws.client.send(
      new RotateSecretCommand({ SecretId: 'db', RotationLambdaARN: functionArn, RotateImmediately: false }),
    );
    const settled = aws.emulator.rotationSettled('db');
    while (output() === '') await new Promise(setImmediate);
    await aws.emulator.close();
    expect(await settled).toMatchObject({ status: 'Stopped' });
    expect(() => process.kill(Number(output()), 0)).toThrow('ESRCH');
  });

  it('in Python: warm, one event after the other; its errors are told', async () => {
    const runtime = ['python3', path.join(__dirname, 'runtime-client.py')] as const;
    expect(await runOnce(aws, { runtime })).toMatchObject({ status: 'Succeeded' });
    expect(await runOnce(aws)).toMatchObject({ status: 'Succeeded' });
    const [first, second] = lines().map((line) => line.split(' '));
    expect([first, second]).toEqual([
      [first?.[0], '1', 'testSecret'],
      [first?.[0], '2', 'testSecret'],
    ]);
    expect(await runOnce(aws, { runtime, environment: { MODE: 'raise' } })).toMatchObject({
      status: 'Failed',
      errorType: 'ValueError',
      error: 'no such host',
    });
  });
});

/** Every route of the control API, over HTTP, held against the document that it serves of itself. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  RotateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Weather } from '../../../lib/emulator/index.js';
import {
  account,
  functionArn,
  functionRole,
  refusal,
  region,
  rotator,
  secretsManager,
  useLocalAws,
} from '../local-aws.js';
import { type Call, type ControlAnswer, called, control, describedBy } from './described-api.js';

const aws = useLocalAws({ controlApi: true });
const call = (name: string, options?: Call): Promise<ControlAnswer> => control(aws.emulator.endpoint, name, options);
const error = (status: number, code: string, message: unknown = expect.any(String)) => ({
  status,
  body: { error: { code, message } },
});
const done = { status: 200, body: {} };

const createSecret = () => aws.client.send(new CreateSecretCommand({ Name: 'db', SecretString: 'canary-value' }));
const rotate = () => aws.client.send(new RotateSecretCommand({ SecretId: 'db', RotationLambdaARN: functionArn }));
const bindWorking = () => aws.emulator.bindFunction({ functionArn, roleArn: functionRole, handler: rotator() });
const failing = { functionArn, roleArn: functionRole, command: ['/bin/sh', '-c', 'echo tried; exit 1'] };
const trustPolicy = {
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' },
};

describe('functions', () => {
  it('are bound, run, told and unbound', async () => {
    await createSecret();
    expect(await call('POST /functions', { body: failing })).toEqual(done);
    await rotate();
    expect(await call('GET /rotation', { query: { secretId: 'db' } })).toMatchObject({
      status: 200,
      body: { kind: 'Rotation', status: 'Failed', steps: [{ step: 'createSecret', errorType: 'Runtime.ExitError' }] },
    });
    expect(await call('GET /functions/output', { query: { functionArn } })).toEqual({
      status: 200,
      body: { output: 'tried\n' },
    });
    expect(await call('DELETE /functions', { query: { functionArn } })).toEqual(done);
    expect(await call('DELETE /functions', { query: { functionArn } })).toEqual(error(404, 'NotFound'));
  });

  it.each([
    ['a runtime', { runtime: ['python3', path.join(__dirname, '../functions/runtime-client.py')] }, ' 1 testSecret\n'],
    [
      'a command',
      {
        command: ['node', '-p', 'process.env.MINE + " " + process.cwd()'],
        cwd: __dirname,
        environment: { MINE: 'yes' },
      },
      `yes ${__dirname}\n`,
    ],
  ])('may be %s', async (_, kind, output) => {
    await createSecret();
    await call('POST /functions', { body: { functionArn, roleArn: functionRole, ...kind } });
    await aws.client.send(
      new RotateSecretCommand({ SecretId: 'db', RotationLambdaARN: functionArn, RotateImmediately: false }),
    );
    expect(await call('GET /rotation', { query: { secretId: 'db' } })).toMatchObject({ body: { status: 'Succeeded' } });
    expect(aws.emulator.functionOutput(functionArn)).toContain(output);
  });

  it('are killed, and their sessions ended', async () => {
    await createSecret();
    await call('POST /functions', { body: { ...failing, command: ['/bin/sh', '-c', 'echo here; sleep 1000'] } });
    await rotate();
    while (aws.emulator.functionOutput(functionArn) === '') await new Promise(setImmediate);
    const expire = (roleArn: string) => call('POST /sessions/expire', { body: { roleArn } });
    expect(await expire(functionRole)).toEqual({ status: 200, body: { expired: 1 } });
    expect(await expire(`${functionRole}-of-nobody`)).toEqual(error(404, 'NotFound', 'There is no such role.'));
    const kill = () => call('POST /functions/kill', { body: { functionArn } });
    expect(await kill()).toEqual({ status: 200, body: { killed: 1 } });
    expect(await call('GET /rotation', { query: { secretId: 'db' } })).toMatchObject({
      body: { status: 'Failed', steps: [{ errorType: 'Runtime.ExitError' }] },
    });
    expect(await kill()).toEqual({ status: 200, body: { killed: 0 } });
    await call('DELETE /functions', { query: { functionArn } });
    expect(await kill()).toEqual(error(404, 'NotFound', 'No function is bound to this ARN.'));
  });

  it.each([
    ['functionArn is missing.', { roleArn: functionRole, command: ['true'] }],
    ['command is empty.', { ...failing, command: [] }],
    ['command[1] has to be a string.', { ...failing, command: ['true', 1] }],
    ['command has to be an array.', { ...failing, command: 'true' }],
    ['handler is not known.', { ...failing, handler: 'x' }],
    ['timeoutSeconds is above 0.', { ...failing, timeoutSeconds: 0 }],
    ['timeoutSeconds is at most 900.', { ...failing, timeoutSeconds: 901 }],
    ['environment.A has to be a string.', { ...failing, environment: { A: 1 } }],
    ['invokePermissions[0].account is not known.', { ...failing, invokePermissions: [{ account: 1 }] }],
    ['a function has one of handler, bundle, command, runtime', { functionArn, roleArn: functionRole }],
    ['a function has one of handler, bundle, command, runtime', { ...failing, bundle: 'x.mjs' }],
    ['not the ARN of a function: rotate', { ...failing, functionArn: 'rotate' }],
    [expect.stringMatching(/^not the ARN of a role/), { ...failing, roleArn: 'role' }],
    ['The body has to be an object.', []],
  ])('are refused: %s', async (message, body) => {
    expect(await call('POST /functions', { body, wrong: true })).toEqual(error(400, 'InvalidInput', message));
  });
});

describe('rotations', () => {
  it('are waited for, no longer than asked', async () => {
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    aws.emulator.bindFunction({ functionArn, roleArn: functionRole, handler: rotator({ setSecret: () => finished }) });
    await createSecret();
    expect(await call('GET /rotation', { query: { secretId: 'nobody' } })).toEqual(error(404, 'NotFound'));
    expect(await call('GET /rotation', { query: { secretId: 'db' } })).toEqual(error(409, 'Conflict'));
    await rotate();
    expect(await call('GET /rotation', { query: { secretId: 'db', waitMillis: '20' } })).toEqual(
      error(409, 'Conflict', 'A rotation is in flight still.'),
    );
    const outcome = call('GET /rotation', { query: { secretId: 'db' } });
    finish();
    expect(await outcome).toMatchObject({ status: 200, body: { status: 'Succeeded' } });
  });

  it('are attempted again', async () => {
    await createSecret();
    await call('POST /functions', { body: failing });
    await rotate();
    await call('GET /rotation', { query: { secretId: 'db' } });
    bindWorking();
    const body = { secretId: 'db' };
    expect(await call('POST /rotation/reattempt', { body })).toMatchObject({
      status: 200,
      body: { status: 'Succeeded' },
    });
    expect(await call('POST /rotation/reattempt', { body })).toEqual(
      error(409, 'Conflict', 'no rotation is incomplete.'),
    );
    expect(await call('POST /rotation/reattempt', { body: { secretId: 'nobody' } })).toEqual(error(404, 'NotFound'));
  });
});

describe('the clock', () => {
  it('is told and advanced, and what falls due happens', async () => {
    expect(await call('GET /clock')).toEqual({ status: 200, body: { now: '2026-09-24T06:11:41.825Z' } });
    bindWorking();
    await createSecret();
    await aws.client.send(
      new RotateSecretCommand({
        SecretId: 'db',
        RotationLambdaARN: functionArn,
        RotateImmediately: false,
        RotationRules: { AutomaticallyAfterDays: 1 },
      }),
    );
    await aws.emulator.rotationSettled('db');
    const days = 3;
    expect(await call('POST /clock/advance', { body: { millis: days * 86_400_000 } })).toEqual({
      status: 200,
      body: { now: '2026-09-27T06:11:41.825Z' },
    });
    expect(await call('GET /rotation', { query: { secretId: 'db', waitMillis: '0' } })).toMatchObject({
      body: { kind: 'Rotation', status: 'Succeeded' },
    });
  });

  it.each([
    [{}, 'millis is missing.'],
    [{ millis: -1 }, 'millis is at least 0.'],
    [{ millis: '1' }, 'millis has to be a number.'],
    [{ millis: 1e300 }, expect.stringMatching(/a clock is advanced by/)],
    [{ millis: 1, days: 1 }, 'days is not known.'],
  ])('is not advanced by %j', async (body, message) => {
    expect(await call('POST /clock/advance', { body, wrong: true })).toEqual(error(400, 'InvalidInput', message));
    expect(aws.emulator.now()).toEqual(new Date('2026-09-24T06:11:41.825Z'));
  });
});

describe('records', () => {
  it('of requests are listed from a number on, and by what they are', async () => {
    bindWorking();
    await createSecret();
    const { body: before } = await call('GET /requests');
    expect(before).toMatchObject({ requests: [{ operation: 'CreateSecret', parameters: { name: 'db' } }], next: 1 });
    await rotate();
    await aws.emulator.rotationSettled('db');
    const { body: after } = await call('GET /requests', { query: { since: String(before.next) } });
    expect(after.requests[0]).toMatchObject({
      operation: 'RotateSecret',
      decisions: expect.arrayContaining([expect.objectContaining({ action: 'lambda:InvokeFunction' })]),
    });
    expect(after.next).toBe(1 + after.requests.length);
    const filtered = {
      operation: 'PutSecretValue',
      step: 'createSecret',
      accountId: account,
      service: 'secretsmanager',
    };
    const { body: puts } = await call('GET /requests', { query: filtered });
    expect(puts).toMatchObject({ requests: [{ ...filtered }], next: after.next });
    expect(await call('GET /requests', { query: { errorCode: 'AccessDenied' } })).toMatchObject({
      body: { requests: [] },
    });
    const { secretArn } = puts.requests[0];
    expect((await call('GET /requests', { query: { secretArn } })).body.requests).toHaveLength(after.next);
    expect(JSON.stringify([before, after])).not.toContain('canary');
  });

  it('of decisions: the refusals alone say whose policy lacked what', async () => {
    await createSecret();
    await call('POST /roles', { body: { roleArn: functionRole, trustPolicy } });
    const { Credentials } = await aws
      .stsOf(aws.emulator.credentialsFor(account))
      .send(new AssumeRoleCommand({ RoleArn: functionRole, RoleSessionName: 'me' }));
    const client = aws.clientOf({
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    });
    expect(await refusal(client.send(new GetSecretValueCommand({ SecretId: 'db' })))).toMatchObject({
      name: 'AccessDeniedException',
    });
    const { body } = await call('GET /decisions', { query: { allowed: 'false' } });
    const denied = { action: 'secretsmanager:GetSecretValue', allowed: false, missing: 'identity' };
    expect(body.decisions).toMatchObject([denied]);
    const [{ callerArn }] = body.decisions;
    expect((await call('GET /decisions', { query: { callerArn } })).body).toEqual(body);
    const allowed = await call('GET /decisions', { query: { allowed: 'true', action: 'secretsmanager:CreateSecret' } });
    expect(allowed.body.decisions).toMatchObject([{ allowed: true }]);
    expect((await call('GET /decisions', { query: { since: String(body.next) } })).body).toEqual({
      decisions: [],
      next: body.next,
    });
  });

  it('of events are what CloudTrail would show', async () => {
    bindWorking();
    await createSecret();
    await rotate();
    await aws.emulator.rotationSettled('db');
    const { body } = await call('GET /events');
    expect(body).toMatchObject({
      events: [{ eventName: 'RotationStarted' }, { eventName: 'RotationSucceeded' }],
      next: 2,
    });
    expect((await call('GET /events', { query: { eventName: 'RotationSucceeded' } })).body.events).toHaveLength(1);
    expect((await call('GET /events', { query: { since: '1' } })).body.events).toHaveLength(1);
  });

  it.each([
    ['since', '-1', 'since has to be an integer.'],
    ['since', '1e3', 'since has to be an integer.'],
    ['allowed', 'no', 'allowed is one of true, false.'],
    ['action', '', 'action is empty.'],
    ['limit', '1', 'limit is not known.'],
  ])('are not listed by %s=%s', async (name, value, message) => {
    const answer = await call('GET /decisions', { query: { [name]: value }, wrong: true });
    expect(answer).toEqual(error(400, 'InvalidInput', message));
  });
});

describe('with a historyLimit', () => {
  const short = useLocalAws({ historyLimit: 2, controlApi: true });

  it('records keep their numbers when older ones are forgotten', async () => {
    for (const Name of ['a', 'b', 'c']) await short.client.send(new CreateSecretCommand({ Name, SecretString: 'x' }));
    const list = async (since: string) => {
      const { body } = await control(short.emulator.endpoint, 'GET /requests', { query: { since } });
      return [body.requests.map(({ parameters }: { parameters: { name: string } }) => parameters.name), body.next];
    };
    expect(await list('0')).toEqual([['b', 'c'], 3]);
    expect(await list('2')).toEqual([['c'], 3]);
    expect(await list('9')).toEqual([[], 3]);
  });
});

describe('roles', () => {
  it('are made, replaced and forgotten', async () => {
    const everything = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } };
    const body = {
      roleArn: functionRole,
      trustPolicy,
      policies: [everything, { policyName: 'again', policyDocument: everything }],
      permissionsBoundary: everything,
      maxSessionSeconds: 7200,
    };
    expect(await call('POST /roles', { body })).toEqual(done);
    const assume = () =>
      aws
        .stsOf(aws.emulator.credentialsFor(account))
        .send(new AssumeRoleCommand({ RoleArn: functionRole, RoleSessionName: 'me', DurationSeconds: 7200 }));
    expect(await assume()).toMatchObject({ Credentials: { AccessKeyId: expect.any(String) } });
    expect(await call('DELETE /roles', { query: { roleArn: functionRole } })).toEqual(done);
    expect(await refusal(assume())).toMatchObject({ name: 'AccessDenied' });
    expect(await call('DELETE /roles', { query: { roleArn: functionRole } })).toEqual(error(404, 'NotFound'));
  });

  it.each([
    [{ roleArn: functionRole }, 'trustPolicy is missing.'],
    [{ roleArn: functionRole, trustPolicy: 'text' }, 'trustPolicy has to be an object.'],
    [{ roleArn: functionRole, trustPolicy: {} }, expect.stringMatching(/^trust policy of /)],
    [{ roleArn: functionRole, trustPolicy, policies: [{ policyName: 3 }] }, expect.stringMatching(/^policy of /)],
    [{ roleArn: 'role', trustPolicy }, 'not the ARN of a role: role'],
  ])('%j is refused', async (body, message) => {
    expect(await call('POST /roles', { body, wrong: true })).toEqual(error(400, 'InvalidInput', message));
  });
});

describe('a simulation', () => {
  it('tells what would be decided', async () => {
    await call('POST /roles', { body: { roleArn: functionRole, trustPolicy } });
    const body = { callerArn: functionRole, action: 'kms:Decrypt', resourceArn: '*' };
    expect(await call('POST /simulate', { body })).toMatchObject({
      status: 200,
      body: { allowed: false, missing: 'identity' },
    });
    expect(await call('POST /simulate', { body: { ...body, callerArn: 'nobody' } })).toEqual(
      error(400, 'InvalidInput'),
    );
    expect((await call('GET /decisions')).body.decisions).toEqual([]);
  });
});

describe('keys', () => {
  it('are made, found by aliases, granted, switched and forgotten', async () => {
    const { body } = await call('POST /keys', { body: { accountId: account, region, aliases: ['alias/app'] } });
    const { keyArn } = body;
    const create = (KmsKeyId: string, Name: string) =>
      aws.client.send(new CreateSecretCommand({ Name, KmsKeyId, SecretString: 'x' }));
    await create('alias/app', 'one');
    const aliasArn = `arn:aws:kms:${region}:${account}:alias/other`;
    expect(await call('POST /keys/aliases', { body: { aliasArn, keyArn } })).toEqual(done);
    await create('alias/other', 'two');
    expect(await call('DELETE /keys/aliases', { query: { aliasArn } })).toEqual(done);
    expect((await refusal(create('alias/other', 'three'))).name).not.toBe('none');

    const grant = { keyArn, granteePrincipal: functionRole, operations: ['Decrypt'] };
    const { body: granted } = await call('POST /keys/grants', { body: grant });
    expect(await call('DELETE /keys/grants', { query: { keyArn, grantId: granted.grantId } })).toEqual(done);

    expect(await call('POST /keys/state', { body: { keyArn, state: 'disabled' } })).toEqual(done);
    expect((await refusal(aws.client.send(new GetSecretValueCommand({ SecretId: 'one' })))).name).not.toBe('none');
    expect(await call('DELETE /keys', { query: { keyArn } })).toEqual(done);

    const missing = error(404, 'NotFound', 'There is no such key.');
    expect(await call('DELETE /keys', { query: { keyArn } })).toEqual(missing);
    expect(await call('POST /keys/state', { body: { keyArn, state: 'enabled' } })).toEqual(missing);
    expect(await call('POST /keys/aliases', { body: { aliasArn, keyArn } })).toEqual(missing);
    expect(await call('POST /keys/grants', { body: grant })).toEqual(missing);
    expect(await call('DELETE /keys/grants', { query: { keyArn, grantId: 'x' } })).toEqual(missing);
  });

  it.each([
    [{ keyArn: 'key' }, 'not the ARN of a KMS key: key'],
    [{ accountId: '1', region }, 'accountId fits ^[0-9]{12}$.'],
    [{ accountId: account, region, state: 'gone' }, 'state is one of enabled, disabled, pendingDeletion.'],
    [{ accountId: account, region, policy: {} }, expect.stringMatching(/^policy of /)],
  ])('%j is refused', async (body, message) => {
    expect(await call('POST /keys', { body, wrong: true })).toEqual(error(400, 'InvalidInput', message));
  });
});

describe('secrets of services', () => {
  it('are made', async () => {
    const tags = { 'aws:rds:primaryDBClusterArn': 'arn:aws:rds:us-east-1:111122223333:cluster:shop' };
    const superuser = { owningService: 'rds', name: 'rds!cluster-1', secretString: 'canary', tags };
    const body = { accountId: account, region, ...superuser };
    const { body: made } = await call('POST /managed-secrets', { body });
    expect(await aws.client.send(new GetSecretValueCommand({ SecretId: made.arn }))).toMatchObject({
      SecretString: 'canary',
    });
    expect((await aws.client.send(new DescribeSecretCommand({ SecretId: made.arn }))).Tags).toEqual([
      { Key: 'aws:rds:primaryDBClusterArn', Value: 'arn:aws:rds:us-east-1:111122223333:cluster:shop' },
      { Key: 'aws:secretsmanager:owningService', Value: 'rds' },
    ]);
    const again = await call('POST /managed-secrets', { body });
    expect(again).toEqual(error(409, 'ResourceExistsException'));
    expect(JSON.stringify(again)).not.toContain('canary');
  });
});

describe('weather', () => {
  const weather: Weather = { seed: 1, rules: [{ operation: 'GetSecretValue', effect: { throttle: true } }] };

  it('is set, told and cleared; the control API knows none', async () => {
    await createSecret();
    expect(await call('GET /weather')).toEqual(done);
    expect(await call('POST /weather', { body: weather })).toEqual(done);
    expect(await call('GET /weather')).toEqual({ status: 200, body: { weather } });
    const read = () => aws.client.send(new GetSecretValueCommand({ SecretId: 'db' }));
    expect(await refusal(read())).toMatchObject({ name: 'ThrottlingException' });
    expect((await call('GET /requests', { query: { operation: 'GetSecretValue' } })).body.requests).toMatchObject([
      { weather: ['throttled'] },
    ]);
    expect(await call('DELETE /weather')).toEqual(done);
    expect(await read()).toMatchObject({ SecretString: 'canary-value' });
  });

  it.each([
    [{ rule: [] }, 'rule is not known.'],
    [{ rules: [{}] }, 'rules[0].effect is missing.'],
    [{ rules: [{ effect: { thunder: true } }] }, expect.stringMatching(/effect/)],
    [{ rates: 'slow' }, expect.stringMatching(/rates/)],
  ])('%j makes no sense', async (body, message) => {
    expect(await call('POST /weather', { body, wrong: true })).toEqual(error(400, 'InvalidInput', message));
  });
});

describe('assemblies', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'keyturn-control-'));
    const properties = { templateFile: 'Small.template.json' };
    const stack = { type: 'aws:cloudformation:stack', environment: `aws://${account}/${region}`, properties };
    const manifest = { version: '36.0.0', artifacts: { Small: stack } };
    const secret = {
      Type: 'AWS::SecretsManager::Secret',
      Properties: { Name: 'from/template', GenerateSecretString: {} },
    };
    await writeFile(path.join(folder, 'manifest.json'), JSON.stringify(manifest));
    await writeFile(path.join(folder, 'Small.template.json'), JSON.stringify({ Resources: { Secret: secret } }));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('are deployed', async () => {
    expect(await call('POST /deploy', { body: { assembly: folder } })).toMatchObject({
      status: 200,
      body: { stacks: [{ stackName: 'Small', accountId: account, region }], rotations: [] },
    });
    const read = new GetSecretValueCommand({ SecretId: 'from/template' });
    expect(await aws.client.send(read)).toMatchObject({ SecretString: expect.any(String) });
  });

  it('are refused where there is none', async () => {
    expect(await call('POST /deploy', { body: { assembly: '/nowhere/cdk.out' } })).toEqual(error(400, 'DeployFailed'));
    expect(await call('POST /deploy', { body: { assembly: folder, targets: { x: {} } }, wrong: true })).toEqual(
      error(400, 'InvalidInput', 'targets.x.host is missing.'),
    );
  });
});

describe('a reset', () => {
  it('leaves an emulator as it was started, with a seed even the same', async () => {
    const { emulator } = aws;
    const first = await createSecret();
    await call('POST /functions', { body: { functionArn, roleArn: functionRole, command: ['sleep', '1000'] } });
    await call('POST /roles', { body: { roleArn: `${functionRole}-2`, trustPolicy } });
    const { body: key } = await call('POST /keys', { body: { accountId: account, region } });
    await call('POST /weather', { body: { rules: [{ operation: 'DescribeSecret', effect: { throttle: true } }] } });
    await call('POST /clock/advance', { body: { millis: 1000 } });
    await rotate();
    const outcome = emulator.rotationSettled('db');
    expect(await call('POST /reset')).toEqual(done);
    expect(await outcome).toMatchObject({ status: 'Stopped' });

    expect([emulator.requests, emulator.events, emulator.decisions]).toEqual([[], [], []]);
    expect((await call('GET /requests')).body).toEqual({ requests: [], next: 0 });
    expect((await call('GET /clock')).body).toEqual({ now: '2026-09-24T06:11:41.825Z' });
    expect((await call('GET /weather')).body).toEqual({});
    expect(await call('DELETE /functions', { query: { functionArn } })).toMatchObject({ status: 404 });
    expect(await call('DELETE /roles', { query: { roleArn: `${functionRole}-2` } })).toMatchObject({ status: 404 });
    expect(await call('DELETE /keys', { query: { keyArn: key.keyArn } })).toMatchObject({ status: 404 });
    expect(await call('GET /rotation', { query: { secretId: 'db' } })).toMatchObject({ status: 404 });
    expect(emulator.functionOutput(functionArn)).toBe('');
    const second = await secretsManager(emulator.endpoint, emulator.credentialsFor(account)).send(
      new CreateSecretCommand({ Name: 'db', SecretString: 'two' }),
    );
    expect(second.ARN).toBe(first.ARN);
  });
});

it('every operation of the document was called above', async () => {
  const { paths, openapi } = await describedBy(aws.emulator.endpoint);
  const described = Object.entries(paths).flatMap(([route, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${route.replace('/_keyturn', '')}`),
  );
  expect([...called].sort()).toEqual(described.sort());
  expect(openapi).toBe('3.1.0');
  const { routes } = (await (await fetch(`${aws.emulator.endpoint}/_keyturn/`)).json()) as {
    routes: { method: string; path: string }[];
  };
  expect(routes.map(({ method, path: route }) => `${method} ${route.replace('/_keyturn', '')}`).sort()).toEqual(
    described,
  );
});

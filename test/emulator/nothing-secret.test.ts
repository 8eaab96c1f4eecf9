/** Everything that the emulator tells by itself, searched for everything that is nobody else's business. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  GetSecretValueCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { afterAll, describe, expect, it } from '@jest/globals';
import { DeployError, type PolicyDocument } from '../../lib/emulator/index.js';
import { keyturn } from '../cli/keyturn.js';
import { rotationStack, type StackSketch, writeAssembly } from './assembly/assembly-folder.js';
import { account, otherAccount, post, refusal, region, useLocalAws } from './local-aws.js';

const mark = 'kanarienvogel';
const externalId = `${mark}-external-id`;
const folder = mkdtempSync(path.join(tmpdir(), 'keyturn-secrets-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The same text as it would look in a URL, in base64 at each offset, in hexadecimal. */
function formsOf(text: string): string[] {
  const base64 = [0, 1, 2].map((offset) =>
    Buffer.from('x'.repeat(offset) + text)
      .toString('base64')
      .slice(offset === 0 ? 0 : 4, -4),
  );
  const json = JSON.stringify(text).slice(1, -1);
  return [text, json, encodeURIComponent(text), Buffer.from(text).toString('hex'), ...(text.length > 9 ? base64 : [])];
}

function expectClean(told: Readonly<Record<string, unknown>>, secrets: readonly string[]): void {
  for (const [where, what] of Object.entries(told)) {
    const text =
      typeof what === 'string' ? what : JSON.stringify(what) + inspect(what, { depth: 30, showHidden: true });
    expect({ where, length: text.length > 2 }).toEqual({ where, length: true });
    for (const secret of secrets) {
      for (const form of formsOf(secret)) {
        const at = text.indexOf(form);
        if (at >= 0) throw new Error(`${where} tells ${form}: …${text.slice(Math.max(0, at - 200), at + 100)}…`);
      }
    }
  }
}

/** What the talkative function was given, line by line. */
const givenIn = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []);

const script = path.join(__dirname, 'talkative-function.mjs');
const kinds = {
  bundle: { bundle: script, handlerName: 'handler' },
  command: { command: [process.execPath, script, '--command'] },
  runtime: { runtime: [process.execPath, script, '--runtime'] },
} as const;

const told: unknown[] = [];
const aws = useLocalAws({ controlApi: true, onRequest: (request) => told.push(structuredClone(request)) });
const functionArn = `arn:aws:lambda:${region}:${otherAccount}:function:talkative`;
const executionRole = `arn:aws:iam::${otherAccount}:role/talkative`;
const secretRole = `arn:aws:iam::${account}:role/SecretRotation`;
const document = (...Statement: object[]) => ({ Version: '2012-10-17', Statement }) as PolicyDocument;

/** A secret under a key of its own, and a role in its account through which the function of the other one rotates it. */
async function twoAccounts(): Promise<void> {
  const { emulator } = aws;
  const keyArn = emulator.createKey({
    accountId: account,
    region,
    aliases: ['alias/app'],
    policy: document(
      { Effect: 'Allow', Principal: { AWS: account }, Action: 'kms:*', Resource: '*' },
      {
        Effect: 'Allow',
        Principal: { AWS: secretRole },
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Resource: '*',
        Condition: { StringEquals: { 'kms:ViaService': `secretsmanager.${region}.amazonaws.com` } },
      },
    ),
  });
  emulator.createRole({
    roleArn: executionRole,
    trustPolicy: document({
      Effect: 'Allow',
      Principal: { Service: 'lambda.amazonaws.com' },
      Action: 'sts:AssumeRole',
    }),
    policies: [document({ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: secretRole })],
  });
  emulator.createRole({
    roleArn: secretRole,
    trustPolicy: document({
      Effect: 'Allow',
      Principal: { AWS: executionRole },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'sts:ExternalId': externalId } },
    }),
    policies: [
      document({ Effect: 'Allow', Action: ['secretsmanager:GetRandomPassword', 'secretsmanager:Put*'], Resource: '*' }),
    ],
  });
  await aws.client.send(new CreateSecretCommand({ Name: 'db', KmsKeyId: keyArn, SecretString: `{"a":"${mark}"}` }));
  const ResourcePolicy = JSON.stringify(
    document({
      Effect: 'Allow',
      Principal: { AWS: secretRole },
      Action: ['secretsmanager:Describe*', 'secretsmanager:GetSecretValue', 'secretsmanager:UpdateSecretVersionStage'],
      Resource: '*',
    }),
  );
  await aws.client.send(new PutResourcePolicyCommand({ SecretId: 'db', ResourcePolicy }));
}

/** Whatever the control API answers to a GET. */
async function controlAnswers(secretId: string): Promise<Record<string, string>> {
  const paths = ['/', '/openapi.json', '/requests', '/decisions', '/events', '/weather', '/clock', '/nothing'];
  const entries = [...paths, `/rotation?secretId=${secretId}`].map(async (one) => {
    const answer = await fetch(`${aws.emulator.endpoint}/_keyturn${one}`);
    return [`the control API's ${one}`, (await answer.text()) + JSON.stringify([...answer.headers])] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function control(route: string, body: unknown): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${aws.emulator.endpoint}/_keyturn${route}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  return answer.text();
}

describe('nothing secret is told', () => {
  it.each(['bundle', 'command', 'runtime'] as const)(
    'of a rotation by a %s, through another account, in a storm',
    async (kind) => {
      told.length = 0;
      const file = path.join(folder, kind);
      await twoAccounts();
      aws.emulator.bindFunction({
        ...kinds[kind],
        functionArn,
        roleArn: executionRole,
        timeoutSeconds: 30,
        invokePermissions: [{ sourceAccount: account }],
        environment: { GIVEN: file, ROLE: secretRole, EXTERNAL_ID: externalId, MADE: mark },
      });
      // The first attempt of each goes wrong, before or after it is done.
      aws.emulator.weather.set({
        rules: [
          { operation: 'GetSecretValue', calls: [1], effect: { error: {} } },
          { operation: 'PutSecretValue', calls: [1], effect: { drop: 'after' } },
          { operation: 'UpdateSecretVersionStage', calls: [1], effect: { drop: 'before' } },
        ],
      });
      await aws.client.send(new RotateSecretCommand({ SecretId: 'db', RotationLambdaARN: functionArn }));
      const outcome = await aws.emulator.rotationSettled('db');
      expect(outcome).toMatchObject({ status: 'Succeeded' });
      const value = (await aws.client.send(new GetSecretValueCommand({ SecretId: 'db' }))).SecretString ?? '';
      expect(value).toContain(mark);
      const given = givenIn(file);
      expect(given.length).toBeGreaterThan(20);
      // It did print all of it, and that is where it stays.
      expect(aws.emulator.functionOutput(functionArn)).toContain(mark);
      expectClean(
        {
          'the outcome': outcome,
          'the record of requests': aws.emulator.requests,
          'the decisions': aws.emulator.decisions,
          'the events': aws.emulator.events,
          onRequest: told,
          'the weather': aws.emulator.weather.current,
          ...(await controlAnswers('db')),
        },
        [mark, externalId, ...given],
      );
    },
  );

  it('of what is refused', async () => {
    await twoAccounts();
    const { client, emulator } = aws;
    const stranger = aws.clientOf(emulator.credentialsFor(otherAccount));
    const keys = { accessKeyId: `ASIA${'A'.repeat(16)}`, secretAccessKey: mark, sessionToken: mark };
    const assume = (ExternalId: string, extra: object = {}) =>
      aws
        .stsOf(emulator.credentialsFor(otherAccount))
        .send(new AssumeRoleCommand({ RoleArn: secretRole, RoleSessionName: 'me', ExternalId, ...extra }));
    const raw = (operation: string, body: string, headers = {}) =>
      post(emulator.endpoint, { operation, body, headers }).then(({ text }) => text);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const SecretString = `{"password":"${mark}"}`;
    const answers = [
      await refusal(stranger.send(new PutSecretValueCommand({ SecretId: 'db', SecretString }))),
      await refusal(client.send(new PutSecretValueCommand({ SecretId: 'db', SecretString: mark.repeat(9000) }))),
      await refusal(client.send(new UpdateSecretCommand({ SecretId: 'db', SecretString, KmsKeyId: 'alias/none' }))),
      await refusal(client.send(new CreateSecretCommand({ Name: 'bad name', SecretString }))),
      await refusal(client.send(new PutSecretValueCommand({ SecretId: 'db', SecretString, RotationToken: mark }))),
      await refusal(aws.clientOf(keys).send(new BatchGetSecretValueCommand({ SecretIdList: ['db'] }))),
      await refusal(assume(`${mark}-other`)),
      await refusal(assume(`${mark} !`)),
      await refusal(assume(externalId, { Policy: '{' })),
      await raw('PutSecretValue', `{"SecretId":"db","SecretString":{"${mark}":["${mark}"]}}`),
      await raw('PutSecretValue', `{"SecretId":"db","SecretBinary":"${mark} !"}`),
      await raw('PutSecretValue', `${mark}{`),
      await raw('PutSecretValue', '{}', { authorization: `AWS4 ${mark}` }),
      await raw('PutSecretValue', '{}', { 'x-amz-security-token': mark }),
      await raw(mark, '{}'),
      await post(emulator.endpoint, { body: `Action=${mark}&ExternalId=${mark}`, headers: form }),
      await control('/managed-secrets', { accountId: account, owningService: 'rds', name: 'db', secretString: mark }),
      await control('/managed-secrets', { accountId: account, owningService: 'rds', name: 'x', secretString: [mark] }),
      await control('/functions', { functionArn, roleArn: executionRole, environment: { A: { [mark]: mark } } }),
      await control('/functions', { functionArn, roleArn: 'x', command: [mark], environment: { A: mark } }),
      await control('/deploy', { assembly: folder, parameters: { Password: mark }, environment: { A: mark } }),
      await control('/weather', { rules: [{ effect: mark }] }),
    ];
    expectClean(
      {
        'an answer': answers,
        'the record of requests': emulator.requests,
        'the decisions': emulator.decisions,
        ...(await controlAnswers('db')),
      },
      [mark, externalId],
    );
  });
});

const noEcho = { Parameters: { Password: { Type: 'String', NoEcho: true } } };

/** Values by every way that leads into a template, and a rotation. */
function sketch(...more: readonly object[]): StackSketch {
  const { resources, code = {} } = rotationStack({
    secret: { SecretString: { 'Fn::Join': ['', ['{"made":"', { Ref: 'Password' }, '"}']] } },
    function: { Environment: { Variables: { TOLD: '{{resolve:secretsmanager:app/key:SecretString:made}}' } } },
  });
  const generated = {
    Type: 'AWS::SecretsManager::Secret',
    Properties: {
      GenerateSecretString: { SecretStringTemplate: `{"token":"${mark}"}`, GenerateStringKey: 'password' },
    },
  };
  return { resources: { ...resources, Generated: generated, ...Object.assign({}, ...more) }, code, sections: noEcho };
}

describe('nothing secret is told of a deployment', () => {
  it('by its progress, its answer and its records', async () => {
    const progress: unknown[] = [];
    const deployment = await aws.emulator.deploy(writeAssembly({ Stack: sketch() }), {
      parameters: { Password: mark },
      environment: { ALSO: mark },
      onProgress: (step) => progress.push(step),
    });
    expect(deployment.rotations).toMatchObject([{ outcome: { status: 'Succeeded' } }]);
    expect((await aws.client.send(new GetSecretValueCommand({ SecretId: 'app/key' }))).SecretString).toContain(mark);
    expectClean(
      {
        'the deployment': deployment,
        'its progress': progress,
        'the record of requests': aws.emulator.requests,
        'the decisions': aws.emulator.decisions,
        'the events': aws.emulator.events,
        ...(await controlAnswers('app/key')),
      },
      [mark],
    );
  });

  const password = { Ref: 'Password' };
  const made = '{{resolve:secretsmanager:app/key:SecretString:made}}';
  const withSecret = (Properties: object) => ({
    Other: { Type: 'AWS::SecretsManager::Secret', Properties, DependsOn: 'Secret' },
  });
  it.each<[string, object]>([
    ['a list for a text', withSecret({ SecretString: [password] })],
    [
      'a template that is no JSON',
      withSecret({ GenerateSecretString: { SecretStringTemplate: password, GenerateStringKey: 'a' } }),
    ],
    ['a length that is no number', withSecret({ GenerateSecretString: { PasswordLength: made } })],
    ['a flag that is none', withSecret({ GenerateSecretString: { ExcludeNumbers: made } })],
    ['a key that is none', withSecret({ GenerateSecretString: made })],
    ['a value that is too long', withSecret({ SecretString: { 'Fn::Join': ['', [made, 'x'.repeat(66_000)]] } })],
    [
      'a reference to a key that is not there',
      withSecret({ Description: '{{resolve:secretsmanager:app/key:SecretString:none}}' }),
    ],
    [
      'a document that is none',
      {
        Other: {
          Type: 'AWS::SecretsManager::ResourcePolicy',
          Properties: { SecretId: { Ref: 'Secret' }, ResourcePolicy: made },
        },
      },
    ],
    ['a text that is too long', withSecret({ Description: { 'Fn::Join': ['', [made, 'x'.repeat(3000)]] } })],
    [
      'a rule that is none',
      {
        Other: {
          Type: 'AWS::SecretsManager::RotationSchedule',
          Properties: { SecretId: { Ref: 'Secret' }, RotationRules: { ScheduleExpression: made } },
        },
      },
    ],
    ['a map without it', withSecret({ Description: { 'Fn::FindInMap': ['Map', password, 'b'] } })],
    ['an export that is none', withSecret({ Description: { 'Fn::ImportValue': password } })],
    ['a choice that is none', withSecret({ Description: { 'Fn::Select': [password, ['a']] } })],
  ])('by an error: %s', async (_, more) => {
    const assembly = writeAssembly({ Stack: sketch(more) });
    const error = await aws.emulator.deploy(assembly, { parameters: { Password: mark } }).catch((caught) => caught);
    expect(error).toBeInstanceOf(DeployError);
    expect(error.message).toMatch(/^Stack\/Other/);
    const answer = await control('/deploy', { assembly, parameters: { Password: mark } });
    expect(answer).toContain('DeployFailed');
    expectClean({ 'the error': error, 'its stack': error.stack, 'the answer': answer }, [mark]);
  });

  it.each([[], ['--json']])('by the command: %j', async (...flags) => {
    const assembly = writeAssembly({ Stack: sketch() });
    const command = keyturn(
      ...['emulate', '--port', '0', '--assembly', assembly, '--function-node', process.execPath, ...flags],
      ...['--parameter', `Password=${mark}`, '--function-environment', `ALSO=${mark}`],
    );
    await command.until(/"event":"deployed".*\n|^deployed Stack .*\n/m);
    command.signal('SIGTERM');
    expect(await command.exitCode).toBe(0);
    expect(command.out).toContain('Succeeded');
    expectClean({ 'its output': command.out + command.err }, [mark]);
    const { resources } = sketch();
    const throwing = `export const handler = async (event) => { throw new Error(JSON.stringify([event, process.env])); };`;
    const loose = keyturn(
      ...['emulate', '--port', '0', '--function-node', process.execPath, ...flags, '--parameter', `Password=${mark}`],
      ...[
        '--assembly',
        writeAssembly({ Stack: { resources, code: { code: { 'index.mjs': throwing } }, sections: noEcho } }),
      ],
    );
    await loose.until(/"event":"deployed".*\n|^deployed Stack .*\n/m);
    loose.signal('SIGTERM');
    expect(await loose.exitCode).toBe(0);
    expect(loose.out).toContain('Failed');
    expect(loose.out).not.toMatch(/RotationToken|AWS_SESSION_TOKEN/);
    expectClean({ 'what it printed of a function that throws': loose.out + loose.err }, [mark]);
    const wrong = writeAssembly({ Stack: sketch(withSecret({ SecretString: [password] })) });
    const failing = keyturn(
      ...['emulate', '--port', '0', '--assembly', wrong, '--parameter', `Password=${mark}`, ...flags],
    );
    expect(await failing.exitCode).toBe(1);
    expectClean({ 'what it printed': failing.out + failing.err }, [mark]);
  });
});

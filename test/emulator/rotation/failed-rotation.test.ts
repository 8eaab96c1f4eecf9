/** Rotations that fail, where the version came from, and what a RotationToken is worth. */
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Emulator } from '../../../lib/emulator/index.js';
import {
  account,
  ordinary,
  otherAccount,
  refusal,
  region,
  rotator,
  type StepCall,
  token,
  useLocalAws,
} from '../local-aws.js';

const [first, next] = [token('first'), token('next')];
/** The function lives in another account and reaches the secret through a role there. */
const functionArn = `arn:aws:lambda:${region}:${otherAccount}:function:rotate`;
const functionRole = `arn:aws:iam::${otherAccount}:role/rotate-role`;
const secretRole = `arn:aws:iam::${account}:role/SecretRotation`;

const aws = useLocalAws();
const lenient = useLocalAws({ undocumented: { rotationTokens: 'per rotation' } });
let arn = '';
/** What the function says when it stores the value. */
let tokenToSend: (call: StepCall) => string | undefined = ({ event }) => event.RotationToken;

async function throughRole(call: StepCall): Promise<StepCall> {
  const sts = aws.stsOf({
    accessKeyId: call.environment.AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: call.environment.AWS_SECRET_ACCESS_KEY ?? '',
    sessionToken: call.environment.AWS_SESSION_TOKEN ?? '',
  });
  const { Credentials: c } = await sts.send(new AssumeRoleCommand({ RoleArn: secretRole, RoleSessionName: 'rotate' }));
  const credentials = {
    accessKeyId: c?.AccessKeyId ?? '',
    secretAccessKey: c?.SecretAccessKey ?? '',
    sessionToken: c?.SessionToken ?? '',
  };
  return { ...call, client: aws.clientOf(credentials) };
}

const put = async (call: StepCall) => {
  const RotationToken = tokenToSend(call);
  await (await throughRole(call)).client.send(
    new PutSecretValueCommand({
      SecretId: call.event.SecretId,
      ClientRequestToken: call.event.ClientRequestToken,
      SecretString: 'two',
      VersionStages: ['AWSPENDING'],
      ...(RotationToken !== undefined && { RotationToken }),
    }),
  );
};

function prepare(emulator: Emulator): void {
  emulator.createRole({
    roleArn: secretRole,
    trustPolicy: { Statement: { Effect: 'Allow', Principal: { AWS: functionRole }, Action: 'sts:AssumeRole' } },
    policies: [{ Statement: { Effect: 'Allow', Action: 'secretsmanager:*', Resource: '*' } }],
  });
  emulator.bindFunction({
    functionArn,
    roleArn: functionRole,
    invokePermissions: [{ sourceAccount: account }],
    handler: rotator({
      createSecret: put,
      testSecret: async (call) => ordinary('testSecret', await throughRole(call)),
      finishSecret: async (call) => ordinary('finishSecret', await throughRole(call)),
    }),
  });
}

beforeEach(async () => {
  tokenToSend = ({ event }) => event.RotationToken;
  const created = await aws.client.send(
    new CreateSecretCommand({ Name: 'db', SecretString: 'one', ClientRequestToken: first }),
  );
  arn = created.ARN ?? '';
  prepare(aws.emulator);
});

const rotate = (ClientRequestToken = next) =>
  aws.client.send(new RotateSecretCommand({ SecretId: arn, ClientRequestToken, RotationLambdaARN: functionArn }));
const labels = async () =>
  (await aws.client.send(new DescribeSecretCommand({ SecretId: arn }))).VersionIdsToStages ?? {};

describe('provenance of the pending version', () => {
  const notCreated = () =>
    `Pending secret version ${next} for Secret ${arn} was not created by Lambda ${functionArn}. Remove the AWSPENDING staging label and restart rotation`;

  it('an assumed role with the RotationToken of the step is the function', async () => {
    await rotate();
    expect(await aws.emulator.rotationSettled(arn)).toMatchObject({ status: 'Succeeded' });
    expect(await labels()).toEqual({ [first]: ['AWSPREVIOUS'], [next]: ['AWSCURRENT', 'AWSPENDING'] });
  });

  it('an assumed role without the RotationToken is not: the rotation fails, the current value stays', async () => {
    tokenToSend = () => undefined;
    await rotate();
    const outcome = await aws.emulator.rotationSettled(arn);
    expect(outcome).toMatchObject({ status: 'Failed', message: notCreated() });
    expect(outcome.steps.map(({ step }) => step)).toEqual(['createSecret']);
    expect(aws.emulator.events.at(-1)).toMatchObject({ eventName: 'RotationFailed', errorMessage: notCreated() });
    expect(await labels()).toEqual({ [first]: ['AWSCURRENT'], [next]: ['AWSPENDING'] });
  });

  it('the documented way out: take the label off and rotate again, with the token', async () => {
    tokenToSend = () => undefined;
    await rotate();
    await aws.emulator.rotationSettled(arn);
    tokenToSend = ({ event }) => event.RotationToken;
    await aws.client.send(
      new UpdateSecretVersionStageCommand({ SecretId: arn, VersionStage: 'AWSPENDING', RemoveFromVersionId: next }),
    );
    await rotate(token('third'));
    expect(await aws.emulator.rotationSettled(arn)).toMatchObject({ status: 'Succeeded' });
  });

  it('a well-formed wrong token proves nothing and is no error', async () => {
    tokenToSend = () => '00000000-0000-4000-8000-000000000000';
    await rotate();
    expect(await aws.emulator.rotationSettled(arn)).toMatchObject({ status: 'Failed', message: notCreated() });
  });

  it("a wrong token is harmless from the function's own execution role", async () => {
    const ownRole = `arn:aws:iam::${account}:role/own`;
    const own = `arn:aws:lambda:${region}:${account}:function:own`;
    const withWrongToken = (call: StepCall) =>
      ordinary('createSecret', { ...call, event: { ...call.event, RotationToken: 'x'.repeat(36) } });
    aws.emulator.bindFunction({
      functionArn: own,
      roleArn: ownRole,
      handler: rotator({ createSecret: withWrongToken }),
    });
    await aws.client.send(new RotateSecretCommand({ SecretId: arn, ClientRequestToken: next, RotationLambdaARN: own }));
    expect(await aws.emulator.rotationSettled(arn)).toMatchObject({ status: 'Succeeded' });
  });

  it('a malformed token is a violation that does not quote it', async () => {
    tokenToSend = () => 'not a token at all, with spaces and more';
    await rotate();
    const { steps } = await aws.emulator.rotationSettled(arn);
    expect(steps).toEqual([
      expect.objectContaining({
        errorType: 'ValidationException',
        error:
          "1 validation error detected: Value at 'rotationToken' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9-]+$",
      }),
    ]);
    expect(JSON.stringify(aws.emulator.requests)).not.toContain('not a token at all');
  });

  it('a token of an earlier step, rotation or secret is worth nothing', async () => {
    const seen: string[] = [];
    tokenToSend = ({ event }) => {
      seen.push(event.RotationToken);
      return event.RotationToken;
    };
    await aws.client.send(new CreateSecretCommand({ Name: 'other', SecretString: 'x' }));
    await aws.client.send(new RotateSecretCommand({ SecretId: 'other', RotationLambdaARN: functionArn }));
    await aws.emulator.rotationSettled('other');
    tokenToSend = () => seen[0];
    await rotate();
    expect(await aws.emulator.rotationSettled(arn)).toMatchObject({ status: 'Failed', message: notCreated() });
  });

  it('a token is worth nothing to the next attempt at the same version', async () => {
    let kept: string | undefined;
    aws.emulator.bindFunction({
      functionArn,
      roleArn: functionRole,
      invokePermissions: [{ sourceAccount: account }],
      handler: rotator({
        createSecret: ({ event }) => {
          kept = event.RotationToken;
          throw new Error('later');
        },
      }),
    });
    await rotate();
    await aws.emulator.rotationSettled(arn);
    prepare(aws.emulator);
    tokenToSend = () => kept;
    expect(await aws.emulator.reattemptRotation(arn)).toMatchObject({ status: 'Failed', message: notCreated() });
  });

  it('a version that createSecret left empty was not created by the function', async () => {
    aws.emulator.bindFunction({
      functionArn,
      roleArn: functionRole,
      invokePermissions: [{}],
      handler: rotator({ createSecret: () => undefined }),
    });
    await rotate();
    expect(await aws.emulator.rotationSettled(arn)).toMatchObject({ status: 'Failed', message: notCreated() });
  });
});

describe('lifetime of a RotationToken', () => {
  it('is the rotation, when the emulator is told so', async () => {
    const tokens = new Set<string>();
    const { emulator, client } = lenient;
    const created = await client.send(new CreateSecretCommand({ Name: 'db', SecretString: 'one' }));
    const own = `arn:aws:lambda:${region}:${account}:function:own`;
    const watched = (step: 'createSecret' | 'setSecret' | 'testSecret' | 'finishSecret') => (call: StepCall) => {
      tokens.add(call.event.RotationToken);
      return ordinary(step, call);
    };
    emulator.bindFunction({
      functionArn: own,
      roleArn: `arn:aws:iam::${account}:role/own`,
      handler: rotator({
        createSecret: watched('createSecret'),
        setSecret: watched('setSecret'),
        testSecret: watched('testSecret'),
        finishSecret: watched('finishSecret'),
      }),
    });
    await client.send(new RotateSecretCommand({ SecretId: created.ARN, RotationLambdaARN: own }));
    expect(await emulator.rotationSettled(created.ARN ?? '')).toMatchObject({ status: 'Succeeded' });
    expect(tokens.size).toBe(1);
  });
});

describe('failing steps', () => {
  const failing = (step: 'createSecret' | 'setSecret' | 'testSecret' | 'finishSecret') =>
    aws.emulator.bindFunction({
      functionArn,
      roleArn: functionRole,
      invokePermissions: [{ sourceAccount: account }],
      handler: rotator({
        createSecret: put,
        testSecret: () => undefined,
        finishSecret: async (call) => ordinary('finishSecret', await throughRole(call)),
        [step]: () => {
          throw new RangeError('out of luck');
        },
      }),
    });

  it.each(['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const)(
    'an error in %s ends the rotation, is named in the event log and leaves the labels',
    async (step) => {
      failing(step);
      await rotate();
      const message = `Error when executing lambda ${functionArn} during ${step} step`;
      const outcome = await aws.emulator.rotationSettled(arn);
      expect(outcome).toMatchObject({ status: 'Failed', message });
      expect(outcome.steps.at(-1)).toMatchObject({ step, error: 'out of luck', errorType: 'RangeError' });
      expect(aws.emulator.events.at(-1)).toMatchObject({ eventName: 'RotationFailed', errorMessage: message });
      expect(await labels()).toEqual({ [first]: ['AWSCURRENT'], [next]: ['AWSPENDING'] });
      expect(await aws.client.send(new DescribeSecretCommand({ SecretId: arn }))).not.toHaveProperty('LastRotatedDate');
    },
  );

  it('a new attempt runs all four steps again on the same version', async () => {
    failing('testSecret');
    await rotate();
    await aws.emulator.rotationSettled(arn);
    prepare(aws.emulator);
    const outcome = await aws.emulator.reattemptRotation(arn);
    expect(outcome).toMatchObject({ status: 'Succeeded', versionId: next });
    expect(outcome.steps).toHaveLength(4);
    await expect(aws.emulator.reattemptRotation(arn)).rejects.toThrow('no rotation is incomplete');
  });

  it('a finishSecret that moves nothing is a failure', async () => {
    aws.emulator.bindFunction({
      functionArn,
      roleArn: functionRole,
      invokePermissions: [{ sourceAccount: account }],
      handler: rotator({ createSecret: put, testSecret: () => undefined, finishSecret: () => undefined }),
    });
    await rotate();
    expect(await aws.emulator.rotationSettled(arn)).toMatchObject({ status: 'Failed' });
    expect(aws.emulator.events.at(-1)).toMatchObject({ eventName: 'RotationFailed' });
    const { SecretString } = await aws.client.send(new GetSecretValueCommand({ SecretId: arn }));
    expect(SecretString).toBe('one');
  });

  it('a finishSecret that also takes AWSPENDING off has succeeded', async () => {
    aws.emulator.bindFunction({
      functionArn,
      roleArn: functionRole,
      invokePermissions: [{ sourceAccount: account }],
      handler: rotator({
        createSecret: put,
        testSecret: () => undefined,
        finishSecret: async (call) => {
          const through = await throughRole(call);
          await ordinary('finishSecret', through);
          await through.client.send(
            new UpdateSecretVersionStageCommand({
              SecretId: arn,
              VersionStage: 'AWSPENDING',
              RemoveFromVersionId: call.event.ClientRequestToken,
            }),
          );
        },
      }),
    });
    await rotate();
    expect(await aws.emulator.rotationSettled(arn)).toMatchObject({ status: 'Succeeded' });
    expect(await labels()).toEqual({ [first]: ['AWSPREVIOUS'], [next]: ['AWSCURRENT'] });
  });

  it('a secret that never rotated has nothing to wait for', async () => {
    await expect(aws.emulator.rotationSettled(arn)).rejects.toThrow('was never rotated');
    await expect(aws.emulator.rotationSettled('nobody')).rejects.toThrow('no such secret');
    expect((await refusal(aws.client.send(new RotateSecretCommand({ SecretId: 'nobody' })))).name).toBe(
      'ResourceNotFoundException',
    );
  });
});

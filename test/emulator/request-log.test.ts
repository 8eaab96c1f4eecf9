/** What the emulator remembers and prints: every request, and no secret of any. */
import {
  CreateSecretCommand,
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { describe, expect, it, jest } from '@jest/globals';
import type { RecordedRequest } from '../../lib/emulator/index.js';
import {
  account,
  functionArn,
  functionRole,
  ordinary,
  post,
  refusal,
  region,
  rotator,
  type StepCall,
  token,
  useLocalAws,
} from './local-aws.js';

const told: RecordedRequest[] = [];
const aws = useLocalAws({ onRequest: (request) => told.push(request) });
const v1 = token('v1');

describe('emulator.requests', () => {
  it("holds each request in CloudTrail's style", async () => {
    told.length = 0;
    const { ARN } = await aws.client.send(
      new CreateSecretCommand({
        Name: 'db',
        SecretString: 'one',
        ClientRequestToken: v1,
        Tags: [{ Key: 'a', Value: 'b' }],
      }),
    );
    const root = {
      time: aws.clock.now(),
      service: 'secretsmanager',
      accountId: account,
      region,
      callerArn: `arn:aws:iam::${account}:root`,
    };
    expect(aws.emulator.requests).toEqual([
      {
        ...root,
        operation: 'CreateSecret',
        secretArn: ARN,
        parameters: {
          name: 'db',
          clientRequestToken: v1,
          forceOverwriteReplicaSecret: false,
          tags: [{ key: 'a', value: 'b' }],
        },
        decisions: [
          expect.objectContaining({ allowed: true, action: 'secretsmanager:CreateSecret' }),
          expect.objectContaining({ allowed: true, action: 'secretsmanager:TagResource' }),
          expect.objectContaining({ allowed: true, action: 'kms:GenerateDataKey' }),
        ],
      },
    ]);
    await refusal(aws.client.send(new GetSecretValueCommand({ SecretId: 'none' })));
    expect(aws.emulator.requests[1]).toEqual({
      ...root,
      operation: 'GetSecretValue',
      parameters: { secretId: 'none' },
      errorCode: 'ResourceNotFoundException',
      errorMessage: "Secrets Manager can't find the specified secret.",
      decisions: [expect.objectContaining({ allowed: true, action: 'secretsmanager:GetSecretValue' })],
    });
    const stranger = aws.clientOf(aws.emulator.credentialsFor('444455556666'));
    await refusal(stranger.send(new GetSecretValueCommand({ SecretId: ARN })));
    expect(aws.emulator.requests[2]).toMatchObject({
      errorCode: 'AccessDenied',
      accountId: '444455556666',
      secretArn: ARN,
    });
    expect(told).toEqual(aws.emulator.requests);
  });

  it('knows the step and the rotation of what a function asks for, also through another role', async () => {
    const role = `arn:aws:iam::${account}:role/through`;
    aws.emulator.createRole({
      roleArn: role,
      trustPolicy: { Statement: { Effect: 'Allow', Principal: { AWS: functionRole }, Action: 'sts:AssumeRole' } },
      policies: [{ Statement: { Effect: 'Allow', Action: 'secretsmanager:PutSecretValue', Resource: '*' } }],
    });
    const throughRole = async (call: StepCall) => {
      const sts = aws.stsOf({
        accessKeyId: call.environment.AWS_ACCESS_KEY_ID ?? '',
        secretAccessKey: call.environment.AWS_SECRET_ACCESS_KEY ?? '',
        sessionToken: call.environment.AWS_SESSION_TOKEN ?? '',
      });
      const { Credentials: c } = await sts.send(
        new AssumeRoleCommand({ RoleArn: role, RoleSessionName: 'rotate', ExternalId: 'not-shown' }),
      );
      const client = aws.clientOf({
        accessKeyId: c?.AccessKeyId ?? '',
        secretAccessKey: c?.SecretAccessKey ?? '',
        sessionToken: c?.SessionToken ?? '',
      });
      return ordinary('createSecret', { ...call, client });
    };
    aws.emulator.bindFunction({ functionArn, roleArn: functionRole, handler: rotator({ createSecret: throughRole }) });
    const { ARN } = await aws.client.send(new CreateSecretCommand({ Name: 'db', SecretString: 'one' }));
    await aws.client.send(
      new RotateSecretCommand({ SecretId: 'db', RotationLambdaARN: functionArn, ClientRequestToken: v1 }),
    );
    await aws.emulator.rotationSettled('db');
    await aws.client.send(new GetSecretValueCommand({ SecretId: 'db' }));
    const seen = aws.emulator.requests.map(({ operation, step, rotation }) => ({ operation, step, rotation }));
    const rotation = { secretArn: ARN, versionId: v1 };
    expect(seen.slice(2)).toEqual([
      { operation: 'AssumeRole', step: 'createSecret', rotation },
      { operation: 'PutSecretValue', step: 'createSecret', rotation },
      { operation: 'GetSecretValue', step: 'testSecret', rotation },
      { operation: 'DescribeSecret', step: 'finishSecret', rotation },
      { operation: 'UpdateSecretVersionStage', step: 'finishSecret', rotation },
      { operation: 'GetSecretValue', step: undefined, rotation: undefined },
    ]);
    expect(aws.emulator.requests[2]?.parameters).toEqual({
      roleArn: role,
      roleSessionName: 'rotate',
    });
  });

  it('remembers no secret value, token or credential, whatever becomes of the request, and prints nothing', async () => {
    const printed = (['log', 'info', 'warn', 'error'] as const).map((name) => jest.spyOn(console, name));
    const canary = 'canary-8d1f';
    const tokens: string[] = [];
    const keys: string[] = [];
    aws.emulator.bindFunction({
      functionArn,
      roleArn: functionRole,
      handler: rotator({
        createSecret: (call) => {
          tokens.push(call.event.RotationToken);
          keys.push(call.environment.AWS_SECRET_ACCESS_KEY ?? '', call.environment.AWS_SESSION_TOKEN ?? '');
          return ordinary('createSecret', call);
        },
      }),
    });
    const { client } = aws;
    await client.send(new CreateSecretCommand({ Name: 'db', SecretString: canary }));
    await client.send(new PutSecretValueCommand({ SecretId: 'db', SecretString: `${canary}2` }));
    await client.send(new UpdateSecretCommand({ SecretId: 'db', SecretBinary: Buffer.from(canary) }));
    await client.send(new GetSecretValueCommand({ SecretId: 'db' }));
    await client.send(new RotateSecretCommand({ SecretId: 'db', RotationLambdaARN: functionArn }));
    await aws.emulator.rotationSettled('db');
    const { RandomPassword = '?' } = await client.send(new GetRandomPasswordCommand({}));
    await refusal(client.send(new PutSecretValueCommand({ SecretId: 'nobody', SecretString: canary })));
    await refusal(client.send(new PutSecretValueCommand({ SecretId: 'db', SecretString: canary.repeat(10_000) })));
    await refusal(
      client.send(new PutSecretValueCommand({ SecretId: 'db', SecretString: 'x', RotationToken: `${canary} bad` })),
    );
    const body = `{"SecretId":"db","SecretString":{"${canary}":1}}`;
    await post(aws.emulator.endpoint, { operation: 'PutSecretValue', body });
    await post(aws.emulator.endpoint, { operation: 'PutSecretValue', body: `${canary}${body}` });
    await post(aws.emulator.endpoint, { operation: 'PutSecretValue', body, headers: { authorization: canary } });
    const remembered = JSON.stringify([aws.emulator.requests, aws.emulator.events]);
    expect(tokens).toHaveLength(1);
    for (const secret of [canary, Buffer.from(canary).toString('base64'), RandomPassword, ...tokens, ...keys]) {
      expect(remembered).not.toContain(secret);
    }
    for (const spy of printed) {
      expect(spy).not.toHaveBeenCalled();
      spy.mockRestore();
    }
  });
});

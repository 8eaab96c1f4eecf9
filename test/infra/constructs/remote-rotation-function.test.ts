import { describe, expect, it } from '@jest/globals';
import { App, Duration, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import {
  RemoteAccess,
  RemoteRotationFunction,
  RotationScheduleExpression,
  SecretAccountRole,
} from '../../../infra/constructs/index.js';
import { resources, theResource } from './synthesised.js';

const FUNCTION = {
  functionArn: 'arn:aws:lambda:eu-west-1:444455556666:function:rotation',
  roleArn: 'arn:aws:iam::444455556666:role/rotation-function',
};
const LATER = { rotateImmediately: false };
const schedule = 'AWS::SecretsManager::RotationSchedule';

function remote(access?: RemoteAccess) {
  const stack = new Stack(new App(), 'Stack', { env: { account: '111122223333', region: 'eu-west-1' } });
  const rotation = RemoteRotationFunction.fromAttributes(stack, 'Function', { ...FUNCTION, ...(access && { access }) });
  return { stack, rotation };
}

describe('a function of another account, by a role of this one', () => {
  it('is the schedule and nothing else', () => {
    const { stack, rotation } = remote();
    rotation.rotate(new secretsmanager.Secret(stack, 'Secret'), {
      ...LATER,
      schedule: RotationScheduleExpression.cron({ hour: '2' }),
      window: Duration.hours(4),
    });
    expect(theResource(stack, schedule).Properties).toEqual({
      SecretId: { Ref: expect.stringMatching('^Secret') },
      RotationLambdaARN: FUNCTION.functionArn,
      RotationRules: { ScheduleExpression: 'cron(0 2 * * ? *)', Duration: '4h' },
      RotateImmediatelyOnUpdate: false,
    });
    for (const type of ['AWS::Lambda::Permission', 'AWS::IAM::Policy', 'AWS::SecretsManager::ResourcePolicy']) {
      expect(resources(stack, type)).toEqual({});
    }
  });

  it('waits for the role through which it is rotated', () => {
    const { stack } = remote();
    const secret = new secretsmanager.Secret(stack, 'Secret');
    const role = new SecretAccountRole(stack, 'Role', {
      rotationFunctionArn: FUNCTION.functionArn,
      rotationFunctionRoleArn: FUNCTION.roleArn,
      secrets: [secret],
    });
    const access = RemoteAccess.assumedRole(role);
    RemoteRotationFunction.fromAttributes(stack, 'Other', { ...FUNCTION, access }).rotate(secret, LATER);
    const { DependsOn } = theResource(stack, schedule);
    for (const type of ['AWS::IAM::Role', 'AWS::IAM::Policy']) {
      expect(DependsOn).toEqual(expect.arrayContaining(Object.keys(resources(stack, type))));
    }
  });

  it('is noticed to fail like any other', () => {
    const { stack, rotation } = remote();
    const made = rotation.rotate(new secretsmanager.Secret(stack, 'Secret'), LATER);
    made.onRotationFailed('Failed');
    made.addOverdueAlarm('Overdue');
    expect(Object.keys(resources(stack, 'AWS::CloudWatch::Alarm'))).toHaveLength(1);
  });

  it('throws when the ARNs are none', () => {
    const { stack } = remote();
    const make = (id: string, attributes: object) => () =>
      RemoteRotationFunction.fromAttributes(stack, id, { ...FUNCTION, ...attributes });
    expect(make('A', { functionArn: `${FUNCTION.functionArn}:1` })).toThrow(/^`functionArn`.*without version or alias/);
    expect(make('B', { roleArn: 'arn:aws:iam::444455556666:role/*' })).toThrow(/^`roleArn`.*without wildcards/);
  });
});

describe('a function of another account, directly', () => {
  it('is admitted by the secret’s policy and by its key’s, before the schedule', () => {
    const { stack, rotation } = remote(RemoteAccess.direct());
    const encryptionKey = new kms.Key(stack, 'Key');
    const superuser = new secretsmanager.Secret(stack, 'Superuser', { encryptionKey });
    const secret = new secretsmanager.Secret(stack, 'Secret', { encryptionKey });
    rotation.rotate(secret, { ...LATER, superuser });
    const policies = Object.values(resources(stack, 'AWS::SecretsManager::ResourcePolicy'));
    expect(policies.map(({ Properties }) => Properties.ResourcePolicy)).toMatchObject([
      { Statement: [{ Action: 'secretsmanager:GetSecretValue', Principal: { AWS: FUNCTION.roleArn } }] },
      {
        Statement: [
          { Action: expect.arrayContaining(['secretsmanager:PutSecretValue']), Principal: { AWS: FUNCTION.roleArn } },
        ],
      },
    ]);
    const { Statement } = theResource(stack, 'AWS::KMS::Key').Properties.KeyPolicy as { Statement: object[] };
    expect(Statement.filter((each) => JSON.stringify(each).includes(FUNCTION.roleArn))).toMatchObject([
      {
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Condition: {
          StringEquals: { 'kms:ViaService': expect.anything() },
          StringLike: { 'kms:EncryptionContext:SecretARN': expect.anything() },
        },
      },
      { Action: 'kms:Decrypt' },
    ]);
    expect(theResource(stack, schedule).DependsOn).toEqual(
      expect.arrayContaining(Object.keys(resources(stack, 'AWS::SecretsManager::ResourcePolicy'))),
    );
  });

  it('throws with the default key, which AWS lets no other account use', () => {
    const { stack, rotation } = remote(RemoteAccess.direct());
    const plain = new secretsmanager.Secret(stack, 'A');
    expect(() => rotation.rotate(plain, LATER)).toThrow(/^`secret` has no customer managed key/);
    const named = new secretsmanager.Secret(stack, 'B', {
      encryptionKey: kms.Alias.fromAliasName(stack, 'Default', 'alias/aws/secretsmanager'),
    });
    expect(() => rotation.rotate(named, LATER)).toThrow(/^`secret` has no customer managed key/);
    const encryptionKey = new kms.Key(stack, 'Key');
    const secret = new secretsmanager.Secret(stack, 'C', { encryptionKey });
    expect(() => rotation.rotate(secret, { ...LATER, superuser: plain })).toThrow(/^`superuser` has no customer/);
  });

  it('throws when a policy is out of reach', () => {
    const { stack, rotation } = remote(RemoteAccess.direct());
    const secret = secretsmanager.Secret.fromSecretAttributes(stack, 'Secret', {
      secretCompleteArn: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:a-AbCdEf',
      encryptionKey: new kms.Key(stack, 'Key'),
    });
    expect(() => rotation.rotate(secret, LATER)).toThrow(/imported, so its policy is out of reach/);
  });
});

import { describe, expect, it } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { SecretAccountRole } from '../../../infra/constructs/index.js';
import { resources, rotationFunction, statementsOn, template, theResource } from './synthesised.js';

const FUNCTION = {
  rotationFunctionRoleArn: 'arn:aws:iam::444455556666:role/rotation-function',
  rotationFunctionArn: 'arn:aws:lambda:eu-west-1:444455556666:function:rotation',
};
const inAccount = () => new Stack(undefined, 'Stack', { env: { account: '111122223333', region: 'eu-west-1' } });

describe('the role in the account of the secrets', () => {
  it('trusts the function’s role alone, with the external id', () => {
    const stack = inAccount();
    new SecretAccountRole(stack, 'Role', { ...FUNCTION, secretNames: ['app/*'], externalId: 'rotation' });
    template(stack).hasResourceProperties('AWS::IAM::Role', {
      RoleName: 'SecretRotation',
      ManagedPolicyArns: Match.absent(),
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Effect: 'Allow',
            Action: 'sts:AssumeRole',
            Principal: { AWS: FUNCTION.rotationFunctionRoleArn },
            Condition: { StringEquals: { 'sts:ExternalId': 'rotation' } },
          },
        ],
      },
    });
  });

  it('reaches the named secrets, and only if the function is the one that rotates them', () => {
    const stack = inAccount();
    const secret = new secretsmanager.Secret(stack, 'Secret');
    new SecretAccountRole(stack, 'Role', { ...FUNCTION, secrets: [secret], secretNames: ['app/*'] });
    expect(statementsOn(stack, 'secretsmanager:PutSecretValue')).toEqual([
      {
        Effect: 'Allow',
        Action: [
          'secretsmanager:DescribeSecret',
          'secretsmanager:GetSecretValue',
          'secretsmanager:ListSecretVersionIds',
          'secretsmanager:PutSecretValue',
          'secretsmanager:UpdateSecretVersionStage',
        ],
        Resource: [
          { Ref: expect.stringMatching('^Secret') },
          {
            'Fn::Join': [
              '',
              ['arn:', { Ref: 'AWS::Partition' }, ':secretsmanager:eu-west-1:111122223333:secret:app/*-??????'],
            ],
          },
        ],
        Condition: { ArnEquals: { 'secretsmanager:resource/AllowRotationLambdaArn': FUNCTION.rotationFunctionArn } },
      },
    ]);
  });

  it('reads superusers’ secrets, which another function may rotate', () => {
    const stack = inAccount();
    new SecretAccountRole(stack, 'Role', { ...FUNCTION, secretNames: ['app/*'], superuserNames: ['rds!db-1'] });
    const [, reading] = statementsOn(stack, 'secretsmanager:GetSecretValue');
    expect(reading).toMatchObject({ Action: 'secretsmanager:GetSecretValue' });
    expect(reading?.Condition).toBeUndefined();
  });

  it('needs nothing on the default key, and two actions on a customer key', () => {
    const stack = inAccount();
    const encryptionKey = new kms.Key(stack, 'Key');
    const secrets = [new secretsmanager.Secret(stack, 'A', { encryptionKey }), new secretsmanager.Secret(stack, 'B')];
    const imported = kms.Key.fromKeyArn(stack, 'Imported', 'arn:aws:kms:eu-west-1:111122223333:key/1');
    new SecretAccountRole(stack, 'Role', { ...FUNCTION, secrets, secretNames: ['app/*'], keys: [imported] });
    const statements = statementsOn(stack, 'kms:Decrypt');
    expect(statements).toHaveLength(2);
    expect(statements[0]).toMatchObject({
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Condition: { StringEquals: { 'kms:EncryptionContext:SecretARN': [{ Ref: expect.stringMatching('^A') }] } },
    });
    expect(statements[1]).toMatchObject({
      Resource: 'arn:aws:kms:eu-west-1:111122223333:key/1',
      Condition: { StringLike: { 'kms:EncryptionContext:SecretARN': expect.any(Array) } },
    });
  });

  it('resets passwords of the directories that are named', () => {
    const stack = inAccount();
    const directoryIds = ['d-0123456789'];
    new SecretAccountRole(stack, 'Role', { ...FUNCTION, secretNames: ['app/*'], directoryIds });
    const arn = ['arn:', { Ref: 'AWS::Partition' }, ':ds:eu-west-1:111122223333:directory/d-0123456789'];
    expect(statementsOn(stack, 'ds:ResetUserPassword')).toEqual([
      { Effect: 'Allow', Action: 'ds:ResetUserPassword', Resource: { 'Fn::Join': ['', arn] } },
    ]);
    expect(statementsOn(stack, 'ds:DescribeDirectories')).toMatchObject([{ Resource: '*' }]);
  });

  it('trusts an organization’s roles by their names', () => {
    const stack = inAccount();
    new SecretAccountRole(stack, 'Role', {
      rotationFunctionRoleArn: 'arn:aws:iam::*:role/rotation-*',
      rotationFunctionArn: 'arn:aws:lambda:eu-west-1:*:function:rotation-*',
      organizationId: 'o-abcdefghij',
      secretNames: ['app/*'],
      roleName: 'Rotation',
      permissionsBoundary: iam.ManagedPolicy.fromManagedPolicyName(stack, 'Boundary', 'boundary'),
    });
    template(stack).hasResourceProperties('AWS::IAM::Role', {
      RoleName: 'Rotation',
      PermissionsBoundary: Match.anyValue(),
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Principal: { AWS: '*' },
            Condition: {
              StringEquals: { 'aws:PrincipalOrgID': 'o-abcdefghij' },
              ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/rotation-*' },
            },
          },
        ],
      },
    });
    expect(statementsOn(stack, 'secretsmanager:PutSecretValue')[0]?.Condition).toHaveProperty('ArnLike');
  });

  it.each([
    [{ rotationFunctionRoleArn: 'arn:aws:iam::444455556666:role/*' }, /^`rotationFunctionRoleArn`.*without wildcards/],
    [
      { rotationFunctionArn: 'arn:aws:lambda:eu-west-1:444455556666:function:rotation:live' },
      /^`rotationFunctionArn`.*without version or alias/,
    ],
    [{ externalId: 'x' }, /^`externalId`/],
    [{ organizationId: 'acme' }, /^`organizationId`/],
    [{ secretNames: ['*'] }, /^`secretNames`.*every secret of the account/],
    [{ secretNames: [] }, /must name at least one secret/],
    [{ superuserNames: ['a b'] }, /^`superuserNames`/],
    [{ directoryIds: ['d-1'] }, /^`directoryIds`/],
  ])('throws when %j', (props, why) => {
    const make = () => new SecretAccountRole(inAccount(), 'Role', { ...FUNCTION, secretNames: ['app/*'], ...props });
    expect(make).toThrow(why);
  });
});

describe('the plain template', () => {
  it('is the same role, without anything of the CDK', () => {
    const props = { ...FUNCTION, secretNames: ['app/*'], externalId: 'rotation' };
    const plain = SecretAccountRole.toCloudFormationTemplate(props);
    expect(Object.keys(plain).sort()).toEqual(['Description', 'Resources']);
    const stack = new Stack(new App(), 'SecretAccountRole');
    new SecretAccountRole(stack, 'SecretRotation', props);
    expect(plain.Resources).toEqual(template(stack).toJSON().Resources);
    expect(JSON.stringify(plain)).not.toMatch(/cdk/i);
  });

  it('is for every account and partition', () => {
    const plain = JSON.stringify(SecretAccountRole.toCloudFormationTemplate({ ...FUNCTION, secretNames: ['app/*'] }));
    expect(plain).toContain(
      '{"Ref":"AWS::Partition"},":secretsmanager:",{"Ref":"AWS::Region"},":",{"Ref":"AWS::AccountId"}',
    );
  });
});

it('fits a function of another stack and account of the same app', () => {
  const app = new App();
  const functions = new Stack(app, 'Functions', { env: { account: '444455556666', region: 'eu-west-1' } });
  const secrets = new Stack(app, 'Secrets', { env: { account: '111122223333', region: 'eu-west-1' } });
  const rotation = rotationFunction(functions);
  rotation.allowAccounts(secrets.account);
  rotation.assume({ accountIds: [secrets.account] });
  new SecretAccountRole(secrets, 'Role', {
    rotationFunctionRoleArn: rotation.role.roleArn,
    rotationFunctionArn: rotation.lambdaFunction.functionArn,
    secretNames: ['app/*'],
  });
  app.synth();
  expect(functions.dependencies).toEqual([]);
  const name = theResource(functions, 'AWS::Lambda::Function').Properties.FunctionName;
  expect(name).toEqual(expect.any(String));
  expect(JSON.stringify(statementsOn(secrets, 'secretsmanager:PutSecretValue'))).toContain(`function:${name}`);
  expect(Object.keys(resources(secrets, 'AWS::IAM::Role'))).toHaveLength(1);
});

import { expect, it } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { RotationFunction } from '../../../infra/constructs/index.js';
import { resources, rotationFunction, statementsOn, theResource } from './synthesised.js';

const functionArn = 'arn:aws:lambda:eu-west-1:444455556666:function:rotation';
const LATER = { rotateImmediately: false };

function imported(role: (stack: Stack) => iam.IRole) {
  const stack = new Stack(new App(), 'Stack', { env: { account: '444455556666', region: 'eu-west-1' } });
  const rotation = RotationFunction.fromAttributes(stack, 'Rotation', { functionArn, role: role(stack) });
  return { stack, rotation };
}

it('is granted what it needs, permitted to be invoked, and scheduled in order, like a function made here', () => {
  const { stack, rotation } = imported((scope) => iam.Role.fromRoleName(scope, 'Role', 'rotation'));
  const encryptionKey = new kms.Key(stack, 'Key');
  rotation.rotate(new secretsmanager.Secret(stack, 'Secret', { encryptionKey }), LATER);
  expect(theResource(stack, 'AWS::IAM::Policy').Properties.Roles).toEqual(['rotation']);
  expect(statementsOn(stack, 'secretsmanager:PutSecretValue')[0]?.Condition).toEqual({
    ArnEquals: { 'secretsmanager:resource/AllowRotationLambdaArn': functionArn },
  });
  expect(statementsOn(stack, 'kms:GenerateDataKey')).toHaveLength(1);
  expect(theResource(stack, 'AWS::Lambda::Permission').Properties).toMatchObject({
    FunctionName: functionArn,
    SourceAccount: '444455556666',
  });
  expect(theResource(stack, 'AWS::SecretsManager::RotationSchedule')).toMatchObject({
    Properties: { RotationLambdaARN: functionArn },
    DependsOn: [expect.stringMatching('OwnAccount'), expect.stringMatching('Policy')],
  });
});

it('leaves a role alone that was imported not to be changed', () => {
  const { stack, rotation } = imported((scope) =>
    iam.Role.fromRoleArn(scope, 'Role', 'arn:aws:iam::444455556666:role/rotation', { mutable: false }),
  );
  rotation.rotate(new secretsmanager.Secret(stack, 'Secret'), LATER);
  expect(resources(stack, 'AWS::IAM::Policy')).toEqual({});
  const { DependsOn = [] } = theResource(stack, 'AWS::SecretsManager::RotationSchedule');
  expect(DependsOn).toEqual([expect.stringMatching('OwnAccount')]);
});

it('is named without version and alias', () => {
  const stack = new Stack();
  const role = iam.Role.fromRoleName(stack, 'Role', 'rotation');
  const make = () => RotationFunction.fromAttributes(stack, 'Rotation', { functionArn: `${functionArn}:live`, role });
  expect(make).toThrow(/^`functionArn`.*without version or alias/);
});

it('a function of more secrets than a role has room for is warned of', () => {
  const stack = new Stack(new App(), 'Stack');
  const rotation = rotationFunction(stack);
  const rotate = (count: number, prefix: string) => {
    for (let index = 0; index < count; index += 1) {
      rotation.rotate(new secretsmanager.Secret(stack, `${prefix}${index}`), LATER);
    }
  };
  rotate(120, 'Secret');
  Annotations.fromStack(stack).hasWarning(
    '/Stack/Rotation',
    Match.stringLikeRegexp('among several rotation functions'),
  );
});

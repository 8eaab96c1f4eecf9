// What users of aws-cdk's rotation constructs complained of, each by its number; aws-cdk# unless said otherwise.
import { expect, it } from '@jest/globals';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import {
  type RotateOptions,
  RotationCode,
  RotationEngine,
  RotationScheduleExpression,
} from '../../../infra/constructs/index.js';
import { resources, rotationFunction, statements, statementsOn, template, theResource } from './synthesised.js';

const LATER: RotateOptions = { rotateImmediately: false };
const schedule = 'AWS::SecretsManager::RotationSchedule';
const secretOf = (stack: Stack, id = 'Secret', props: secretsmanager.SecretProps = {}) =>
  new secretsmanager.Secret(stack, id, props);

it('aws-cdk#34168, #35503, #37462, #26866, #23331: the runtime is current, and yours to choose', () => {
  const stack = new Stack();
  rotationFunction(stack, {}, 'Default');
  rotationFunction(stack, { runtime: lambda.Runtime.NODEJS_22_X }, 'Chosen');
  const runtimes = Object.values(resources(stack, 'AWS::Lambda::Function')).map(({ Properties }) => Properties.Runtime);
  expect(runtimes).toEqual(['nodejs24.x', 'nodejs22.x']);
});

it('aws-cdk#28406, #29791: the permission names the source account', () => {
  const stack = new Stack();
  rotationFunction(stack).rotate(secretOf(stack), LATER);
  expect(theResource(stack, 'AWS::Lambda::Permission').Properties).toEqual({
    Action: 'lambda:InvokeFunction',
    FunctionName: { 'Fn::GetAtt': [expect.stringMatching('Function'), 'Arn'] },
    Principal: 'secretsmanager.amazonaws.com',
    SourceAccount: { Ref: 'AWS::AccountId' },
  });
});

it('aws-cdk#33336: the function in one stack and the secret in another are no cycle', () => {
  const app = new App();
  const functions = new Stack(app, 'Functions');
  const secrets = new Stack(app, 'Secrets');
  rotationFunction(functions).rotate(secretOf(secrets), LATER);
  expect(() => app.synth()).not.toThrow();
});

it('aws-cdk#24062, #31002: Sundays only', () => {
  const stack = new Stack();
  const sundays = RotationScheduleExpression.cron({ hour: '2', weekDay: 'SUN' });
  rotationFunction(stack).rotate(secretOf(stack), { ...LATER, schedule: sundays, window: Duration.hours(4) });
  expect(theResource(stack, schedule).Properties.RotationRules).toEqual({
    ScheduleExpression: 'cron(0 2 ? * SUN *)',
    Duration: '4h',
  });
});

it('aws-cdk#15852, #28261: several times a day', () => {
  const stack = new Stack();
  rotationFunction(stack).rotate(secretOf(stack), {
    ...LATER,
    schedule: RotationScheduleExpression.rate(Duration.hours(4)),
  });
  expect(theResource(stack, schedule).Properties.RotationRules).toEqual({ ScheduleExpression: 'rate(4 hours)' });
});

it('aws-cdk#18424, #28308: the policy matches a secret and a superuser that are known without their suffix', () => {
  const stack = new Stack();
  const imported = (id: string) =>
    secretsmanager.Secret.fromSecretPartialArn(stack, id, `arn:aws:secretsmanager:eu-west-1:444455556666:secret:${id}`);
  rotationFunction(stack).rotate(imported('app'), { ...LATER, superuser: imported('superuser') });
  expect(statements(stack).map(({ Resource }) => Resource)).toEqual(
    expect.arrayContaining([
      ['arn:aws:secretsmanager:eu-west-1:444455556666:secret:app-??????'],
      ['arn:aws:secretsmanager:eu-west-1:444455556666:secret:superuser-??????'],
    ]),
  );
});

it('aws-cdk#14868: the role is confined by AllowRotationLambdaArn without a cycle', () => {
  const stack = new Stack();
  rotationFunction(stack).rotate(secretOf(stack), LATER);
  // Synthesis for assertions refuses cycles among resources.
  const [statement] = statementsOn(stack, 'secretsmanager:PutSecretValue');
  expect(statement?.Condition?.ArnEquals).toHaveProperty('secretsmanager:resource/AllowRotationLambdaArn');
  const { DependsOn = [] } = theResource(stack, 'AWS::Lambda::Function');
  expect(DependsOn.filter((id) => id.includes('Secrets'))).toEqual([]);
});

it('aws-cdk#26481: the permission is there before the schedule is tested', () => {
  const stack = new Stack();
  rotationFunction(stack).rotate(secretOf(stack), LATER);
  const [permission = ''] = Object.keys(resources(stack, 'AWS::Lambda::Permission'));
  expect(theResource(stack, schedule).DependsOn).toContain(permission);
});

it('aws-cdk#17265: in isolated subnets, synth says what will time out', () => {
  const stack = new Stack(new App(), 'Stack');
  const subnetConfiguration = [{ name: 'Isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }];
  rotationFunction(stack, { vpc: new ec2.Vpc(stack, 'Vpc', { subnetConfiguration }) });
  Annotations.fromStack(stack).hasWarning('/Stack/Rotation', Match.stringLikeRegexp('times out'));
});

it('aws-cdk#19233, #23086: subnets and security groups are those that are given, for alternating users too', () => {
  const stack = new Stack();
  const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 2 });
  const subnet = vpc.privateSubnets[1];
  if (subnet === undefined) throw new Error('no subnet');
  const group = new ec2.SecurityGroup(stack, 'Own', { vpc });
  const code = RotationCode.alternatingUsers(RotationEngine.POSTGRES);
  rotationFunction(stack, { code, vpc, vpcSubnets: { subnets: [subnet] }, securityGroups: [group] });
  expect(theResource(stack, 'AWS::Lambda::Function').Properties.VpcConfig).toEqual({
    SubnetIds: [stack.resolve(subnet.subnetId)],
    SecurityGroupIds: [stack.resolve(group.securityGroupId)],
  });
});

it('aws-cdk#19649, aws-secrets-manager-rotation-lambdas#27: the role has a permissions boundary', () => {
  const stack = new Stack();
  const permissionsBoundary = iam.ManagedPolicy.fromManagedPolicyName(stack, 'Boundary', 'boundary');
  rotationFunction(stack, { permissionsBoundary }).rotate(secretOf(stack), LATER);
  expect(theResource(stack, 'AWS::IAM::Role').Properties.PermissionsBoundary).toEqual(
    stack.resolve(permissionsBoundary.managedPolicyArn),
  );
});

it('aws-cdk#22051: the role is at hand, for a policy that denies all but it', () => {
  const stack = new Stack();
  const rotation = rotationFunction(stack);
  const secret = secretOf(stack);
  rotation.rotate(secret, LATER);
  secret.addToResourcePolicy(
    new iam.PolicyStatement({
      effect: iam.Effect.DENY,
      actions: ['secretsmanager:PutSecretValue'],
      resources: ['*'],
      principals: [new iam.AnyPrincipal()],
      conditions: { ArnNotEquals: { 'aws:PrincipalArn': rotation.role.roleArn } },
    }),
  );
  template(stack).resourceCountIs('AWS::SecretsManager::ResourcePolicy', 1);
  expect(rotation.grantPrincipal).toBe(rotation.role);
});

it('aws-cdk#18756: one function rotates many secrets', () => {
  const stack = new Stack();
  const rotation = rotationFunction(stack);
  for (const id of ['A', 'B', 'C']) rotation.rotate(secretOf(stack, id), LATER);
  template(stack).resourceCountIs(schedule, 3);
  template(stack).resourceCountIs('AWS::Lambda::Function', 1);
  template(stack).resourceCountIs('AWS::Lambda::Permission', 1);
});

it.each([true, false])(
  'aws-cdk#25365, #26099, terraform-provider-aws#34961, #35702: whether it rotates at once (%s) is always in the template',
  (rotateImmediately) => {
    const stack = new Stack();
    rotationFunction(stack).rotate(secretOf(stack), { rotateImmediately });
    expect(theResource(stack, schedule).Properties.RotateImmediatelyOnUpdate).toBe(rotateImmediately);
  },
);

it('aws-cdk#6358, aws-secrets-manager-rotation-lambdas#99: alternating users without a superuser are refused at synth', () => {
  const stack = new Stack();
  const rotation = rotationFunction(stack, { code: RotationCode.alternatingUsers(RotationEngine.POSTGRES) });
  expect(() => rotation.rotate(secretOf(stack), LATER)).toThrow(/^`superuser` is needed/);
});

it('aws-cdk#17347, #17288, #10583: characters that an engine refuses stay out of passwords', () => {
  const stack = new Stack();
  rotationFunction(stack, { passwordPolicy: { excludeCharacters: '/@"\'\\' } });
  template(stack).hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: { EXCLUDE_CHARACTERS: '/@"\'\\' } },
  });
});

it('aws-cdk#28284: a key that is known by its alias', () => {
  const stack = new Stack();
  const rotation = rotationFunction(stack);
  const alias = (id: string, encryptionKey: kms.IKey) => secretOf(stack, id, { encryptionKey });
  rotation.rotate(alias('A', kms.Alias.fromAliasName(stack, 'Imported', 'alias/app')), LATER);
  rotation.rotate(
    alias('B', new kms.Alias(stack, 'Own', { aliasName: 'own', targetKey: new kms.Key(stack, 'Key') })),
    LATER,
  );
  expect(statementsOn(stack, 'kms:GenerateDataKey')).toMatchObject([
    { Condition: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/app' } } },
    { Resource: { 'Fn::GetAtt': [expect.stringMatching('^Key'), 'Arn'] } },
  ]);
});

it('aws-cdk#7677, #14833, aws-secrets-manager-rotation-lambdas#53: a customer key is decrypted with, and a new value encrypted', () => {
  const stack = new Stack();
  rotationFunction(stack).rotate(secretOf(stack, 'Secret', { encryptionKey: new kms.Key(stack, 'Key') }), LATER);
  expect(statementsOn(stack, 'kms:Decrypt').map(({ Action }) => Action)).toEqual([
    ['kms:Decrypt', 'kms:GenerateDataKey'],
  ]);
});

it('aws-cdk#13385, #17673: other partitions', () => {
  const stack = new Stack(undefined, 'Stack', { env: { account: '444455556666', region: 'cn-north-1' } });
  const secret = secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', 'app/db');
  const encryptionKey = new kms.Key(stack, 'Key');
  rotationFunction(stack).rotate(secret, { ...LATER, encryptionKey });
  const text = JSON.stringify(statements(stack));
  expect(text).not.toContain('arn:aws:');
  expect(text).not.toContain('.amazonaws.com');
  expect(text).toContain('"secretsmanager.cn-north-1.",{"Ref":"AWS::URLSuffix"}');
});

it('terraform-provider-aws#10619, #9487: a secret has a value before it is rotated', () => {
  const stack = new Stack();
  rotationFunction(stack).rotate(secretOf(stack), { rotateImmediately: true });
  expect(theResource(stack, schedule).Properties.SecretId).toEqual({ Ref: expect.stringMatching('^Secret') });
  expect(theResource(stack, 'AWS::SecretsManager::Secret').Properties).toHaveProperty('GenerateSecretString');
});

it('terraform-provider-aws#30540, #33329, #34295, #22969: days and hours are one expression, so nothing is sent twice', () => {
  const stack = new Stack();
  const rotation = rotationFunction(stack);
  for (const interval of [Duration.days(7), Duration.hours(12)]) {
    const every = RotationScheduleExpression.rate(interval);
    rotation.rotate(secretOf(stack, `Every${interval.toHours()}`), { ...LATER, schedule: every });
  }
  for (const { Properties } of Object.values(resources(stack, schedule))) {
    expect(Object.keys(Properties.RotationRules as object)).toEqual(['ScheduleExpression']);
  }
});

/** docs/cdk.md, "In place": what CloudFormation sees when an app moves over from aws-cdk's rotation constructs. */
import { describe, expect, it } from '@jest/globals';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { RotationCode, RotationEngine, RotationFunction } from '../../infra/constructs/index.js';

interface Shop {
  readonly stack: Stack;
  readonly vpc: ec2.IVpc;
  readonly database: rds.DatabaseInstance;
  readonly superuser: secretsmanager.ISecret;
  readonly secret: secretsmanager.ISecret;
}

/** A database with the secret of an application, rotated as `rotate` says. */
function synthesize(rotate: (shop: Shop) => void): Template {
  const stack = new Stack(new App(), 'Shop');
  const vpc = new ec2.Vpc(stack, 'Vpc');
  const database = new rds.DatabaseInstance(stack, 'Database', {
    engine: rds.DatabaseInstanceEngine.postgres({ version: rds.PostgresEngineVersion.VER_17 }),
    vpc,
    storageEncrypted: true,
  });
  const { secret: superuser } = database;
  if (superuser === undefined) throw new Error('The instance has a generated secret.');
  const secret = new rds.DatabaseSecret(stack, 'Secret', { username: 'shop', masterSecret: superuser }).attach(
    database,
  );
  rotate({ stack, vpc, database, superuser, secret });
  return Template.fromStack(stack);
}

/** What must not change: values, users and data hang on it. */
function kept(template: Template) {
  return [
    'AWS::SecretsManager::Secret',
    'AWS::SecretsManager::SecretTargetAttachment',
    'AWS::SecretsManager::ResourcePolicy',
    'AWS::RDS::DBInstance',
  ].map((type) => template.findResources(type));
}

function scheduleOf(template: Template): string {
  const [logicalId = ''] = Object.keys(template.findResources('AWS::SecretsManager::RotationSchedule'));
  template.resourceCountIs('AWS::SecretsManager::RotationSchedule', 1);
  return logicalId;
}

describe.each<[string, (shop: Shop) => void]>([
  [
    'HostedRotation',
    ({ vpc, secret, superuser }) =>
      secret.addRotationSchedule('RotationSchedule', {
        hostedRotation: secretsmanager.HostedRotation.postgreSqlMultiUser({ masterSecret: superuser, vpc }),
      }),
  ],
  ['addRotationMultiUser', ({ database, secret }) => database.addRotationMultiUser('Shop', { secret })],
  [
    'SecretRotation',
    ({ stack, vpc, database, secret, superuser }) =>
      new secretsmanager.SecretRotation(stack, 'SecretRotation', {
        application: secretsmanager.SecretRotationApplication.POSTGRES_ROTATION_MULTI_USER,
        secret,
        masterSecret: superuser,
        target: database,
        vpc,
        automaticallyAfter: Duration.days(7),
      }),
  ],
])('from %s', (_, rotateAsBefore) => {
  it('secret, attachment, policies and database stay as they are, and so does the place of the schedule', () => {
    // GIVEN
    const before = synthesize(rotateAsBefore);
    const logicalId = scheduleOf(before);

    // WHEN
    const after = synthesize(({ stack, vpc, database, superuser, secret }) => {
      const rotationFunction = new RotationFunction(stack, 'Rotation', {
        code: RotationCode.alternatingUsers(RotationEngine.POSTGRES),
        vpc,
      });
      rotationFunction.connectTo(database);
      const rotation = rotationFunction.rotate(secret, { rotateImmediately: false, superuser });
      (rotation.node.defaultChild as secretsmanager.CfnRotationSchedule).overrideLogicalId(logicalId);
      secret.denyAccountRootDelete();
      superuser.denyAccountRootDelete();
    });

    // THEN
    expect(kept(after)).toEqual(kept(before));
    expect(scheduleOf(after)).toBe(logicalId);
    after.hasResourceProperties('AWS::SecretsManager::RotationSchedule', { RotateImmediatelyOnUpdate: false });
  });
});

import { expect, it } from '@jest/globals';
import { App, Stack, Validations } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { RotationGuardRails } from '../../../infra/constructs/index.js';
import { rotationFunction } from './synthesised.js';

function found(app: App): { readonly [rule: string]: (string | undefined)[] } {
  const { violations, success } = new RotationGuardRails().validate({
    appConstruct: app,
    templatePaths: [],
    stackTemplates: [],
  });
  expect(success).toBe(violations.length === 0);
  return Object.fromEntries(
    violations.map((each) => [each.ruleName, each.violatingResources.map(({ constructPath }) => constructPath)]),
  );
}

it('lists secrets that nobody rotates, and rotations that fail in silence', () => {
  const app = new App();
  const stack = new Stack(app, 'Stack');
  const rotation = rotationFunction(stack);
  const secret = (id: string) => new secretsmanager.Secret(stack, id);
  secret('Forgotten');
  rotation.rotate(secret('Silent'), { rotateImmediately: false });
  rotation.rotate(secret('Alarmed'), { rotateImmediately: false }).addOverdueAlarm('Overdue');
  rotation.rotate(secret('Watched'), { rotateImmediately: false }).onRotationFailed('Failed');
  expect(found(app)).toEqual({
    SecretWithoutRotation: ['Stack/Forgotten/Resource'],
    RotationWithoutAlarm: ['Stack/Silent/Rotation/Resource'],
  });
});

it('finds rotations across stacks, attachments and aws-cdk’s own schedules', () => {
  const app = new App();
  const secrets = new Stack(app, 'Secrets');
  const functions = new Stack(app, 'Functions');
  const rotation = rotationFunction(functions);
  const target = {
    asSecretAttachmentTarget: () => ({
      targetId: 'db',
      targetType: secretsmanager.AttachmentTargetType.RDS_DB_INSTANCE,
    }),
  };
  const attached = new secretsmanager.Secret(secrets, 'Attached').attach(target);
  rotation.rotate(attached, { rotateImmediately: false }).onRotationFailed('Failed');
  new secretsmanager.CfnRotationSchedule(functions, 'Own', {
    secretId: new secretsmanager.Secret(secrets, 'Other').secretArn,
  });
  expect(found(app)).toEqual({ RotationWithoutAlarm: ['Functions/Own'] });
});

it('finds nothing in an app without secrets', () => {
  const app = new App();
  new Stack(app, 'Stack');
  expect(found(app)).toEqual({});
});

it('stops synth, until the rule is acknowledged with a reason', () => {
  const made = (acknowledge: boolean) => {
    const app = new App();
    const stack = new Stack(app, 'Stack');
    const secret = new secretsmanager.Secret(stack, 'Secret');
    Validations.of(app).addPlugins(new RotationGuardRails());
    if (acknowledge) {
      Validations.of(secret).acknowledge({ id: 'keyturn::SecretWithoutRotation', reason: 'A partner rotates it' });
    }
    return () => app.synth();
  };
  expect(made(false)).toThrow(/A secret that no schedule rotates/);
  expect(made(true)).not.toThrow();
});

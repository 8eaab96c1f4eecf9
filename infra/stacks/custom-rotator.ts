import path from 'node:path';
import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { RotationCode, RotationFunction, RotationScheduleExpression } from '../constructs/index.js';
import { acknowledgeStateMachines } from './acknowledge-state-machines.js';

/** An API key, changed by a rotator of one's own (lambda/api-key.ts) at the service that gave it out. */
export class CustomRotatorStack extends Stack {
  public constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const apiKey = new secretsmanager.Secret(this, 'ApiKey', {
      description: 'Where the key is changed, and the key',
      // The first key comes from the service: see README.md. It has no place in a template.
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ url: 'https://api.example.com/key' }),
        generateStringKey: 'key',
      },
    });
    const rotation = new RotationFunction(this, 'Rotation', {
      code: RotationCode.entry(path.join(__dirname, '../../lambda/api-key.ts'), { minify: true }),
    }).rotate(apiKey, {
      schedule: RotationScheduleExpression.cron({ day: '1', hour: '4' }),
      window: Duration.hours(2),
      rotateImmediately: false,
    });
    acknowledgeStateMachines(rotation.addOverdueAlarm('Overdue'));
  }
}

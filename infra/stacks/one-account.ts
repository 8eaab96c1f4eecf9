import { Duration, type StackProps } from 'aws-cdk-lib';
import * as rds from 'aws-cdk-lib/aws-rds';
import type { Construct } from 'constructs';
import {
  RotationCode,
  RotationEndpoints,
  RotationEngine,
  RotationFunction,
  RotationScheduleExpression,
} from '../constructs/index.js';
import { acknowledgeNetworkInterfaces } from './acknowledge-network-interfaces.js';
import { acknowledgeStateMachines } from './acknowledge-state-machines.js';
import { IsolatedNetwork } from './isolated-network.js';
import { OfflineStack } from './offline-stack.js';
import { PostgresDatabase } from './postgres-database.js';

/** A PostgreSQL of Amazon RDS whose application never loses its login: users take turns, on Sundays. The superuser's password changes every 30 days. */
export class OneAccountStack extends OfflineStack {
  public constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const { vpc } = new IsolatedNetwork(this, 'Network', { cidr: '10.10.0.0/16' });
    const { instance, superuser } = new PostgresDatabase(this, 'Database', { vpc });
    const application = new rds.DatabaseSecret(this, 'Application', {
      username: 'app',
      dbname: 'app',
      masterSecret: superuser,
    }).attach(instance);

    const alternatingUsers = new RotationFunction(this, 'AlternatingUsers', {
      code: RotationCode.alternatingUsers(RotationEngine.POSTGRES),
      vpc,
    });
    const singleUser = new RotationFunction(this, 'SingleUser', {
      code: RotationCode.singleUser(RotationEngine.POSTGRES),
      vpc,
    });
    const endpoints = new RotationEndpoints(this, 'Endpoints', { vpc });
    for (const rotation of [alternatingUsers, singleUser]) {
      endpoints.allowFrom(rotation);
      rotation.connectTo(instance);
    }

    const applicationRotation = alternatingUsers.rotate(application, {
      schedule: RotationScheduleExpression.cron({ weekDay: 'SUN', hour: '2' }),
      window: Duration.hours(3),
      // The user has to be made first: see README.md.
      rotateImmediately: false,
      superuser,
    });
    const superuserRotation = singleUser.rotate(superuser, {
      schedule: RotationScheduleExpression.rate(Duration.days(30)),
      rotateImmediately: false,
    });

    acknowledgeNetworkInterfaces(alternatingUsers, singleUser);
    acknowledgeStateMachines(
      applicationRotation.addOverdueAlarm('Overdue'),
      superuserRotation.addOverdueAlarm('Overdue'),
    );
  }
}

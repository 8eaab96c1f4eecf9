import { Duration, type StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import {
  RemoteRotationFunction,
  type RotationFunction,
  RotationScheduleExpression,
  SecretAccountRole,
} from '../constructs/index.js';
import { acknowledgeStateMachines } from './acknowledge-state-machines.js';
import { IsolatedNetwork } from './isolated-network.js';
import { OfflineStack } from './offline-stack.js';
import { PostgresDatabase } from './postgres-database.js';

export interface WorkloadAccountStackProps extends StackProps {
  readonly cidr: string;
  /** The function of the rotation account, and where it is. */
  readonly rotation: RotationFunction;
  readonly rotationCidr: string;
  readonly externalId: string;
}

/** An account that owns a database and its secret, and lets the function of the rotation account rotate it. */
export class WorkloadAccountStack extends OfflineStack {
  public constructor(scope: Construct, id: string, props: WorkloadAccountStackProps) {
    super(scope, id, props);
    const { vpc } = new IsolatedNetwork(this, 'Network', { cidr: props.cidr });
    const { instance, superuser } = new PostgresDatabase(this, 'Database', { vpc });
    instance.connections.allowDefaultPortFrom(ec2.Peer.ipv4(props.rotationCidr), 'Rotation');

    const { functionArn } = props.rotation.lambdaFunction;
    const { roleArn } = props.rotation.role;
    const role = new SecretAccountRole(this, 'RotationRole', {
      rotationFunctionArn: functionArn,
      rotationFunctionRoleArn: roleArn,
      externalId: props.externalId,
      secrets: [superuser],
    });
    const rotation = RemoteRotationFunction.fromAttributes(this, 'Rotation', { functionArn, roleArn }).rotate(
      superuser,
      {
        schedule: RotationScheduleExpression.cron({ weekDay: 'SUN', hour: '2' }),
        window: Duration.hours(3),
        // The networks have to be joined first: see README.md.
        rotateImmediately: false,
      },
    );
    // Secrets Manager has the function test the current value as soon as there is a schedule.
    rotation.node.addDependency(role);
    acknowledgeStateMachines(rotation.addOverdueAlarm('Overdue'));
  }
}

import type { StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { RotationCode, RotationEndpoints, RotationEngine, RotationFunction } from '../constructs/index.js';
import { acknowledgeNetworkInterfaces } from './acknowledge-network-interfaces.js';
import { IsolatedNetwork } from './isolated-network.js';
import { OfflineStack } from './offline-stack.js';

export interface RotationAccountStackProps extends StackProps {
  readonly cidr: string;
  /** The accounts that own the secrets, and where their databases are. */
  readonly workloads: readonly { readonly accountId: string; readonly cidr: string }[];
  readonly externalId: string;
}

/** The account that owns the rotation function: one function for the secrets of all workload accounts. It stores no secret. */
export class RotationAccountStack extends OfflineStack {
  public readonly rotation: RotationFunction;

  public constructor(scope: Construct, id: string, props: RotationAccountStackProps) {
    super(scope, id, props);
    const { vpc } = new IsolatedNetwork(this, 'Network', { cidr: props.cidr });
    this.rotation = new RotationFunction(this, 'Rotation', {
      code: RotationCode.singleUser(RotationEngine.POSTGRES),
      vpc,
    });
    new RotationEndpoints(this, 'Endpoints', { vpc, assumesRoles: true }).allowFrom(this.rotation);

    const accountIds = props.workloads.map(({ accountId }) => accountId);
    this.rotation.allowAccounts(...accountIds);
    this.rotation.assume({ accountIds, externalId: props.externalId });
    for (const { cidr } of props.workloads) {
      this.rotation.connections.allowTo(ec2.Peer.ipv4(cidr), ec2.Port.tcp(5432), 'Databases of a workload account');
    }

    acknowledgeNetworkInterfaces(this.rotation);
  }
}

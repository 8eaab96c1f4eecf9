import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';

export interface IsolatedNetworkProps {
  /** Of its own, so that networks can be joined. */
  readonly cidr: string;
}

/** Two subnets without a way to or from the Internet. What was refused is logged: that is where a rotation that times out is explained. */
export class IsolatedNetwork extends Construct {
  public readonly vpc: ec2.Vpc;

  public constructor(scope: Construct, id: string, props: IsolatedNetworkProps) {
    super(scope, id);
    this.vpc = new ec2.Vpc(this, 'Vpc', {
      ipAddresses: ec2.IpAddresses.cidr(props.cidr),
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [{ name: 'Isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 24 }],
      flowLogs: { Refused: { trafficType: ec2.FlowLogTrafficType.REJECT } },
    });
  }
}

import { Annotations, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct, type IConstruct } from 'constructs';

interface NetworkInterfacesProps {
  readonly vpc: ec2.IVpc;
  readonly vpcSubnets?: ec2.SubnetSelection;
  readonly securityGroups?: ec2.ISecurityGroup[];
}

const MANAGE = [
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];
const DESCRIBE = ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets'];

/** Where a function is in a VPC, and the permissions with which Lambda puts it there. */
export class NetworkInterfaces extends Construct {
  readonly vpc: ec2.IVpc;
  readonly vpcSubnets: ec2.SubnetSelection;
  readonly securityGroups: ec2.ISecurityGroup[];
  readonly #role: iam.IRole;

  constructor(scope: Construct, id: string, props: NetworkInterfacesProps, role: iam.IRole) {
    super(scope, id);
    this.#role = role;
    this.vpc = props.vpc;
    this.vpcSubnets = props.vpcSubnets ?? {
      subnetType:
        props.vpc.privateSubnets.length > 0 ? ec2.SubnetType.PRIVATE_WITH_EGRESS : ec2.SubnetType.PRIVATE_ISOLATED,
    };
    this.securityGroups = props.securityGroups ?? [this.#securityGroup()];

    // Those of AWSLambdaVPCAccessExecutionRole but its logs. Describing cannot be confined, and the others not below the account: Lambda then cannot attach the function.
    // https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
    role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: DESCRIBE, resources: ['*'] }));
    role.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: MANAGE,
        resources: [Stack.of(this).formatArn({ service: 'ec2', resource: '*', resourceName: '*' })],
      }),
    );
  }

  /** These permissions are for Lambda, not for the code that it runs. */
  keepFromCode(functionArn: string): void {
    new iam.Policy(this, 'NotForCode', {
      roles: [this.#role],
      statements: [
        new iam.PolicyStatement({
          effect: iam.Effect.DENY,
          actions: [...MANAGE, ...DESCRIBE],
          resources: ['*'],
          conditions: { ArnEquals: { 'lambda:SourceFunctionArn': functionArn } },
        }),
      ],
    });
  }

  #securityGroup(): ec2.SecurityGroup {
    const group = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc: this.vpc,
      description: 'Rotation function',
      allowAllOutbound: false,
    });
    group.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.HTTPS, 'Secrets Manager and STS');
    return group;
  }
}

/**
 * Lets a function connect to a database, and returns the rules. They lie in the database's stack, or in the function's where that one needs something of the database's
 * stack already: a rule on the wrong side would be a cycle.
 */
export function allowEachOther(
  rotationFunction: ec2.IConnectable & IConstruct,
  database: ec2.IConnectable,
  port: ec2.Port | undefined,
  leansOn: (stack: Stack) => boolean,
): IConstruct[] {
  const { connections } = database;
  const [group] = connections.securityGroups;
  if (group === undefined) {
    Annotations.of(rotationFunction).addWarningV2(
      'keyturn:databaseWithoutSecurityGroup',
      'connectTo opened nothing: the database has no security group here. Import it with its security groups, or open the way yourself; otherwise the rotation times out.',
    );
    return [];
  }
  const through = port ?? connections.defaultPort;
  if (through === undefined) throw new Error('`connectTo`: the database has no default port, so give the `port`.');
  const all = [...connections.securityGroups, ...rotationFunction.connections.securityGroups];
  const before = new Set(all.flatMap(({ node }) => node.children));
  if (leansOn(Stack.of(group))) rotationFunction.connections.allowTo(database, through, 'Rotation');
  else connections.allowFrom(rotationFunction, through, 'Rotation');
  return all.flatMap(({ node }) => node.children).filter((child) => !before.has(child));
}

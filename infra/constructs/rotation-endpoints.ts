import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';

/** Which interface endpoints a rotation function in isolated subnets has. */
export interface RotationEndpointsProps {
  /** Where the function is. */
  readonly vpc: ec2.IVpc;
  /**
   * Where the endpoints are.
   * @default - the private subnets of `vpc`; its isolated ones if it has no others
   */
  readonly subnets?: ec2.SubnetSelection;
  /**
   * An endpoint of Secrets Manager that is there already.
   * @default - one is made
   */
  readonly secretsManager?: ec2.IInterfaceVpcEndpoint;
  /**
   * An endpoint of STS that is there already. Only functions that assume roles in other accounts need STS.
   * @default - one is made if `assumesRoles`
   */
  readonly sts?: ec2.IInterfaceVpcEndpoint;
  /**
   * Whether an endpoint of STS is needed.
   * @default - true if `sts` is given
   */
  readonly assumesRoles?: boolean;
  /**
   * An endpoint of AWS Directory Service that is there already. Only functions that reset passwords of a directory need it: `RotationCode.managedDirectory`.
   * @default - one is made if `resetsDirectoryPasswords`
   */
  readonly directoryService?: ec2.IInterfaceVpcEndpoint;
  /**
   * Whether an endpoint of AWS Directory Service is needed.
   * @default - true if `directoryService` is given
   */
  readonly resetsDirectoryPasswords?: boolean;
}

/**
 * Interface endpoints through which a rotation function in isolated subnets reaches Secrets Manager, STS if it rotates for other accounts, and AWS Directory Service if it resets passwords of a directory. (KMS is called by Secrets
 * Manager.) About 7 US dollars a month for each endpoint and subnet.
 */
export class RotationEndpoints extends Construct {
  /** The endpoint of Secrets Manager. */
  public readonly secretsManager: ec2.IInterfaceVpcEndpoint;
  /** The endpoint of STS, if there is one. */
  public readonly sts?: ec2.IInterfaceVpcEndpoint;
  /** The endpoint of AWS Directory Service, if there is one. */
  public readonly directoryService?: ec2.IInterfaceVpcEndpoint;

  #closed = false;

  public constructor(scope: Construct, id: string, props: RotationEndpointsProps) {
    super(scope, id);
    const { vpc } = props;
    if (props.sts && props.assumesRoles === false) throw new Error('`sts` is given, and `assumesRoles` is false.');
    if (props.directoryService && props.resetsDirectoryPasswords === false) {
      throw new Error('`directoryService` is given, and `resetsDirectoryPasswords` is false.');
    }
    const subnets = props.subnets ?? {
      subnetType: vpc.privateSubnets.length > 0 ? ec2.SubnetType.PRIVATE_WITH_EGRESS : ec2.SubnetType.PRIVATE_ISOLATED,
    };
    const endpoint = (name: string, service: ec2.InterfaceVpcEndpointAwsService): ec2.IInterfaceVpcEndpoint => {
      this.#closed = true;
      // Only who is let in by `allowFrom` gets in, rather than all of the VPC.
      return new ec2.InterfaceVpcEndpoint(this, name, { vpc, service, subnets, open: false, privateDnsEnabled: true });
    };

    this.secretsManager =
      props.secretsManager ?? endpoint('SecretsManager', ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER);
    const sts = props.sts ?? (props.assumesRoles ? endpoint('Sts', ec2.InterfaceVpcEndpointAwsService.STS) : undefined);
    if (sts) this.sts = sts;
    const directoryService =
      props.directoryService ??
      (props.resetsDirectoryPasswords
        ? endpoint('DirectoryService', ec2.InterfaceVpcEndpointAwsService.DIRECTORY_SERVICE)
        : undefined);
    if (directoryService) this.directoryService = directoryService;
    this.node.addValidation({
      validate: () =>
        this.#closed
          ? ['These endpoints let nobody in: `allowFrom(rotationFunction)` is missing, and rotations would time out.']
          : [],
    });
  }

  /** Lets a function reach the endpoints over HTTPS. */
  public allowFrom(rotationFunction: ec2.IConnectable): void {
    this.#closed = false;
    for (const endpoint of [this.secretsManager, this.sts, this.directoryService]) {
      endpoint?.connections.allowDefaultPortFrom(rotationFunction, 'Rotation');
    }
  }
}

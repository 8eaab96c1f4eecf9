import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as rds from 'aws-cdk-lib/aws-rds';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

export interface PostgresDatabaseProps {
  readonly vpc: ec2.IVpc;
}

/** The smallest PostgreSQL of Amazon RDS that is still encrypted, backed up and reachable over TLS only. */
export class PostgresDatabase extends Construct {
  public readonly instance: rds.DatabaseInstance;
  /** The superuser's secret: made by RDS's construct, attached to the instance. */
  public readonly superuser: secretsmanager.ISecret;

  public constructor(scope: Construct, id: string, props: PostgresDatabaseProps) {
    super(scope, id);
    const engine = rds.DatabaseInstanceEngine.postgres({ version: rds.PostgresEngineVersion.VER_17 });
    this.instance = new rds.DatabaseInstance(this, 'Instance', {
      engine,
      instanceType: ec2.InstanceType.of(ec2.InstanceClass.T4G, ec2.InstanceSize.MICRO),
      vpc: props.vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      databaseName: 'app',
      credentials: rds.Credentials.fromGeneratedSecret('app_superuser'),
      parameterGroup: new rds.ParameterGroup(this, 'Parameters', { engine, parameters: { 'rds.force_ssl': '1' } }),
      allocatedStorage: 20,
      storageEncrypted: true,
      backupRetention: Duration.days(1),
      iamAuthentication: true,
      // For an example that `cdk destroy` shall remove. A database of yours has better values in both.
      deletionProtection: false,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const { secret } = this.instance;
    if (secret === undefined) throw new Error('The instance has a generated secret.');
    this.superuser = secret;

    Validations.of(this.instance).acknowledge(
      { id: 'AwsSolutions-RDS3', reason: 'An example in one zone costs half of one in two; rotation is the same.' },
      { id: 'AwsSolutions-RDS10', reason: 'The example has to go when `cdk destroy` is run, and it holds no data.' },
      {
        id: 'AwsSolutions-RDS11',
        reason: 'The database has no way from the Internet; another port would hide nothing.',
      },
    );
  }
}

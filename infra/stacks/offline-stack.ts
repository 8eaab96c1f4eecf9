import { Fn, Stack } from 'aws-cdk-lib';

/** Leaves the choice of zones to CloudFormation. By itself the CDK asks AWS at synth, once it is told account and Region. */
export class OfflineStack extends Stack {
  public override get availabilityZones(): string[] {
    const zones = Fn.getAzs(this.region);
    return [Fn.select(0, zones), Fn.select(1, zones)];
  }
}

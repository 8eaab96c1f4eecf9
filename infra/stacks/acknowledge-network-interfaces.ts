import { Stack, Token, Validations } from 'aws-cdk-lib';
import type { RotationFunction } from '../constructs/index.js';

/** Tells cdk-nag why the roles of functions in a VPC have two wildcards. */
export function acknowledgeNetworkInterfaces(...functions: readonly RotationFunction[]): void {
  for (const { role } of functions) {
    const { region, account } = Stack.of(role);
    // As cdk-nag spells what is known at deployment only.
    const [where, whose] = [
      Token.isUnresolved(region) ? '<AWS::Region>' : region,
      Token.isUnresolved(account) ? '<AWS::AccountId>' : account,
    ];
    Validations.of(role).acknowledge(
      {
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'IAM cannot confine ec2:Describe… to a resource. Lambda needs it to put the function into the VPC.',
      },
      {
        id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ec2:${where}:${whose}:*/*]`,
        reason:
          'Lambda refuses to put a function into a VPC with less. The code of the function may not use it: NotForCode denies it.',
      },
    );
  }
}

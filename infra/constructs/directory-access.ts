import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { checkDirectoryId } from './identifiers.js';

/** @throws Error naming the prop when it is no id of a directory */
export function directoryArn(scope: IConstruct, prop: string, directoryId: string): string {
  checkDirectoryId(prop, directoryId);
  return Stack.of(scope).formatArn({ service: 'ds', resource: 'directory', resourceName: directoryId });
}

/**
 * What a rotation calls on directories. A reset is confined to directories and no further; the look at where a directory's servers are knows no resource.
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsdirectoryservice.html
 */
export function directoryStatements(directoryArns: string[]): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({ actions: ['ds:ResetUserPassword'], resources: directoryArns }),
    new iam.PolicyStatement({ actions: ['ds:DescribeDirectories'], resources: ['*'] }),
  ];
}

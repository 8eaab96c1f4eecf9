/** Resources that the emulator leaves alone. Others refer to them all the same, so they have names: plausible ones, always the same. */

import type { DeployedResource, StackRecord } from '../estate.js';
import { partitionOf } from '../partition.js';
import { physicalName, stableHex } from '../physical-names.js';
import type { Model, Physical, ResourceRequest } from './model.js';

interface Shape {
  /** The property that names the resource. */
  readonly name?: string;
  /** After `arn:PARTITION:`, with % for Region and account and $ for the name. */
  readonly arn?: string;
  /** What `Ref` is, if not the name. */
  readonly ref?: 'arn' | 'url';
  /** The beginning of an id that EC2 makes up. */
  readonly id?: string;
  readonly lowerCase?: boolean;
}

const shapes: Readonly<Record<string, Shape>> = {
  'AWS::ApiGateway::RestApi': { id: 'api' },
  'AWS::CloudWatch::Alarm': { name: 'AlarmName', arn: 'cloudwatch:%:alarm:$' },
  'AWS::DynamoDB::Table': { name: 'TableName', arn: 'dynamodb:%:table/$' },
  'AWS::EC2::EIP': { id: 'eipalloc' },
  'AWS::EC2::FlowLog': { id: 'fl' },
  'AWS::EC2::Instance': { id: 'i' },
  'AWS::EC2::InternetGateway': { id: 'igw' },
  'AWS::EC2::LaunchTemplate': { id: 'lt' },
  'AWS::EC2::NatGateway': { id: 'nat' },
  'AWS::EC2::NetworkInterface': { id: 'eni' },
  'AWS::EC2::RouteTable': { id: 'rtb' },
  'AWS::EC2::SecurityGroup': { id: 'sg' },
  'AWS::EC2::Subnet': { id: 'subnet' },
  'AWS::EC2::VPC': { id: 'vpc' },
  'AWS::EC2::VPCEndpoint': { id: 'vpce' },
  'AWS::ECS::Cluster': { name: 'ClusterName', arn: 'ecs:%:cluster/$' },
  'AWS::Events::EventBus': { name: 'Name', arn: 'events:%:event-bus/$' },
  'AWS::Events::Rule': { name: 'Name', arn: 'events:%:rule/$' },
  'AWS::Lambda::LayerVersion': { name: 'LayerName', arn: 'lambda:%:layer:$:1', ref: 'arn' },
  'AWS::Logs::LogGroup': { name: 'LogGroupName', arn: 'logs:%:log-group:$:*' },
  'AWS::S3::Bucket': { name: 'BucketName', arn: 's3:::$', lowerCase: true },
  'AWS::SNS::Topic': { name: 'TopicName', arn: 'sns:%:$', ref: 'arn' },
  'AWS::SQS::Queue': { name: 'QueueName', arn: 'sqs:%:$', ref: 'url' },
  'AWS::StepFunctions::StateMachine': { name: 'StateMachineName', arn: 'states:%:stateMachine:$', ref: 'arn' },
};

/** For every type that has no model. */
export function unmodelled(type: string): Model {
  const shape = shapes[type] ?? {};
  return {
    type,
    reads: shape.name === undefined ? [] : [shape.name],
    put: (request) => ({ ...named(request, shape), leftAlone: '' }),
  };
}

function named({ type, properties, identity, partition }: ResourceRequest, shape: Shape): Physical {
  if (shape.id !== undefined) return { ref: `${shape.id}-0${stableHex(identity, 16)}` };
  const given = shape.name === undefined ? undefined : properties.text(shape.name);
  const cased = given ?? physicalName(identity, 63);
  const name = shape.lowerCase ? cased.toLowerCase() : cased;
  const [, service = '', kind = ''] = type.toLowerCase().split('::');
  const here = `${identity.region}:${identity.accountId}`;
  const arn = `arn:${partition}:${(shape.arn ?? `${service}:%:${kind}/$`).replace('%', here).replace('$', name)}`;
  const url = `https://${service}.${identity.region}.${partitionOf(identity.region).urlSuffix}/${identity.accountId}/${name}`;
  return { ref: { arn, url, name }[shape.ref ?? 'name'], attributes: { Arn: arn, Name: name } };
}

/** `Fn::GetAtt` of such a resource: its ARN or its name for what is called so, or else a text that tells what was asked for. */
export function plausibleAttribute(resource: DeployedResource, name: string, { region }: StackRecord): string {
  const { attributes, ref } = resource;
  if (name.endsWith('Arn')) return attributes.Arn ?? ref;
  if (name.endsWith('Name')) return attributes.Name ?? ref;
  if (name.endsWith('Id')) return ref;
  if (name.endsWith('Port')) return '443';
  if (name === 'AvailabilityZone') return `${region}a`;
  return `${ref}-${name.replaceAll('.', '-')}`;
}

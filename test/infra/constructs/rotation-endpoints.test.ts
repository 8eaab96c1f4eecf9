import { describe, expect, it } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { RotationEndpoints } from '../../../infra/constructs/index.js';
import { resources, rotationFunction, template } from './synthesised.js';

const isolated = { subnetConfiguration: [{ name: 'Isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }] };
const warnings = (stack: Stack) => Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('keyturn:'));

function network(props: ec2.VpcProps = isolated) {
  const stack = new Stack(new App(), 'Stack');
  return { stack, vpc: new ec2.Vpc(stack, 'Vpc', props) };
}

describe('a function in isolated subnets', () => {
  it('warns of what will time out', () => {
    const { stack, vpc } = network();
    rotationFunction(stack, { vpc }).assume({ accountIds: ['111122223333'] });
    expect(warnings(stack).map(({ entry }) => entry.data)).toEqual([
      expect.stringMatching(
        /no interface endpoint for Secrets Manager.*every step of a rotation times out.*keyturn:unreachable:secretsmanager/s,
      ),
      expect.stringMatching(/no interface endpoint for STS.*time out in AssumeRole.*keyturn:unreachable:sts/s),
    ]);
  });

  it('is content with endpoints made for it, before or after', () => {
    const { stack, vpc } = network();
    const rotation = rotationFunction(stack, { vpc });
    rotation.assume({ accountIds: ['111122223333'] });
    const endpoints = new RotationEndpoints(stack, 'Endpoints', { vpc, assumesRoles: true });
    endpoints.allowFrom(rotation);
    expect(warnings(stack)).toEqual([]);
    expect(Object.keys(resources(stack, 'AWS::EC2::VPCEndpoint'))).toHaveLength(2);
    template(stack).resourcePropertiesCountIs('AWS::EC2::SecurityGroupIngress', { FromPort: 443, ToPort: 443 }, 2);
    template(stack).hasResourceProperties('AWS::EC2::VPCEndpoint', { PrivateDnsEnabled: true });
  });

  it('needs one of AWS Directory Service where it resets passwords of a directory', () => {
    const without = network();
    const rotate = ({ stack, vpc }: typeof without) => {
      const rotation = rotationFunction(stack, { vpc });
      const secret = new secretsmanager.Secret(stack, 'Secret');
      rotation.rotate(secret, { rotateImmediately: false, directoryId: 'd-0123456789' });
      return rotation;
    };
    rotate(without);
    expect(warnings(without.stack).map(({ entry }) => entry.data)).toEqual([
      expect.stringContaining('keyturn:unreachable:secretsmanager'),
      expect.stringContaining('keyturn:unreachable:ds'),
    ]);
    const having = network();
    const endpoints = new RotationEndpoints(having.stack, 'Endpoints', {
      vpc: having.vpc,
      resetsDirectoryPasswords: true,
    });
    endpoints.allowFrom(rotate(having));
    expect(warnings(having.stack)).toEqual([]);
    template(having.stack).resourcePropertiesCountIs('AWS::EC2::SecurityGroupIngress', { FromPort: 443 }, 2);
  });

  it('is content with endpoints that the VPC has, in another stack too', () => {
    const { stack, vpc } = network();
    vpc.addInterfaceEndpoint('Own', { service: ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER });
    const other = new Stack(stack.node.root, 'Other');
    rotationFunction(other, { vpc });
    expect(warnings(other)).toEqual([]);
  });

  it('is not content with the endpoints of another VPC', () => {
    const { stack, vpc } = network();
    const endpoints = new RotationEndpoints(stack, 'Endpoints', { vpc: new ec2.Vpc(stack, 'OtherVpc', isolated) });
    endpoints.allowFrom(rotationFunction(stack, { vpc }));
    expect(warnings(stack)).toHaveLength(1);
  });

  it('needs no endpoint of Secrets Manager with one by URL', () => {
    const { stack, vpc } = network();
    rotationFunction(stack, {
      vpc,
      secretsManagerEndpoint: 'https://vpce-1.secretsmanager.eu-west-1.vpce.amazonaws.com',
    });
    expect(warnings(stack)).toEqual([]);
  });
});

it('a function in subnets with a way out warns of nothing', () => {
  const { stack, vpc } = network({ natGateways: 1 });
  rotationFunction(stack, { vpc });
  expect(warnings(stack)).toEqual([]);
});

it('a database without a security group is warned of', () => {
  const { stack, vpc } = network({ natGateways: 1 });
  rotationFunction(stack, { vpc }).connectTo({ connections: new ec2.Connections() }, ec2.Port.POSTGRES);
  expect(warnings(stack).map(({ entry }) => entry.data)).toEqual([
    expect.stringMatching(/opened nothing.*keyturn:databaseWithoutSecurityGroup/s),
  ]);
});

describe('endpoints', () => {
  it('are reused where they are given', () => {
    const { stack, vpc } = network();
    const own = vpc.addInterfaceEndpoint('Own', { service: ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER });
    const endpoints = new RotationEndpoints(stack, 'Endpoints', { vpc, secretsManager: own });
    expect(endpoints.secretsManager).toBe(own);
    expect(endpoints.sts).toBeUndefined();
    expect(Object.keys(resources(stack, 'AWS::EC2::VPCEndpoint'))).toHaveLength(1);
  });

  it('stop synth when they let nobody in', () => {
    const { stack, vpc } = network();
    new RotationEndpoints(stack, 'Endpoints', { vpc });
    expect(() => template(stack)).toThrow(/`allowFrom\(rotationFunction\)` is missing/);
  });

  it('throw when one is given and not wanted', () => {
    const { stack, vpc } = network();
    const sts = vpc.addInterfaceEndpoint('Own', { service: ec2.InterfaceVpcEndpointAwsService.STS });
    expect(() => new RotationEndpoints(stack, 'Endpoints', { vpc, sts, assumesRoles: false })).toThrow(
      /`sts` is given/,
    );
    const directoryService = vpc.addInterfaceEndpoint('Ds', {
      service: ec2.InterfaceVpcEndpointAwsService.DIRECTORY_SERVICE,
    });
    const given = { vpc, directoryService };
    expect(() => new RotationEndpoints(stack, 'Directories', { ...given, resetsDirectoryPasswords: false })).toThrow(
      /`directoryService` is given/,
    );
    expect(new RotationEndpoints(stack, 'Given', given).directoryService).toBe(directoryService);
  });
});

import { Annotations, AspectPriority, Aspects, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { IConstruct } from 'constructs';
import { sameValue } from './references.js';
import type { NetworkInterfaces } from './vpc-attachment.js';

/** What a function in isolated subnets needs an interface endpoint for. KMS is not among it: Secrets Manager calls KMS. */
interface Need {
  readonly service: string;
  readonly title: string;
  readonly consequence: string;
}

const SECRETS_MANAGER: Need = {
  service: 'secretsmanager',
  title: 'Secrets Manager',
  consequence: 'every step of a rotation times out',
};
/** What only some functions need. */
const OTHERS: readonly Need[] = [
  { service: 'sts', title: 'STS', consequence: 'rotations for other accounts time out in AssumeRole' },
  { service: 'ds', title: 'AWS Directory Service', consequence: 'resets of passwords in directories time out' },
];

/**
 * Warns at synth when a function in isolated subnets does not reach a service that it calls. At the end of synth, since endpoints may be made after the function.
 */
export function checkReachability(
  rotationFunction: IConstruct,
  network: NetworkInterfaces,
  others: () => readonly string[],
  ownEndpoint: string | undefined,
): void {
  const visit = (node: IConstruct): void => {
    if (node !== rotationFunction || !isIsolated(network)) return;
    const wanted = others();
    const needs = [
      ...(ownEndpoint === undefined ? [SECRETS_MANAGER] : []),
      ...OTHERS.filter(({ service }) => wanted.includes(service)),
    ];
    for (const { service, title, consequence } of needs) {
      if (hasEndpoint(rotationFunction, network.vpc, service)) continue;
      Annotations.of(rotationFunction).addWarningV2(
        `keyturn:unreachable:${service}`,
        `The function is in isolated subnets, and this app makes no interface endpoint for ${title} (${service}) in their VPC: without one, ${consequence}. ` +
          'Make endpoints with `new RotationEndpoints(…)`, or acknowledge this if the VPC has them already.',
      );
    }
  };
  Aspects.of(rotationFunction).add({ visit }, { priority: AspectPriority.READONLY });
}

function isIsolated({ vpc, vpcSubnets }: NetworkInterfaces): boolean {
  const selected = vpc.selectSubnets(vpcSubnets);
  if (selected.isPendingLookup) return false;
  const isolated = new Set(vpc.isolatedSubnets.map(({ subnetId }) => subnetId));
  return selected.subnetIds.some((id) => isolated.has(id));
}

function hasEndpoint(scope: IConstruct, vpc: ec2.IVpc, service: string): boolean {
  return scope.node.root.node.findAll().some((node) => {
    if (!(node instanceof ec2.CfnVPCEndpoint) || !sameValue(node.vpcId, vpc.vpcId)) return false;
    const { serviceName } = node;
    if (serviceName === undefined) return false;
    // com.amazonaws.REGION.SERVICE, where the Region may be a token.
    const name: unknown = Stack.of(node).resolve(serviceName);
    const text = typeof name === 'string' ? name : JSON.stringify(name);
    return new RegExp(`\\.${service}(-fips)?("|$)`).test(text);
  });
}

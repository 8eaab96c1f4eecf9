import type { StackArtifact } from './cloud-assembly.js';
import type { DeployedStack, Deployment, NotModelled, StartedRotation } from './deployment.js';
import type { DeployedResource, Estate, StackRecord } from './estate.js';

/** What a deploy tells of a stack: as it was when the deploy was done with it. */
export function deployedStack(
  artifact: StackArtifact,
  record: StackRecord,
  estate: Estate,
): DeployedStack & { readonly displayName: string } {
  const { stackName, accountId, region, outputs } = record;
  const resources = [...record.resources.values()];
  const everything = [...resources, ...nested(resources, record, estate)];

  function find(id: string, type: string): DeployedResource {
    const logicalId = artifact.constructPaths.get(id) ?? id;
    const found = everything.find((each) => each.logicalId === logicalId && each.type === type);
    if (found !== undefined) return found;
    const known = everything.filter((each) => each.type === type).map((each) => each.logicalId);
    throw new RangeError(`${stackName} has no ${type} called ${id}: it has ${known.join(', ') || 'none'}`);
  }

  return {
    stackName,
    displayName: artifact.displayName,
    accountId,
    region,
    outputs,
    physicalIds: Object.fromEntries(resources.map(({ logicalId, ref }) => [logicalId, ref])),
    notModelled: everything.flatMap(({ logicalId, type, leftAlone }): NotModelled[] =>
      leftAlone === undefined ? [] : [{ logicalId, type, ...(leftAlone && { reason: leftAlone }) }],
    ),
    secretArn: (id) => find(id, 'AWS::SecretsManager::Secret').ref,
    functionArn: (id) => find(id, 'AWS::Lambda::Function').identity,
  };
}

/** The resources of the stacks in a stack. */
function nested(
  resources: readonly DeployedResource[],
  { accountId, region }: StackRecord,
  estate: Estate,
): DeployedResource[] {
  return resources.flatMap(({ type, facts }) => {
    if (type !== 'AWS::CloudFormation::Stack') return [];
    const record = estate.stack(facts.stackName ?? '', accountId, region);
    const inner = [...record.resources.values()];
    return [...inner, ...nested(inner, record, estate)];
  });
}

export function deploymentOf(
  stacks: readonly (DeployedStack & { readonly displayName: string })[],
  rotations: readonly StartedRotation[],
): Deployment {
  return {
    stacks,
    rotations,
    stack(name) {
      const found = stacks.filter(({ stackName, displayName }) => stackName === name || displayName === name);
      const [only, ...others] = found;
      if (only !== undefined && others.length === 0) return only;
      const known = stacks.map(({ displayName }) => displayName).join(', ');
      throw new RangeError(
        `${found.length === 0 ? 'no stack is' : 'more than one stack is'} called ${name}: there are ${known}`,
      );
    },
  };
}

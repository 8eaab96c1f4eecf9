import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { FunctionDefinition } from '../../emulator.js';
import { DeployError } from '../deploy-error.js';
import type { FunctionCode } from '../deployment.js';
import { physicalName } from '../physical-names.js';
import type { PropertyReader } from '../property-reader.js';
import type { Model, ResourceRequest } from './model.js';

/**
 * AWS::Lambda::Function. One that cannot be run here is an error only if a rotation uses it: an app has many functions, and
 * most rotate nothing.
 */
export const lambdaFunction: Model = {
  type: 'AWS::Lambda::Function',
  // Its code may lie somewhere else now, and options are part of it.
  always: true,
  put(request) {
    const { properties, identity, partition, estate, place } = request;
    const name = properties.text('FunctionName') ?? physicalName(identity, 64);
    const arn = `arn:${partition}:lambda:${identity.region}:${identity.accountId}:function:${name}`;
    const physical = { ref: name, identity: arn, attributes: { Arn: arn } };
    try {
      const definition = definitionOf(request, arn);
      estate.functions.put(arn, { place, definition });
      // Code elsewhere, or another option, is a change that the properties do not show.
      const facts = { definition: createHash('sha256').update(JSON.stringify(definition)).digest('base64') };
      return { ...physical, facts };
    } catch (error) {
      if (!(error instanceof DeployError)) throw error;
      estate.functions.put(arn, { place, problem: error });
      return { ...physical, leftAlone: error.message };
    }
  },
  remove({ identity }, { estate }) {
    estate.functions.delete(identity);
  },
};

/** What does not change how a rotation goes, such as what CloudFormation needs to deploy it. */
const harmless = [
  'Architectures',
  'CodeSigningConfigArn',
  'DeadLetterConfig',
  'Description',
  'EphemeralStorage',
  'FunctionName',
  'KmsKeyArn',
  'RecursiveLoop',
  'RuntimeManagementConfig',
  'Tags',
  'TracingConfig',
];

function definitionOf(request: ResourceRequest, functionArn: string): FunctionDefinition {
  const { properties, stack } = request;
  const [timeoutSeconds, memoryMegabytes] = [properties.number('Timeout') ?? 3, properties.number('MemorySize') ?? 128];
  const variables = properties.object('Environment')?.onlyKnows('Variables').object('Variables');
  const environment = Object.keys(variables?.all ?? {}).map((name) => [name, variables?.text(name) ?? ''] as const);
  if (properties.number('ReservedConcurrentExecutions') === 0) {
    throw properties.wrong('ReservedConcurrentExecutions', 'with 0 the function cannot be invoked at all');
  }
  const logGroup = properties.object('LoggingConfig')?.text('LogGroup');
  const vpc = properties.object('VpcConfig');
  const subnetIds = vpc?.texts('SubnetIds') ?? [];
  const configuration = {
    functionArn,
    roleArn: properties.requiredText('Role'),
    timeoutSeconds,
    memoryMegabytes,
    environment: { ...Object.fromEntries(environment), ...stack.options.environment },
    ...(logGroup !== undefined && { logGroup }),
    // Without subnets it is in no VPC: that is how a template takes it out.
    ...(subnetIds.length > 0 && { vpc: { subnetIds, securityGroupIds: vpc?.texts('SecurityGroupIds') ?? [] } }),
  };
  const code = stack.functionCodeOf(request.identity.logicalId) ?? codeOf(request);
  return { ...configuration, ...code };
}

function codeOf({ properties, stack, identity }: ResourceRequest): FunctionCode {
  const instead = `say what to run instead in \`functions\`, { '${identity.stackName}/${identity.logicalId}': { command: [...] } }`;
  const wrong = (name: string, message: string) => properties.wrong(name, `${message}: ${instead}`);
  const runtime = properties.text('Runtime');
  if (!runtime?.startsWith('nodejs')) throw wrong('Runtime', `${runtime ?? 'a container image'} is not run here`);
  properties.onlyKnows(
    ...harmless,
    'Code',
    'Environment',
    'Handler',
    'LoggingConfig',
    'MemorySize',
    'PackageType',
    'ReservedConcurrentExecutions',
    'Role',
    'Runtime',
    'Timeout',
    'VpcConfig',
  );
  const key = properties.object('Code')?.text('S3Key');
  if (key === undefined) throw wrong('Code', 'code that is no asset is not run here');
  const asset = stack.asset(key);
  if (asset?.packaging !== 'zip') throw wrong('Code', 'its asset is not a folder of the assembly');
  const { file, handlerName } = handlerIn(asset.source, properties, wrong);
  const { nodePath } = stack.options;
  return { bundle: file, handlerName, ...(nodePath !== undefined && { nodePath }) };
}

/** `folder/file.name`: the module is the first of these files that is there, as Lambda looks for it. */
function handlerIn(
  folder: string,
  properties: PropertyReader,
  wrong: (name: string, message: string) => DeployError,
): { readonly file: string; readonly handlerName: string } {
  const handler = properties.requiredText('Handler');
  const [, module, handlerName] = /^(.*?[^/.]+)\.([^./]+)$/.exec(handler) ?? [];
  if (module === undefined || handlerName === undefined) throw wrong('Handler', `${handler} is not FILE.EXPORT`);
  const file = ['js', 'mjs', 'cjs'].map((ending) => path.join(folder, `${module}.${ending}`)).find(existsSync);
  if (file === undefined) throw wrong('Handler', `the asset has no ${module}.js, .mjs or .cjs`);
  return { file, handlerName };
}

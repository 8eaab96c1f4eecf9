import type { Estate } from '../estate.js';
import type { FunctionResource } from '../function-registry.js';
import type { ResourceIdentity } from '../physical-names.js';
import type { PropertyReader } from '../property-reader.js';
import type { Model } from './model.js';

/** AWS::Lambda::Version: the function as it is now, under an ARN of its own. */
export const functionVersion: Model = {
  type: 'AWS::Lambda::Version',
  put({ properties, identity, partition, estate, previous, changed }) {
    properties.onlyKnows(
      'CodeSha256',
      'Description',
      'FunctionName',
      'FunctionScalingConfig',
      'ProvisionedConcurrencyConfig',
      'RuntimePolicy',
    );
    const functionArn = functionArnOf(properties, { identity, partition });
    // A version never changes; another resource makes another one.
    if (previous !== undefined && !changed('FunctionName')) {
      return { ref: previous.ref, attributes: previous.attributes };
    }
    const version = estate.functions.nextVersion(functionArn);
    const arn = `${functionArn}:${version}`;
    copy(estate, functionArn, arn);
    return { ref: arn, attributes: { Version: version, FunctionArn: arn } };
  },
  remove({ identity }, { estate }) {
    estate.functions.delete(identity);
  },
};

/** AWS::Lambda::Alias: a version of a function under a name. */
export const functionAlias: Model = {
  type: 'AWS::Lambda::Alias',
  // $LATEST changes without a change here.
  always: true,
  put({ properties, identity, partition, estate }) {
    properties.onlyKnows('Description', 'FunctionName', 'FunctionVersion', 'Name', 'ProvisionedConcurrencyConfig');
    const functionArn = functionArnOf(properties, { identity, partition });
    const version = properties.requiredText('FunctionVersion');
    const arn = `${functionArn}:${properties.requiredText('Name')}`;
    copy(estate, version === '$LATEST' ? functionArn : `${functionArn}:${version}`, arn);
    return { ref: arn, attributes: { AliasArn: arn } };
  },
  remove({ identity }, { estate }) {
    estate.functions.delete(identity);
  },
};

function copy(estate: Estate, from: string, to: string): void {
  const original = estate.functions.get(from);
  if (original !== undefined) estate.functions.put(to, under(original, to));
}

function under(resource: FunctionResource, functionArn: string): FunctionResource {
  return 'problem' in resource ? resource : { ...resource, definition: { ...resource.definition, functionArn } };
}

/** Templates name functions by name, by ARN, or by `ACCOUNT:function:NAME`, each with a qualifier maybe. */
export function functionArnOf(
  properties: PropertyReader,
  { identity, partition }: { readonly identity: ResourceIdentity; readonly partition: string },
): string {
  const sent = properties.requiredText('FunctionName');
  if (sent.startsWith('arn:')) return sent;
  const [, accountId = identity.accountId, name = sent] = /^(?:(\d{12}):)?(?:function:)?(.+)$/.exec(sent) ?? [];
  return `arn:${partition}:lambda:${identity.region}:${accountId}:function:${name}`;
}

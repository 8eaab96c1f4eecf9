import type { DeployedResource } from '../estate.js';
import { stableSuffix } from '../physical-names.js';
import type { PropertyReader } from '../property-reader.js';
import { isList, isObject } from '../template.js';
import type { Model, Physical, Removal, ResourceRequest } from './model.js';

/**
 * AWS::SecretsManager::Secret. A value is written when the property that it comes from is new or has changed, and not
 * otherwise: what rotation has made of it stays.
 */
export const secret: Model = {
  type: 'AWS::SecretsManager::Secret',
  put(request) {
    const { properties } = request;
    properties.onlyKnows(
      'Name',
      'Description',
      'KmsKeyId',
      'SecretString',
      'GenerateSecretString',
      'Tags',
      'ReplicaRegions',
      'Type',
    );
    const name = properties.text('Name') ?? generatedName(request);
    const previous = request.previous?.attributes.Name === name ? request.previous.ref : undefined;
    const arn = previous ?? create(request, name);
    if (previous !== undefined) update(request, previous);
    return physical(arn, name);
  },
  remove(resource, removal) {
    leaveReplicas(resource, removal);
    const input = { SecretId: resource.ref, ForceDeleteWithoutRecovery: true };
    removal.estate.call(removal.stack, 'DeleteSecret', input, removal.place);
  },
};

/** CloudFormation makes up another name each time: a secret that was just deleted is not in the way of its successor. */
function generatedName({ identity, estate, previous, changed }: ResourceRequest): string {
  if (previous !== undefined && !changed('Name')) return previous.attributes.Name ?? '';
  for (let attempt = 0; ; attempt += 1) {
    const suffix = stableSuffix(
      attempt === 0 ? identity : { ...identity, logicalId: `${identity.logicalId} ${attempt}` },
    );
    const name = `${identity.logicalId}-${suffix}`;
    if (!estate.hasSecret(identity.accountId, identity.region, name)) return name;
  }
}

function physical(arn: string, name: string): Physical {
  return { ref: arn, attributes: { Id: arn, Name: name } };
}

function create({ properties, estate, stack, place, ...request }: ResourceRequest, Name: string): string {
  const replicas = replicaRegions(properties);
  const tags = tagsOf(properties, stack.tags);
  const value = describedValue({ ...request, properties, estate, stack, place });
  const { ARN } = estate.call(
    stack.record,
    'CreateSecret',
    {
      Name,
      ...metadata(properties),
      ...(value !== undefined && { SecretString: value }),
      ...(tags.length > 0 && { Tags: tags }),
      ...(replicas.length > 0 && { AddReplicaRegions: replicas }),
    },
    place,
  );
  return String(ARN);
}

function update(request: ResourceRequest, SecretId: string): void {
  const { properties, estate, stack, place } = request;
  const call = (operation: string, input: Readonly<Record<string, unknown>>) =>
    estate.call(stack.record, operation, { SecretId, ...input }, place);
  if (request.changed('Description', 'KmsKeyId', 'Type', 'SecretString', 'GenerateSecretString')) {
    const value = request.changed('SecretString', 'GenerateSecretString') ? describedValue(request) : undefined;
    const defaults = { Description: '', KmsKeyId: '' };
    call('UpdateSecret', { ...defaults, ...metadata(properties), ...(value !== undefined && { SecretString: value }) });
  }
  const described = call('DescribeSecret', {});
  updateTags(tagsOf(properties, stack.tags), described.Tags, call);
  updateReplicas(replicaRegions(properties), described.ReplicationStatus, call);
}

function metadata(properties: PropertyReader): Record<string, string> {
  const members = ['Description', 'KmsKeyId', 'Type'].map((name) => [name, properties.text(name)] as const);
  return Object.fromEntries(members.filter((member): member is readonly [string, string] => member[1] !== undefined));
}

/** The value that the properties describe; none for a secret that is made without. */
function describedValue({
  properties,
  estate,
  stack,
  place,
}: Pick<ResourceRequest, 'properties' | 'estate' | 'stack' | 'place'>): string | undefined {
  const given = properties.text('SecretString');
  const generated = properties.object('GenerateSecretString');
  if (generated === undefined) return given;
  if (given !== undefined) throw properties.wrong('SecretString', 'either this or GenerateSecretString, not both');
  generated.onlyKnows(...Object.keys(passwordMembers), 'SecretStringTemplate', 'GenerateStringKey');
  const input = Object.entries(passwordMembers).flatMap(([name, kind]) => {
    const value = generated[kind](name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const answer = estate.call(stack.record, 'GetRandomPassword', Object.fromEntries(input), place);
  const password = String(answer.RandomPassword);
  const [template, key] = [generated.text('SecretStringTemplate'), generated.text('GenerateStringKey')];
  if (template === undefined && key === undefined) return password;
  if (template === undefined || key === undefined) {
    throw generated.wrong('SecretStringTemplate', 'this and GenerateStringKey go together');
  }
  return JSON.stringify({ ...parsed(template, generated), [key]: password });
}

const passwordMembers = {
  ExcludeCharacters: 'text',
  ExcludeLowercase: 'flag',
  ExcludeNumbers: 'flag',
  ExcludePunctuation: 'flag',
  ExcludeUppercase: 'flag',
  IncludeSpace: 'flag',
  PasswordLength: 'number',
  RequireEachIncludedType: 'flag',
} as const;

function parsed(template: string, generated: PropertyReader): object {
  try {
    const value: unknown = JSON.parse(template);
    if (isObject(value)) return value;
  } catch {
    // Said below, for texts of every kind.
  }
  throw generated.wrong('SecretStringTemplate', 'this is not a JSON object');
}

type Call = (operation: string, input: Readonly<Record<string, unknown>>) => unknown;

function tagsOf(properties: PropertyReader, stackTags: Readonly<Record<string, string>>) {
  const own = properties.objects('Tags').map((tag) => [tag.requiredText('Key'), tag.requiredText('Value')] as const);
  return [...new Map([...Object.entries(stackTags), ...own])].map(([Key, Value]) => ({ Key, Value }));
}

function updateTags(wanted: readonly { Key: string; Value: string }[], present: unknown, call: Call): void {
  const had = new Map(objects(present).map(({ Key, Value }) => [String(Key), Value]));
  const gone = [...had.keys()].filter((key) => !wanted.some(({ Key }) => Key === key));
  const changed = wanted.filter(({ Key, Value }) => had.get(Key) !== Value);
  if (gone.length > 0) call('UntagResource', { TagKeys: gone });
  if (changed.length > 0) call('TagResource', { Tags: changed });
}

function replicaRegions(properties: PropertyReader) {
  return properties.objects('ReplicaRegions').map((replica) => {
    const key = replica.onlyKnows('Region', 'KmsKeyId').text('KmsKeyId');
    return { Region: replica.requiredText('Region'), ...(key !== undefined && { KmsKeyId: key }) };
  });
}

function updateReplicas(wanted: readonly { Region: string }[], present: unknown, call: Call): void {
  const had = regionsOf(present);
  const gone = had.filter((region) => !wanted.some(({ Region }) => Region === region));
  const added = wanted.filter(({ Region }) => !had.includes(Region));
  if (gone.length > 0) call('RemoveRegionsFromReplication', { RemoveReplicaRegions: gone });
  if (added.length > 0) call('ReplicateSecretToRegions', { AddReplicaRegions: added });
}

/** A secret with replicas cannot be deleted. */
function leaveReplicas({ ref: SecretId }: DeployedResource, { estate, stack, place }: Removal): void {
  const call: Call = (operation, input) => estate.call(stack, operation, { SecretId, ...input }, place);
  updateReplicas([], estate.call(stack, 'DescribeSecret', { SecretId }, place).ReplicationStatus, call);
}

function regionsOf(replication: unknown): string[] {
  return objects(replication).map(({ Region }) => String(Region));
}

function objects(value: unknown): Readonly<Record<string, unknown>>[] {
  return isList(value) ? value.filter(isObject) : [];
}

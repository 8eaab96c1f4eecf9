import { DeployError } from '../deploy-error.js';
import type { PropertyReader } from '../property-reader.js';
import { isObject } from '../template.js';
import type { Model, Removal, ResourceRequest } from './model.js';

/**
 * AWS::SecretsManager::SecretTargetAttachment: writes into the secret's JSON where its database is, and takes that out again
 * when it is removed. All other fields stay. [facts of Secrets Manager 7]
 */
export const secretTargetAttachment: Model = {
  type: 'AWS::SecretsManager::SecretTargetAttachment',
  // Where a database is may change without a change here.
  always: true,
  put(request) {
    const { properties, estate, stack, place, previous } = request;
    properties.onlyKnows('SecretId', 'TargetId', 'TargetType');
    const SecretId = properties.requiredText('SecretId');
    const connection = connectionOf(request);
    const { ARN } = estate.call(stack.record, 'DescribeSecret', { SecretId }, place);
    const arn = String(ARN);
    const written = JSON.stringify(connection);
    if (previous?.identity !== arn || previous.facts.written !== written) {
      const stale = previous?.identity === arn ? fieldsOf(previous.facts.written) : [];
      rewrite({ estate, stack: stack.record, place }, arn, (value) => ({ ...without(value, stale), ...connection }));
    }
    return { ref: arn, attributes: { Id: arn }, facts: { written } };
  },
  remove(resource, { estate, stack, place }) {
    const fields = fieldsOf(resource.facts.written);
    rewrite({ estate, stack, place }, resource.identity, (value) => without(value, fields));
  },
};

function connectionOf({ properties, estate, identity }: ResourceRequest): Readonly<Record<string, string | number>> {
  const targetId = properties.requiredText('TargetId');
  const idField = identifierField(properties);
  for (const stack of estate.stacks.values()) {
    if (stack.accountId !== identity.accountId || stack.region !== identity.region) continue;
    for (const { ref, facts } of stack.resources.values()) {
      const connection = ref === targetId ? facts.connection : undefined;
      if (connection !== undefined) return { ...JSON.parse(connection), ...(idField && { [idField]: targetId }) };
    }
  }
  throw properties.wrong('TargetId', 'no stack of this account and Region has this database: deploy it, too');
}

function identifierField(properties: PropertyReader): string | undefined {
  const type = properties.requiredText('TargetType');
  switch (type) {
    case 'AWS::RDS::DBInstance':
    case 'AWS::DocDB::DBInstance':
      return 'dbInstanceIdentifier';
    case 'AWS::RDS::DBCluster':
    case 'AWS::DocDB::DBCluster':
    case 'AWS::Redshift::Cluster':
      return 'dbClusterIdentifier';
    case 'AWS::RDS::DBProxy':
      return undefined;
    default:
      throw properties.wrong('TargetType', `${type} is not understood`);
  }
}

function rewrite(
  { estate, stack, place }: Pick<Removal, 'estate' | 'stack' | 'place'>,
  SecretId: string,
  change: (value: object) => object,
): void {
  const { SecretString } = estate.call(stack, 'GetSecretValue', { SecretId }, place);
  const value = jsonOf(SecretString);
  if (value === undefined) throw new DeployError('the value of the secret is not a JSON object', place);
  estate.call(stack, 'PutSecretValue', { SecretId, SecretString: JSON.stringify(change(value)) }, place);
}

function jsonOf(text: unknown): object | undefined {
  try {
    const value: unknown = JSON.parse(String(text));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function fieldsOf(written: string | undefined): string[] {
  return Object.keys(jsonOf(written) ?? {});
}

function without(value: object, fields: readonly string[]): object {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !fields.includes(name)));
}

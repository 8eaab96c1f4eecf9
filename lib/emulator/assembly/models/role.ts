import { policyDocument } from '../estate.js';
import { physicalName, stableSuffix } from '../physical-names.js';
import type { RoleResource } from '../role-registry.js';
import type { Model } from './model.js';

/** AWS::IAM::Role, with its inline and managed policies. */
export const role: Model = {
  type: 'AWS::IAM::Role',
  // What its managed policies say may be given by options.
  always: true,
  put({ properties, identity, partition, estate, place, previous }) {
    properties.onlyKnows(
      'AssumeRolePolicyDocument',
      'Description',
      'ManagedPolicyArns',
      'MaxSessionDuration',
      'Path',
      'PermissionsBoundary',
      'Policies',
      'RoleName',
      'Tags',
    );
    const name = properties.text('RoleName') ?? physicalName(identity, 64);
    const arn = `arn:${partition}:iam::${identity.accountId}:role${properties.text('Path') ?? '/'}${name}`;
    const maxSessionSeconds = properties.number('MaxSessionDuration');
    if (maxSessionSeconds !== undefined && !(maxSessionSeconds >= 3600 && maxSessionSeconds <= 43_200)) {
      throw properties.wrong('MaxSessionDuration', 'this is 3600 to 43200 seconds');
    }
    const resource: RoleResource = {
      roleArn: arn,
      trustPolicy: policyDocument(properties.requiredDocument('AssumeRolePolicyDocument')),
      policies: properties.objects('Policies').map((policy) => ({
        policyName: policy.onlyKnows('PolicyName', 'PolicyDocument').requiredText('PolicyName'),
        policyDocument: policyDocument(policy.requiredDocument('PolicyDocument')),
      })),
      managedPolicyArns: properties.texts('ManagedPolicyArns'),
      permissionsBoundaryArn: properties.text('PermissionsBoundary'),
      maxSessionSeconds,
      place,
    };
    estate.roles.put(resource, previous?.identity);
    return {
      ref: name,
      identity: arn,
      attributes: { Arn: arn, RoleId: previous?.attributes.RoleId ?? `AROA${stableSuffix(identity)}EMULA` },
    };
  },
  remove({ identity }, { estate }) {
    estate.roles.delete(identity);
  },
};

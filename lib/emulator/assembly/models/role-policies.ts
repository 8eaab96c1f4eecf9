import { policyDocument } from '../estate.js';
import { physicalName } from '../physical-names.js';
import type { Model } from './model.js';

/** AWS::IAM::Policy: an inline policy of several roles. Users and groups run no rotation, so they are left alone. */
export const inlinePolicy: Model = {
  type: 'AWS::IAM::Policy',
  put({ key, properties, identity, estate, place }) {
    properties.onlyKnows('PolicyName', 'PolicyDocument', 'Roles', 'Users', 'Groups');
    const policyName = properties.requiredText('PolicyName');
    const document = policyDocument(properties.requiredDocument('PolicyDocument'));
    const roles = properties.texts('Roles');
    estate.roles.attach(key, identity.accountId, roles, { policyName, policyDocument: document }, place);
    return { ref: policyName, identity: key, attributes: { Id: policyName } };
  },
  remove({ key }, { estate }) {
    estate.roles.detach(key);
  },
};

/** AWS::IAM::RolePolicy: an inline policy of one role. */
export const rolePolicy: Model = {
  type: 'AWS::IAM::RolePolicy',
  put({ key, properties, identity, estate, place }) {
    properties.onlyKnows('PolicyName', 'PolicyDocument', 'RoleName');
    const policyName = properties.requiredText('PolicyName');
    const roleName = properties.requiredText('RoleName');
    const document = policyDocument(properties.requiredDocument('PolicyDocument'));
    estate.roles.attach(key, identity.accountId, [roleName], { policyName, policyDocument: document }, place);
    return { ref: `${policyName}|${roleName}`, identity: key };
  },
  remove({ key }, { estate }) {
    estate.roles.detach(key);
  },
};

/** AWS::IAM::ManagedPolicy: a policy with an ARN, attached to roles or the permissions boundary of some. */
export const managedPolicy: Model = {
  type: 'AWS::IAM::ManagedPolicy',
  put({ key, properties, identity, partition, estate, place }) {
    properties.onlyKnows('ManagedPolicyName', 'PolicyDocument', 'Path', 'Description', 'Roles', 'Users', 'Groups');
    const name = properties.text('ManagedPolicyName') ?? physicalName(identity, 128);
    const arn = `arn:${partition}:iam::${identity.accountId}:policy${properties.text('Path') ?? '/'}${name}`;
    estate.roles.putManagedPolicy(arn, policyDocument(properties.requiredDocument('PolicyDocument')), place);
    estate.roles.attach(key, identity.accountId, properties.texts('Roles'), { managedPolicyArn: arn }, place);
    return { ref: arn, attributes: { PolicyArn: arn } };
  },
  remove({ key, identity }, { estate }) {
    estate.roles.detach(key);
    estate.roles.deleteManagedPolicy(identity);
  },
};

import type { Model } from './model.js';

/** AWS::SecretsManager::ResourcePolicy */
export const resourcePolicy: Model = {
  type: 'AWS::SecretsManager::ResourcePolicy',
  put({ properties, estate, stack, place }) {
    properties.onlyKnows('SecretId', 'ResourcePolicy', 'BlockPublicPolicy');
    const SecretId = properties.requiredText('SecretId');
    const BlockPublicPolicy = properties.flag('BlockPublicPolicy');
    const input = {
      SecretId,
      ResourcePolicy: JSON.stringify(properties.requiredDocument('ResourcePolicy')),
      ...(BlockPublicPolicy !== undefined && { BlockPublicPolicy }),
    };
    const { ARN } = estate.call(stack.record, 'PutResourcePolicy', input, place);
    return { ref: String(ARN), attributes: { Id: String(ARN) } };
  },
  remove({ identity }, { estate, stack, place }) {
    estate.call(stack, 'DeleteResourcePolicy', { SecretId: identity }, place);
  },
};

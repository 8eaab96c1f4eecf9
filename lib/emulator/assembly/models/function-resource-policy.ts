import type { PolicyDocument, PolicyStatement } from '../../access/policy.js';
import { policyDocument } from '../estate.js';
import type { Model } from './model.js';

/** AWS::Lambda::ResourcePolicy: the resource policy of a function, written out. */
export const functionResourcePolicy: Model = {
  type: 'AWS::Lambda::ResourcePolicy',
  put({ key, properties, estate }) {
    properties.onlyKnows('ResourceArn', 'PolicyDocument');
    const functionArn = properties.requiredText('ResourceArn');
    const statements = statementsOf(policyDocument(properties.requiredDocument('PolicyDocument')));
    estate.functions.allow(key, functionArn, ...statements);
    return { ref: functionArn, identity: key };
  },
  remove({ key }, { estate }) {
    estate.functions.disallow(key);
  },
};

function statementsOf({ Statement }: PolicyDocument): readonly PolicyStatement[] {
  return 'Effect' in Statement ? [Statement] : Statement;
}

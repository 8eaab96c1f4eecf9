import type { PolicyStatement } from '../../access/policy.js';
import { physicalName } from '../physical-names.js';
import type { PropertyReader } from '../property-reader.js';
import { functionArnOf } from './function-versions.js';
import type { Model } from './model.js';

/** AWS::Lambda::Permission: a statement in the resource policy of a function, as Lambda's AddPermission writes it. */
export const functionPermission: Model = {
  type: 'AWS::Lambda::Permission',
  put({ key, properties, identity, partition, estate }) {
    properties.onlyKnows(
      'Action',
      'EventSourceToken',
      'FunctionName',
      'FunctionUrlAuthType',
      'InvokedViaFunctionUrl',
      'Principal',
      'PrincipalOrgID',
      'SourceAccount',
      'SourceArn',
    );
    const functionArn = functionArnOf(properties, { identity, partition });
    const statementId = physicalName(identity, 100);
    estate.functions.allow(key, functionArn, statement(properties, functionArn, statementId));
    return { ref: statementId, identity: key, attributes: { Id: statementId } };
  },
  remove({ key }, { estate }) {
    estate.functions.disallow(key);
  },
};

function statement(properties: PropertyReader, functionArn: string, Sid: string): PolicyStatement {
  const members = (...pairs: readonly (readonly [string, string | undefined])[]) =>
    Object.fromEntries(pairs.filter((pair): pair is readonly [string, string] => pair[1] !== undefined));
  const equal = members(
    ['AWS:SourceAccount', properties.text('SourceAccount')],
    ['aws:PrincipalOrgID', properties.text('PrincipalOrgID')],
    ['lambda:EventSourceToken', properties.text('EventSourceToken')],
    ['lambda:FunctionUrlAuthType', properties.text('FunctionUrlAuthType')],
  );
  const like = members(['AWS:SourceArn', properties.text('SourceArn')]);
  const viaUrl = members(['lambda:InvokedViaFunctionUrl', properties.text('InvokedViaFunctionUrl')]);
  const conditions = { StringEquals: equal, ArnLike: like, Bool: viaUrl };
  const given = Object.entries(conditions).filter(([, keys]) => Object.keys(keys).length > 0);
  return {
    Sid,
    Effect: 'Allow',
    Principal: principalOf(properties.requiredText('Principal')),
    Action: properties.requiredText('Action'),
    Resource: functionArn,
    ...(given.length > 0 && { Condition: Object.fromEntries(given) }),
  };
}

/** An account is its root, as AddPermission writes it. */
function principalOf(principal: string): NonNullable<PolicyStatement['Principal']> {
  if (principal === '*') return '*';
  if (/^\d{12}$/.test(principal)) return { AWS: `arn:aws:iam::${principal}:root` };
  return principal.startsWith('arn:') ? { AWS: principal } : { Service: principal };
}

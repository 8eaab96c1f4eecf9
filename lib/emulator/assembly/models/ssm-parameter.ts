import { physicalName } from '../physical-names.js';
import type { Model } from './model.js';

/** AWS::SSM::Parameter, so far as `{{resolve:ssm:…}}` and parameters of an SSM type read it. */
export const ssmParameter: Model = {
  type: 'AWS::SSM::Parameter',
  put({ properties, identity, estate }) {
    const name = properties.text('Name') ?? physicalName(identity, 128);
    const value = properties.requiredText('Value');
    estate.putSsmParameter(identity.accountId, identity.region, name, value);
    return { ref: name, attributes: { Type: properties.text('Type') ?? 'String', Value: value } };
  },
  remove({ identity }, { estate, stack }) {
    estate.deleteSsmParameter(stack.accountId, stack.region, identity);
  },
};

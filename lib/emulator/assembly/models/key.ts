import { DeployError, type Place } from '../deploy-error.js';
import { policyDocument } from '../estate.js';
import { stableHex, stableUuid } from '../physical-names.js';
import type { Model } from './model.js';

/** AWS::KMS::Key. A key that Secrets Manager cannot use is left alone: whatever encrypts a secret with it is refused. */
export const key: Model = {
  type: 'AWS::KMS::Key',
  put({ properties, identity, partition, estate, place }) {
    properties.onlyKnows(
      'BypassPolicyLockoutSafetyCheck',
      'Description',
      'Enabled',
      'EnableKeyRotation',
      'KeyPolicy',
      'KeySpec',
      'KeyUsage',
      'MultiRegion',
      'Origin',
      'PendingWindowInDays',
      'RotationPeriodInDays',
      'Tags',
    );
    const id = properties.flag('MultiRegion') === true ? `mrk-${stableHex(identity, 32)}` : stableUuid(identity);
    const keyArn = `arn:${partition}:kms:${identity.region}:${identity.accountId}:key/${id}`;
    const physical = { ref: id, identity: keyArn, attributes: { Arn: keyArn, KeyId: id } };
    const spec = properties.text('KeySpec') ?? 'SYMMETRIC_DEFAULT';
    if (spec !== 'SYMMETRIC_DEFAULT') return { ...physical, leftAlone: `no key for secrets: its KeySpec is ${spec}` };
    const policy = properties.document('KeyPolicy');
    asTold(place, () =>
      estate.keys.put({
        keyArn,
        state: properties.flag('Enabled') === false ? 'disabled' : 'enabled',
        ...(policy !== undefined && { policy: policyDocument(policy) }),
      }),
    );
    return physical;
  },
  remove({ identity }, { estate }) {
    estate.keys.delete(identity);
  },
};

/** AWS::KMS::Alias */
export const alias: Model = {
  type: 'AWS::KMS::Alias',
  put({ properties, identity, partition, estate, place }) {
    properties.onlyKnows('AliasName', 'TargetKeyId');
    const name = properties.requiredText('AliasName');
    const target = properties.requiredText('TargetKeyId');
    const inRegion = `arn:${partition}:kms:${identity.region}:${identity.accountId}`;
    const aliasArn = `${inRegion}:${name}`;
    const keyArn = target.startsWith('arn:') ? target : `${inRegion}:key/${target}`;
    asTold(place, () => estate.keys.putAlias(aliasArn, keyArn));
    return { ref: name, identity: aliasArn, attributes: { Arn: aliasArn } };
  },
  remove({ identity }, { estate }) {
    estate.keys.deleteAlias(identity);
  },
};

/** What the emulator refuses of a template is an error at its place. */
function asTold(place: Place, work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    throw new DeployError(error.message, place, { cause: error });
  }
}

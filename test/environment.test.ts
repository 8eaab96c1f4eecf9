import { describe, expect, it } from '@jest/globals';
import { environmentOptions } from '../lib/index.js';

const secret = {
  arn: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:app-AbCdEf',
  partition: 'aws',
  region: 'eu-west-1',
  accountId: '111122223333',
};

describe('options from the environment', () => {
  it('are none but the role where nothing is set, or nothing but empty texts', () => {
    for (const environment of [
      {},
      { DATABASE_CA_FILE: '', DATABASE_RECOVERY: '', CLONE_NAME: '', ROTATION_ACCESS: '', ROTATION_EXTERNAL_ID: '' },
    ]) {
      const { rotation, database, recovery, cloning } = environmentOptions(environment);
      expect([database, recovery, cloning]).toEqual([{}, {}, {}]);
      const { assumeRole } = rotation;
      if (typeof assumeRole !== 'function') throw new Error('no role is chosen');
      expect(assumeRole(secret, { accountId: '444455556666' })).toEqual({
        roleArn: 'arn:aws:iam::111122223333:role/SecretRotation',
      });
      expect(assumeRole(secret, { accountId: '111122223333' })).toBeUndefined();
    }
  });

  it('are what the variables say', () => {
    const { database, recovery, cloning, rotation } = environmentOptions({
      DATABASE_CA_FILE: 'ca.pem',
      DATABASE_RECOVERY: 'superuser',
      CLONE_NAME: '{username}_b',
      ROTATION_ROLE_NAME: 'rotation/Other',
      ROTATION_EXTERNAL_ID: 'id',
    });
    expect(database).toEqual({ caFile: 'ca.pem' });
    expect([recovery, cloning]).toEqual([{ recover: 'superuser' }, { cloneName: '{username}_b' }]);
    const { assumeRole } = rotation;
    if (typeof assumeRole !== 'function') throw new Error('no role is chosen');
    expect(assumeRole(secret, { accountId: undefined })).toEqual({
      roleArn: 'arn:aws:iam::111122223333:role/rotation/Other',
      externalId: 'id',
    });
    expect(environmentOptions({ DICT_KEY_DIRECTORY: 'directory', DICT_KEY_PASSWORD: '' }).directory).toEqual({
      keys: { host: 'directory', username: 'awsSeamlessDomainUsername', password: 'awsSeamlessDomainPassword' },
    });
    expect(environmentOptions({ ROTATION_ACCESS: 'direct' }).rotation).toEqual({});
    expect(environmentOptions({ USERNAMES: '["uid=a,ou=x", "b"]' }).pair).toEqual({ usernames: ['uid=a,ou=x', 'b'] });
  });

  it.each(['', 'a,b', '["a"]', '["a", "b", "c"]', '["a", 1]', '{"a": "b"}', 'null'])(
    'are two names or an error: USERNAMES=%s',
    (USERNAMES) => {
      const options = environmentOptions({ USERNAMES });
      expect(() => options.pair).toThrow(expect.objectContaining({ name: 'InvalidOptionsError', option: 'USERNAMES' }));
    },
  );

  it.each([
    ['DATABASE_RECOVERY', 'true'],
    ['ROTATION_ACCESS', 'assume'],
  ])('are not guessed: %s=%s', (variable, value) => {
    expect(() => environmentOptions({ [variable]: value })).toThrow(
      expect.objectContaining({ name: 'InvalidOptionsError', option: variable }),
    );
  });
});

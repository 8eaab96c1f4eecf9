/** MySQL before roles and second passwords: the driver contract without what 5.7 has none of, against the double. */
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { mysql } from '../../../../lib/databases/engines/mysql.js';
import { driverContract } from '../../../../lib/testing/driver-contract.js';
import { singlePasswordFixture, start, stop } from '../mysql.fixture.js';

describe('the contract of mysql, a double of 5.7', () => {
  beforeAll(() => start({ name: '5.7', version: '5.7.44', defaultPlugin: 'mysql_native_password' }));
  afterAll(() => stop());
  for (const { name, run } of driverContract(mysql(), singlePasswordFixture)) it(name, run);
});

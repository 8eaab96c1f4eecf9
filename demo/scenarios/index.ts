import type { Scenario } from '../scenario.js';
import { acrossAccounts, tokenWithheld } from './across-accounts.js';
import { alternatingUsers } from './alternating-users.js';
import { customRotator } from './custom-rotator.js';
import { singleUser } from './single-user.js';

export const scenarios: readonly Scenario[] = [
  singleUser,
  alternatingUsers,
  acrossAccounts,
  tokenWithheld,
  customRotator,
];

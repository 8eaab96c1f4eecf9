import { mayRotate, SECRET_ACCOUNT } from '../accounts.js';
import { createUser, databaseEntry } from '../database.js';
import { deployFunction } from '../functions.js';
import { underRotation } from '../rotation.js';
import type { Scenario } from '../scenario.js';
import { createSecret } from '../secrets.js';

export const singleUser: Scenario = {
  id: 'a',
  title: 'single user, one account',
  async run(stage) {
    const { postgres, client, bundles } = stage.world;
    const secretArn = await createSecret(client, 'reports/database', await createUser(postgres, 'reports'));
    const functionArn = deployFunction(stage.world, {
      account: SECRET_ACCOUNT,
      name: 'rotate-single-user',
      bundle: bundles.path('single-user'),
      permissions: mayRotate([secretArn]),
    });
    await using secret = underRotation(stage, { secretArn, functionArn, entry: databaseEntry(postgres.ca) });
    await secret.rotate({
      id: 'a',
      name: singleUser.title,
      strategy: 'single user',
      expected: {
        status: 'Succeeded',
        maxSecretsManagerCalls: 8,
        stsCalls: 'none',
        oldRefused: true,
        newAccepted: true,
        consumerFailures: 'allowed',
      },
    });
  },
};

import { mayRotate, SECRET_ACCOUNT } from '../accounts.js';
import { createUser, databaseEntry, superuserSecret } from '../database.js';
import { deployFunction } from '../functions.js';
import { underRotation } from '../rotation.js';
import type { Scenario } from '../scenario.js';
import { createSecret } from '../secrets.js';

const ROTATIONS = 3;

export const alternatingUsers: Scenario = {
  id: 'b',
  title: 'alternating users, three rotations',
  async run(stage) {
    const { postgres, client, bundles } = stage.world;
    const masterarn = await createSecret(client, 'database/superuser', superuserSecret(postgres));
    const shop = await createUser(postgres, 'shop');
    const secretArn = await createSecret(client, 'shop/database', { ...shop, masterarn });
    const functionArn = deployFunction(stage.world, {
      account: SECRET_ACCOUNT,
      name: 'rotate-alternating-users',
      bundle: bundles.path('alternating-users'),
      permissions: mayRotate([secretArn], [masterarn]),
    });
    await using secret = underRotation(stage, { secretArn, functionArn, entry: databaseEntry(postgres.ca) });
    for (let rotation = 1; rotation <= ROTATIONS; rotation += 1) {
      await secret.rotate({
        id: `b${rotation}`,
        name: `alternating users, rotation ${rotation}`,
        strategy: 'alternating users',
        expected: {
          status: 'Succeeded',
          maxSecretsManagerCalls: 10,
          stsCalls: 'none',
          // The first rotation makes the second user, who had no password before.
          oldRefused: rotation === 1 ? null : true,
          newAccepted: true,
          consumerFailures: 'none',
        },
      });
    }
  },
};

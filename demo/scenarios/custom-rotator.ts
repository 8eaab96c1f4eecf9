import { mayRotate, SECRET_ACCOUNT } from '../accounts.js';
import { apiKeyEntry } from '../api-service.js';
import { deployFunction } from '../functions.js';
import { underRotation } from '../rotation.js';
import type { Scenario } from '../scenario.js';
import { createSecret } from '../secrets.js';

export const customRotator: Scenario = {
  id: 'e',
  title: 'custom rotator, an API key',
  async run(stage) {
    const { apiService, client, bundles } = stage.world;
    const secretArn = await createSecret(client, 'partner/api-key', apiService.secret);
    const functionArn = deployFunction(stage.world, {
      account: SECRET_ACCOUNT,
      name: 'rotate-api-key',
      bundle: bundles.path('api-key'),
      permissions: mayRotate([secretArn]),
    });
    await using secret = underRotation(stage, { secretArn, functionArn, entry: apiKeyEntry });
    await secret.rotate({
      id: 'e',
      name: customRotator.title,
      strategy: 'custom',
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

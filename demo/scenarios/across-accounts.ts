import {
  ASSUMED_ROLE,
  ASSUMED_ROLE_ARN,
  createAssumedRole,
  executionRoleArn,
  FUNCTION_ACCOUNT,
  mayAssume,
  mayRotate,
} from '../accounts.js';
import { withholdToken } from '../bundles.js';
import { createUser, databaseEntry } from '../database.js';
import { deployFunction } from '../functions.js';
import { type Plan, type RotatedSecret, underRotation } from '../rotation.js';
import type { Scenario, Stage } from '../scenario.js';
import { createSecret } from '../secrets.js';

export const acrossAccounts: Scenario = {
  id: 'c',
  title: 'single user, across accounts',
  async run(stage) {
    const secret = await inOtherAccount(stage, 'billing', stage.world.bundles.path('single-user'));
    await rotateOnce(secret, {
      id: 'c',
      name: acrossAccounts.title,
      strategy: 'single user',
      expected: {
        status: 'Succeeded',
        maxSecretsManagerCalls: 8,
        stsCalls: 'some',
        oldRefused: true,
        newAccepted: true,
        consumerFailures: 'allowed',
      },
    });
  },
};

/** What becomes of a function that forgets the RotationToken; Secrets Manager then cannot know whose the pending version is. */
export const tokenWithheld: Scenario = {
  id: 'd',
  title: 'across accounts, RotationToken withheld',
  async run(stage) {
    const bundle = await withholdToken(stage.world.bundles.path('single-user'));
    const secret = await inOtherAccount(stage, 'audit', bundle);
    await rotateOnce(secret, {
      id: 'd',
      name: tokenWithheld.title,
      strategy: 'single user',
      expected: {
        status: 'Failed',
        message:
          'Pending secret version VERSION_ID for Secret SECRET_ARN was not created by Lambda LAMBDA_ARN. ' +
          'Remove the AWSPENDING staging label and restart rotation',
        maxSecretsManagerCalls: 8,
        stsCalls: 'some',
        // Nothing has changed: AWSCURRENT still works.
        oldRefused: false,
        newAccepted: false,
        consumerFailures: 'none',
      },
    });
  },
};

/** A secret of one account whose function lives in the other, and the role between them. */
async function inOtherAccount(stage: Stage, username: string, bundle: string): Promise<RotatedSecret> {
  const { postgres, client, emulator } = stage.world;
  const secretArn = await createSecret(client, `${username}/database`, await createUser(postgres, username));
  const name = `rotate-${username}`;
  const functionArn = deployFunction(stage.world, {
    account: FUNCTION_ACCOUNT,
    name,
    bundle,
    permissions: mayAssume(ASSUMED_ROLE_ARN),
    environment: { ROTATION_ROLE_NAME: ASSUMED_ROLE.name, ROTATION_EXTERNAL_ID: ASSUMED_ROLE.externalId },
  });
  createAssumedRole(emulator, executionRoleArn(FUNCTION_ACCOUNT, name), mayRotate([secretArn]));
  return underRotation(stage, { secretArn, functionArn, entry: databaseEntry(postgres.ca) });
}

async function rotateOnce(secret: RotatedSecret, plan: Plan): Promise<void> {
  await using rotated = secret;
  await rotated.rotate(plan);
}

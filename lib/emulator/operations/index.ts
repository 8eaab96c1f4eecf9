import { cancelRotateSecret } from './cancel-rotate-secret.js';
import { createSecret } from './create-secret.js';
import { deleteSecret } from './delete-secret.js';
import { describeSecret } from './describe-secret.js';
import { getRandomPassword } from './get-random-password.js';
import { getSecretValue } from './get-secret-value.js';
import { listSecretVersionIds } from './list-secret-version-ids.js';
import { listSecrets } from './list-secrets.js';
import type { Operation } from './operation.js';
import { putSecretValue } from './put-secret-value.js';
import { rotateSecret } from './rotate-secret.js';
import { updateSecret } from './update-secret.js';
import { updateSecretVersionStage } from './update-secret-version-stage.js';

/** The operations that are served, by name. */
export const operations: ReadonlyMap<string, Operation> = new Map(
  [
    cancelRotateSecret,
    createSecret,
    deleteSecret,
    describeSecret,
    getRandomPassword,
    getSecretValue,
    listSecrets,
    listSecretVersionIds,
    putSecretValue,
    rotateSecret,
    updateSecret,
    updateSecretVersionStage,
  ].map((operation) => [operation.name, operation]),
);

import * as engines from '../lib/databases/engines/index.js';
import { alternatingUsers, createRotationHandler, roleInSecretAccount } from '../lib/index.js';

// DATABASE_CA_FILE: PEM file of the authorities to trust, instead of Node's and Amazon RDS's.
// ROTATION_ROLE_NAME (default SecretRotation), ROTATION_EXTERNAL_ID: the role to assume for secrets of other accounts.
// ROTATION_ACCESS: `direct` to assume none, where the secrets' own policies admit the function.
const { DATABASE_CA_FILE: caFile, ROTATION_ROLE_NAME: roleName, ROTATION_EXTERNAL_ID: externalId } = process.env;
const assumeRole = roleInSecretAccount(roleName || 'SecretRotation', { ...(externalId && { externalId }) });
const drivers = Object.values(engines).map((engine) => engine());

export const handler = createRotationHandler(alternatingUsers(drivers, { ...(caFile && { caFile }) }), {
  ...(process.env.ROTATION_ACCESS !== 'direct' && { assumeRole }),
});

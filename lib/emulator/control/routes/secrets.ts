import type { ManagedSecretDefinition } from '../../emulator.js';
import { Fault } from '../../fault.js';
import { accountId, type JsonSchema, type KeyOf, members, text, textByName } from '../json-schema.js';
import { Refused } from '../refused.js';
import { type Route, route } from '../route.js';

const definition: JsonSchema = {
  title: 'ManagedSecretDefinition',
  ...members<KeyOf<ManagedSecretDefinition>>(
    {
      accountId,
      region: text,
      owningService: { ...text, description: 'As the service has it in `OwningService`: `rds`, `redshift`, ...' },
      name: text,
      secretString: text,
      kmsKeyId: text,
      tags: { ...textByName, description: 'What the service tags it with: `aws:rds:primaryDBClusterArn`, ...' },
    },
    'accountId',
    'owningService',
    'name',
    'secretString',
  ),
};

/** All other secrets are made through AWS's own API. */
export const secretRoutes: readonly Route[] = [
  route<ManagedSecretDefinition>({
    method: 'POST',
    path: '/managed-secrets',
    summary: "Makes a secret as an AWS service does in a customer's account.",
    body: definition,
    answer: members({ arn: text }, 'arn'),
    refusals: { 409: 'CreateSecret refuses it: its message says why.' },
    run(input, { emulator }) {
      try {
        return { arn: emulator.createManagedSecret(input) };
      } catch (error) {
        throw error instanceof Fault ? new Refused(409, error.code, error.message) : error;
      }
    },
  }),
];

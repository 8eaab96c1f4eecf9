import type { PolicySimulation, RoleDefinition } from '../../emulator.js';
import { decision } from '../answers.js';
import { type JsonSchema, type KeyOf, listOf, members, policy, text, textByName } from '../json-schema.js';
import { given, notFound } from '../refused.js';
import { nothing, type Route, route } from '../route.js';

const definition: JsonSchema = {
  title: 'RoleDefinition',
  ...members<KeyOf<RoleDefinition>>(
    {
      roleArn: text,
      trustPolicy: policy,
      policies: {
        ...listOf({ type: 'object' }),
        description: 'Identity policies: documents, or `{ policyName, policyDocument }`.',
      },
      tags: textByName,
      permissionsBoundary: policy,
      maxSessionSeconds: { type: 'integer', minimum: 3600, maximum: 43_200, default: 3600 },
    },
    'roleArn',
    'trustPolicy',
  ),
};

export const roleRoutes: readonly Route[] = [
  route<RoleDefinition>({
    method: 'POST',
    path: '/roles',
    summary: 'Makes a role, or replaces it. Without policies it may do nothing.',
    body: definition,
    answer: nothing,
    run(input, { emulator }) {
      given(() => emulator.createRole(input));
      return {};
    },
  }),
  route<{ roleArn: string }>({
    method: 'DELETE',
    path: '/roles',
    summary: "Forgets a role: its sessions' credentials are refused from now on.",
    query: { roleArn: { schema: { type: 'string', minLength: 1 }, required: true } },
    answer: nothing,
    refusals: { 404: 'There is no such role.' },
    run(input, { emulator }) {
      if (!emulator.deleteRole(input.roleArn)) throw notFound('There is no such role.');
      return {};
    },
  }),
  route<{ roleArn: string }>({
    method: 'POST',
    path: '/sessions/expire',
    summary: 'Ends the sessions that a role has now, as if their time were over.',
    body: members({ roleArn: text }, 'roleArn'),
    answer: members({ expired: { type: 'integer', description: 'How many there were.' } }, 'expired'),
    refusals: { 404: 'There is no such role.' },
    run({ roleArn }, { emulator, world }) {
      if (world.roles.get(roleArn) === undefined) throw notFound('There is no such role.');
      return { expired: emulator.expireSessions(roleArn) };
    },
  }),
  route<PolicySimulation>({
    method: 'POST',
    path: '/simulate',
    summary: 'Tells whether a caller may do something, and by which statement. Nothing is recorded.',
    body: members<KeyOf<PolicySimulation>>(
      {
        callerArn: text,
        action: text,
        resourceArn: text,
        context: { type: 'object', description: 'Condition keys with a text or a list of texts.' },
      },
      'callerArn',
      'action',
    ),
    answer: decision,
    run: (input, { emulator }) => given(() => emulator.simulatePrincipalPolicy(input)),
  }),
];

import type { GrantDefinition, KeyDefinition, KeyState } from '../../emulator.js';
import {
  accountId,
  type JsonSchema,
  type KeyOf,
  listOf,
  members,
  oneOf,
  policy,
  text,
  textByName,
} from '../json-schema.js';
import { given, notFound } from '../refused.js';
import { nothing, type Route, route, type Subject } from '../route.js';

const state = oneOf('enabled', 'disabled', 'pendingDeletion');

const key: JsonSchema = {
  title: 'KeyDefinition',
  description: 'Either a `keyArn`, or `accountId` and `region` for a key whose id is made up.',
  ...members<KeyOf<KeyDefinition>>({
    keyArn: text,
    accountId,
    region: text,
    policy,
    aliases: { ...listOf(text), description: 'Names such as `alias/app`.' },
    state,
  }),
};

const grant: JsonSchema = {
  title: 'GrantDefinition',
  ...members<KeyOf<GrantDefinition>>(
    {
      keyArn: text,
      granteePrincipal: text,
      operations: { ...listOf(oneOf('Decrypt', 'Encrypt', 'GenerateDataKey')), minItems: 1 },
      constraints: members({ encryptionContextEquals: textByName, encryptionContextSubset: textByName }),
    },
    'keyArn',
    'granteePrincipal',
    'operations',
  ),
};

const textQuery = { schema: { type: 'string', minLength: 1 }, required: true } as const;
const refusals = { 404: 'There is no such key.' };

function existing({ world }: Subject, keyArn: string): void {
  if (world.service.keys.get(keyArn) === undefined) throw notFound(refusals[404]);
}

export const keyRoutes: readonly Route[] = [
  route<KeyDefinition>({
    method: 'POST',
    path: '/keys',
    summary: 'Makes a KMS key, or gives an existing one another policy, state and further aliases.',
    body: key,
    answer: members({ keyArn: text }, 'keyArn'),
    run: (input, { emulator }) => ({ keyArn: given(() => emulator.createKey(input)) }),
  }),
  route<{ keyArn: string }>({
    method: 'DELETE',
    path: '/keys',
    summary: 'Forgets a key with its aliases and grants, at once.',
    query: { keyArn: textQuery },
    answer: nothing,
    refusals,
    run({ keyArn }, subject) {
      existing(subject, keyArn);
      given(() => subject.emulator.deleteKey(keyArn));
      return {};
    },
  }),
  route<{ keyArn: string; state: KeyState }>({
    method: 'POST',
    path: '/keys/state',
    summary: 'Enables or disables a key, or schedules it for deletion.',
    body: members({ keyArn: text, state }, 'keyArn', 'state'),
    answer: nothing,
    refusals,
    run(input, subject) {
      existing(subject, input.keyArn);
      given(() => subject.emulator.setKeyState(input.keyArn, input.state));
      return {};
    },
  }),
  route<{ aliasArn: string; keyArn: string }>({
    method: 'POST',
    path: '/keys/aliases',
    summary: 'Makes an alias, or points it at another key.',
    body: members({ aliasArn: text, keyArn: text }, 'aliasArn', 'keyArn'),
    answer: nothing,
    refusals,
    run({ aliasArn, keyArn }, subject) {
      existing(subject, keyArn);
      given(() => subject.emulator.createKeyAlias(aliasArn, keyArn));
      return {};
    },
  }),
  route<{ aliasArn: string }>({
    method: 'DELETE',
    path: '/keys/aliases',
    summary: 'Forgets an alias, if there is such a one.',
    query: { aliasArn: textQuery },
    answer: nothing,
    run({ aliasArn }, { emulator }) {
      emulator.deleteKeyAlias(aliasArn);
      return {};
    },
  }),
  route<GrantDefinition>({
    method: 'POST',
    path: '/keys/grants',
    summary: 'Makes a grant.',
    body: grant,
    answer: members({ grantId: text }, 'grantId'),
    refusals,
    run(input, subject) {
      existing(subject, input.keyArn);
      return { grantId: given(() => subject.emulator.createGrant(input)) };
    },
  }),
  route<{ keyArn: string; grantId: string }>({
    method: 'DELETE',
    path: '/keys/grants',
    summary: 'Forgets a grant, if there is such a one.',
    query: { keyArn: textQuery, grantId: textQuery },
    answer: nothing,
    refusals,
    run({ keyArn, grantId }, subject) {
      existing(subject, keyArn);
      subject.emulator.revokeGrant(keyArn, grantId);
      return {};
    },
  }),
];

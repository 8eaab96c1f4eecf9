import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { complaintsAbout } from '../support/compiler.js';

const preamble = `
  import type { SecretsManagerRotationHandler } from 'aws-lambda';
  import * as v from 'valibot';
  import { z } from 'zod';
  import { alternatingUsers, binary, createRotationHandler, defineRotator, dualPassword, plainText, singleUser, superuserSets } from 'lib/index.js';
  import type { DatabaseDriver, DualPasswordSession, SuperuserSession, UserSession } from 'lib/databases/driver.js';
  import { type CrashCell, type CrashMatrixOptions, type CrashOutcome, type CrashPlace, type CrashSubject, crashMatrix, type DriverFixture, type DualPasswordFixture, driverContract, type RotationHarness, rotationHarness, type SuperuserFixture } from 'lib/testing/index.js';
  const secret = z.object({ url: z.string(), key: z.string(), color: z.enum(['blue', 'green']), hosts: z.array(z.string()) });
  const testSecret = () => {};
  declare const plainDriver: DatabaseDriver<UserSession>;
  declare const fullDriver: DatabaseDriver<SuperuserSession>;
  declare const dualDriver: DatabaseDriver<DualPasswordSession>;
  declare const dualFixture: DualPasswordFixture;
  const rotator = defineRotator({ secret, testSecret, createSecret: () => ({ key: 'x' }) });
  const initial = { url: 'x', key: 'x', color: 'blue', hosts: [] } as const satisfies object;
  declare const harness: RotationHarness<{ url: string; key: string }>;
  declare const place: CrashPlace;
  const subject = { name: 'x', function: { bundle: 'x.mjs' }, availability: 'always', open: async () => place } as const;
  declare const outcome: CrashOutcome;
  declare const fixture: DriverFixture;
  declare const superuserFixture: SuperuserFixture;
`;

const refused: readonly (readonly [what: string, snippet: string, message: RegExp])[] = [
  [
    'an unknown field from createSecret',
    `defineRotator({ secret, testSecret, createSecret: () => ({ key: 'x', extra: 1 }) });`,
    /schema lacks extra/,
  ],
  [
    'an unknown field from an async createSecret',
    `defineRotator({ secret, testSecret, async createSecret({ generatePassword }) { return { kee: await generatePassword() }; } });`,
    /schema lacks kee/,
  ],
  [
    'an unknown field from one of two returns',
    `defineRotator({ secret, testSecret, createSecret: async ({ current }) => {
       if (current.key) return { key: 'x' };
       return { url: 'x', extra: 'y' };
     } });`,
    /schema lacks extra/,
  ],
  [
    'a field of the wrong type from createSecret',
    `defineRotator({ secret, testSecret, createSecret: async () => ({ key: 1 }) });`,
    /Types of property 'key' are incompatible/,
  ],
  [
    'undefined for a field that must be there',
    `defineRotator({ secret, testSecret, createSecret: async () => ({ key: undefined }) });`,
    /Types of property 'key' are incompatible|exactOptionalPropertyTypes/,
  ],
  [
    'a value outside an enumeration',
    `defineRotator({ secret, testSecret, createSecret: async () => ({ color: 'red' }) });`,
    /Types of property 'color' are incompatible/,
  ],
  [
    'reading a field of the current version that the schema lacks',
    `defineRotator({ secret, testSecret, createSecret: ({ current }) => ({ key: current.kee }) });`,
    /Property 'kee' does not exist/,
  ],
  [
    'reading a field of the pending version that the schema lacks',
    `defineRotator({ secret, createSecret: () => ({ key: 'x' }), testSecret({ pending }) { fetch(pending.uri); } });`,
    /Property 'uri' does not exist/,
  ],
  [
    'a public field that the schema lacks',
    `defineRotator({ secret, publicFields: ['uri'], testSecret, createSecret: () => ({ key: 'x' }) });`,
    /'"uri"' is not assignable/,
  ],
  [
    'a rotator without testSecret',
    `defineRotator({ secret, createSecret: () => ({ key: 'x' }) });`,
    /Property 'testSecret' is missing/,
  ],
  [
    'a string schema of zod without plainText()',
    `defineRotator({ secret: z.string(), testSecret, createSecret: () => 'x' });`,
    /'format'/,
  ],
  [
    'a string schema of valibot without plainText()',
    `defineRotator({ secret: v.string(), testSecret, createSecret: () => 'x' });`,
    /Property 'format' is missing/,
  ],
  [
    'a string schema in a rotator written without defineRotator',
    `createRotationHandler({ secret: v.string(), testSecret, createSecret: () => 'x' });`,
    /Property 'format' is missing/,
  ],
  [
    'changes of a text secret that are no text',
    `defineRotator({ secret: plainText(), testSecret, createSecret: () => ({ key: 'x' }) });`,
    /not assignable to type 'string/,
  ],
  [
    'singleUser with something that is no driver',
    `singleUser({ engines: ['postgres'] });`,
    /not assignable to parameter/,
  ],
  [
    'singleUser with the factory instead of the driver',
    `singleUser(() => plainDriver);`,
    /not assignable to parameter/,
  ],
  [
    'alternatingUsers with a driver that cannot manage users',
    `alternatingUsers(plainDriver);`,
    /not assignable to parameter/,
  ],
  [
    'alternatingUsers where one of two drivers cannot manage users',
    `alternatingUsers([fullDriver, plainDriver]);`,
    /is missing the following properties from type 'SuperuserSession'|not assignable/,
  ],
  [
    'alternatingUsers with a driver that cannot manage users, and a name for the clone',
    `alternatingUsers(plainDriver, { cloneName: '{username}_b' });`,
    /not assignable/,
  ],
  ['one user that alternates', `alternatingUsers(plainDriver, { usernames: ['a'] });`, /No overload matches this call/],
  [
    'two users that are there, and a name for a clone',
    `alternatingUsers(fullDriver, { usernames: ['a', 'b'], cloneName: '{username}_b' });`,
    /No overload matches this call/,
  ],
  [
    'dualPassword with a driver whose users have one password',
    `dualPassword(fullDriver);`,
    /Property 'addPassword' is missing/,
  ],
  [
    'dualPassword where one of two drivers cannot',
    `dualPassword([dualDriver, plainDriver]);`,
    /not assignable|Property 'addPassword' is missing/,
  ],
  [
    'a recovery that there is not',
    `singleUser(plainDriver, { recover: true });`,
    /Type 'true' is not assignable to type '"superuser"'/,
  ],
  [
    'a name for a key that no database secret has',
    `superuserSets(plainDriver, { keys: { user: 'x' } });`,
    /'user' does not exist/,
  ],
  [
    'an option of the handler with a typing mistake',
    `createRotationHandler(singleUser(plainDriver), { asumeRole: undefined });`,
    /'asumeRole' does not exist/,
  ],
  [
    'a harness whose first value lacks a field',
    `rotationHarness(rotator, { initial: { url: 'x', color: 'blue', hosts: [] } });`,
    /Property 'key' is missing/,
  ],
  [
    'a harness whose first value has a field of the wrong type',
    `rotationHarness(rotator, { initial: { ...initial, hosts: 'x' } });`,
    /Type 'string' is not assignable to type 'string\[\]'/,
  ],
  [
    "a harness with credentials of one's own",
    `rotationHarness(rotator, { initial: { ...initial, hosts: [] }, handler: { credentials: { accessKeyId: 'x', secretAccessKey: 'x' } } });`,
    /'credentials' does not exist/,
  ],
  ['running a step that there is not', `harness.run('rotateSecret');`, /'"rotateSecret"' is not assignable/],
  [
    'interrupting at a call that there is not',
    `harness.interrupt({ before: 'PutSecret' });`,
    /'"PutSecret"' is not assignable/,
  ],
  ['interrupting nowhere', `harness.interrupt({});`, /not assignable to parameter of type 'Interruption'/],
  [
    'interrupting before and after at once',
    `harness.interrupt({ before: 'setSecret', after: 'setSecret' });`,
    /not assignable to type 'InterruptibleCall'/,
  ],
  [
    'interrupting in a way that there is not',
    `harness.interrupt({ after: 'setSecret', by: 'throw' });`,
    /'"throw"' is not assignable/,
  ],
  [
    'a field of a version that the schema lacks',
    `async () => (await harness.versions())[0]?.value?.kee;`,
    /Property 'kee' does not exist/,
  ],
  [
    'a version taken to have a value',
    `async () => (await harness.versions()).map(({ value }) => value.key);`,
    /'value' is possibly 'undefined'/,
  ],
  ['a label that Secrets Manager does not know', `harness.value('AWSLATEST');`, /'"AWSLATEST"' is not assignable/],
  [
    'a crash matrix without a place to rotate in',
    `const { open, ...rest } = subject; crashMatrix(rest);`,
    /Property 'open' is missing/,
  ],
  [
    'a crash matrix of a handler in this process',
    `crashMatrix({ ...subject, function: { handler: async () => {} } });`,
    /'handler' does not exist/,
  ],
  [
    'a crash matrix of an empty command',
    `crashMatrix({ ...subject, function: { command: [] } });`,
    /Source has 0 element\(s\) but target requires 1/,
  ],
  [
    'a crash matrix of a bundle and a command at once',
    `const command: [string] = ['python3']; crashMatrix({ ...subject, function: { bundle: 'a.mjs', command } });`,
    /not assignable to type 'undefined'/,
  ],
  [
    'a crash matrix of a bundle in a folder of its own',
    `crashMatrix({ ...subject, function: { bundle: 'a.mjs', cwd: '/tmp' } });`,
    /not assignable to type 'undefined'/,
  ],
  [
    'a promise to consumers that there is not',
    `crashMatrix({ ...subject, availability: 'mostly' });`,
    /'"mostly"' is not assignable/,
  ],
  [
    'a fresh start that returns no SecretString',
    `crashMatrix({ ...subject, open: async () => ({ ...place, reset: async () => ({ key: 'x' }) }) });`,
    /Type '{ key: string; }' is not assignable to type 'string'/,
  ],
  [
    'a login that does not say whether it was let in',
    `crashMatrix({ ...subject, open: async () => ({ ...place, login: async () => {} }) });`,
    /Type 'void' is not assignable to type 'boolean'/,
  ],
  ['a fault that there is not', `crashMatrix(subject, { faults: ['killed'] });`, /'"killed"' is not assignable/],
  ['an option of the matrix with a typing mistake', `crashMatrix(subject, { worker: 1 });`, /'worker' does not exist/],
  ['a result that a cell cannot have', `outcome.cells.filter(({ result }) => result === 'passed');`, /have no overlap/],
  ['writing into what was found', `outcome.cells.pop();`, /Property 'pop' does not exist/],
  [
    'the contract of alternating users for a driver that cannot manage users',
    `driverContract(plainDriver, superuserFixture);`,
    /No overload matches this call/,
  ],
  [
    'the contract of dual password for a driver whose users have one password',
    `driverContract(fullDriver, dualFixture);`,
    /No overload matches this call/,
  ],
  [
    'a driver fixture that makes no users',
    `const { createUser, ...rest } = fixture; driverContract(plainDriver, rest);`,
    /Property 'createUser' is missing/,
  ],
  [
    'a driver fixture that does not say what the engine takes',
    `driverContract(plainDriver, { ...fixture, takesPassword: () => 'no' });`,
    /Type 'string' is not assignable to type 'boolean'/,
  ],
];

const accepted: readonly (readonly [what: string, snippet: string])[] = [
  [
    "a handler as aws-lambda's SecretsManagerRotationHandler",
    `export const handler: SecretsManagerRotationHandler = createRotationHandler(singleUser(plainDriver));`,
  ],
  [
    'a rotator that returns some of its fields, literals and arrays among them',
    `defineRotator({ secret, testSecret, createSecret: async ({ current, generatePassword }) => ({
       key: await generatePassword({ length: 40 }),
       color: current.color === 'blue' ? 'green' : 'blue',
       hosts: ['first', ...current.hosts],
     }) });`,
  ],
  [
    'a rotator of a schema that lets other fields pass',
    `defineRotator({ secret: z.looseObject({ key: z.string() }), testSecret, createSecret: async ({ current }) => ({ ...current, extra: 1 }) });`,
  ],
  [
    'a rotator of a valibot schema',
    `defineRotator({ secret: v.object({ key: v.string() }), createSecret: () => ({ key: 'x' }), testSecret({ pending }) { pending.key.at(0); } });`,
  ],
  [
    'text and binary secrets',
    `defineRotator({ secret: plainText(z.email()), testSecret, createSecret: ({ current }) => current.trim() });
     defineRotator({ secret: binary(), testSecret, createSecret: ({ current }) => new Uint8Array(current.byteLength) });`,
  ],
  [
    'drivers, one or several, for the strategies that they can',
    `singleUser(fullDriver); singleUser([plainDriver, fullDriver]); superuserSets([plainDriver, dualDriver], { recover: 'superuser' });
     alternatingUsers(fullDriver); alternatingUsers([fullDriver], { cloneName: '{username}_b' }); alternatingUsers(plainDriver, { usernames: ['a', 'b'] });
     dualPassword(dualDriver, { keys: { username: 'user' } });`,
  ],
  [
    'a harness typed by the schema of the rotator alone',
    `async () => {
       await using harness = await rotationHarness(rotator, { initial: { ...initial, hosts: [] } });
       const color: 'blue' | 'green' | undefined = (await harness.versions())[0]?.value?.color;
       harness.interrupt({ before: 'PutSecretValue' }); harness.interrupt({ after: 'setSecret', by: 'error' });
       const error: string | undefined = (await harness.run('createSecret')).error;
       return { color, error };
     };`,
  ],
  [
    'crash matrices of functions in any language, their cases and their cells',
    `async () => {
       const options: CrashMatrixOptions = { sample: 0.1, seed: 7, faults: ['killed-after'], workers: 1 };
       const command: CrashSubject = { ...subject, function: { command: ['python3', 'rotate.py'] }, accounts: 'two' };
       await using matrix = crashMatrix(command, options);
       for (const { run } of matrix.cases) (await run()).cells.map(({ point }) => point.step);
       const cells: CrashCell[] = [];
       for await (const cell of matrix.run()) cells.push(cell);
     };`,
  ],
  [
    'contracts of all kinds of drivers, with what their engines do not take',
    `driverContract(dualDriver, { ...dualFixture, missingDatabase: 'none' });
     driverContract(plainDriver, { ...fixture, takesPassword: (password) => password.length <= 72 });
     driverContract(fullDriver, { ...superuserFixture, takesUsername: (username) => !username.includes(' ') });`,
  ],
];

// The preamble names more than any one snippet uses.
const options = { noUnusedLocals: false, paths: { 'lib/*': [path.join(__dirname, '../../lib/*')] } };
const diagnoses = complaintsAbout(
  [...refused, ...accepted].map(([, snippet]) => preamble + snippet),
  options,
);

describe('the compiler refuses', () => {
  it.each(refused.map(([what, , message], n) => ({ what, message, diagnosis: diagnoses[n] })))(
    '$what',
    ({ message, diagnosis }) => {
      expect(diagnosis).toMatch(message);
    },
  );
});

describe('the compiler accepts', () => {
  it.each(accepted.map(([what], n) => ({ what, diagnosis: diagnoses[refused.length + n] })))(
    '$what',
    ({ diagnosis }) => {
      expect(diagnosis).toBe('');
    },
  );
});

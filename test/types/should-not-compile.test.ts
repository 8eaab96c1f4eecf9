import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

const root = path.join(__dirname, '../..');

const preamble = `
  import type { SecretsManagerRotationHandler } from 'aws-lambda';
  import * as v from 'valibot';
  import { z } from 'zod';
  import { alternatingUsers, binary, createRotationHandler, defineRotator, plainText, singleUser } from '../../lib/index.js';
  import type { DatabaseDriver, SuperuserSession, UserSession } from '../../lib/databases/driver.js';
  const secret = z.object({ url: z.string(), key: z.string(), color: z.enum(['blue', 'green']), hosts: z.array(z.string()) });
  const testSecret = () => {};
  declare const plainDriver: DatabaseDriver<UserSession>;
  declare const fullDriver: DatabaseDriver<SuperuserSession>;
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
    'an option of the handler with a typing mistake',
    `createRotationHandler(singleUser(plainDriver), { asumeRole: undefined });`,
    /'asumeRole' does not exist/,
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
    'a full driver, and several, for both strategies',
    `singleUser(fullDriver); singleUser([plainDriver, fullDriver]); alternatingUsers(fullDriver); alternatingUsers([fullDriver]);`,
  ],
];

/** What the compiler says of each snippet, all of them compiled as one program. */
function diagnose(snippets: readonly string[]): string[] {
  const { config } = ts.readConfigFile(path.join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root);
  const sources = new Map(snippets.map((snippet, n) => [path.join(__dirname, `snippet-${n}.ts`), preamble + snippet]));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => sources.has(file) || fileExists(file);
  host.readFile = (file) => sources.get(file) ?? readFile(file);
  host.getSourceFile = (file, version, ...rest) => {
    const source = sources.get(file);
    return source === undefined ? getSourceFile(file, version, ...rest) : ts.createSourceFile(file, source, version);
  };
  const program = ts.createProgram([...sources.keys()], { ...options, noUnusedLocals: false }, host);
  const text = (file: string) =>
    [
      ...program.getSyntacticDiagnostics(program.getSourceFile(file)),
      ...program.getSemanticDiagnostics(program.getSourceFile(file)),
    ]
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
      .join('\n');
  return [...sources.keys()].map(text);
}

const diagnoses = diagnose([...refused, ...accepted].map(([, snippet]) => snippet));

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

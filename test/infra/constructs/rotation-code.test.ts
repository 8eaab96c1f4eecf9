import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { RotationCertificates, RotationCode, RotationFunction } from '../../../infra/constructs/index.js';
import { ROTATOR, template } from './synthesised.js';

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

it.each([
  ['single user', RotationCode.singleUser],
  ['alternating users', RotationCode.alternatingUsers],
])('the rotator of %s comes prebuilt', (_, make) => {
  const [asset = ''] = assets({ code: make() });
  expect(readdirSync(asset)).toContain('index.mjs');
});

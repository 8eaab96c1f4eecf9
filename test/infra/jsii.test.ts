/** The constructs can be offered to Python, Java, C# and Go: jsii, which makes libraries for those from one in TypeScript, accepts them without a warning. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from '@jest/globals';

const root = path.join(__dirname, '../..');
const temp = mkdtempSync(path.join(tmpdir(), 'keyturn-jsii-'));
afterAll(() => rmSync(temp, { recursive: true, force: true }));

// KEYTURN_JSII names the folder of the npm package jsii; .ci/run sets it, and where CI is set it must be there.
const jsii = process.env.KEYTURN_JSII;
const checkIt = jsii === undefined && !process.env.CI ? it.skip : it;

checkIt(
  'jsii compiles the constructs',
  () => {
    const { version, license, repository, peerDependencies } = JSON.parse(
      readFileSync(path.join(root, 'package.json'), 'utf8'),
    );
    const { 'aws-cdk-lib': lib, constructs } = peerDependencies;
    const author = { name: 'Keyturn' };
    const manifest = {
      name: 'keyturn-cdk',
      version,
      license,
      description: 'The constructs of Keyturn',
      author,
      repository: repository ?? { url: 'https://example.com/keyturn.git' },
      main: 'lib/index.js',
      types: 'lib/index.d.ts',
      peerDependencies: { 'aws-cdk-lib': lib, constructs },
      devDependencies: { 'aws-cdk-lib': lib.slice(1), constructs: constructs.slice(1) },
      jsii: { outdir: 'dist', targets: {}, tsc: { rootDir: '.', outDir: '.' } },
    };
    writeFileSync(path.join(temp, 'package.json'), JSON.stringify(manifest));
    cpSync(path.join(root, 'README.md'), path.join(temp, 'README.md'));
    cpSync(path.join(root, 'infra/constructs'), path.join(temp, 'lib'), { recursive: true });
    mkdirSync(path.join(temp, 'node_modules/@types'), { recursive: true });
    for (const name of ['aws-cdk-lib', 'constructs', '@types/node']) {
      symlinkSync(path.join(root, 'node_modules', name), path.join(temp, 'node_modules', name));
    }

    const args = [path.join(jsii ?? '', 'bin/jsii'), '--fail-on-warnings', '--silence-warnings', 'reserved-word'];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: temp, encoding: 'utf8' });
    expect(status === 0 ? '' : `${stdout}${stderr}`).toBe('');

    const { types } = JSON.parse(readFileSync(path.join(temp, '.jsii'), 'utf8'));
    expect(Object.keys(types)).toEqual(
      expect.arrayContaining(['keyturn-cdk.RotationFunction', 'keyturn-cdk.SecretAccountRole']),
    );
  },
  180_000,
);

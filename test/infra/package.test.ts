/**
 * The constructs as their users get them: unpacked from the tarball into an app like those of `cdk init`, compiled by the user's TypeScript, and synthesised
 * as ESM and as CommonJS where there is neither esbuild nor Docker.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { packedTarball, run } from '../support/tarball.js';
import { saidBy, type UsersTypeScript, usersTypeScripts } from '../support/users-typescript.js';

const root = path.join(__dirname, '../..');
const user = mkdtempSync(path.join(tmpdir(), 'keyturn-cdk-user-'));
const sources = ['app.mts', 'app.cts'];

const app = `
  import { App, Duration, Size, Stack, Validations } from 'aws-cdk-lib';
  import * as ec2 from 'aws-cdk-lib/aws-ec2';
  import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
  import {
    RemoteRotationFunction, RotationCode, RotationEndpoints, RotationEngine, RotationFunction, RotationGuardRails, RotationScheduleExpression,
    RotationSpread, SecretAccountRole, type PasswordPolicyProps, type RotateOptions,
  } from 'keyturn/cdk';

  const app = new App();
  Validations.of(app).addPlugins(new RotationGuardRails());
  const stack = new Stack(app, 'Rotation');
  const vpc = new ec2.Vpc(stack, 'Vpc', {
    natGateways: 0,
    subnetConfiguration: [{ name: 'Isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }],
  });
  const passwordPolicy: PasswordPolicyProps = { length: 40, excludeCharacters: '"' };
  const rotation = new RotationFunction(stack, 'SingleUser', {
    code: RotationCode.singleUser(RotationEngine.POSTGRES), vpc, passwordPolicy, timeout: Duration.seconds(30), memorySize: Size.mebibytes(512),
  });
  new RotationEndpoints(stack, 'Endpoints', { vpc }).allowFrom(rotation);
  const options: RotateOptions = {
    schedule: RotationScheduleExpression.cron({ weekDay: 'SUN', hour: '1' }),
    spread: RotationSpread.overHours(Duration.hours(6)),
    rotateImmediately: false,
  };
  rotation.rotate(new secretsmanager.Secret(stack, 'First'), options).addOverdueAlarm('Overdue');
  const superuser = secretsmanager.Secret.fromSecretNameV2(stack, 'Superuser', 'superuser');
  new RotationFunction(stack, 'AlternatingUsers', { code: RotationCode.alternatingUsers(RotationEngine.POSTGRES), vpc })
    .rotate(new secretsmanager.Secret(stack, 'Second'), { ...options, superuser })
    .onRotationFailed('Failed');

  const rotationFunctionArn = 'arn:aws:lambda:us-east-1:444455556666:function:rotation';
  const rotationFunctionRoleArn = 'arn:aws:iam::444455556666:role/rotation';
  const remote = new secretsmanager.Secret(stack, 'Remote');
  new SecretAccountRole(stack, 'Role', { rotationFunctionArn, rotationFunctionRoleArn, secrets: [remote] });
  RemoteRotationFunction.fromAttributes(stack, 'Elsewhere', { functionArn: rotationFunctionArn, roleArn: rotationFunctionRoleArn })
    .rotate(remote, { rotateImmediately: false })
    .addOverdueAlarm('Overdue');
  // @ts-expect-error: users of a directory are not cloned
  () => RotationCode.alternatingUsers(RotationEngine.LDAP);
  // @ts-expect-error: users of MariaDB have one password
  () => RotationCode.dualPassword(RotationEngine.MARIADB);
  () => RotationCode.dualPassword(RotationEngine.MYSQL);
  // @ts-expect-error: whether to rotate at once has to be said
  () => rotation.rotate(remote, {});
  app.synth();
`;

function link(name: string): void {
  const place = path.join(user, 'node_modules', name);
  mkdirSync(path.dirname(place), { recursive: true });
  symlinkSync(path.join(root, 'node_modules', name), place);
}

beforeAll(async () => {
  const tarball = await packedTarball();
  const keyturn = path.join(user, 'node_modules/keyturn');
  mkdirSync(keyturn, { recursive: true });
  run('tar', ['-xzf', tarball, '-C', keyturn, '--strip-components=1'], user);
  ['aws-cdk-lib', 'constructs', '@types/node'].forEach(link);
  writeFileSync(path.join(user, 'package.json'), '{ "name": "user", "private": true }\n');
  for (const file of sources) writeFileSync(path.join(user, file), app);
}, 300_000);

afterAll(() => rmSync(user, { recursive: true, force: true }));

/** What TypeScript says of the app, declaration files of the package included; an older one need not look into those of others. */
function complaints(typescript: UsersTypeScript, files: readonly string[], options: readonly string[]): string {
  const strict = ['--strict', '--target', 'es2022', '--types', 'node'];
  const others = ['aws-cdk-lib/', 'constructs/', '@types/'];
  return saidBy(typescript, user, others, files, [...strict, '--skipLibCheck', 'false', ...options]);
}

describe('the types fit a strict app, as ES module and as CommonJS', () => {
  for (const typescript of usersTypeScripts) {
    const checkIt = typescript.folder === undefined ? it.skip : it;
    checkIt(`with TypeScript ${typescript.version}`, () => {
      // Leaves app.mjs and app.cjs.
      expect(complaints(typescript, sources, ['--module', 'nodenext'])).toBe('');
    });
    // Resolution of before package.json had exports; TypeScript 7 no longer knows it.
    if (typescript.version === '5.4') {
      checkIt('in an app as `cdk init` made them until 2025', () => {
        writeFileSync(path.join(user, 'old.ts'), app);
        const old = ['--module', 'commonjs', '--moduleResolution', 'node10', '--noEmit'];
        expect(complaints(typescript, ['old.ts'], old)).toBe('');
      });
    }
  }
});

describe.each([
  ['ES module', 'app.mjs'],
  ['CommonJS', 'app.cjs'],
])('as %s, without esbuild and Docker', (_, file) => {
  const out = path.join(user, `${file}.out`);
  const read = (name: string) => readFileSync(path.join(out, name), 'utf8');

  beforeAll(() => {
    // The CDK's own rules only warn here, and take most of a synth's time.
    const env = { PATH: path.join(user, 'empty'), HOME: user, CDK_OUTDIR: out, CDK_VALIDATION: 'false' };
    run(process.execPath, [file], user, env);
  });

  it('a rotation stack synthesises', () => {
    const types = Object.values<{ Type: string }>(JSON.parse(read('Rotation.template.json')).Resources);
    expect(types.filter(({ Type }) => Type === 'AWS::SecretsManager::RotationSchedule')).toHaveLength(3);
  });

  it('the stock rotators are its assets', () => {
    const assets = readdirSync(out).filter((name) => name.startsWith('asset.'));
    const stock = ['single-user', 'alternating-users'].map((name) =>
      readFileSync(path.join(user, 'node_modules/keyturn/dist/rotators', name, 'postgres/index.mjs'), 'utf8'),
    );
    expect(assets.map((name) => read(`${name}/index.mjs`)).sort()).toEqual(stock.sort());
  });
});

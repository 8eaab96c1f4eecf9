/** `npx cdk synth` as a newcomer calls it, where nothing on the Internet can be reached. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from '@jest/globals';

const root = path.join(__dirname, '../..');
const temp = mkdtempSync(path.join(tmpdir(), 'keyturn-synth-'));
afterAll(() => rmSync(temp, { recursive: true, force: true }));

// Nobody listens there.
const nowhere = 'http://127.0.0.1:9';

// The CDK's own rules only warn here, and take most of a synth's time: with the first app they run, as with a newcomer.
const withoutRules = { CDK_VALIDATION: 'false' };

it.each([
  ['one-account', ['OneAccount'], {}],
  ['two-accounts', ['RotationAccount', 'WorkloadAccount'], withoutRules],
])('npx cdk synth -c app=%s', async (app, stacks, settings) => {
  const output = path.join(temp, app);
  const { PATH } = process.env;
  await promisify(execFile)(
    'npx',
    ['--no-install', 'cdk', 'synth', '--quiet', '--output', output, '-c', `app=${app}`],
    {
      cwd: root,
      env: {
        PATH,
        HOME: temp,
        HTTP_PROXY: nowhere,
        HTTPS_PROXY: nowhere,
        AWS_EC2_METADATA_DISABLED: 'true',
        ...settings,
      },
    },
  );
  const templates = readdirSync(output).filter((file) => file.endsWith('.template.json'));
  expect(templates.sort()).toEqual(stacks.map((stack) => `${stack}.template.json`));
});

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { App, Stack, Validations } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { addStacks, appNames } from '../../infra/apps.js';
import { type SynthesizedApp, synthesize } from './synthesize.js';

describe.each(appNames)('the app %s', (name) => {
  let app: SynthesizedApp;
  const read = (file: string) => JSON.parse(readFileSync(path.join(app.folder, file), 'utf8'));
  beforeAll(() => {
    // Elsewhere the CDK's own rules are left out (test/support/before-all-tests.mjs).
    process.env.CDK_VALIDATION = 'true';
    app = synthesize(name);
  });
  afterAll(() => app.remove());

  it('is clean in the eyes of cdk-nag, of the CDK itself and of the guard rails', () => {
    const reports: readonly { violations: unknown[] }[] = read('validation-report.json').pluginReports;
    expect(reports.flatMap(({ violations }) => violations)).toEqual([]);
  });

  it('makes these templates', () => {
    for (const stackName of app.stackNames) {
      const template = JSON.stringify(read(`${stackName}.template.json`)).replace(/\b[0-9a-f]{64}\b/g, 'ASSET');
      expect(JSON.parse(template)).toMatchSnapshot(stackName);
    }
  });
});

it('cdk-nag speaks up when something is wrong', () => {
  const app = new App();
  new Bucket(new Stack(app, 'Stack'), 'Bucket');
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  expect(() => app.synth()).toThrow('AwsSolutions-S1');
});

it('names the apps there are, when asked for another', () => {
  expect(() => addStacks(new App(), 'three-accounts')).toThrow('one-account, two-accounts, custom-rotator');
});

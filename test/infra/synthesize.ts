/** The apps of cdk.json, synthesised in this process. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { type AppName, addStacks } from '../../infra/apps.js';

const root = path.join(__dirname, '../..');

export interface SynthesizedApp {
  /** The cloud assembly. The AWS SDK lies beside it, as Lambda's runtime has it, and nothing else. */
  readonly folder: string;
  readonly stackNames: readonly string[];
  remove(): void;
}

export function synthesize(name: AppName): SynthesizedApp {
  return synthesizeApp((app) => {
    addStacks(app, name);
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  });
}

/** Any app, as `cdk synth` would write it. */
export function synthesizeApp(add: (app: App) => void): SynthesizedApp {
  const temp = mkdtempSync(path.join(tmpdir(), 'keyturn-app-'));
  const folder = path.join(temp, 'cdk.out');
  mkdirSync(path.join(temp, 'node_modules'));
  symlinkSync(path.join(root, 'node_modules/@aws-sdk'), path.join(temp, 'node_modules/@aws-sdk'));
  const app = new App({ outdir: folder });
  add(app);
  const stackNames = app.synth().stacks.map(({ stackName }) => stackName);
  return { folder, stackNames, remove: () => rmSync(temp, { recursive: true, force: true }) };
}

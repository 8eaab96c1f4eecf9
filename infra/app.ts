// What cdk.json runs: `npx cdk synth -c app=NAME`.
import { App } from 'aws-cdk-lib';
import { addStacks } from './apps.js';

const app = new App();
addStacks(app, app.node.tryGetContext('app') ?? 'one-account');

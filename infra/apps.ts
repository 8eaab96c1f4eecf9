import { type App, Validations } from 'aws-cdk-lib';
import { RotationGuardRails } from './constructs/index.js';
import { CustomRotatorStack } from './stacks/custom-rotator.js';
import { OneAccountStack } from './stacks/one-account.js';
import { RotationAccountStack } from './stacks/rotation-account.js';
import { WorkloadAccountStack } from './stacks/workload-account.js';

const apps = { 'one-account': oneAccount, 'two-accounts': twoAccounts, 'custom-rotator': customRotator };

export type AppName = keyof typeof apps;
export const appNames = Object.keys(apps) as readonly AppName[];

/** @throws Error when there is no app of that name */
export function addStacks(app: App, name: string): void {
  const known = appNames.find((each) => each === name);
  if (known === undefined)
    throw new Error(`There is no app "${name}". Choose with -c app=NAME: ${appNames.join(', ')}.`);
  Validations.of(app).addPlugins(new RotationGuardRails());
  apps[known](app);
}

function oneAccount(app: App): void {
  new OneAccountStack(app, 'OneAccount', { description: 'Keyturn: PostgreSQL with alternating users' });
}

function customRotator(app: App): void {
  new CustomRotatorStack(app, 'CustomRotator', { description: 'Keyturn: an API key with a rotator of its own' });
}

/** Numbers of AWS's documentation, unless the context names yours. */
function twoAccounts(app: App): void {
  const fromContext = (key: string, otherwise: string): string => app.node.tryGetContext(key) ?? otherwise;
  const rotationAccount = fromContext('rotationAccount', '444455556666');
  const workloadAccount = fromContext('workloadAccount', '111122223333');
  const region = fromContext('region', 'us-east-1');
  const externalId = fromContext('externalId', 'keyturn');
  const [rotationCidr, workloadCidr] = ['10.10.0.0/16', '10.20.0.0/16'];

  const { rotation } = new RotationAccountStack(app, 'RotationAccount', {
    description: 'Keyturn: a rotation function for other accounts',
    env: { account: rotationAccount, region },
    cidr: rotationCidr,
    workloads: [{ accountId: workloadAccount, cidr: workloadCidr }],
    externalId,
  });
  new WorkloadAccountStack(app, 'WorkloadAccount', {
    description: 'Keyturn: a PostgreSQL whose secret a function of another account rotates',
    env: { account: workloadAccount, region },
    cidr: workloadCidr,
    rotation,
    rotationCidr,
    externalId,
  });
}

import { CreateSecretCommand, RotateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { expect, it } from '@jest/globals';
import { account, functionArn, functionRole, rotator, useLocalAws } from '../local-aws.js';

const aws = useLocalAws();

it('an invocation may have a time limit of its own, and only that one has it', async () => {
  await aws.client.send(new CreateSecretCommand({ Name: 'db', SecretString: 'first' }));
  let hangs = true;
  aws.emulator.bindFunction({
    functionArn,
    roleArn: functionRole,
    invokePermissions: [{ sourceAccount: account }],
    handler: (environment) => {
      const steps = rotator()(environment);
      return (event, context) => (hangs && event.Step === 'testSecret' ? new Promise(() => {}) : steps(event, context));
    },
  });
  const limited: string[] = [];
  aws.emulator.intercept({
    invocation({ step }) {
      if (step !== 'testSecret') return undefined;
      limited.push(step);
      return { timeoutSeconds: 0.05 };
    },
  });
  await aws.client.send(new RotateSecretCommand({ SecretId: 'db', RotationLambdaARN: functionArn }));
  const { status, steps } = await aws.emulator.rotationSettled('db');
  expect([status, limited]).toEqual(['Failed', ['testSecret']]);
  expect(steps.map(({ step, error = '' }) => [step, error.replace(/.* Error: /, '')])).toEqual([
    ['createSecret', ''],
    ['setSecret', ''],
    ['testSecret', 'Task timed out after 0.05 seconds'],
  ]);
  hangs = false;
  aws.emulator.intercept();
  expect(await aws.emulator.reattemptRotation('db')).toMatchObject({ status: 'Succeeded' });
});

import { randomUUID } from 'node:crypto';
import { type EmulatorOptions, type InProcessFunction, startEmulator } from '../lib/emulator/index.js';
import { account, functionArn, region, roleArn, root, secretString } from './accounts.js';
import { atOnce } from './at-once.js';
import { wireClient } from './wire-client.js';

/** An emulator with so many secrets and one rotation function, all in this process. */
export interface Fleet extends AsyncDisposable {
  /** Makes so many more secrets. */
  grow(secrets: number): Promise<void>;
  /** Rotates the secrets not rotated yet, from RotateSecret to the end, so many at once. @throws Error unless all succeed */
  rotate(lanes: number): Promise<{ readonly seconds: number }>;
}

export async function startFleet(
  secrets: number,
  handler: InProcessFunction['handler'],
  options: EmulatorOptions = {},
): Promise<Fleet> {
  const emulator = await startEmulator({ region, ...options });
  const client = wireClient(emulator.endpoint, root, region);
  emulator.createRole({
    roleArn,
    trustPolicy: allow({ Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }),
    policies: [allow({ Action: 'secretsmanager:*', Resource: `arn:aws:secretsmanager:*:${account}:secret:fleet/*` })],
  });
  emulator.bindFunction({ functionArn, roleArn, handler });
  let fresh: string[] = [];

  async function grow(more: number): Promise<void> {
    await atOnce(16, more, async () => {
      const created = await client.call('CreateSecret', {
        Name: `fleet/${randomUUID()}`,
        SecretString: secretString,
        ClientRequestToken: randomUUID(),
      });
      fresh.push(String((created as { ARN: unknown }).ARN));
    });
  }

  async function rotateOne(arn: string): Promise<void> {
    await client.call('RotateSecret', {
      SecretId: arn,
      RotationLambdaARN: functionArn,
      ClientRequestToken: randomUUID(),
    });
    const { status, message, steps } = await emulator.rotationSettled(arn);
    if (status !== 'Succeeded') throw new Error(`${arn}: ${status}: ${message} ${JSON.stringify(steps)}`);
  }

  await grow(secrets);
  return {
    grow,
    async rotate(lanes) {
      const arns = fresh;
      fresh = [];
      return { seconds: await atOnce(lanes, arns.length, (i) => rotateOne(arns[i] ?? '')) };
    },
    async [Symbol.asyncDispose]() {
      client.close();
      await emulator.close();
    },
  };
}

function allow<S extends object>(statement: S) {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] } as const;
}

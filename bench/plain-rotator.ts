import { randomBytes } from 'node:crypto';
import type { InProcessFunction, RotationStep } from '../lib/emulator/index.js';
import { wireClient } from './wire-client.js';

/** What setSecret does with the target; the others have none. */
export type SetSecret = () => Promise<unknown>;

/**
 * What AWS's own functions do, step by step and call by call (DescribeSecret before each step included), by HTTP: so that
 * the emulator is what is measured.
 */
export function plainRotator(setSecret: SetSecret = async () => undefined): InProcessFunction['handler'] {
  return (environment) => {
    const { AWS_ENDPOINT_URL = '', AWS_ACCESS_KEY_ID = '', AWS_SESSION_TOKEN = '', AWS_REGION = '' } = environment;
    const client = wireClient(
      AWS_ENDPOINT_URL,
      { accessKeyId: AWS_ACCESS_KEY_ID, sessionToken: AWS_SESSION_TOKEN },
      AWS_REGION,
    );
    return async ({ Step, SecretId, ClientRequestToken, RotationToken }) => {
      const pending = { SecretId, VersionId: ClientRequestToken, VersionStage: 'AWSPENDING' };
      const steps: Record<RotationStep, (currentVersion: string) => Promise<unknown>> = {
        async createSecret() {
          const current = await client.call('GetSecretValue', { SecretId, VersionStage: 'AWSCURRENT' });
          await client.call('PutSecretValue', {
            SecretId,
            ClientRequestToken,
            RotationToken,
            VersionStages: ['AWSPENDING'],
            SecretString: withNewPassword(current),
          });
        },
        async setSecret() {
          await client.call('GetSecretValue', pending);
          await setSecret();
        },
        testSecret: () => client.call('GetSecretValue', pending),
        finishSecret: (RemoveFromVersionId) =>
          client.call('UpdateSecretVersionStage', {
            SecretId,
            VersionStage: 'AWSCURRENT',
            MoveToVersionId: ClientRequestToken,
            RemoveFromVersionId,
          }),
      };
      await steps[Step](currentVersionIn(await client.call('DescribeSecret', { SecretId })));
    };
  };
}

function currentVersionIn(description: unknown): string {
  const { VersionIdsToStages } = description as { VersionIdsToStages: Readonly<Record<string, readonly string[]>> };
  const [current] = Object.entries(VersionIdsToStages).find(([, labels]) => labels.includes('AWSCURRENT')) ?? [];
  if (current === undefined) throw new Error('no version holds AWSCURRENT');
  return current;
}

function withNewPassword(value: unknown): string {
  const { SecretString } = value as { SecretString: string };
  return JSON.stringify({ ...JSON.parse(SecretString), password: randomBytes(16).toString('hex') });
}

/** The accident that ListSecretVersionIds is for: a target that has the value of a version to which no label leads. */
import {
  DescribeSecretCommand,
  RotateSecretCommand,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import type { Emulator } from '../../lib/emulator/index.js';

export interface Accident {
  readonly emulator: Emulator;
  /** The operator's. */
  readonly client: SecretsManagerClient;
  readonly SecretId: string;
  /** With two logins, AWSCURRENT is the one that the rotation left alone, so the operator also moves it back to the one that it changed. */
  readonly movesBack: boolean;
}

/** Rotates a secret, and takes AWSPENDING away when setSecret is done. */
export async function loseVersion({ emulator, client, SecretId, movesBack }: Accident): Promise<void> {
  emulator.intercept({
    invocation: ({ step, versionId: RemoveFromVersionId }) =>
      step === 'testSecret'
        ? { before: () => move(client, { SecretId, VersionStage: 'AWSPENDING', RemoveFromVersionId }) }
        : undefined,
  });
  await client.send(new RotateSecretCommand({ SecretId }));
  const { status, steps } = await emulator.rotationSettled(SecretId);
  emulator.intercept();
  if (status !== 'Failed' || steps.at(-1)?.step !== 'testSecret')
    throw new Error(`the accident did not happen: ${status}`);
  if (!movesBack) return;
  const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId }));
  const holder = (label: string) =>
    Object.keys(VersionIdsToStages).find((version) => VersionIdsToStages[version]?.includes(label));
  await move(client, {
    SecretId,
    VersionStage: 'AWSCURRENT',
    MoveToVersionId: holder('AWSPREVIOUS'),
    RemoveFromVersionId: holder('AWSCURRENT'),
  });
}

async function move(
  client: SecretsManagerClient,
  input: ConstructorParameters<typeof UpdateSecretVersionStageCommand>[0],
): Promise<void> {
  await client.send(new UpdateSecretVersionStageCommand(input));
}

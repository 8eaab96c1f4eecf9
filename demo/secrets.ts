/** Secrets Manager as its owner sees it. */
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  type GetSecretValueCommandInput,
  RotateSecretCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';

/** @returns the ARN */
export async function createSecret(client: SecretsManagerClient, name: string, value: object): Promise<string> {
  const { ARN } = await client.send(new CreateSecretCommand({ Name: name, SecretString: JSON.stringify(value) }));
  if (ARN === undefined) throw new Error(`CreateSecret of ${name} returned no ARN`);
  return ARN;
}

export async function readSecret<TSecret>(
  client: SecretsManagerClient,
  secretArn: string,
  version: Pick<GetSecretValueCommandInput, 'VersionId' | 'VersionStage'> = {},
): Promise<TSecret> {
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretArn, ...version }));
  return JSON.parse(SecretString ?? '');
}

/** Has the function rotate the secret, now and every 30 days. */
export async function rotateSecret(client: SecretsManagerClient, secretArn: string, functionArn: string) {
  await client.send(
    new RotateSecretCommand({
      SecretId: secretArn,
      RotationLambdaARN: functionArn,
      RotationRules: { AutomaticallyAfterDays: 30 },
    }),
  );
}

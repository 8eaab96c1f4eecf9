import {
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';

export interface StoredVersion<TValue> {
  readonly versionId: string;
  /** Staging labels; none on a version that Secrets Manager has yet to forget. */
  readonly labels: readonly string[];
  /** undefined: RotateSecret has staged the version, and nothing was stored in it. */
  readonly value: TValue | undefined;
}

/** @returns All versions of a secret, oldest first. */
export async function storedVersions(
  client: SecretsManagerClient,
  secretArn: string,
): Promise<readonly StoredVersion<string | Uint8Array>[]> {
  const { Versions = [] } = await client.send(
    // Secrets have about 100 versions at most.
    new ListSecretVersionIdsCommand({ SecretId: secretArn, IncludeDeprecated: true, MaxResults: 100 }),
  );
  return Promise.all(
    Versions.map(async ({ VersionId: versionId = '', VersionStages: labels = [] }) => ({
      versionId,
      labels,
      value: await storedValue(client, { SecretId: secretArn, VersionId: versionId }),
    })),
  );
}

/** @returns undefined if there is no such version, or nothing in it */
export async function storedValue(
  client: SecretsManagerClient,
  version: { readonly SecretId: string } & ({ readonly VersionId: string } | { readonly VersionStage: string }),
): Promise<string | Uint8Array | undefined> {
  try {
    const { SecretString, SecretBinary } = await client.send(new GetSecretValueCommand(version));
    return SecretBinary ?? SecretString;
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

import type { StoredValue } from './secret-value.js';

export type StagingLabel = 'AWSCURRENT' | 'AWSPENDING' | 'AWSPREVIOUS';

/** What DescribeSecret says of rotation and staging. */
export interface SecretDescription {
  readonly rotationEnabled: boolean;
  /** Staging labels by version id. */
  readonly versions: ReadonlyMap<string, readonly string[]>;
}

export interface StoredVersion {
  readonly versionId: string;
  readonly labels: readonly string[];
  readonly value: StoredValue;
}

/**
 * THE PORT to Secrets Manager: what a rotation asks of it, for the one secret of the event. Each method is one call, and says which. Failures are
 * RotationErrors: SecretNotFound, AccessDenied, SecretsManagerFailed.
 */
export interface SecretStore {
  /** DescribeSecret. */
  describe(): Promise<SecretDescription>;
  /** GetSecretValue by label. Undefined if no version with a value carries it. */
  readLabel(label: StagingLabel): Promise<StoredVersion | undefined>;
  /**
   * GetSecretValue with the event's version id and AWSPENDING, which proves the staging.
   * 'no value' if the version has none (or is unknown), 'not pending' if AWSPENDING is not on it.
   */
  readPending(): Promise<StoredVersion | 'no value' | 'not pending'>;
  /** ListSecretVersionIds, deprecated ones included: the ids of the versions without a label, newest first. */
  listUnlabelled(): Promise<readonly string[]>;
  /** GetSecretValue by version id. Undefined if it has no value, or is gone. */
  readVersion(versionId: string): Promise<StoredVersion | undefined>;
  /**
   * PutSecretValue with ClientRequestToken, RotationToken and VersionStages ['AWSPENDING']. Repeatable with the same value. 'kept' if the version already holds
   * another value, which stays.
   */
  putPending(value: StoredValue): Promise<'stored' | 'kept'>;
  /**
   * UpdateSecretVersionStage: moves AWSCURRENT from `from` to the event's version, and nothing else. 'not on from' if AWSCURRENT was not on `from` any more.
   */
  moveCurrent(from: string | undefined): Promise<'moved' | 'not on from'>;
  /** GetSecretValue of AWSCURRENT of another secret. @throws NoCurrentValueError */
  readOther(secretId: string): Promise<StoredVersion>;
  /** DescribeSecret of another secret. */
  readTags(secretId: string): Promise<ReadonlyMap<string, string>>;
}

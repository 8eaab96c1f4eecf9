import { types } from 'node:util';
import {
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  type GetSecretValueCommandInput,
  PutSecretValueCommand,
  paginateListSecretVersionIds,
  SecretsManagerClient,
  type SecretsManagerClientConfig,
  type SecretVersionsListEntry,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import type { Deadline } from '../rotation/deadline.js';
import {
  AccessDeniedError,
  NoCurrentValueError,
  RotationError,
  SecretNotFoundError,
  SecretsManagerFailedError,
} from '../rotation/errors.js';
import type { RotationEvent } from '../rotation/event.js';
import type { CompletePasswordPolicy } from '../rotation/password.js';
import type { SecretStore, StoredVersion } from '../rotation/secret-store.js';

export type { SecretsManagerClient, SecretsManagerClientConfig };

/** Gives the client for the event's secret, or for reading another one. */
export interface Clients {
  forSecret(): Promise<SecretsManagerClient>;
  forReading(secretId: string): Promise<SecretsManagerClient>;
  /** The session of this client has ended: the next one comes with a new session. @returns false where it has none, since the credentials are the function's own */
  renew(client: SecretsManagerClient): Promise<boolean>;
}

/** GetRandomPassword. */
export interface PasswordSource {
  randomPassword(policy: CompletePasswordPolicy): Promise<string>;
}

/** For every client: a function without a route to an endpoint should say so, and not hang until Lambda ends it. */
export const patience = {
  maxAttempts: 5,
  requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
} as const;

export function secretsManagerClient(config: SecretsManagerClientConfig): SecretsManagerClient {
  return new SecretsManagerClient({
    // Secrets Manager takes 50 writes a second for an account and Region; adaptive mode slows down by itself when a fleet rotates at once.
    retryMode: 'adaptive',
    ...patience,
    ...config,
  });
}

/** The SDK's error `name` is AWS's code; several codes are not modelled, so `instanceof` does not find them. */
function awsCode(error: unknown): string {
  return types.isNativeError(error) ? error.name : 'unknown';
}

/**
 * What AWS says of a session that is over, or of which it knows no more (its role was made anew). A kept one may be that before its time, where clocks differ. Not
 * among them: AccessDeniedException, a policy's decision, which a new session would meet again; InvalidSignatureException, which is about this clock, and which the SDK corrects.
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
 */
const SESSION_ENDED: ReadonlySet<string> = new Set(['ExpiredTokenException', 'UnrecognizedClientException']);

/** The store for the secret and version of the event, and GetRandomPassword. */
export function secretStore(clients: Clients, event: RotationEvent, deadline: Deadline): SecretStore & PasswordSource {
  const { SecretId, ClientRequestToken, RotationToken } = event;
  const { signal } = deadline;
  const abort = { abortSignal: signal };

  /** One call, named in errors, and made again if the session has ended. */
  async function call<T>(
    operation: string,
    secretId: string,
    send: (client: SecretsManagerClient) => Promise<T>,
  ): Promise<T> {
    let client: SecretsManagerClient | undefined;
    async function connectAndSend(): Promise<T> {
      client = await (secretId === SecretId ? clients.forSecret() : clients.forReading(secretId));
      return send(client);
    }
    // Begun after the wait, so that an AssumeRole inside is the later one and is named if it hangs.
    const sending = () => deadline.waitFor(`${operation} (Secrets Manager)`, Promise.resolve().then(connectAndSend));
    try {
      return await sending().catch(async (error: unknown) => {
        const ended = SESSION_ENDED.has(awsCode(error)) && !signal.aborted;
        if (ended && client !== undefined && (await clients.renew(client))) return sending();
        throw error;
      });
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw failed(operation, secretId, error);
    }
  }

  const getSecretValue = async (client: SecretsManagerClient, input: Omit<GetSecretValueCommandInput, 'SecretId'>) =>
    storedVersion(await client.send(new GetSecretValueCommand({ SecretId, ...input }), abort));

  const readIfThere = (input: Omit<GetSecretValueCommandInput, 'SecretId'>) =>
    call('GetSecretValue', SecretId, async (client) => {
      try {
        return await getSecretValue(client, input);
      } catch (error) {
        // Also "can't find the specified secret", which DescribeSecret then reports.
        if (awsCode(error) === 'ResourceNotFoundException') return undefined;
        throw error;
      }
    });

  return {
    describe: () =>
      call('DescribeSecret', SecretId, async (client) => {
        const { RotationEnabled, VersionIdsToStages } = await client.send(
          new DescribeSecretCommand({ SecretId }),
          abort,
        );
        return {
          rotationEnabled: RotationEnabled === true,
          versions: new Map(Object.entries(VersionIdsToStages ?? {})),
        };
      }),

    readLabel: (label) => readIfThere({ VersionStage: label }),
    readVersion: (versionId) => readIfThere({ VersionId: versionId }),

    listUnlabelled: () =>
      call('ListSecretVersionIds', SecretId, async (client) => {
        const unlabelled: SecretVersionsListEntry[] = [];
        // Every page, since the oldest come first; but AWS does not promise that order.
        for await (const { Versions = [] } of paginateListSecretVersionIds(
          { client },
          { SecretId, IncludeDeprecated: true, MaxResults: 100 },
          abort,
        )) {
          unlabelled.push(...Versions.filter(({ VersionStages = [] }) => VersionStages.length === 0));
        }
        return unlabelled
          .reverse()
          .sort((a, b) => Number(b.CreatedDate) - Number(a.CreatedDate))
          .flatMap(({ VersionId }) => VersionId ?? []);
      }),

    readPending: () =>
      call('GetSecretValue', SecretId, async (client) => {
        try {
          return await getSecretValue(client, { VersionId: ClientRequestToken, VersionStage: 'AWSPENDING' });
        } catch (error) {
          if (awsCode(error) === 'ResourceNotFoundException') return 'no value';
          if (isStageMismatch(error)) return 'not pending';
          throw error;
        }
      }),

    putPending: (value) =>
      call('PutSecretValue', SecretId, async (client) => {
        const command = new PutSecretValueCommand({
          SecretId,
          ClientRequestToken,
          VersionStages: ['AWSPENDING'],
          ...(typeof value === 'string' ? { SecretString: value } : { SecretBinary: value }),
          // Without it a rotation through an assumed role fails: "Pending secret version … was not created by Lambda …".
          ...(RotationToken !== undefined && { RotationToken }),
        });
        try {
          await client.send(command, abort);
          return 'stored';
        } catch (error) {
          if (awsCode(error) === 'ResourceExistsException') return 'kept';
          throw error;
        }
      }),

    moveCurrent: (from) =>
      call('UpdateSecretVersionStage', SecretId, async (client) => {
        const command = new UpdateSecretVersionStageCommand({
          SecretId,
          VersionStage: 'AWSCURRENT',
          MoveToVersionId: ClientRequestToken,
          ...(from !== undefined && { RemoveFromVersionId: from }),
        });
        try {
          await client.send(command, abort);
          return 'moved';
        } catch (error) {
          if (isLabelElsewhere(error)) return 'not on from';
          throw error;
        }
      }),

    readOther: (secretId) =>
      call('GetSecretValue', secretId, async (client) => {
        try {
          return storedVersion(await client.send(new GetSecretValueCommand({ SecretId: secretId }), abort));
        } catch (error) {
          if (awsCode(error) !== 'ResourceNotFoundException') throw error;
          if (types.isNativeError(error) && /secret value/.test(error.message)) {
            throw new NoCurrentValueError(`The secret ${secretId} has no AWSCURRENT value.`);
          }
          throw new SecretNotFoundError(`The secret ${secretId} does not exist (as far as the function may see).`);
        }
      }),

    readTags: (secretId) =>
      call('DescribeSecret', secretId, async (client) => {
        const { Tags = [] } = await client.send(new DescribeSecretCommand({ SecretId: secretId }), abort);
        return new Map(Tags.map(({ Key = '', Value = '' }) => [Key, Value]));
      }),

    randomPassword: (policy) =>
      call('GetRandomPassword', SecretId, async (client) => {
        const command = new GetRandomPasswordCommand({
          PasswordLength: policy.length,
          ExcludeCharacters: policy.excludeCharacters,
          ExcludeNumbers: policy.excludeNumbers,
          ExcludePunctuation: policy.excludePunctuation,
          ExcludeUppercase: policy.excludeUppercase,
          ExcludeLowercase: policy.excludeLowercase,
          IncludeSpace: policy.includeSpace,
          RequireEachIncludedType: policy.requireEachIncludedType,
        });
        const { RandomPassword } = await client.send(command, abort);
        if (RandomPassword) return RandomPassword;
        throw new SecretsManagerFailedError('unknown', 'GetRandomPassword returned no password.');
      }),
  };
}

function storedVersion(output: {
  VersionId?: string | undefined;
  VersionStages?: string[] | undefined;
  SecretString?: string | undefined;
  SecretBinary?: Uint8Array | undefined;
}): StoredVersion {
  return {
    versionId: output.VersionId ?? '',
    labels: output.VersionStages ?? [],
    value: output.SecretString ?? output.SecretBinary ?? '',
  };
}

function isStageMismatch(error: unknown): boolean {
  return (
    awsCode(error) === 'InvalidRequestException' && types.isNativeError(error) && /VersionStage/.test(error.message)
  );
}

function isLabelElsewhere(error: unknown): boolean {
  return (
    awsCode(error) === 'InvalidParameterException' &&
    types.isNativeError(error) &&
    /RemoveFromVersionId|staging label/i.test(error.message)
  );
}

/** Node's and the SDK's names for having got no answer. The SDK may wrap them, so the message is searched too. */
const NETWORK_FAILURES = ['TimeoutError', 'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ECONNRESET'];

function failed(operation: string, secretId: string, error: unknown): RotationError {
  if (error instanceof RotationError) return error;
  const code = awsCode(error);
  const message = types.isNativeError(error) ? error.message : '';
  if (code === 'ResourceNotFoundException') {
    return new SecretNotFoundError(
      `${operation}: Secrets Manager does not know ${secretId} in this account and Region, or it was deleted. Across accounts the function must assume a role there.`,
    );
  }
  if (code === 'AccessDeniedException') {
    const hint = /KMS/.test(message)
      ? 'Allow kms:Decrypt and kms:GenerateDataKey on the key of the secret to the role that calls, and in the key policy if the key is in another account.'
      : `Allow secretsmanager:${operation} on ${operation === 'GetRandomPassword' ? '*' : secretId} to the role that calls.`;
    return new AccessDeniedError(`${operation} was refused: ${message}. ${hint}`, { cause: error });
  }
  const errno = types.isNativeError(error) && 'code' in error ? error.code : '';
  const unreachable = NETWORK_FAILURES.find((failure) => `${code} ${errno} ${message}`.includes(failure));
  if (unreachable !== undefined) {
    return new SecretsManagerFailedError(
      code,
      `${operation}: no answer from the Secrets Manager endpoint (${unreachable}). In a VPC the function needs a route to it: an interface endpoint or a NAT gateway, and HTTPS allowed by security groups and network ACLs.`,
      { cause: error },
    );
  }
  return new SecretsManagerFailedError(code, `${operation} failed: ${code}: ${message}`, { cause: error });
}

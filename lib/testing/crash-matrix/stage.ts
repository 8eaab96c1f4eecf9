/** Where rotations of a subject run: an emulator, a place of the subject, and the relay between function and target. */
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { type Emulator, type RotationOutcome, startEmulator } from '../../emulator/index.js';
import { storedVersions } from '../stored-versions.js';
import { messageOf } from './error-message.js';
import { defaultPublicFields, scrub, secretTexts } from './leaks.js';
import { type ExchangeInterception, type Relay, startRelay } from './relay.js';
import type { CrashSubject } from './subject.js';

const SECRET_ACCOUNT = '111122223333';
const FUNCTION_ACCOUNT = '444455556666';
const REGION = 'us-east-1';
/** Nothing answers there; a subject without a target does not connect to it. */
const DISCARD = 9;
const ASSUMED_ROLE = `arn:aws:iam::${SECRET_ACCOUNT}:role/SecretRotation`;

/** What a rotation function may need of the secrets' account. */
const permissions = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'secretsmanager:*', Resource: '*' }],
} as const;

/** A version with a value, as operators can read it. */
export interface FilledVersion {
  readonly versionId: string;
  readonly labels: readonly string[];
  readonly value: string;
}

/** One secret of a stage, from a fresh start on. */
export interface StagedSecret {
  readonly arn: string;
}

/** A function of the place threw: which, and what it said, without what is secret. */
export class PlaceError extends Error {
  override readonly name = 'PlaceError';
}

export interface Stage extends AsyncDisposable {
  readonly emulator: Emulator;
  /** Whether the function's connections to the target are seen. */
  readonly watched: boolean;
  readonly restartable: boolean;
  /** The role in the secret's account, or the function's own. */
  readonly workingRole: string;
  readonly functionArn: string;
  /** Whoever intercepts exchanges with the target. */
  onExchange: (() => ExchangeInterception | undefined) | undefined;
  /** What is secret since the fresh start, as far as it was given out or read by `versions`. */
  readonly secretTexts: ReadonlySet<string>;
  /** Starts afresh: target and secret. @throws PlaceError */
  reset(): Promise<StagedSecret>;
  forget(secret: StagedSecret): Promise<void>;
  /** RotateSecret. @returns how it ended */
  rotate(secret: StagedSecret): Promise<RotationOutcome>;
  current(secret: StagedSecret): Promise<string>;
  labels(secret: StagedSecret): Promise<ReadonlyMap<string, string>>;
  /** Those that have a value. */
  versions(secret: StagedSecret): Promise<readonly FilledVersion[]>;
  stripPending(secret: StagedSecret): Promise<boolean>;
  writeCurrent(secret: StagedSecret): Promise<void>;
  /** Whether the target lets a value in. @throws whatever says that it could not be asked */
  login(value: string): Promise<boolean>;
  /** undefined: the place does not tell. @throws PlaceError */
  snapshot(): Promise<readonly string[] | undefined>;
  /** '' where the place does not tell. @throws PlaceError */
  serverLog(): Promise<string>;
  /** @throws PlaceError */
  restart(): Promise<void>;
}

export async function openStage(subject: CrashSubject): Promise<Stage> {
  const emulator = await startEmulator({ region: REGION, historyLimit: 2_000 });
  const place = await subject.open().catch(async (error: unknown) => {
    await emulator.close();
    throw error;
  });
  const relay: Relay = await startRelay(
    () => place.target ?? { host: '127.0.0.1', port: DISCARD },
    () => stage.onExchange?.(),
  );
  const client = new SecretsManagerClient({
    region: REGION,
    endpoint: emulator.endpoint,
    credentials: emulator.credentialsFor(SECRET_ACCOUNT),
  });

  const account = subject.accounts === 'two' ? FUNCTION_ACCOUNT : SECRET_ACCOUNT;
  const roleArn = `arn:aws:iam::${account}:role/rotation-function`;
  const functionArn = `arn:aws:lambda:${REGION}:${account}:function:rotation`;
  emulator.bindFunction({
    ...subject.function,
    functionArn,
    roleArn,
    invokePermissions: [{ sourceAccount: SECRET_ACCOUNT }],
  });
  if (subject.accounts === 'two') {
    emulator.createRole({
      roleArn: ASSUMED_ROLE,
      trustPolicy: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { AWS: roleArn }, Action: 'sts:AssumeRole' }],
      },
      policies: [permissions],
    });
  }

  let secrets = 0;
  async function createSecret(name: string, SecretString: string): Promise<string> {
    secrets += 1;
    const { ARN = '' } = await client.send(new CreateSecretCommand({ Name: `${name}-${secrets}`, SecretString }));
    return ARN;
  }

  const described = ({ arn }: StagedSecret) => client.send(new DescribeSecretCommand({ SecretId: arn }));

  const known = new Set<string>();
  const know = (value: string) => {
    for (const text of secretTexts(value, subject.publicFields ?? defaultPublicFields)) known.add(text);
  };

  async function asked<T>(
    operation: 'reset' | 'snapshot' | 'serverLog' | 'restart',
    ask: () => Promise<T>,
  ): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      throw new PlaceError(`${operation} of the place failed: ${scrub(messageOf(error), known)}`);
    }
  }

  const stage: Stage = {
    emulator,
    watched: place.target !== undefined,
    restartable: place.restart !== undefined,
    workingRole: subject.accounts === 'two' ? ASSUMED_ROLE : roleArn,
    functionArn,
    onExchange: undefined,
    secretTexts: known,
    async reset() {
      known.clear();
      const value = await asked('reset', () =>
        place.reset({
          through: relay.address,
          createSecret(name, other) {
            know(other);
            return createSecret(name, other);
          },
        }),
      );
      know(value);
      return { arn: await createSecret('crash-matrix/secret', value) };
    },
    async forget({ arn }) {
      await client.send(new DeleteSecretCommand({ SecretId: arn, ForceDeleteWithoutRecovery: true }));
    },
    async rotate({ arn }) {
      try {
        await client.send(
          new RotateSecretCommand({
            SecretId: arn,
            RotationLambdaARN: functionArn,
            RotationRules: { AutomaticallyAfterDays: 30 },
          }),
        );
      } catch (error) {
        // Such as: a previous rotation is not complete. Nothing was started.
        const { name, message } = error as Error;
        return {
          kind: 'Rotation',
          status: 'Failed',
          message: `RotateSecret: ${name}: ${message}`,
          versionId: '',
          steps: [],
        };
      }
      return emulator.rotationSettled(arn);
    },
    async current({ arn }) {
      const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: arn }));
      return SecretString;
    },
    async labels(secret) {
      const { VersionIdsToStages = {} } = await described(secret);
      return new Map(Object.entries(VersionIdsToStages).flatMap(([id, labels]) => labels.map((label) => [label, id])));
    },
    async versions({ arn }) {
      const filled = (await storedVersions(client, arn)).flatMap(({ versionId, labels, value }) =>
        typeof value === 'string' ? [{ versionId, labels, value }] : [],
      );
      for (const { value } of filled) know(value);
      return filled;
    },
    async stripPending(secret) {
      const pending = (await stage.labels(secret)).get('AWSPENDING');
      if (pending === undefined) return false;
      await client.send(
        new UpdateSecretVersionStageCommand({
          SecretId: secret.arn,
          VersionStage: 'AWSPENDING',
          RemoveFromVersionId: pending,
        }),
      );
      return true;
    },
    async writeCurrent(secret) {
      const value = await stage.current(secret);
      await client.send(new PutSecretValueCommand({ SecretId: secret.arn, SecretString: value }));
    },
    login: (value) => place.login(value),
    snapshot: () => asked('snapshot', async () => place.snapshot?.()),
    serverLog: () => asked('serverLog', async () => (await place.serverLog?.()) ?? ''),
    restart: () => asked('restart', async () => place.restart?.()),
    async [Symbol.asyncDispose]() {
      client.destroy();
      // Functions first: what they have open at the target would hold up its end.
      await emulator.close();
      await relay[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
    },
  };
  return stage;
}

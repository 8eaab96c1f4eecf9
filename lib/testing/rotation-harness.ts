import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { roleInSecretAccount } from '../aws/assume-role.js';
import {
  type Emulator,
  type PolicyDocument,
  type RecordedRequest,
  type RotationOutcome,
  startEmulator,
} from '../emulator/index.js';
import { createRotationHandler, type RotationOptions } from '../handler.js';
import type { LogFields, RotationLog } from '../rotation/log.js';
import type { Rotator, SecretValue } from '../rotation/rotator.js';

export interface RotationHarnessOptions<TSecret extends SecretValue> {
  /** The first AWSCURRENT value. */
  readonly initial: NoInfer<TSecret>;
  /** Options of the handler under test, `passwordPolicy` for instance. Its endpoints default to the emulator. */
  readonly handler?: Omit<RotationOptions, 'credentials' | 'log'>;
  /**
   * The function's account, 12 digits. Any but 111122223333, which owns the secret, makes it a rotation across accounts through the role
   * `SecretRotation`, which trusts the function. Default: 111122223333.
   */
  readonly functionAccountId?: string;
}

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
}

/** One secret, one rotator, and an emulator of its own. */
export interface RotationHarness<TSecret extends SecretValue> extends AsyncDisposable {
  readonly emulator: Emulator;
  readonly secretArn: string;
  /** A client of the secret's account. */
  readonly client: SecretsManagerClient;
  /** Calls RotateSecret and waits for the end of the rotation. */
  rotate(): Promise<RotationOutcome>;
  /** Runs the steps again on the version that is stuck in AWSPENDING, as Secrets Manager does by itself. */
  reattempt(): Promise<RotationOutcome>;
  /** The value under a label; undefined if there is none. */
  value(label: 'AWSCURRENT' | 'AWSPENDING' | 'AWSPREVIOUS'): Promise<TSecret | undefined>;
  /** Staging labels by version id. */
  labels(): Promise<Record<string, string[]>>;
  /** The calls that the function has made so far, oldest first. */
  calls(): readonly RecordedRequest[];
  /** Every line that the handler has logged. */
  readonly logs: readonly LogLine[];
}

const SECRET_ACCOUNT = '111122223333';
const REGION = 'us-east-1';

/** What rotators ask of the secret they rotate, and of others that they read: a superuser's, for one. */
const mayRotateAnySecret = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: [
        'secretsmanager:DescribeSecret',
        'secretsmanager:GetSecretValue',
        'secretsmanager:ListSecretVersionIds',
        'secretsmanager:PutSecretValue',
        'secretsmanager:UpdateSecretVersionStage',
      ],
      Resource: `arn:aws:secretsmanager:*:${SECRET_ACCOUNT}:secret:*`,
    },
    { Effect: 'Allow', Action: 'secretsmanager:GetRandomPassword', Resource: '*' },
  ],
} as const satisfies PolicyDocument;

/**
 * Runs whole rotations of a rotator, offline: an emulator with one secret, and the real handler with the real AWS SDK between them. Runner-agnostic.
 *
 * @example
 * await using harness = await rotationHarness(apiKey, { initial: { url, key: 'first' } });
 * await harness.rotate();
 */
export async function rotationHarness<TSecret extends SecretValue>(
  rotator: Rotator<TSecret>,
  options: RotationHarnessOptions<TSecret>,
): Promise<RotationHarness<TSecret>> {
  const emulator = await startEmulator({ region: REGION });
  const logs: LogLine[] = [];
  const client = new SecretsManagerClient({
    region: REGION,
    endpoint: emulator.endpoint,
    credentials: emulator.credentialsFor(SECRET_ACCOUNT),
  });
  const created = await client.send(new CreateSecretCommand({ Name: 'keyturn/harness', ...stored(options.initial) }));
  const secretArn = created.ARN ?? '';
  const account = options.functionAccountId ?? SECRET_ACCOUNT;
  const functionArn = `arn:aws:lambda:${REGION}:${account}:function:rotation`;

  const functionRoleArn = `arn:aws:iam::${account}:role/rotation-function`;
  if (account !== SECRET_ACCOUNT) {
    emulator.createRole({
      roleArn: `arn:aws:iam::${SECRET_ACCOUNT}:role/SecretRotation`,
      trustPolicy: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { AWS: functionRoleArn }, Action: 'sts:AssumeRole' }],
      },
      policies: [mayRotateAnySecret],
    });
  }

  emulator.bindFunction({
    functionArn,
    roleArn: functionRoleArn,
    invokePermissions: [{ sourceAccount: SECRET_ACCOUNT }],
    handler: (environment) =>
      createRotationHandler(rotator, {
        endpoint: emulator.endpoint,
        stsEndpoint: emulator.endpoint,
        assumeRole: roleInSecretAccount('SecretRotation'),
        ...options.handler,
        credentials: {
          accessKeyId: environment.AWS_ACCESS_KEY_ID ?? '',
          secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? '',
          ...(environment.AWS_SESSION_TOKEN !== undefined && { sessionToken: environment.AWS_SESSION_TOKEN }),
        },
        log: recordingLog(logs),
      }),
  });

  async function value(label: string): Promise<TSecret | undefined> {
    try {
      const output = await client.send(new GetSecretValueCommand({ SecretId: secretArn, VersionStage: label }));
      const whole = output.SecretBinary ?? output.SecretString ?? '';
      // What the rotator calls its secret: an object unless it declared text or bytes.
      return (rotator.secret.format === undefined ? JSON.parse(String(whole)) : whole) as TSecret;
    } catch (error) {
      if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined;
      throw error;
    }
  }

  return {
    emulator,
    secretArn,
    client,
    logs,
    async rotate() {
      await client.send(
        new RotateSecretCommand({
          SecretId: secretArn,
          RotationLambdaARN: functionArn,
          RotationRules: { AutomaticallyAfterDays: 30 },
        }),
      );
      return emulator.rotationSettled(secretArn);
    },
    reattempt: () => emulator.reattemptRotation(secretArn),
    value,
    async labels() {
      const output = await client.send(new DescribeSecretCommand({ SecretId: secretArn }));
      return output.VersionIdsToStages ?? {};
    },
    calls: () => emulator.requests.filter((request) => request.step !== undefined),
    async [Symbol.asyncDispose]() {
      client.destroy();
      await emulator.close();
    },
  };
}

function stored(value: SecretValue): { SecretString: string } | { SecretBinary: Uint8Array } {
  if (value instanceof Uint8Array) return { SecretBinary: value };
  return { SecretString: typeof value === 'string' ? value : JSON.stringify(value) };
}

function recordingLog(lines: LogLine[]): RotationLog {
  const record =
    (level: LogLine['level']) =>
    (message: string, fields: LogFields = {}): void =>
      void lines.push({ level, message, fields });
  return { info: record('info'), warn: record('warn'), error: record('error') };
}

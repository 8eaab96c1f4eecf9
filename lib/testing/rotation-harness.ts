import {
  CreateSecretCommand,
  DescribeSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { roleInSecretAccount } from '../aws/assume-role.js';
import {
  type Emulator,
  type PolicyDocument,
  type RecordedRequest,
  type RotationOutcome,
  type RotationStep,
  type StepOutcome,
  startEmulator,
} from '../emulator/index.js';
import { createRotationHandler, type RotationOptions } from '../handler.js';
import type { LogFields, RotationLog } from '../rotation/log.js';
import type { Rotator, SecretValue } from '../rotation/rotator.js';
import { createInterrupter, type Interruption } from './interruption.js';
import { type StoredVersion, storedValue, storedVersions } from './stored-versions.js';

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
  /**
   * Rotates as Secrets Manager does, and waits for the end: where a version waits in AWSPENDING, all steps again on that one,
   * with the same token; otherwise RotateSecret, with a new one. `versionId` of the outcome tells which.
   * @throws InterruptionMissedError
   */
  rotate(): Promise<RotationOutcome>;
  /**
   * Delivers one step alone, on the version that waits in AWSPENDING; createSecret where none waits begins a new one. To Secrets
   * Manager it is a rotation that failed in the step after it, so that `rotate` goes on with it. May run again.
   * @throws StepOutOfOrderError when no value waits for the step
   * @throws InterruptionMissedError
   */
  run(step: RotationStep): Promise<StepOutcome>;
  /**
   * The function is cut off at its next call of that name; what then is, `rotate` and `run` have to get over. Until it strikes, it
   * takes the place of an interceptor of the emulator.
   * @example
   * harness.interrupt({ after: 'setSecret' });
   * await harness.rotate(); // dies there
   * await harness.rotate(); // recovers
   */
  interrupt(interruption: Interruption): void;
  /**
   * Runs the steps again on the version that is stuck in AWSPENDING, as Secrets Manager does by itself.
   * @throws Error when none is @throws InterruptionMissedError
   */
  reattempt(): Promise<RotationOutcome>;
  /** The value under a label; undefined if there is none. */
  value(label: 'AWSCURRENT' | 'AWSPENDING' | 'AWSPREVIOUS'): Promise<TSecret | undefined>;
  /** Every version, oldest first, with its labels and its value. */
  versions(): Promise<readonly StoredVersion<TSecret>[]>;
  /** Staging labels by version id. */
  labels(): Promise<Record<string, string[]>>;
  /** The calls that the function has made so far, oldest first. */
  calls(): readonly RecordedRequest[];
  /** Every line that the handler has logged. */
  readonly logs: readonly LogLine[];
}

/** What comes before the step has not been run. */
export class StepOutOfOrderError extends Error {
  override readonly name = 'StepOutOfOrderError';
}

const STEPS: readonly RotationStep[] = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'];
const SECRET_ACCOUNT = '111122223333';
const ASSUMED_ROLE = `arn:aws:iam::${SECRET_ACCOUNT}:role/SecretRotation`;
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
      roleArn: ASSUMED_ROLE,
      trustPolicy: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { AWS: functionRoleArn }, Action: 'sts:AssumeRole' }],
      },
      policies: [mayRotateAnySecret],
    });
  }

  const interrupter = createInterrupter(emulator, () => {
    emulator.killFunction(functionArn);
    // What is left of it may ask once more, when its request has timed out.
    emulator.expireSessions(functionRoleArn);
    if (account !== SECRET_ACCOUNT) emulator.expireSessions(ASSUMED_ROLE);
  });
  /** Set while one step alone is to be run. */
  let only: RotationStep | undefined;

  emulator.bindFunction({
    functionArn,
    roleArn: functionRoleArn,
    invokePermissions: [{ sourceAccount: SECRET_ACCOUNT }],
    handler(environment) {
      const process = interrupter.begin();
      const handle = createRotationHandler(process.watched(rotator), {
        endpoint: emulator.endpoint,
        stsEndpoint: emulator.endpoint,
        assumeRole: roleInSecretAccount('SecretRotation'),
        ...options.handler,
        credentials: {
          accessKeyId: environment.AWS_ACCESS_KEY_ID ?? '',
          secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? '',
          ...(environment.AWS_SESSION_TOKEN !== undefined && { sessionToken: environment.AWS_SESSION_TOKEN }),
        },
        log: recordingLog((line) => process.isDead() || logs.push(line)),
      });
      return async (event, lambda) => {
        const step = STEPS.indexOf(event.Step);
        const wanted = only === undefined ? step : STEPS.indexOf(only);
        if (step > wanted) throw new StepOutOfOrderError(`Only ${only} was to be run.`);
        if (step === wanted) await handle(event, lambda);
      };
    },
  });

  /** What the rotator calls its secret: an object unless it declared text or bytes. */
  function typed(value: string | Uint8Array | undefined): TSecret | undefined {
    if (value === undefined) return undefined;
    return (rotator.secret.format === undefined ? JSON.parse(String(value)) : value) as TSecret;
  }

  async function labels(): Promise<Record<string, string[]>> {
    const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId: secretArn }));
    return VersionIdsToStages;
  }

  /** Whether a rotation was begun and not ended: AWSPENDING is on a version that is not AWSCURRENT. */
  async function isUnfinished(): Promise<boolean> {
    return Object.values(await labels()).some((own) => own.includes('AWSPENDING') && !own.includes('AWSCURRENT'));
  }

  /** Secrets Manager would refuse RotateSecret for an unfinished rotation, and say that it "will be reattempted". */
  async function attempt(unfinished: boolean): Promise<RotationOutcome> {
    if (unfinished) return emulator.reattemptRotation(secretArn);
    await client.send(
      new RotateSecretCommand({
        SecretId: secretArn,
        RotationLambdaARN: functionArn,
        RotationRules: { AutomaticallyAfterDays: 30 },
      }),
    );
    return emulator.rotationSettled(secretArn);
  }

  async function run(step: RotationStep): Promise<StepOutcome> {
    const unfinished = await isUnfinished();
    if (!unfinished && step !== 'createSecret') {
      throw new StepOutOfOrderError(`Nothing is in AWSPENDING: run('createSecret') comes before run('${step}').`);
    }
    only = step;
    const { steps, message } = await attempt(unfinished).finally(() => {
      only = undefined;
    });
    const outcome = steps.find((each) => each.step === step);
    if (outcome === undefined) {
      throw new StepOutOfOrderError(`${step} was not delivered: ${message}`);
    }
    interrupter.disarm();
    return outcome;
  }

  return {
    emulator,
    secretArn,
    client,
    logs,
    async rotate() {
      const outcome = await attempt(await isUnfinished());
      interrupter.disarm();
      return outcome;
    },
    run,
    interrupt: (interruption) => interrupter.arm(interruption),
    async reattempt() {
      const outcome = await emulator.reattemptRotation(secretArn);
      interrupter.disarm();
      return outcome;
    },
    value: async (label) => typed(await storedValue(client, { SecretId: secretArn, VersionStage: label })),
    async versions() {
      const versions = await storedVersions(client, secretArn);
      return versions.map((version) => ({ ...version, value: typed(version.value) }));
    },
    labels,
    calls: () => emulator.requests.filter((request) => request.step !== undefined),
    async [Symbol.asyncDispose]() {
      client.destroy();
      interrupter.release();
      await emulator.close();
    },
  };
}

function stored(value: SecretValue): { SecretString: string } | { SecretBinary: Uint8Array } {
  if (value instanceof Uint8Array) return { SecretBinary: value };
  return { SecretString: typeof value === 'string' ? value : JSON.stringify(value) };
}

function recordingLog(record: (line: LogLine) => void): RotationLog {
  const recordAs =
    (level: LogLine['level']) =>
    (message: string, fields: LogFields = {}): void =>
      record({ level, message, fields });
  return { info: recordAs('info'), warn: recordAs('warn'), error: recordAs('error') };
}

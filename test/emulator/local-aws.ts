/** An emulator per test, SDK clients for it, a clock that stands still until told, and a rotation function that works. */
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach } from '@jest/globals';
import {
  type Credentials,
  type Emulator,
  type EmulatorOptions,
  type FunctionEvent,
  type InProcessFunction,
  type RotationStep,
  startEmulator,
} from '../../lib/emulator/index.js';

export const account = '111122223333';
export const otherAccount = '444455556666';
export const region = 'us-west-2';
export const functionArn = `arn:aws:lambda:${region}:${account}:function:rotate`;
export const functionRole = `arn:aws:iam::${account}:role/rotate-role`;
/** 32 characters and more: a token or version id that reads well in a failure. */
export const token = (name: string) => `${name}-`.padEnd(36, '0');

export class TestClock {
  #time: number;

  constructor(start: string) {
    this.#time = Date.parse(start);
  }
  readonly now = (): Date => new Date(this.#time);

  pass(time: { days?: number; hours?: number; seconds?: number; millis?: number }): void {
    const { days = 0, hours = 0, seconds = 0, millis = 0 } = time;
    this.#time += ((days * 24 + hours) * 3600 + seconds) * 1000 + millis;
  }
}

export interface LocalAws {
  readonly emulator: Emulator;
  readonly clock: TestClock;
  /** A client of the root of `account`, unless others are given. */
  readonly client: SecretsManagerClient;
  clientOf(credentials: Credentials, inRegion?: string): SecretsManagerClient;
  stsOf(credentials: Credentials): STSClient;
}

/** A new emulator before each test, closed after it. The day is the one of the recordings. */
export function useLocalAws(options: EmulatorOptions = {}): LocalAws {
  let running: { emulator: Emulator; clock: TestClock; client: SecretsManagerClient } | undefined;
  const here = () => {
    if (running === undefined) throw new Error('only within a test');
    return running;
  };
  beforeEach(async () => {
    const clock = new TestClock('2026-09-24T06:11:41.825Z');
    const emulator = await startEmulator({ seed: 7, now: clock.now, ...options });
    running = { emulator, clock, client: secretsManager(emulator.endpoint, emulator.credentialsFor(account)) };
  });
  afterEach(() => running?.emulator.close());
  return {
    get emulator() {
      return here().emulator;
    },
    get clock() {
      return here().clock;
    },
    get client() {
      return here().client;
    },
    clientOf: (credentials, inRegion) => secretsManager(here().emulator.endpoint, credentials, inRegion),
    stsOf: (credentials) => new STSClient({ endpoint: here().emulator.endpoint, region, credentials }),
  };
}

export function secretsManager(endpoint: string, credentials: Credentials, inRegion = region): SecretsManagerClient {
  return new SecretsManagerClient({ endpoint, region: inRegion, credentials, maxAttempts: 1 });
}

/** What a step of a test's function gets to work with. */
export interface StepCall {
  readonly client: SecretsManagerClient;
  readonly event: FunctionEvent;
  readonly environment: Readonly<Record<string, string>>;
}

export const pendingValue = 'the pending value';

/** What AWS's own functions do, step by step. */
const ordinarySteps: Readonly<Record<RotationStep, (call: StepCall) => unknown>> = {
  createSecret: ({ client, event }) =>
    client.send(
      new PutSecretValueCommand({
        SecretId: event.SecretId,
        ClientRequestToken: event.ClientRequestToken,
        SecretString: pendingValue,
        VersionStages: ['AWSPENDING'],
        RotationToken: event.RotationToken,
      }),
    ),
  setSecret: () => undefined,
  testSecret: ({ client, event }) =>
    client.send(
      new GetSecretValueCommand({
        SecretId: event.SecretId,
        VersionId: event.ClientRequestToken,
        VersionStage: 'AWSPENDING',
      }),
    ),
  async finishSecret({ client, event }) {
    const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId: event.SecretId }));
    const current = Object.keys(VersionIdsToStages).find((id) => VersionIdsToStages[id]?.includes('AWSCURRENT'));
    await client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: event.SecretId,
        VersionStage: 'AWSCURRENT',
        MoveToVersionId: event.ClientRequestToken,
        RemoveFromVersionId: current,
      }),
    );
  },
};

/** A rotation function; steps that the test gives take the place of the ordinary ones. */
export function rotator(
  steps: Partial<Record<RotationStep, (call: StepCall) => unknown>> = {},
): InProcessFunction['handler'] {
  return (environment) => {
    const client = clientIn(environment);
    return (event) => (steps[event.Step] ?? ordinarySteps[event.Step])({ client, event, environment });
  };
}

export function ordinary(step: RotationStep, call: StepCall): unknown {
  return ordinarySteps[step](call);
}

/** The client that a function makes of Lambda's variables. */
export function clientIn(environment: Readonly<Record<string, string>>): SecretsManagerClient {
  return secretsManager(
    environment.AWS_ENDPOINT_URL ?? '',
    {
      accessKeyId: environment.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? '',
      sessionToken: environment.AWS_SESSION_TOKEN ?? '',
    },
    environment.AWS_REGION,
  );
}

/** How a call was refused, as the SDK tells it. */
export async function refusal(call: Promise<unknown>): Promise<{ name: string; message: string }> {
  const outcome = await call.then(
    () => ({ name: 'none', message: 'the call succeeded' }),
    (error: Error) => ({ name: error.name, message: error.message }),
  );
  return outcome;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface RawRequest {
  readonly body: string | Buffer;
  /** The target header's operation. */
  readonly operation?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
}

export function authorization(accessKeyId: string, service = 'secretsmanager'): string {
  return `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260924/${region}/${service}/aws4_request, SignedHeaders=host, Signature=00`;
}

/** A request without an SDK. Signed, as far as anyone looks, by the root of `account`. */
export async function post(
  endpoint: string,
  { body, operation, headers, method = 'POST' }: RawRequest,
): Promise<RawAnswer> {
  const answer = await fetch(endpoint, {
    method,
    ...(method === 'GET' ? {} : { body }),
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      authorization: authorization(account),
      ...(operation !== undefined && { 'x-amz-target': `secretsmanager.${operation}` }),
      ...headers,
    },
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

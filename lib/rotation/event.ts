import { InvalidEventError } from './errors.js';

export type RotationStep = 'createSecret' | 'setSecret' | 'testSecret' | 'finishSecret';

/** What Secrets Manager sends to a rotation function, once for each step. */
export interface RotationEvent {
  readonly Step: RotationStep;
  /** The secret's full ARN. Some emulators send its name. */
  readonly SecretId: string;
  /** The version id of the value that is being made. */
  readonly ClientRequestToken: string;
  /**
   * Proves to PutSecretValue that Secrets Manager itself asked, when the caller is an assumed role. Sensitive: never logged.
   * Absent in hand-written events and in emulators.
   * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda.html
   */
  readonly RotationToken?: string;
}

/** The user guide spells the steps both ways; the service sends camel case. */
const STEPS: ReadonlyMap<unknown, RotationStep> = new Map([
  ['createSecret', 'createSecret'],
  ['setSecret', 'setSecret'],
  ['testSecret', 'testSecret'],
  ['finishSecret', 'finishSecret'],
  ['create_secret', 'createSecret'],
  ['set_secret', 'setSecret'],
  ['test_secret', 'testSecret'],
  ['finish_secret', 'finishSecret'],
]);

const SECRET_ARN = /^arn:[a-z0-9-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@!-]+$/;
const SECRET_NAME = /^[A-Za-z0-9/_+=.@!-]+$/;
const ROTATION_TOKEN = /^[A-Za-z0-9-]{36,256}$/;

/**
 * Checks every field against the API's limits. No value is echoed: an event that went astray may hold anything.
 * @throws InvalidEventError
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
 */
export function parseEvent(input: unknown): RotationEvent {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new InvalidEventError('the event', 'must be an object with Step, SecretId and ClientRequestToken');
  }
  const { Step, SecretId, ClientRequestToken, RotationToken } = input as Record<string, unknown>;
  const step = STEPS.get(Step);
  if (step === undefined) {
    throw new InvalidEventError('Step', 'must be one of createSecret, setSecret, testSecret, finishSecret');
  }
  if (typeof SecretId !== 'string' || SecretId.length < 1 || SecretId.length > 2048) {
    throw new InvalidEventError('SecretId', 'must be a string of 1 to 2048 characters');
  }
  if (!(SecretId.startsWith('arn:') ? SECRET_ARN : SECRET_NAME).test(SecretId)) {
    throw new InvalidEventError('SecretId', 'must be the ARN or the name of a secret');
  }
  if (typeof ClientRequestToken !== 'string' || ClientRequestToken.length < 32 || ClientRequestToken.length > 64) {
    throw new InvalidEventError('ClientRequestToken', 'must be a string of 32 to 64 characters');
  }
  const event = { Step: step, SecretId, ClientRequestToken };
  if (RotationToken === undefined) return event;
  if (typeof RotationToken !== 'string' || !ROTATION_TOKEN.test(RotationToken)) {
    throw new InvalidEventError(
      'RotationToken',
      'must be 36 to 256 letters, digits and hyphens (its value is not shown)',
    );
  }
  return { ...event, RotationToken };
}

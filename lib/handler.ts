import { type AwsOptions, awsAccess } from './aws/access.js';
import { secretStore } from './aws/secrets-manager.js';
import { type Deadline, startDeadline } from './rotation/deadline.js';
import { InvalidOptionsError, type RotationError } from './rotation/errors.js';
import { parseEvent, type RotationEvent } from './rotation/event.js';
import { jsonLog, type RotationLog } from './rotation/log.js';
import { completePolicy, generatePassword, type PasswordPolicy, policyFromEnvironment } from './rotation/password.js';
import { createRedactor, type Redactor } from './rotation/redact.js';
import type { Rotator, SecretValue } from './rotation/rotator.js';
import { runStep } from './rotation/steps.js';

export interface RotationOptions extends AwsOptions {
  /** Wins over the environment (PASSWORD_LENGTH, EXCLUDE_CHARACTERS …), which wins over the rotator's own defaults. */
  readonly passwordPolicy?: PasswordPolicy;
  /**
   * Who makes passwords: this process from the CSPRNG, or the GetRandomPassword call, which needs its own permission and costs a call.
   * Default: 'local'.
   */
  readonly passwordSource?: 'local' | 'GetRandomPassword';
  /** Where log lines go. Default: JSON lines on standard output. */
  readonly log?: RotationLog;
}

/** What the handler uses of Lambda's context. */
export interface RotationContext {
  getRemainingTimeInMillis(): number;
  readonly functionName?: string;
  readonly invokedFunctionArn?: string;
}

/** A plain Lambda handler; wraps with middy and the like as it is. Assignable to `SecretsManagerRotationHandler` of `@types/aws-lambda`. */
export type RotationHandler = (event: RotationEvent, context?: RotationContext) => Promise<void>;

/** Where Lambda gives no limit (a test, a script). */
const NO_LIMIT_MILLIS = 900_000;

/**
 * Makes the Lambda handler of a rotation function.
 *
 * The handler runs one step for each invocation. Any step may run twice. What it throws is a RotationError, scrubbed of every secret value that the invocation saw.
 *
 * @throws InvalidPasswordPolicyError, InvalidOptionsError at start-up, before anything is rotated.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
 */
export function createRotationHandler<TSecret extends SecretValue>(
  rotator: Rotator<TSecret>,
  options: RotationOptions = {},
): RotationHandler {
  checkOptions(options);
  const layers = [rotator.passwordPolicy, policyFromEnvironment(process.env), options.passwordPolicy];
  completePolicy(...layers);
  const access = awsAccess(options, process.env);
  const log = options.log ?? jsonLog;

  return async (input, context) => {
    const started = performance.now();
    const redactor = createRedactor();
    redactor.protect([process.env.AWS_SECRET_ACCESS_KEY, process.env.AWS_SESSION_TOKEN]);
    const remainingMillis = context?.getRemainingTimeInMillis();
    using deadline = startDeadline(remainingMillis);
    let event: RotationEvent | undefined;
    try {
      event = parseEvent(input);
      redactor.protect(event.RotationToken);
      // A mere name may be a short word that stands inside of secrets.
      if (event.SecretId.startsWith('arn:')) redactor.keep(event.SecretId);
      redactor.keep(event.ClientRequestToken);
      const clients = access({
        event,
        deadline,
        functionName: context?.functionName,
        functionArn: context?.invokedFunctionArn,
        remainingMillis: remainingMillis ?? NO_LIMIT_MILLIS,
        generatesRemotely: options.passwordSource === 'GetRandomPassword',
        onCredentials: ({ accessKeyId, secretAccessKey, sessionToken }) =>
          redactor.protect([accessKeyId, secretAccessKey, sessionToken]),
      });
      const store = secretStore(clients, event, deadline);
      const outcome = await runStep({
        event,
        rotator,
        store,
        deadline,
        redactor,
        log: redactor.log(log, identity(event)),
        aws: clients.aws,
        generatePassword: async (policy) => {
          const complete = completePolicy(...layers, policy);
          const password =
            options.passwordSource === 'GetRandomPassword'
              ? await store.randomPassword(complete)
              : generatePassword(complete);
          // Now, and not when it is returned: createSecret may fail with it in hand.
          redactor.protect(password);
          return password;
        },
      });
      log.info('rotation step done', { ...identity(event), outcome, durationMillis: since(started) });
    } catch (thrown) {
      const error = leaving(thrown, event, deadline, redactor);
      log.error('rotation step failed', {
        ...(event && identity(event)),
        error: error.name,
        code: error.code,
        reason: error.message,
        durationMillis: since(started),
      });
      throw error;
    }
  };
}

/** The one place where errors leave: scrubbed, and marked with the step and the secret. */
function leaving(
  thrown: unknown,
  event: RotationEvent | undefined,
  deadline: Deadline,
  redactor: Redactor,
): RotationError {
  // Whatever an aborted call threw, the cause is the deadline.
  const error = redactor.error(deadline.signal.aborted ? deadline.signal.reason : thrown);
  if (event !== undefined) Object.assign(error, { step: event.Step, secretArn: event.SecretId });
  return error;
}

function identity(event: RotationEvent) {
  return { step: event.Step, secretArn: event.SecretId, versionId: event.ClientRequestToken };
}

function since(started: number): number {
  return Math.round(performance.now() - started);
}

const OPTIONS: ReadonlySet<string> = new Set([
  'assumeRole',
  'endpoint',
  'stsEndpoint',
  'credentials',
  'passwordPolicy',
  'passwordSource',
  'log',
]);

/** A mistyped option would otherwise be a rotation with defaults that nobody asked for. */
function checkOptions(options: RotationOptions): void {
  const unknown = Object.keys(options).find((option) => !OPTIONS.has(option));
  if (unknown !== undefined) throw new InvalidOptionsError(unknown, 'is not an option of createRotationHandler');
  const source = options.passwordSource;
  if (source !== undefined && source !== 'local' && source !== 'GetRandomPassword') {
    throw new InvalidOptionsError('passwordSource', "must be 'local' or 'GetRandomPassword'");
  }
}

/**
 * THE CONTRACT: what a rotator is. Read this file alone and you can write one.
 *
 * A rotation is four invocations. Any of them may run twice, may be cut off at any point, and may start again with the
 * same or with a new version; each method below says what that means for it.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { RotationLog } from './log.js';
import type { PasswordPolicy } from './password.js';

export type MaybePromise<T> = T | Promise<T>;

/** What a secret may hold: a JSON object, plain text (`plainText()`) or bytes (`binary()`). */
export type SecretValue = object | string | Uint8Array;

/**
 * A schema for the secret's value: any Standard Schema (zod, valibot, arktype, hand-written) for a JSON object, or
 * `plainText()` / `binary()`. It types and checks values; what it returns is never stored, so keys that it does not
 * know survive in the secret.
 *
 * @see https://standardschema.dev
 */
export type SecretSchema<TSecret extends SecretValue> = StandardSchemaV1<unknown, TSecret> & SecretFormat<TSecret>;

/** Demands `plainText()` or `binary()` of what is no object: a bare string schema would be fed parsed JSON. */
type SecretFormat<TSecret extends SecretValue> = TSecret extends string
  ? { readonly format: 'text' }
  : TSecret extends Uint8Array
    ? { readonly format: 'binary' }
    : { readonly format?: undefined };

/** What createSecret returns: the changed fields of a JSON secret, or the whole new value of a text or binary one. */
export type SecretChanges<TSecret extends SecretValue> = TSecret extends string | Uint8Array
  ? TSecret
  : Partial<TSecret>;

export interface Rotator<TSecret extends SecretValue> {
  /** Types and checks every version that is read and the new one before it is stored. */
  readonly secret: SecretSchema<TSecret>;

  /**
   * Fields whose values may be shown in logs and errors (host, user name …). Every other field's value is scrubbed.
   * Default: none.
   */
  readonly publicFields?: readonly (keyof TSecret & string)[];

  /** The rotator's own password defaults; the handler's `passwordPolicy` and the environment override them. */
  readonly passwordPolicy?: PasswordPolicy;

  /**
   * What the secret opens (host, port, user …), as named, comparable values. It must be the same for AWSCURRENT and AWSPENDING
   * (and AWSPREVIOUS, when asked for); a difference stops the rotation before any credential is sent anywhere.
   */
  target?(secret: TSecret): Readonly<Record<string, string | number | undefined>>;

  /**
   * Returns the fields that change. Stored over AWSCURRENT's JSON as the AWSPENDING version.
   *
   * Runs again when an earlier run was cut off; if a value was stored before, that first value is kept and what this
   * run returns is dropped. A rotator whose createSecret makes something outside Secrets Manager (a token that the
   * server chooses) must define `discardSecret`; then createSecret is not called at all once a value is stored.
   */
  createSecret(context: CreateSecretContext<TSecret>): MaybePromise<SecretChanges<NoInfer<TSecret>>>;

  /**
   * Undoes a createSecret that made something outside, after storing its result failed. Not called where the value may have been stored after all. Must not fail if it is gone
   * already.
   */
  discardSecret?(context: DiscardSecretContext<TSecret>): MaybePromise<void>;

  /**
   * Makes the target accept the pending value. Called only while `testSecret` still refuses it, so it need not ask whether
   * it ran before. May be cut off half way and called again.
   *
   * Must throw when the target refuses. It may then be called once more, with a `current` that is not AWSCURRENT: where `testSecret` refuses that one, a value that it
   * accepts, of an earlier rotation whose AWSPENDING was taken away after its setSecret.
   */
  setSecret?(context: SetSecretContext<TSecret>): MaybePromise<void>;

  /**
   * The last part of step setSecret, once the pending value works: runs every time, also when `setSecret` was skipped, so
   * that "the pending login works" never hides work that was cut off half way (copied privileges, say). Must be repeatable.
   * `current` may be another value than that of AWSCURRENT, as for setSecret.
   */
  afterSetSecret?(context: SetSecretContext<TSecret>): MaybePromise<void>;

  /**
   * Proves that the pending value works; throws if it does not. Must change nothing: it also guards `setSecret`, it tells whether AWSCURRENT and older values
   * work, and it is all that runs when rotation is configured with RotateImmediately=false, on a copy of AWSCURRENT.
   */
  testSecret(context: TestSecretContext<TSecret>): MaybePromise<void>;

  /**
   * Runs just BEFORE AWSCURRENT moves to the pending version: retire what the new value replaces. Throwing leaves AWSCURRENT where it
   * is and the rotation retryable. Must be repeatable, since the move after it may fail.
   */
  finishSecret?(context: FinishSecretContext<TSecret>): MaybePromise<void>;
}

/** What every method gets. */
export interface StepContext {
  /** The secret's full ARN, or its name where the event gave a name. */
  readonly secretArn: string;
  /** The version that is being made: the event's ClientRequestToken. */
  readonly versionId: string;
  /** Fires shortly before Lambda's time limit. Pass it to every call that can wait. */
  readonly signal: AbortSignal;
  /** Scrubs the secret's values and writes one structured line with secret, step and version. */
  readonly log: RotationLog;
  /**
   * Waits for `work` and says so: when the time is over, the DeadlineExceededError names `what`.
   * @throws DeadlineExceededError
   */
  waitFor<T>(what: string, work: PromiseLike<T>): Promise<T>;
  /**
   * What a client of the AWS SDK needs to act in the account of the secret: `new RDSClient(await context.aws(['rds:DescribeDBInstances']))`. Where a role is assumed, it is the
   * same role, in a session of its own that allows nothing but these actions; otherwise the function's own.
   * @param resources ARNs. Default: `*`, which is as far as the role allows.
   * @throws AssumeRoleFailedError
   */
  aws(actions: readonly [string, ...string[]], resources?: readonly string[]): Promise<AwsClientConfig>;
}

/** Configuration that every client of the AWS SDK takes. */
export interface AwsClientConfig {
  /** That of the secret; left out where the event gave a name, so that the SDK finds the function's own. */
  readonly region?: string;
  /** Left out for the SDK's own chain. */
  readonly credentials?: AwsCredentials | (() => Promise<AwsCredentials>);
  readonly maxAttempts: number;
  /** In milliseconds. */
  readonly requestHandler: {
    readonly connectionTimeout: number;
    readonly requestTimeout: number;
    readonly throwOnRequestTimeout: true;
  };
}

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface CreateSecretContext<TSecret extends SecretValue> extends StepContext {
  readonly current: TSecret;
  /** AWSPREVIOUS, or undefined if there is none. @throws TargetMismatchError if it opens something else than AWSCURRENT. */
  previous(): Promise<TSecret | undefined>;
  /** A password by the handler's policy; fields given here win. @throws InvalidPasswordPolicyError */
  generatePassword(policy?: PasswordPolicy): Promise<string>;
}

export interface DiscardSecretContext<TSecret extends SecretValue> extends StepContext {
  readonly current: TSecret;
  /** The value that could not be stored: AWSCURRENT with the fields that createSecret returned. */
  readonly discarded: TSecret;
}

export interface TestSecretContext<TSecret extends SecretValue> extends StepContext {
  readonly pending: TSecret;
}

export interface SetSecretContext<TSecret extends SecretValue> extends TestSecretContext<TSecret> {
  readonly current: TSecret;
  /** AWSPREVIOUS, or undefined if there is none. @throws TargetMismatchError if it opens something else than AWSCURRENT. */
  previous(): Promise<TSecret | undefined>;
  /**
   * AWSCURRENT of another secret, the superuser's for instance, read as the handler reads this one (through the same assumed role). Its
   * values are scrubbed too.
   * @throws InvalidSecretError, AccessDeniedError, SecretNotFoundError
   */
  readSecret<T extends SecretValue>(secretId: string, schema: SecretSchema<T>): Promise<T>;
  /** The tags of another secret, those among them that AWS services set. @throws AccessDeniedError, SecretNotFoundError */
  readTags(secretId: string): Promise<ReadonlyMap<string, string>>;
}

export type FinishSecretContext<TSecret extends SecretValue> = SetSecretContext<TSecret>;

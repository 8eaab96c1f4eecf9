/**
 * Every error of the framework. Callers branch on `code` (or the class) and on the data fields, never on message text.
 *
 * `name` is a string literal on each class, because Lambda reports it as `errorType` and minifiers rename classes.
 * No error carries a secret value: messages speak of key paths, versions, hosts and user names.
 */

export type RotationErrorCode =
  | 'InvalidEvent'
  | 'InvalidOptions'
  | 'InvalidPasswordPolicy'
  | 'SecretNotFound'
  | 'RotationDisabled'
  | 'VersionNotStaged'
  | 'VersionNotPending'
  | 'NoCurrentValue'
  | 'NoPendingValue'
  | 'InvalidSecret'
  | 'UnsupportedEngine'
  | 'LoginRejected'
  | 'AccountLocked'
  | 'PasswordRefused'
  | 'HostUnreachable'
  | 'TlsFailed'
  | 'DatabaseNotFound'
  | 'PermissionMissing'
  | 'TargetMismatch'
  | 'AssumeRoleFailed'
  | 'AccessDenied'
  | 'SecretsManagerFailed'
  | 'DeadlineExceeded'
  | 'StepFailed';

/** Base of every error that Keyturn throws. */
export abstract class RotationError extends Error {
  abstract override readonly name: string;
  abstract readonly code: RotationErrorCode;
  /** The step that failed, set by the handler. */
  step?: string;
  /** The secret's ARN (or name, as the event gave it), set by the handler. */
  secretArn?: string;
}

// ---- Before anything is read -------------------------------------------------------------------------------------

/** A field of the rotation event is missing or outside the API's limits. `field` names it; its value is not shown. */
export class InvalidEventError extends RotationError {
  override readonly name = 'InvalidEventError';
  readonly code = 'InvalidEvent';
  readonly field: string;
  constructor(field: string, problem: string) {
    super(`The rotation event is not valid: ${field} ${problem}.`);
    this.field = field;
  }
}

/** An option of `createRotationHandler`, a strategy or an environment variable is not valid. Thrown at start-up where possible. */
export class InvalidOptionsError extends RotationError {
  override readonly name = 'InvalidOptionsError';
  readonly code = 'InvalidOptions';
  readonly option: string;
  constructor(option: string, problem: string, options?: ErrorOptions) {
    super(`${option} ${problem}.`, options);
    this.option = option;
  }
}

/** The password policy contradicts itself or a limit of GetRandomPassword. Thrown at start-up. */
export class InvalidPasswordPolicyError extends RotationError {
  override readonly name = 'InvalidPasswordPolicyError';
  readonly code = 'InvalidPasswordPolicy';
  readonly field: string;
  constructor(field: string, problem: string) {
    super(`The password policy cannot be met: ${field} ${problem}.`);
    this.field = field;
  }
}

// ---- The state of the secret ---------------------------------------------------------------------------------------

/** Secrets Manager knows no such secret (in this account and Region, as far as the caller may see). */
export class SecretNotFoundError extends RotationError {
  override readonly name = 'SecretNotFoundError';
  readonly code = 'SecretNotFound';
}

/** Rotation is switched off for the secret, or was cancelled while this rotation ran. */
export class RotationDisabledError extends RotationError {
  override readonly name = 'RotationDisabledError';
  readonly code = 'RotationDisabled';
}

/** The version of the event does not exist on the secret, or carries no staging label. */
export class VersionNotStagedError extends RotationError {
  override readonly name = 'VersionNotStagedError';
  readonly code = 'VersionNotStaged';
}

/** The version of the event exists, but AWSPENDING is not on it. */
export class VersionNotPendingError extends RotationError {
  override readonly name = 'VersionNotPendingError';
  readonly code = 'VersionNotPending';
  readonly labels: readonly string[];
  constructor(message: string, labels: readonly string[]) {
    super(message);
    this.labels = labels;
  }
}

/** The secret has no AWSCURRENT value to start from. */
export class NoCurrentValueError extends RotationError {
  override readonly name = 'NoCurrentValueError';
  readonly code = 'NoCurrentValue';
}

/** The AWSPENDING version has no value: createSecret has not run, or its write is not visible yet. */
export class NoPendingValueError extends RotationError {
  override readonly name = 'NoPendingValueError';
  readonly code = 'NoPendingValue';
}

/** A value does not fit its schema. `issues` holds key paths and what is wrong with them, never values. */
export class InvalidSecretError extends RotationError {
  override readonly name = 'InvalidSecretError';
  readonly code = 'InvalidSecret';
  readonly issues: readonly string[];
  constructor(message: string, issues: readonly string[] = []) {
    super(message);
    this.issues = issues;
  }
}

/** No driver of the strategy handles the secret's `engine`. */
export class UnsupportedEngineError extends RotationError {
  override readonly name = 'UnsupportedEngineError';
  readonly code = 'UnsupportedEngine';
}

// ---- The target ----------------------------------------------------------------------------------------------------

/** The target refused the credentials. Nothing else is a rejected login: not a dead host, not a missing database. */
export class LoginRejectedError extends RotationError {
  override readonly name = 'LoginRejectedError';
  readonly code = 'LoginRejected';
}

/** The target knows the user and lets it not in for now, whatever its password: more tries could keep it so. */
export class AccountLockedError extends RotationError {
  override readonly name = 'AccountLockedError';
  readonly code = 'AccountLocked';
}

/** The target's own password policy refused the new password, and changed nothing. The message repeats the policy's words. */
export class PasswordRefusedError extends RotationError {
  override readonly name = 'PasswordRefusedError';
  readonly code = 'PasswordRefused';
  /** @param message Who refused it and the policy's words; the way out, which is the same everywhere, is added. */
  constructor(message: string) {
    super(
      `${message} Adapt the function's passwordPolicy, remove AWSPENDING from the version (UpdateSecretVersionStage with RemoveFromVersionId), and rotate again: ` +
        'the version keeps the password that was refused.',
    );
  }
}

/** No connection to the host. */
export class HostUnreachableError extends RotationError {
  override readonly name = 'HostUnreachableError';
  readonly code = 'HostUnreachable';
  readonly reason: 'not found' | 'refused' | 'timed out' | 'closed';
  constructor(reason: HostUnreachableError['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** The connection could not be secured as demanded. `check` says which check failed. */
export class TlsFailedError extends RotationError {
  override readonly name = 'TlsFailedError';
  readonly code = 'TlsFailed';
  readonly check: 'not offered' | 'untrusted' | 'host name' | 'expired' | 'protocol';
  constructor(check: TlsFailedError['check'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.check = check;
  }
}

/** The server is there, but not the database that the secret names. */
export class DatabaseNotFoundError extends RotationError {
  override readonly name = 'DatabaseNotFoundError';
  readonly code = 'DatabaseNotFound';
}

/** The login worked, but the database user may not do what the rotation needs. */
export class PermissionMissingError extends RotationError {
  override readonly name = 'PermissionMissingError';
  readonly code = 'PermissionMissing';
}

/** Two versions of the secret (or the superuser's) open different things. `fields` names what differs. */
export class TargetMismatchError extends RotationError {
  override readonly name = 'TargetMismatchError';
  readonly code = 'TargetMismatch';
  readonly fields: readonly string[];
  constructor(message: string, fields: readonly string[]) {
    super(message);
    this.fields = fields;
  }
}

// ---- AWS -----------------------------------------------------------------------------------------------------------

/** AssumeRole failed. `refusedBy` says whose policy has to change. */
export class AssumeRoleFailedError extends RotationError {
  override readonly name = 'AssumeRoleFailedError';
  readonly code = 'AssumeRoleFailed';
  readonly refusedBy: 'trust policy' | 'caller policy' | 'unknown';
  constructor(refusedBy: AssumeRoleFailedError['refusedBy'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.refusedBy = refusedBy;
  }
}

/** Secrets Manager (or KMS behind it) refused the call. */
export class AccessDeniedError extends RotationError {
  override readonly name = 'AccessDeniedError';
  readonly code = 'AccessDenied';
}

/** A Secrets Manager call failed for another reason. `awsCode` is AWS's own error code. */
export class SecretsManagerFailedError extends RotationError {
  override readonly name = 'SecretsManagerFailedError';
  readonly code = 'SecretsManagerFailed';
  readonly awsCode: string;
  constructor(awsCode: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.awsCode = awsCode;
  }
}

// ---- The run -------------------------------------------------------------------------------------------------------

/** Lambda's time is nearly over. `waitingFor` says what had not answered. */
export class DeadlineExceededError extends RotationError {
  override readonly name = 'DeadlineExceededError';
  readonly code = 'DeadlineExceeded';
  readonly waitingFor: string;
  constructor(waitingFor: string, message: string) {
    super(message);
    this.waitingFor = waitingFor;
  }
}

/** The rotator's own code threw something that is not a RotationError; the cause is a scrubbed copy of it. */
export class StepFailedError extends RotationError {
  override readonly name = 'StepFailedError';
  readonly code = 'StepFailed';
}

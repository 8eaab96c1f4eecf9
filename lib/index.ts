// ---- Rotation across accounts ------------------------------------------------------------------------------------------
export type { SecretArn } from './aws/arn.js';
export type { AssumeRole, Caller, ChooseRole } from './aws/assume-role.js';
export { roleInSecretAccount } from './aws/assume-role.js';
// ---- Databases ----------------------------------------------------------------------------------------------------------
export type {
  AuthorityOptions,
  CloningOptions,
  Connection,
  ConnectionOptions,
  DatabaseDriver,
  DatabaseOptions,
  DatabaseSecret,
  Drivers,
  DualPasswordSession,
  PairOptions,
  RecoveryOptions,
  SecretKeys,
  SingleUserOptions,
  SuperuserSession,
  SuperuserSetsOptions,
  TlsSettings,
  UserSession,
} from './databases/index.js';
export { alternatingUsers, databaseSecret, dualPassword, singleUser, superuserSets } from './databases/index.js';
// ---- What the prebuilt rotators read from the environment ---------------------------------------------------------------
export { type EnvironmentOptions, environmentOptions } from './environment.js';
// ---- The Lambda handler ------------------------------------------------------------------------------------------------
export type { RotationContext, RotationHandler, RotationOptions } from './handler.js';
export { createRotationHandler } from './handler.js';
// ---- Writing a rotator ---------------------------------------------------------------------------------------------------
export { defineRotator } from './rotation/define-rotator.js';
// ---- Errors --------------------------------------------------------------------------------------------------------------
export type { RotationErrorCode } from './rotation/errors.js';
export {
  AccessDeniedError,
  AccountLockedError,
  AssumeRoleFailedError,
  AwsCallFailedError,
  DatabaseNotFoundError,
  DeadlineExceededError,
  HostUnreachableError,
  InvalidEventError,
  InvalidOptionsError,
  InvalidPasswordPolicyError,
  InvalidSecretError,
  LoginRejectedError,
  NoCurrentValueError,
  NoPendingValueError,
  PasswordRefusedError,
  PermissionMissingError,
  RotationDisabledError,
  RotationError,
  SecretNotFoundError,
  SecretsManagerFailedError,
  StepFailedError,
  TargetMismatchError,
  TlsFailedError,
  UnsupportedEngineError,
  VersionNotPendingError,
  VersionNotStagedError,
} from './rotation/errors.js';
// ---- What a rotator is given and gives ------------------------------------------------------------------------------------
export type { RotationEvent, RotationStep } from './rotation/event.js';
export type { LogFields, RotationLog } from './rotation/log.js';
export type { PasswordPolicy } from './rotation/password.js';
export type {
  AwsClientConfig,
  AwsCredentials,
  CreateSecretContext,
  DiscardSecretContext,
  FinishSecretContext,
  Rotator,
  SecretChanges,
  SecretSchema,
  SecretValue,
  SetSecretContext,
  StepContext,
  TestSecretContext,
} from './rotation/rotator.js';
export { binary, plainText } from './rotation/secret-value.js';

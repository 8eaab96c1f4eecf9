// ---- Rotation functions and what they run -----------------------------------------------------------------------------

export type { RotationFunctionAttributes } from './imported-rotation-function.js';
export type { PasswordPolicyProps } from './password-policy.js';
export { RotationCertificates } from './rotation-certificates.js';
export type { RotationCodeConfig, RotationEntryProps } from './rotation-code.js';
export { RotationCode } from './rotation-code.js';
export type {
  ICloningDualPasswordEngine,
  ICloningEngine,
  IDualPasswordEngine,
  IRotationEngine,
} from './rotation-engine.js';
export { RotationEngine } from './rotation-engine.js';
export type { AssumeOptions, DirectAccessOptions, RotationFunctionProps } from './rotation-function.js';
export { RotationFunction } from './rotation-function.js';
export type { CloningOptions, ManagedDirectoryOptions, RecoveryOptions } from './rotator-options.js';

// ---- Rotating a secret --------------------------------------------------------------------------------------------------

export type { RotateOptions, RotationProps } from './rotation.js';
export { Rotation, RotationFunctionBase } from './rotation.js';
export type { CronSchedule } from './rotation-schedule-expression.js';
export { RotationScheduleExpression } from './rotation-schedule-expression.js';
export { RotationSpread } from './rotation-spread.js';
export type { ScheduledRotationProps, ScheduleOptions } from './scheduled-rotation.js';
export { ScheduledRotation } from './scheduled-rotation.js';

// ---- Across accounts ------------------------------------------------------------------------------------------------------

export type {
  RemoteRotateOptions,
  RemoteRotationFunctionAttributes,
  RemoteRotationProps,
} from './remote-rotation-function.js';
export { RemoteAccess, RemoteRotation, RemoteRotationFunction } from './remote-rotation-function.js';
export type { SecretAccountRoleProps } from './secret-account-role.js';
export { SecretAccountRole } from './secret-account-role.js';

// ---- Network ----------------------------------------------------------------------------------------------------------------

export type { RotationEndpointsProps } from './rotation-endpoints.js';
export { RotationEndpoints } from './rotation-endpoints.js';

// ---- Noticing what fails ------------------------------------------------------------------------------------------------------

export { RotationGuardRails } from './rotation-guard-rails.js';
export type { OverdueAlarmOptions, RotationOverdueAlarmProps } from './rotation-overdue-alarm.js';
export { RotationOverdueAlarm } from './rotation-overdue-alarm.js';

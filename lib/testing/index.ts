/** What authors of rotators and drivers test with. Runner-agnostic. */
export {
  type CrashCase,
  type CrashMatrix,
  CrashMatrixError,
  type CrashMatrixOptions,
  type CrashOutcome,
  CrashPlaceError,
  crashMatrix,
} from './crash-matrix/crash-matrix.js';
export { UnsoundSubjectError } from './crash-matrix/rehearsal.js';
export type {
  Accounts,
  CrashCell,
  CrashFaultName,
  CrashFinding,
  CrashPoint,
  CrashReport,
  Invariant,
} from './crash-matrix/report.js';
export type {
  Address,
  Availability,
  CrashFunction,
  CrashPlace,
  CrashStage,
  CrashSubject,
} from './crash-matrix/subject.js';
export {
  type DriverCase,
  type DriverFixture,
  type DualPasswordFixture,
  driverContract,
  type SuperuserFixture,
} from './driver-contract.js';
export {
  type InterruptibleCall,
  type Interruption,
  InterruptionMissedError,
  type RotatorMethod,
} from './interruption.js';
export type { LogLine, RotationHarness, RotationHarnessOptions } from './rotation-harness.js';
export { rotationHarness, StepOutOfOrderError } from './rotation-harness.js';
export type { StoredVersion } from './stored-versions.js';

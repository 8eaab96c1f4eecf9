/** What authors of rotators and drivers test with. Runner-agnostic. */
export { type DriverCase, type DriverFixture, driverContract, type SuperuserFixture } from './driver-contract.js';
export type { LogLine, RotationHarness, RotationHarnessOptions } from './rotation-harness.js';
export { rotationHarness } from './rotation-harness.js';

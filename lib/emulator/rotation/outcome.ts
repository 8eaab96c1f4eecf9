/** How a rotation ended. Types only. */
import type { RotationStep } from './step.js';

/** Succeeded, Failed, Abandoned (someone else wrote AWSCURRENT), Cancelled (CancelRotateSecret), Stopped (emulator closed). */
export type RotationStatus = 'Succeeded' | 'Failed' | 'Abandoned' | 'Cancelled' | 'Stopped';

export interface RotationOutcome {
  /** 'TestRotation' is what RotateImmediately=false runs: testSecret alone. */
  readonly kind: 'Rotation' | 'TestRotation';
  readonly status: RotationStatus;
  /** Why it did not succeed, as the event log says it. */
  readonly message?: string;
  readonly versionId: string;
  /** The steps that were run, in order. */
  readonly steps: readonly StepOutcome[];
}

export interface StepOutcome {
  readonly step: RotationStep;
  readonly millis: number;
  /** The message of the function's error, as thrown: the function answers for what it says. */
  readonly error?: string;
  /** The error's name, or Lambda's own: Sandbox.Timedout, Runtime.ExitError, Runtime.ImportModuleError, ... */
  readonly errorType?: string;
}
